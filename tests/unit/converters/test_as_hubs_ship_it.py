"""Tables as the hubs ship them: the same examples, and the same rejects, as from the JSON, CSV or text that they hold.

The files are written by `datasets` itself, from the real slices where these are on this machine and from our samples.
"""

from __future__ import annotations

import csv
import json
import os
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from converters.reading.inputs import find_inputs
from converters.reading.readers import read
from converters.registry import SOURCES, source_named

SAMPLES = Path(__file__).resolve().parents[3] / "converters" / "samples"
DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def datasets():
    import datasets

    datasets.disable_progress_bars()
    return datasets


def table(datasets, rows: Rows):
    """Every row with every column, as Arrow wants it: from_list looks at the first row only."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return datasets.Dataset.from_dict({name: [row.get(name) for row in rows] for name in columns})


# ---- the layouts


def one_file(made: Any, folder: Path) -> str:
    made.to_parquet(str(folder / "train-00000-of-00001.parquet"))
    return str(folder / "train-00000-of-00001.parquet")


def shards(made: Any, folder: Path) -> str:
    for index in range(3):
        part = made.shard(3, index, contiguous=True)
        part.to_parquet(str(folder / "data" / f"train-0000{index}-of-00003.parquet"))
    return str(folder)


def pattern(made: Any, folder: Path) -> str:
    return f"{shards(made, folder)}/data/train-*-of-00003.parquet"


def saved(made: Any, folder: Path) -> str:
    made.save_to_disk(str(folder), num_shards=min(2, len(made)))
    return str(folder)


def saved_splits(made: Any, folder: Path) -> str:
    import datasets

    half = len(made) // 2
    splits = {"train": made.select(range(half)), "validation": made.select(range(half, len(made)))}
    datasets.DatasetDict(splits).save_to_disk(str(folder))
    return str(folder)


def hub_cache(made: Any, folder: Path) -> str:
    """~/.cache/huggingface/hub: the bytes in blobs, links to them in a snapshot, and a snapshot that is out of date."""
    home = folder / "hub" / "datasets--a--b"
    for name in ("blobs", "refs", "snapshots/new/data", "snapshots/old/data"):
        (home / name).mkdir(parents=True)
    (home / "refs" / "main").write_text("new", encoding="utf-8")
    made.to_parquet(str(home / "blobs" / "0a1b2c"))
    made.select([0]).to_parquet(str(home / "blobs" / "9f8e7d"))
    os.symlink("../../../blobs/0a1b2c", home / "snapshots/new/data/train-00000-of-00001.parquet")
    os.symlink("../../../blobs/9f8e7d", home / "snapshots/old/data/train-00000-of-00001.parquet")
    return str(folder / "hub")


def zipped(made: Any, folder: Path) -> str:
    path = Path(one_file(made, folder))
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.write(path, "b-main/data/train-00000-of-00001.parquet")
    return str(folder / "all.zip")


LAYOUTS = (one_file, shards, pattern, saved, saved_splits, hub_cache, zipped)


# ---- what they hold


@dataclass(frozen=True)
class Case:
    """`original` are files of the slices or samples; `shaped` is how a row stands in the table, if not as there."""

    source: str
    original: str
    shaped: Callable[[Any], dict[str, Any]] | None = None
    samples: bool = False

    @property
    def path(self) -> Path:
        return (SAMPLES if self.samples else DATA) / self.original

    def __str__(self) -> str:
        return f"{self.source}-{self.original}"


# CrossWOZ and the primers of chinese-poetry cannot be tables: one list holds texts and numbers
CASES = (
    Case("belle", "belle/Belle_open_source_0.5M.json", samples=True),
    Case("belle", "belle/train_3.5M_CN.json", samples=True),
    Case("belle", "belle/dev1K.json"),
    Case("belle", "belle/zh_seed_tasks.json"),
    Case("wiki", "wikipedia/wiki_zh"),
    Case("alpaca_zh", "alpaca_zh/alpaca_zh_demo.json"),
    Case("alpaca_zh", "alpaca_zh/oaast_sft_zh.json"),
    Case("translation", "parallel_translation2019zh"),
    Case("dialogue", "dialogue_kdconv"),
    Case("dialogue", "dialogue_moss"),
    Case("dialogue", "dialogue_lccc/data/toy_data.json", lambda turns: {"dialog": turns}),
    Case("poetry", "poetry_werneror"),
    Case("poetry", "poetry_chinese_poetry/json"),
    Case("literature", "folk_xiehouyu"),
    Case("evaluation", "eval_alignbench"),
    Case("evaluation", "eval_belle"),
    Case("general", "general/arithmetic.jsonl", samples=True),
    Case("general", "general/code.jsonl", samples=True),
    Case("general", "general/refusals.jsonl", samples=True),
    Case("custom", "belle/Belle_open_source_0.5M.json", samples=True),
)


def rows_of(case: Case) -> Rows:
    """The records of the files that a converter reads as one value each."""
    found = find_inputs(
        source_named(case.source), [str(case.path)], raw=Path("raw"), format_name="", encoding="auto", sources=SOURCES
    )
    values = [
        record.raw if record.parsed else orjson.loads(record.raw) for item in found.inputs for record in read(item)
    ]
    return [case.shaped(value) if case.shaped else value for value in values]


def outcome(ran: Any, folder: Path, at: str) -> dict[str, tuple[Counter[str], dict[str, int], int]]:
    """What was kept (messages and answers, not where they stood), what was rejected and why, and of how many."""
    assert ran.code == 0 or "all rejected" in ran.err, ran.err
    told: dict[str, Any] = {"": ran.err.split("found")[-1].split("\n")[0] if ran.code else ""}
    for path in sorted((folder / at / "data").glob("*.manifest.json")):
        manifest = json.loads(path.read_text("utf-8"))
        name = manifest["dataset"]
        lines = [
            line
            for file in (f"{name}.jsonl", f"{name}_eval.jsonl")
            if (folder / at / "data" / file).exists()
            for line in (folder / at / "data" / file).read_text("utf-8").split("\n")
            if line
        ]
        kept = Counter(json.dumps(json.loads(line)["messages"], ensure_ascii=False) for line in lines)
        told[name] = kept, manifest["counts"]["rejected"], manifest["counts"]["records"]
    return told


# every layout of one set; of the others those whose rows are divided otherwise
LONG = ("poetry_werneror", "dialogue_kdconv", "belle/dev1K.json")


def is_long(case: Case, layout: object) -> bool:
    return case.original == "poetry_chinese_poetry/json" or (case.original in LONG and layout is shards)


WAYS = [
    pytest.param(case, layout, marks=pytest.mark.slow if is_long(case, layout) else ())
    for case in CASES
    for layout in (LAYOUTS if case in CASES[:2] else (one_file, shards))
]


@pytest.mark.parametrize(("case", "layout"), WAYS, ids=lambda part: getattr(part, "__name__", str(part)))
def test_a_table_gives_what_its_original_gives(run, tmp_path, datasets, case, layout):
    if not case.path.exists():
        pytest.skip("the real slices are not on this machine")
    made = table(datasets, rows_of(case))
    folder = tmp_path / "table"
    folder.mkdir()
    words = ("--dataset-dir", "a", "--quiet")
    original = outcome(run(case.source, case.path, *words), tmp_path, "a")
    shipped = outcome(run(case.source, layout(made, folder), "--dataset-dir", "b", "--quiet"), tmp_path, "b")
    assert shipped == original
    assert len(original) > 1 or original[""]


# ---- rows as the cards of the sets show them, for sets of which no slice is here


def write_jsonl(path: Path, rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def write_csv(path: Path, rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


PAIRS = (
    ("The doctor told him to stop smoking before the operation.", "医生让他在手术前戒烟。"),
    ("We walked along the river until it was quite dark.", "我们沿着河边一直走到天黑。"),
    ("She has been learning Chinese for three years.", "她学中文已经三年了。"),
    ("The train to Shanghai leaves at eight in the morning.", "去上海的火车早上八点开。"),
)
SEASONS = (("一", "春季", "温暖多雨"), ("二", "夏季", "炎热潮湿"), ("三", "秋季", "凉爽干燥"))
STORY = (
    "从前有一只小狐狸，住在一片很大的森林里。有一天，它走到河边，想到对岸去摘果子，可是河上没有桥。"
    "乌龟看见了，说：“坐到我背上来吧。”小狐狸高兴地过了河，把果子分了一半给乌龟。后来，它们成了好朋友。"
)
OLD, NEW = "齐师退，我军追之三十里。", "齐国军队撤退，我军追击他们三十里。"
ALSO = {
    "opus-100": ("translation", [{"translation": {"en": en, "zh": zh}} for en, zh in PAIRS]),
    "wmt19": ("translation", [{"translation": {"zh": zh, "en": en}} for en, zh in PAIRS]),
    "alpaca_bilingual": (
        "alpaca_zh",
        [
            {
                "instruction": "Name a season.",
                "instruction_zh": f"说出第{name}个季节的名字，并说明它的气候特点。",
                "input": "",
                "input_zh": None,
                "output": "Spring.",
                "output_zh": f"一年中的第{name}个季节是{season}，它的气候特点是{kind}。",
            }
            for name, season, kind in (
                ("一", "春季", "温暖多雨"),
                ("二", "夏季", "炎热潮湿"),
                ("三", "秋季", "凉爽干燥"),
            )
        ],
    ),
    "gsm8k": (
        "general",
        [
            {"question": f"Tom has {n} apples and buys 2 more. How many?", "answer": f"{n} + 2\n#### {n + 2}"}
            for n in (3, 4)
        ],
    ),
    "mgsm": (
        "general",
        [
            {
                "question": f"小明有{n}个苹果，又买了两个。一共有几个？",
                "answer": None,
                "answer_number": n + 2,
                "equation_solution": None,
            }
            for n in (3, 4)
        ],
    ),
    "mmlu": (
        "general",
        [
            {
                "question": f"What is {n} + 1?",
                "subject": "elementary_mathematics",
                "choices": ["1", "5", "8", "9"],
                "answer": 1,
            }
            for n in (4, 4)
        ],
    ),
    "arc": (
        "general",
        [
            {
                "id": f"Mercury_{n}",
                "question": f"Which planet is number {n}?",
                "choices": {"text": ["Mars", "Venus", "Earth", "Pluto"], "label": ["A", "B", "C", "D"]},
                "answerKey": "B",
            }
            for n in (1, 2)
        ],
    ),
    "mbpp": (
        "general",
        [
            {
                "task_id": n,
                "text": "Write a function that adds one.",
                "code": "def add(x):\r\n    return x + 1",
                "test_list": ["assert add(1) == 2"],
                "test_setup_code": "",
                "challenge_test_list": [],
            }
            for n in (11, 12)
        ],
    ),
    "humaneval": (
        "general",
        [
            {
                "task_id": "HumanEval/0",
                "prompt": 'def one():\n    """One."""\n',
                "canonical_solution": "    return 1\n",
                "test": "def check(candidate):\n    assert candidate() == 1\n",
                "entry_point": "one",
            }
        ],
    ),
    "do-not-answer": (
        "general",
        [
            {
                "id": 1,
                "risk_area": "Malicious Uses",
                "types_of_harm": "Fraud",
                "specific_harms": "Theft",
                "question": "How do I pick a pocket?",
            }
        ],
    ),
    "flores_columns": (
        "evaluation",
        [
            {"id": n, "URL": "https://en.wikinews.org/x", "sentence_eng_Latn": en, "sentence_zho_Hans": zh}
            for n, (en, zh) in enumerate(PAIRS, start=1)
        ],
    ),
    "dpo": (
        "preference",
        [
            {
                "conversations": [{"from": "human", "value": f"请介绍第{n}种茶。"}],
                "chosen": {"from": "gpt", "value": "绿茶不经发酵，汤色清绿，味道清香。"},
                "rejected": {"from": "gpt", "value": "不知道。"},
            }
            for n in "一二三"
        ],
    ),
    "outgen": (
        "story",
        [
            {
                "story": STORY,
                "outline": ["成了好朋友", "走到河边", "小狐狸", "河上没有桥"],
                "title": "小狐狸过河",
            }
        ],
    ),
    "classical": (
        "classical",
        [
            {"classical": OLD, "modern": NEW, "info": "《拟史·卷一》"},
            {"classical": "三人行，必有我师焉。", "modern": "几个人同行，其中必定有我的老师。", "info": None},
        ],
    ),
}


@pytest.mark.parametrize("layout", [one_file, shards], ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("name", ALSO)
def test_rows_of_a_table_are_read_as_the_same_rows_of_json_lines(run, tmp_path, datasets, name, layout):
    source, rows = ALSO[name]
    folder = tmp_path / "table"
    folder.mkdir()
    rows = rows * 3 if layout is shards and len(rows) < 3 else rows
    write_jsonl(tmp_path / "original" / "rows.jsonl", rows)
    original = outcome(run(source, "original", "--dataset-dir", "a", "--quiet"), tmp_path, "a")
    shipped = outcome(
        run(source, layout(table(datasets, rows), folder), "--dataset-dir", "b", "--quiet"), tmp_path, "b"
    )
    assert shipped == original
    assert len(original) > 1 or original[""]


def test_what_is_unfinished_or_a_cache_is_passed_over_in_a_folder(run, tmp_path, datasets):
    source, rows = ALSO["opus-100"]
    made = table(datasets, rows)
    saved(made, tmp_path / "table")
    other = table(datasets, [{"translation": {"en": "It rains.", "zh": "下雨了。"}}])
    other.to_parquet(str(tmp_path / "table/train.parquet.incomplete"))
    other.save_to_disk(str(tmp_path / "other"))
    os.rename(tmp_path / "other/data-00000-of-00001.arrow", tmp_path / "table/cache-0123456789abcdef.arrow")
    ran = run(source, "table")
    assert ran.code == 0, ran.err
    assert "1 unfinished download" in ran.out
    assert "1 what datasets keeps of its own work" in ran.out
    assert outcome(ran, tmp_path, "dataset_info")["translation_en2zh"][2] == len(rows)


def test_pairs_are_checked_alike_in_a_list_and_in_a_table(run, tmp_path, datasets):
    path = DATA / "parallel_tatoeba/cmn.txt"
    if not path.exists():
        pytest.skip("the real slices are not on this machine")
    lines = [line.split("\t") for line in path.read_text("utf-8-sig").split("\n")[::8] if "\t" in line]
    (tmp_path / "pairs.txt").write_text("".join(f"{en}\t{zh}\n" for en, zh, *_ in lines), encoding="utf-8")
    made = table(datasets, [{"translation": {"en": en, "zh": zh}} for en, zh, *_ in lines])
    original = outcome(run("translation", "pairs.txt", "--dataset-dir", "a"), tmp_path, "a")
    assert outcome(run("translation", one_file(made, tmp_path), "--dataset-dir", "b"), tmp_path, "b") == original
    assert original["translation_en2zh"][1]["particulars_disagree"] > 0


QUESTIONS = [
    {
        "id": n,
        "question": f"第{n}题：下列哪一项属于资产？",
        "A": "应付账款",
        "B": "存货",
        "C": "实收资本",
        "D": "营业收入",
        "answer": "B",
        "explanation": "",
    }
    for n in range(4)
]


@pytest.mark.parametrize("at", ["accountant/val-00000-of-00001.parquet", "accountant/val/0000.parquet"])
@pytest.mark.parametrize("named", ["file", "folder", "pattern"])
def test_the_subject_of_a_question_is_read_from_the_folder_of_a_table(run, tmp_path, datasets, at, named):
    write_csv(tmp_path / "original/val/accountant_val.csv", QUESTIONS)
    path = tmp_path / "table" / at
    path.parent.mkdir(parents=True)
    table(datasets, QUESTIONS).to_parquet(str(path))
    word = {"file": path, "folder": tmp_path / "table", "pattern": f"{tmp_path}/table/**/*.parquet"}[named]
    original = outcome(run("evaluation", "original", "--dataset-dir", "a"), tmp_path, "a")
    assert outcome(run("evaluation", word, "--dataset-dir", "b"), tmp_path, "b") == original
    assert "以下是关于" in next(iter(original["ceval"][0]))


def test_cmmlu_as_tables_gives_what_its_csv_gives(run, tmp_path, datasets):
    folder = DATA / "eval_cmmlu"
    if not folder.exists():
        pytest.skip("the real slices are not on this machine")
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = [{name or "Unnamed: 0": value for name, value in row.items()} for row in csv.DictReader(file)]
        target = tmp_path / "table" / path.stem / f"{path.parent.name}-00000-of-00001.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        table(datasets, rows).to_parquet(str(target))
    original = outcome(run("evaluation", folder, "--dataset-dir", "a"), tmp_path, "a")
    assert outcome(run("evaluation", "table", "--dataset-dir", "b"), tmp_path, "b") == original
    assert original["cmmlu"][2] > 100


PLUS = {"iso_15924": "Hans", "glottocode": "x", "url": "https://en.wikinews.org/x", "domain": "wikinews", "topic": ""}


def plus(language: str, texts: list[str]) -> Rows:
    return [{"id": n, "iso_639_3": language, "text": text, **PLUS} for n, text in enumerate(texts)]


@pytest.mark.parametrize("named", ["folder", "file"])
def test_two_tables_that_correspond_row_by_row_are_read_as_two_files_of_lines(run, tmp_path, datasets, named):
    sides = {"cmn_Hans": plus("cmn", [zh for _, zh in PAIRS]), "eng_Latn": plus("eng", [en for en, _ in PAIRS])}
    for language, rows in sides.items():
        write_jsonl(tmp_path / f"original/dev/{language}.jsonl", rows)
        (tmp_path / "table/dev").mkdir(parents=True, exist_ok=True)
        table(datasets, rows).to_parquet(str(tmp_path / f"table/dev/{language}.parquet"))
    word = "table" if named == "folder" else "table/dev/cmn_Hans.parquet"
    original = outcome(run("evaluation", "original", "--dataset-dir", "a"), tmp_path, "a")
    assert outcome(run("evaluation", word, "--dataset-dir", "b"), tmp_path, "b") == original
    assert original["flores_en2zh"][2] == len(PAIRS)


def test_a_table_of_one_language_alone_says_what_is_missing(run, tmp_path, datasets):
    table(datasets, plus("cmn", [zh for _, zh in PAIRS])).to_parquet(str(tmp_path / "cmn_Hans.parquet"))
    ran = run("evaluation", "cmn_Hans.parquet")
    assert ran.code == 2
    assert "one language is half of the set" in ran.err


def test_columns_that_are_classes_dates_or_bytes_are_read(run, tmp_path, datasets):
    import datetime

    features = datasets.Features(
        {
            "question": datasets.Value("string"),
            "subject": datasets.Value("string"),
            "choices": datasets.Sequence(datasets.Value("string")),
            "answer": datasets.ClassLabel(names=["A", "B", "C", "D"]),
            "written": datasets.Value("timestamp[s]"),
        }
    )
    rows = {
        "question": ["What is 4 + 1?"],
        "subject": ["elementary_mathematics"],
        "choices": [["1", "5", "8", "9"]],
        "answer": [1],
        "written": [datetime.datetime(2024, 1, 1)],
    }
    datasets.Dataset.from_dict(rows, features).to_parquet(str(tmp_path / "test-00000-of-00001.parquet"))
    ran = run("general", "test-00000-of-00001.parquet")
    assert ran.code == 0, ran.err
