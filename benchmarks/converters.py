"""What a conversion costs beside a bare loop, and what deduplication costs: side by side in one run.

    python benchmarks/converters.py                 1 GB of JSON Lines, a million texts; about ten minutes
    python benchmarks/converters.py --megabytes 100 --texts 100000

Three figures, each a ratio or a size, because machines differ:

* records a second of `python -m converters belle` ÷ those of a bare loop (read a line, orjson.loads, the same messages,
  orjson.dumps, write), both in processes of their own on one core, in turn, the median of the pairs;
* the same with `--workers 2`, ÷ one worker;
* peak memory of both and of `dedupe`.

The text is made here, with the proportions of BELLE's releases: length of prompts and answers, share of arithmetic, of
listed points, of answers that name a model, of repeated records.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).resolve().parents[1]

# written for this file; sentences are strung together from them
SUBJECTS = (
    "老师",
    "我的朋友",
    "这家公司",
    "城市的交通",
    "现代农业",
    "传统手艺",
    "年轻的设计师",
    "社区的居民",
    "图书馆",
    "一位医生",
    "这项研究",
    "海边的村庄",
)
VERBS = (
    "正在改变",
    "需要重视",
    "可以帮助",
    "已经影响了",
    "常常忽略",
    "慢慢适应",
    "共同保护",
    "认真讨论",
    "逐步改善",
    "重新认识",
)
OBJECTS = (
    "人们的生活方式",
    "孩子的学习习惯",
    "当地的自然环境",
    "产品的质量",
    "团队之间的合作",
    "古老的建筑",
    "健康的饮食",
    "信息的传播",
    "时间的安排",
)
TAILS = [
    "，这一点很重要",
    "，因此值得关注",
    "，但是仍有不少困难",
    "，也带来了新的机会",
    "",
    "，大家都有同感",
    "，效果十分明显",
]
REQUESTS = [
    "请谈谈{}。",
    "如何看待{}？",
    "写一段关于{}的介绍。",
    "{}有哪些特点？",
    "给出三条关于{}的建议。",
    "解释一下{}。",
]
SHARE_OF_ARITHMETIC, SHARE_OF_LISTS, SHARE_OF_MODELS, SHARE_OF_REPEATS = 0.10, 0.15, 0.01, 0.004
MEAN_SENTENCES = 16  # of an answer: about a kilobyte a record, as in the release of 3.5 million conversations
BARE_LOOP = """
import sys, orjson
loads, dumps = orjson.loads, orjson.dumps
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
    for line in source:
        record = loads(line)
        messages = [
            {"role": "user", "content": record["instruction"]},
            {"role": "assistant", "content": record["output"]},
        ]
        target.write(dumps({"messages": messages}) + b"\\n")
