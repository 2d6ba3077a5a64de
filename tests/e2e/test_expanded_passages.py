"""The whole path: passages of a wiki, two servers, datasets, a mixture, and a stage that trains on it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import _tiny
import pytest
from chat_world import chat_server

REPOSITORY = Path(__file__).parents[2]
SLICE = REPOSITORY.parent / "shared" / "data" / "wikipedia" / "wikiextractor_json"
# eight articles of ours, in wikiextractor's form, for where the real slice is not
BRIDGES = [
    f"{name}是位于{place}的一座石拱桥，建于{year}年，全长{length}米。桥面铺青石板，两侧有石栏，栏板上刻着龙纹和花卉。"
    f"\n\n{name}由当地商人捐资修建，历时三年完工。桥头立有石碑，记载了捐资者的姓名和修桥的经过。"
    f"\n\n后来的洪水冲毁了{name}的一个桥孔，地方官府组织石匠重修，并在桥东建造了一座凉亭，供行人休息避雨。"
    for name, place, year, length in (
        ("安澜桥", "江阴", 1523, 48),
        ("永济桥", "绍兴", 1611, 62),
        ("通惠桥", "无锡", 1702, 35),
        ("福星桥", "徽州", 1688, 51),
        ("镇海桥", "泉州", 1470, 90),
        ("迎仙桥", "台州", 1598, 27),
        ("广济桥", "潮州", 1530, 74),
        ("望江桥", "衢州", 1644, 43),
    )
]


def wiki(folder: Path) -> Path:
    if SLICE.is_dir():
        return SLICE
    lines = [
        {"id": str(place), "revid": "1", "url": f"https://zh.wikipedia.org/wiki?curid={place}", "title": text[:3],
         "text": f"{text[:3]}\n\n{text}"}
        for place, text in enumerate(BRIDGES, start=1)
    ]  # fmt: skip
    (folder / "wiki_00").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return folder / "wiki_00"


def expand(folder: Path, url: str, model: str, *words: str) -> _tiny.Process:
    command = [sys.executable, "-m", "converters", "expand", "wiki", wiki(folder), "--endpoint", url, "--model", model]
    return _tiny.run([*command, *words], cwd=folder)


def converters(folder: Path, *words: str) -> _tiny.Process:
    ended = _tiny.run([sys.executable, "-m", "converters", *words], cwd=folder)
    assert ended.code == 0, ended.err[-3000:]
    return ended


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_passages_of_a_wiki_become_a_mixture(tmp_path: Path) -> None:
    with chat_server(tmp_path, shares={"429": 0.2, "broken_json": 0.2, "think": 0.2}, faulty_attempts=1) as server:
        ended = expand(tmp_path, server.url, "good", "--tasks", "qa,summary", "--passages", "20")
    assert ended.code == 0, ended.err[-3000:]
    converters(tmp_path, "mix", "foundation", "--on-missing", "skip", "--total", "12")
    mixture = rows(tmp_path / "dataset_info/data/foundation_mix.jsonl")
    sources = Counter(row["id"].split(":")[0] for row in mixture)
    assert sources.keys() == {"wiki_qa", "wiki_summary"}
    assert sources.total() == 12
    told = converters(tmp_path, "licences", "foundation_mix")
    assert "CC-BY-SA-4.0" in told.out


@pytest.fixture
def nonsense(world: _tiny.World) -> Iterator[str]:
    """The URL of `llamafactory-cli api` with a tiny model that has learned nothing."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    words = [str(Path(sys.executable).with_name("llamafactory-cli")), "api", "--model_name_or_path", "base"]
    environment = _tiny.environment(API_HOST="127.0.0.1", API_PORT=str(port), API_MODEL_NAME="tiny")
    with (world.folder / "nonsense.log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [*words, "--template", "gemma2"], cwd=world.folder, env=environment, stdout=log, stderr=log
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/v1/models", server)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait(timeout=60)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _tiny.PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(1)
    raise AssertionError("the server did not come up")


@pytest.mark.slow
def test_nonsense_is_rejected_for_stated_reasons_and_good_answers_are_trained_on(
    tmp_path: Path, world: _tiny.World, nonsense: str
) -> None:
    few = ("--passages", "4", "--tasks", "qa", "--concurrency", "2", "--answer-tokens", "60", "--ask-again", "0")
    ended = expand(tmp_path, nonsense, "tiny", *few)
    assert ended.code == 2, ended.out[-3000:]
    assert "4 records, all rejected (" in ended.err
    assert "Nothing was replaced" in ended.err
    assert not (tmp_path / "dataset_info/data/wiki_qa.jsonl").exists()
    report = json.loads((tmp_path / "dataset_info/data/wiki.expansion.json").read_text(encoding="utf-8"))
    assert sum(report["prompts"][0]["reasons"].values()) >= 4
    assert report["prompts"][0]["accepted"] == 0

    with chat_server(tmp_path) as server:
        ended = expand(tmp_path, server.url, "good", "--tasks", "qa,summary")
    assert ended.code == 0, ended.err[-3000:]
    registry = json.loads((tmp_path / "dataset_info/dataset_info.json").read_text(encoding="utf-8"))
    assert registry["wiki_qa"]["file_name"] == "data/wiki_qa.jsonl"
    counts = json.loads((tmp_path / "dataset_info/data/wiki_qa.manifest.json").read_text("utf-8"))["counts"]
    assert counts["rejected"]["not_asked_for"] == 4

    converters(tmp_path, "mix", "foundation", "--on-missing", "skip", "--total", "16")
    recipe = REPOSITORY / "recipes" / "smoke" / "foundation.yaml"
    keys = (f"model_name_or_path={world.folder / 'base'}", "dataset_dir=dataset_info", "output_dir=saves/a")
    trained = _tiny.cli("train", recipe, *keys, "num_train_epochs=1", "ewc_fisher_samples=8", cwd=tmp_path)
    assert trained.code == 0, trained.err[-3000:]
    assert rows(tmp_path / "saves/a/trainer_log.jsonl")[-1]["total_steps"] == 2
    measured = json.loads((tmp_path / "saves/a/stage_eval/metrics.json").read_text(encoding="utf-8"))
    assert "wiki_qa_eval" in measured["sets"]
