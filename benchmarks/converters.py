"""What a conversion costs beside a bare loop, and what deduplication costs: side by side in one run.

    python benchmarks/converters.py                 1 GB of JSON Lines, a million texts; the better part of an hour
    python benchmarks/converters.py --megabytes 100 --texts 100000

* speed of the bare loop (read a line, orjson.loads, the same messages, orjson.dumps, write), of the engine alone (a
  source without rules: benchmarks/_plain_source.py) and of `python -m converters belle`, each in a process of its own
  on one core, in turn, the median of the rounds. Counted is processor time (user and system), which other work on the
  machine disturbs least; everything is in it: start, duplicates, holding out, and the hashes of input and output;
* wall time of one worker ÷ that of two, and what the parent does itself for each record, which bounds many workers;
* peak memory of the largest process, of conversion and of `dedupe`.

The text is made here, with the proportions of BELLE's releases: length of prompts and answers, share of arithmetic, of
listed points, of answers that name a model, of repeated records.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLAIN = Path(__file__).with_name("_plain_source.py")
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


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, seconds of processors, peak bytes of the largest process."""

    wall: float
    processor: float
    peak: int
    said: str


def timed(command: list[str], *, cores: int) -> Cost:
    """What a command costs on the first cores of this machine."""
    allowed = set(sorted(os.sched_getaffinity(0))[:cores])
    before = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, allowed),
    )
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} failed")
    return Cost(time.perf_counter() - before, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, said)


def conversion(path: Path, folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """{what: {measure: median of the rounds}}"""
    out = [str(path), "--quiet", "--dataset-dir", str(folder / "di")]
    engine, belle = ([sys.executable, *words, *out] for words in ([str(PLAIN), "plain"], ["-m", "converters", "belle"]))
    turns: dict[str, list[Cost]] = {"bare": [], "engine": [], "engine_2": [], "belle": [], "belle_2": []}
    for _ in range(rounds):
        turns["bare"].append(timed([sys.executable, "-c", BARE_LOOP, str(path), str(folder / "bare.jsonl")], cores=1))
        turns["engine"].append(timed(engine, cores=1))
        turns["engine_2"].append(timed([*engine, "--workers", "2"], cores=2))
        turns["belle"].append(timed(belle, cores=1))
        turns["belle_2"].append(timed([*belle, "--workers", "2"], cores=2))
    return {name: _medians(costs) for name, costs in turns.items()}


def _medians(costs: Sequence[Cost]) -> dict[str, float]:
    found = {name: statistics.median(getattr(cost, name) for cost in costs) for name in ("wall", "processor", "peak")}
    parents = [float(cost.said.split()[-1]) for cost in costs if cost.said.strip()]
    return found | ({"parent": statistics.median(parents)} if parents else {})


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
    timed([sys.executable, str(PLAIN), "plain", str(source), "--quiet", "--eval-share", "0", *where], cores=2)
    cost = timed([sys.executable, "-m", "converters", "dedupe", "plain", *where], cores=1)
    manifest = json.loads((folder / "many/data/plain.manifest.json").read_text("utf-8"))
    return {
        "texts": texts,
        "removed": manifest["counts"]["rejected"].get("near_duplicate", 0),
        "seconds": cost.processor,
        "peak_megabytes": cost.peak / 1e6,
    }


# in a process of its own: what is loaded here counts as the peak of every process that starts from here
CIRCUMSTANCES = "import json, _measure; print(json.dumps(_measure.circumstances()))"


def report(found: dict[str, Any]) -> str:
    from _measure import stated  # now that all is measured

    costs, twins, records = found["conversion"], found["deduplication"], found["records"]
    each = {name: 1e6 * cost["processor"] / records for name, cost in costs.items()}
    peak = max(costs[name]["peak"] for name in ("engine", "engine_2", "belle", "belle_2")) / 1e6
    lines = [
        "# Converters",
        "",
        f"{records:,} records, {found['megabytes']:,} MB of JSON Lines; {os.cpu_count()} cores. Times are of",
        "processors, in microseconds a record, but for the two rows of workers, which are by the clock.",
        "",
        "| what | measured | of the bare loop's speed | target |",
        "|---|---|---|---|",
        f"| bare loop | {each['bare']:.1f} µs | 1 | |",
        *(
            f"| {what}, one core | {each[name]:.1f} µs | {each['bare'] / each[name]:.2f} | {target} |"
            for name, what, target in (
                ("engine", "engine alone (a source without rules)", ""),
                ("belle", "`belle`", "≥ 0.60"),
            )
        ),
        *(
            f"| {what}, two workers ÷ one | {costs[name]['wall'] / costs[f'{name}_2']['wall']:.2f} | | near 2 |"
            for name, what in (("engine", "engine alone"), ("belle", "`belle`"))
        ),
        f"| what the parent of workers does itself | {1e6 * costs['engine_2']['parent'] / records:.1f} µs | | |",
        f"| peak memory | {peak:.0f} MB | | ≤ {300 + 16 * records / 1e6:.0f} MB (300 + 16 bytes a record) |",
        f"| `dedupe` of {twins['texts']:,} texts, peak memory | {twins['peak_megabytes']:.0f} MB | | ≤ 4,000 MB |",
        f"| … near duplicates found of {twins['texts'] // 20:,} planted | {twins['removed']:,} | | |",
        f"| … seconds | {twins['seconds']:.0f} | | |",
        "",
        f"The target would leave {each['bare'] / 0.6 - each['bare']:.1f} µs a record beyond the bare loop for ids,",
        "duplicates, holding out, checks and all rules together. What `belle` costs beyond the engine are its rules;",
        "they run in the workers.",
        "",
        stated(found["circumstances"]),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    where = json.loads(subprocess.check_output([sys.executable, "-c", CIRCUMSTANCES], cwd=Path(__file__).parent))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_records(folder / "belle.json", options.megabytes * 1_000_000)
        found = {
            "circumstances": where,
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