"""


def records(seed: int) -> Iterator[dict[str, str]]:
    """Instructions and answers without end; every repeat is of an earlier record."""
    generator, last = random.Random(seed), {"instruction": "你好", "input": "", "output": "你好！"}
    number = 0
    while True:
        number += 1
        if generator.random() < SHARE_OF_REPEATS:
            yield last
            continue
        topic = f"{generator.choice(SUBJECTS)}和{generator.choice(OBJECTS)}（第{number}次讨论）"
        last = {"instruction": generator.choice(REQUESTS).format(topic), "input": "", "output": _answer(generator)}
        yield last


def _answer(generator: random.Random) -> str:
    kind = generator.random()
    count = 1 + int(generator.expovariate(1 / MEAN_SENTENCES))
    sentences = [_sentence(generator) for _ in range(count)]
    if kind < SHARE_OF_ARITHMETIC:
        a, b = generator.randrange(2, 90), generator.randrange(2, 90)
        return f"\n一共有{a}×{b}={a * b}个。\n" + "".join(sentences[:3]) + f"所以答案是{a * b}。"
    if kind < SHARE_OF_ARITHMETIC + SHARE_OF_LISTS:
        return "\n".join(f"{at}. {sentence}" for at, sentence in enumerate(sentences, start=1))
    if kind < SHARE_OF_ARITHMETIC + SHARE_OF_LISTS + SHARE_OF_MODELS:
        return "".join(sentences) + "ChatGPT是一种语言模型。"
    return "".join(sentences)


def _sentence(generator: random.Random) -> str:
    parts = (SUBJECTS, VERBS, OBJECTS, TAILS)
    return "".join(generator.choice(part) for part in parts) + "。"


def write_records(path: Path, size: int) -> int:
    count = 0
    with path.open("wb") as stream:
        for record in records(7):
            stream.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
            count += 1
            if not count % 1000 and stream.tell() >= size:
                return count
    raise AssertionError("records have no end")


def timed(command: list[str], *, cores: int) -> tuple[float, int]:
    """(seconds, peak bytes of the largest process) of a command on the first cores of this machine."""
    allowed = set(sorted(os.sched_getaffinity(0))[:cores])
    before = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, allowed),
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} failed")
    return time.perf_counter() - before, usage.ru_maxrss * 1024


def conversion(path: Path, folder: Path, rounds: int) -> dict[str, Any]:
    bare = [sys.executable, "-c", BARE_LOOP, str(path), str(folder / "bare.jsonl")]
    ours = [sys.executable, "-m", "converters", "belle", str(path), "--quiet", "--dataset-dir", str(folder / "di")]
    turns: list[dict[str, float]] = []
    for _ in range(rounds):
        bare_seconds, _ = timed(bare, cores=1)
        seconds, peak = timed(ours, cores=1)
        two, _ = timed([*ours, "--workers", "2"], cores=2)
        turns.append({"bare": bare_seconds, "one": seconds, "two": two, "peak": peak})
    return {
        "share_of_bare_loop": statistics.median(turn["bare"] / turn["one"] for turn in turns),
        "speed_of_two_workers": statistics.median(turn["one"] / turn["two"] for turn in turns),
        "peak_megabytes": max(turn["peak"] for turn in turns) / 1e6,
        "turns": turns,
    }


def deduplication(folder: Path, texts: int) -> dict[str, Any]:
    """`dedupe` over `texts` examples, one in twenty of which is another with a word changed."""
    source = folder / "texts.jsonl"
    generator, last = random.Random(3), ""
    with source.open("w", encoding="utf-8") as stream:
        for number in range(texts):
            answer = "".join(_sentence(generator) + chr(0x4E00 + generator.randrange(9000)) for _ in range(10))
            if number % 20 == 19:
                answer = last[:-1] + "了"
            last = answer
            record = {"instruction": f"请写一段话：{number}", "input": "", "output": answer}
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
    where = ["--dataset-dir", str(folder / "many")]
    timed([sys.executable, "-m", "converters", "belle", str(source), "--quiet", "--eval-share", "0", *where], cores=2)
    seconds, peak = timed([sys.executable, "-m", "converters", "dedupe", "belle", *where], cores=2)
    manifest = json.loads((folder / "many/data/belle.manifest.json").read_text("utf-8"))
    return {
        "texts": texts,
        "removed": manifest["counts"]["rejected"].get("near_duplicate", 0),
        "seconds": seconds,
        "peak_megabytes": peak / 1e6,
    }


def report(found: dict[str, Any]) -> str:
    converted, twins = found["conversion"], found["deduplication"]
    return "\n".join(
        [
            "# Converters",
            "",
            f"{found['records']:,} records, {found['megabytes']:,} MB of JSON Lines; "
            f"{resource.getpagesize()}-byte pages, {os.cpu_count()} cores.",
            "",
            "| what | measured | target |",
            "|---|---|---|",
            f"| `belle`, one core, of the bare loop's speed | {converted['share_of_bare_loop']:.2f} | ≥ 0.60 |",
            f"| two workers ÷ one | {converted['speed_of_two_workers']:.2f} | near 2 |",
            f"| peak memory | {converted['peak_megabytes']:.0f} MB | "
            f"≤ {300 + 16 * found['records'] / 1e6:.0f} MB (300 + 16 bytes a record) |",
            f"| `dedupe` of {twins['texts']:,} texts, peak | {twins['peak_megabytes']:.0f} MB | ≤ 4,000 MB |",
            f"| … near duplicates found of {twins['texts'] // 20:,} planted | {twins['removed']:,} | |",
            f"| … seconds | {twins['seconds']:.0f} | |",
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_records(folder / "belle.json", options.megabytes * 1_000_000)
        found = {
            "megabytes": options.megabytes,
            "records": count,
            "conversion": conversion(folder / "belle.json", folder, options.rounds),
            "deduplication": deduplication(folder, options.texts),
        }
    (options.out / "converters.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (options.out / "converters.md").write_text(report(found), encoding="utf-8")
    print(report(found))


if __name__ == "__main__":
    main()
