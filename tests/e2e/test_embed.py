"""`embed` as a user types it, killed and shared out, with a tiny model and a tiny encoder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _tiny
import numpy as np
import pytest

from converters.__main__ import main
from converters.quality.contract import Matrix
from converters.quality.models import settings
from converters.quality.models.encoding import Encoder
from converters.quality.rows import opened
from converters.quality.vectors import embedding, vectors

CLOSE = 1e-4


@pytest.fixture(scope="module")
def data(world: _tiny.World) -> Path:
    """`talk`, 48 examples of a few lengths, in a folder of its own with a space and Chinese in its name."""
    folder = world.folder / "数据 embed"
    folder.mkdir()
    registry = json.loads((world.folder / "data/dataset_info.json").read_text(encoding="utf-8"))
    registry["talk"]["file_name"] = "data/talk.jsonl"
    (folder / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
    rows = [(f"{_tiny.SPEECH[i % 5] * (1 + i % 4)}（{i}）", _tiny.SPEECH[(i + 1) % 5] * (1 + i % 3)) for i in range(48)]
    _tiny.write_rows(folder / "data/talk.jsonl", rows)
    return folder


@pytest.fixture(scope="module")
def encoder(world: _tiny.World) -> Path:
    """A sentence-transformers folder: a random BERT with mean pooling, of at most 16 tokens."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    tokens = AutoTokenizer.from_pretrained(world.folder / "base")
    tokens.model_max_length = 16
    torch.manual_seed(0)
    small = {"hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(tokens), max_position_embeddings=32, initializer_range=0.2, **small)
    BertModel(config).save_pretrained(world.folder / "bert")
    tokens.save_pretrained(world.folder / "bert")
    body = Transformer(str(world.folder / "bert"))
    SentenceTransformer(modules=[body, Pooling(24, "mean")], device="cpu").save_pretrained(
        str(world.folder / "encoder")
    )
    return world.folder / "encoder"


def copied(data: Path, folder: Path) -> Path:
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns("*.vectors*"))
    return folder


def own(world: _tiny.World, **more: Any) -> settings.ModelSettings:
    keys = {"model_name_or_path": str(world.folder / "base"), "template": "gemma2"}
    return settings.ModelSettings({**keys, **more}, device="cpu")


def vectors_of(folder: Path, wish: embedding.Settings) -> Matrix:
    with opened(folder, "talk") as rows:
        return np.array(embedding.embed(folder, rows, wish, told=lambda line: None).matrix)


@pytest.fixture
def embed(world: _tiny.World, capsys: pytest.CaptureFixture[str]) -> Callable[..., _tiny.Process]:
    """`python -m converters embed talk --dataset-dir FOLDER …`, in this process."""

    def run(folder: Path, *words: str | Path) -> _tiny.Process:
        code = main(["embed", "talk", "--dataset-dir", str(folder), *map(str, words)])
        said = capsys.readouterr()
        return _tiny.Process(code, said.out, said.err)

    return run


def model(world: _tiny.World) -> list[str]:
    return ["--model", str(world.folder / "base"), "--template", "gemma2", "--device", "cpu"]


# -- what a vector is --------------------------------------------------------------------------------------------


def one_by_one(world: _tiny.World, folder: Path, text: str, pooling: str) -> Matrix:
    """The stupid way: the whole model with its logits, one conversation at a time, in float64."""
    import torch
    from transformers import AutoModelForCausalLM

    whole = AutoModelForCausalLM.from_pretrained(world.folder / "base", dtype=torch.float64).eval()
    encode, found = Encoder(own(world)).encode, []
    with opened(folder, "talk") as rows:
        for row in rows:
            encoded = encode(row.turns)
            with torch.no_grad():
                states = whole(input_ids=torch.tensor([encoded.ids]), output_hidden_states=True).hidden_states[-1][0]
            wanted = [
                state.numpy()
                for at, state in enumerate(states)
                if text == "conversation" or (text == "answer") == (encoded.labels[at] != -100)
            ]
            found.append(np.mean(wanted, axis=0) if pooling == "mean" else wanted[-1])
    return np.asarray(found)


