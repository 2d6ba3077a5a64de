"""What is evaluated in the benchmark of evaluations? One set of each task, of text that is strung together here."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ewc_plugin.metrics import MEASURES

TASKS = (*MEASURES, "multiple_choice")
WORDS = (
    *("春天", "城市", "孩子", "老师", "图书馆", "旅行", "音乐", "历史", "明月", "江水", "故乡", "朋友", "天气", "道路"),
    *("认为", "开始", "喜欢", "离开", "听见", "改变", "记得", "因为", "但是", "所以", "已经", "常常", "慢慢", "这里"),
)
ENGLISH = ("the", "a", "moon", "river", "school", "friend", "reads", "finds", "quiet", "bright", "because", "and")
LEVEL, OBLIQUE, RHYMING = "江花春天山寒人", "月夜水日落雪路里", "流楼秋舟愁州"


def prose(generator: random.Random, length: int) -> str:
    """About `length` characters with marks."""
    said = ""
    while len(said) < length:
        said += "".join(generator.choices(WORDS, k=generator.randint(2, 6))) + generator.choice("，，。！？")
    return said[:length] + "。"


def verse(generator: random.Random) -> str:
    """A regulated quatrain: level, oblique and rhyming characters in their places."""
    shapes = ("OOLLO", "LLOOR", "LLLOO", "OOOLR")
    draw = {"L": LEVEL, "O": OBLIQUE, "R": RHYMING}
    lines = ["".join(generator.choice(draw[tone]) for tone in shape) for shape in shapes]
    return f"{lines[0]}，{lines[1]}。{lines[2]}，{lines[3]}。"


def reference(task: str, generator: random.Random, length: int) -> str:
    if task == "verse":
        return "".join(verse(generator) for _ in range(max(1, length // 24)))
    if task == "arithmetic":
        return f"{prose(generator, length - 8)}#### {generator.randint(1, 999)}"
    if task in ("english", "translation"):
        return " ".join(generator.choices(ENGLISH, k=max(3, length // 6)))
    if task == "code":
        return "```python\n" + "\n".join(f"x{i} = {i}" for i in range(max(1, length // 9))) + "\n```"
    return prose(generator, length)


def record(task: str, number: int, generator: random.Random, length: int) -> dict[str, Any]:
    said = reference(task, generator, length)
    fields: dict[str, Any] = {"refuse": False} if task == "refusal" else {}
    asked = prose(generator, 60)
    if task == "story":
        asked = f"请以“{said[:12]}”开头写一个{length}字左右的故事。"
    if task == "multiple_choice":
        choices = [prose(generator, 12) for _ in range(4)]
        fields, said = {"choices": choices, "answer": "ABCD"[number % 4]}, "ABCD"[number % 4]
    turns = [("user", asked)]
    if task == "dialogue":
        turns = [("user", prose(generator, 20)), ("assistant", prose(generator, 30)), ("user", asked)]
    messages = [{"role": role, "content": content} for role, content in (*turns, ("assistant", said))]
    return {"id": f"{task}:{number}", "messages": messages, **fields}


def records(task: str, *, count: int, length: int) -> list[dict[str, Any]]:
    """The same ones at each call."""
    generator = random.Random(task)
    return [record(task, number, generator, length) for number in range(count)]


def write_sets(folder: Path, *, tasks: Sequence[str] = TASKS, items: int, length: int) -> None:
    """A registry with one set of each task."""
    tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}
    shape = {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": tags}
    registry = {}
    for task in tasks:
        lines = [json.dumps(one, ensure_ascii=False) for one in records(task, count=items, length=length)]
        (folder / f"{task}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        about = {"task": task, "stage": "foundation" if task == "instruction" else "domain", "protected": True}
        registry[task] = {"file_name": f"{task}.jsonl", **shape, "eval": about}
    (folder / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")