@pytest.mark.parametrize(
    ("text", "pooling"), [("conversation", "mean"), ("instruction", "last"), ("answer", "mean"), ("answer", "last")]
)
def test_a_vector_is_the_pooled_last_hidden_state_of_the_conversation_as_in_training(
    world: _tiny.World, data: Path, tmp_path: Path, text: str, pooling: str
) -> None:
    wish = embedding.Settings(model=own(world), text=text, pooling=pooling)
    found = vectors_of(copied(data, tmp_path / "d"), wish)
    np.testing.assert_allclose(found, one_by_one(world, data, text, pooling), rtol=CLOSE, atol=CLOSE)
    assert len(np.unique(found.round(3), axis=0)) > 20


@pytest.mark.parametrize("kind", ["own", "encoder"])
def test_vectors_do_not_depend_on_batch_order_or_padding(
    world: _tiny.World, data: Path, encoder: Path, tmp_path: Path, kind: str
) -> None:
    def wish(batch_tokens: int) -> embedding.Settings:
        if kind == "encoder":
            return embedding.Settings(embedding_model=str(encoder), device="cpu", batch_tokens=batch_tokens)
        return embedding.Settings(
            model=settings.ModelSettings(own(world).keys, device="cpu", batch_tokens=batch_tokens)
        )

    alone = vectors_of(copied(data, tmp_path / "alone"), wish(1))
    together = vectors_of(copied(data, tmp_path / "together"), wish(100_000))
    backwards = copied(data, tmp_path / "backwards")
    lines = (backwards / "data/talk.jsonl").read_text(encoding="utf-8").splitlines()
    (backwards / "data/talk.jsonl").write_text("\n".join(lines[::-1]) + "\n", encoding="utf-8")
    reversed_ = vectors_of(backwards, wish(300))
    np.testing.assert_allclose(together, alone, rtol=CLOSE, atol=CLOSE)
    np.testing.assert_allclose(reversed_[::-1], alone, rtol=CLOSE, atol=CLOSE)


def test_an_embedding_model_gives_what_sentence_transformers_itself_gives(
    data: Path, encoder: Path, tmp_path: Path
) -> None:
    from sentence_transformers import SentenceTransformer

    wish = embedding.Settings(embedding_model=str(encoder), text="answer", prompt="春天", device="cpu")
    found = vectors_of(copied(data, tmp_path / "d"), wish)
    with opened(data, "talk") as rows:
        texts = ["春天" + row.turns[-1].content for row in rows]
    expected = SentenceTransformer(str(encoder), device="cpu").encode(texts, batch_size=1)
    np.testing.assert_allclose(found, expected, rtol=CLOSE, atol=CLOSE)


def test_what_was_cut_is_counted(
    world: _tiny.World, data: Path, encoder: Path, tmp_path: Path, embed: Callable[..., _tiny.Process]
) -> None:
    from transformers import AutoTokenizer

    folder = copied(data, tmp_path / "d")
    with opened(folder, "talk") as rows:
        whole = [len(Encoder(own(world)).encode(row.turns).ids) for row in rows]
        count = AutoTokenizer.from_pretrained(world.folder / "base")
        texts = ["\n".join(turn.content for turn in row.turns) for row in rows]
    cutoff = sorted(whole)[24]
    own_cut = sum(length > cutoff for length in whole)
    assert f"\n{own_cut} examples were longer" in embed(folder, *model(world), "--cutoff-len", str(cutoff)).out
    cut = sum(len(count(text)["input_ids"]) > 16 for text in texts)
    said = embed(folder, "--embedding-model", encoder, "--device", "cpu", "--again").out
    assert f"\n{cut} examples were longer than the model reads, and were cut" in said
    assert 48 > own_cut > 0 < cut < 48


# -- the command -------------------------------------------------------------------------------------------------


def test_the_same_again_embeds_nothing_and_other_vectors_are_refused(
    world: _tiny.World, data: Path, tmp_path: Path, embed: Callable[..., _tiny.Process]
) -> None:
    folder = copied(data, tmp_path / "d")
    assert "talk: 48 vectors of 128 numbers ->" in embed(folder, *model(world)).out
    before = (folder / "data/talk.vectors.npy").stat().st_mtime_ns
    assert "of the same model and the same data" in embed(folder, *model(world)).out
    refused = embed(folder, *model(world), "--pooling", "last")
    assert refused.code == 2
    assert "pooling: mean there, last now" in refused.err
    assert (folder / "data/talk.vectors.npy").stat().st_mtime_ns == before
    assert embed(folder, *model(world), "--pooling", "last", "--again").code == 0
    assert (folder / "data/talk.vectors.npy").stat().st_mtime_ns > before
    assert not list((folder / "data").glob("*.work"))


def test_neither_or_both_kinds_of_model_are_an_error_before_anything_is_loaded(
    world: _tiny.World, data: Path, encoder: Path, embed: Callable[..., _tiny.Process]
) -> None:
    both, neither = embed(data, *model(world), "--embedding-model", encoder), embed(data)
    for ended, found in ((both, "both"), (neither, "neither")):
        assert ended.code == 2
        assert f"found {found}" in ended.err


@pytest.mark.slow
def test_a_killed_run_goes_on_and_writes_the_same_bytes(world: _tiny.World, data: Path, tmp_path: Path) -> None:
    """Killed after the first window; with `WINDOW` at 8 there are six."""
    whole, killed = copied(data, tmp_path / "whole"), copied(data, tmp_path / "killed")
    assert small_windows(world, whole).wait() == 0
    process = small_windows(world, killed, slowly=True)
    work = killed / "data/talk.vectors.work"
    deadline = time.monotonic() + _tiny.PATIENCE
    while not list(work.glob("*.npz")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = {path.name: path.stat().st_mtime_ns for path in work.glob("*.npz")}
    assert 0 < len(kept) < 6
    assert not (killed / "data/talk.vectors.npy").exists()
    (work / "000005.123.new").write_bytes(b"torn")  # as a kill leaves it
    watch = small_windows(world, killed, slowly=True)
    while len(list(work.glob("*.npz"))) < len(kept) + 1 and watch.poll() is None:
        time.sleep(0.01)
    now = {path.name: path.stat().st_mtime_ns for path in work.glob("*.npz")}
    assert kept.items() <= now.items() or watch.poll() is not None
    assert watch.wait() == 0
    for name in ("talk.vectors.npy", "talk.vectors.json"):
        assert (killed / "data" / name).read_bytes() == (whole / "data" / name).read_bytes()
    assert not work.exists()


def small_windows(world: _tiny.World, folder: Path, *, slowly: bool = False) -> subprocess.Popen[bytes]:
    wait = "keep = w.Windows.keep; w.Windows.keep = lambda *a: (keep(*a), time.sleep(1)); " if slowly else ""
    code = (
        "import sys, time; from converters.quality.vectors import windows as w; w.WINDOW = 8; "
        f"{wait}from converters.__main__ import main; sys.exit(main())"
    )
    command = [sys.executable, "-c", code, "embed", "talk", "--dataset-dir", str(folder), *model(world)]
    return subprocess.Popen(command, cwd=world.folder, env=_tiny.environment(), stdout=subprocess.DEVNULL)


@pytest.mark.slow
def test_several_processes_write_what_one_writes(world: _tiny.World, data: Path, tmp_path: Path) -> None:
    """Three windows of 512 for two processes of torchrun."""
    alone, shared = copied(data, tmp_path / "alone"), copied(data, tmp_path / "shared")
    for folder in (alone, shared):
        rows = [(f"{_tiny.SPEECH[i % 5]}{i}", _tiny.SPEECH[(i + 1) % 5]) for i in range(1200)]
        _tiny.write_rows(folder / "data/talk.jsonl", rows)
    vectors_of(alone, embedding.Settings(model=own(world)))
    torchrun = [Path(sys.executable).with_name("torchrun"), "--nproc-per-node", "2", "--master-port", "29617"]
    words = ["embed", "talk", "--dataset-dir", shared, *model(world)]
    ended = _tiny.run([*torchrun, "-m", "converters", *words], cwd=world.folder)
    assert ended.code == 0, ended.err[-3000:]
    assert ended.out.count("1,200 vectors") == 1
    assert (shared / "data/talk.vectors.npy").read_bytes() == (alone / "data/talk.vectors.npy").read_bytes()


def test_vectors_are_loaded_by_name_and_refused_once_the_data_changed(
    world: _tiny.World, data: Path, tmp_path: Path
) -> None:
    folder = copied(data, tmp_path / "d")
    vectors_of(folder, embedding.Settings(model=own(world)))
    with opened(folder, "talk") as rows:
        assert vectors.load(folder, rows).matrix.shape == (48, 128)
    rows_ = (folder / "data/talk.jsonl").read_text(encoding="utf-8").splitlines()[:40]
    (folder / "data/talk.jsonl").write_text("\n".join(rows_) + "\n", encoding="utf-8")
    # what is of data that are no more is in nobody's way
    assert vectors_of(folder, embedding.Settings(model=own(world), pooling="last")).shape == (40, 128)
