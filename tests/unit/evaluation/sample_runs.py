"""Output folders as three stages leave them, made of invented numbers: what a report is written from."""

import json
import random
from pathlib import Path

from ewc_plugin import matrix
from ewc_plugin.evaluation.predictions import prediction_file, write_predictions
from ewc_plugin.metrics.likelihood import loss
from ewc_plugin.metrics.translation import bleu, chrf

COLUMNS = [
    {"name": "belle_eval", "task": "instruction", "stage": "foundation", "protected": True},
    {"name": "translation_en2zh_eval", "task": "translation", "stage": "task", "protected": True},
    {"name": "translation_zh2en_eval", "task": "translation", "stage": "task", "protected": True},
    {"name": "poetry_next_eval", "task": "verse", "stage": "domain", "protected": False},
]
STAGES = ("base", "foundation", "task", "domain")
# loss per token after each stage: the domain stage forgets belle, not translation
LOSSES = {
    "belle_eval": (2.60, 2.10, 2.12, 2.31),
    "translation_en2zh_eval": (3.10, 2.95, 2.20, 2.203),
    "translation_zh2en_eval": (2.80, 2.70, 2.05, 2.02),
    "poetry_next_eval": (6.10, 5.90, 5.92, 4.40),
}
REFERENCES = [
    "昨天我们去了北京。",
    "明天会下雨吗？",
    "这本书很有意思。",
    "他弟弟在学校。",
    "请把门关上。",
    "我不知道。",
]
ENGLISH = [
    "We went to Beijing yesterday.",
    "Will it rain tomorrow?",
    "This book is fun.",
    "His brother is at school.",
    "Please close the door.",
    "I do not know.",
]


def records(column, stage, *, shift=0.0, n=60, answers=None):
    """Invented items: how hard an item is depends on the item alone, so that stages differ by little noise."""
    generator = random.Random(column["name"])
    noise = random.Random(f"{column['name']}{stage}")
    mean = LOSSES[column["name"]][stage] + shift
    made = []
    for i in range(n):
        tokens, hard = generator.randint(4, 40), generator.gauss(1, 0.25)
        english, chinese = ENGLISH[i % 6], REFERENCES[i % 6]
        into_chinese = "zh2en" not in column["name"]
        prompt, reference = (english, chinese) if into_chinese else (chinese, english)
        answer = reference[: 2 + stage * len(reference) // 3] if column["task"] == "translation" else None
        made.append(
            {
                "id": f"{column['name']}:{i}",
                "prompt": f"翻译：{prompt}",
                "reference": reference,
                "answer": answers[i % len(answers)] if answers and answer is not None else answer,
                "finished": True,
                "nll": tokens * mean * hard + noise.gauss(0, 0.1) * tokens,
                "tokens": tokens,
                "scores": {},
            }
        )
    return made


def cell(column, items):
    numbers = {"loss": loss([r["nll"] for r in items], [r["tokens"] for r in items], resamples=200).cell(subset="0f")}
    if column["task"] == "translation":
        texts = [r["reference"] for r in items], [r["answer"] for r in items]
        numbers |= {s.name: s.cell(subset="0f") for s in (bleu(*texts, resamples=50), chrf(*texts, resamples=50))}
    return numbers


def row(folder: Path, stage: int, *, shift=0.0, answers=None, columns=COLUMNS):
    """One row, its predictions written to `folder`."""
    cells = {}
    for column in columns:
        items = records(column, stage, shift=shift, answers=answers)
        write_predictions(prediction_file(folder, column["name"]), items)
        cells[column["name"]] = cell(column, items)
    label = STAGES[stage]
    return {
        "stage": None if stage == 0 else label,
        "label": label,
        "columns": columns,
        "cells": cells,
        "predictions": str(folder),
        "not_built": ["classical_eval"],
    }


def build(root: Path, *, name="domain", shift=0.0, answers=None, stages=4, model="tiny-gemma") -> Path:
    """An output folder with everything that a report may show; returns it."""
    output = root / name
    here = output / "stage_eval"
    rows = [
        row(
            root / "shared" / str(stage) if stage < stages - 1 else here / "predictions",
            stage,
            shift=shift if stage == stages - 1 else 0.0,
            answers=answers,
        )
        for stage in range(stages)
    ]
    grown = matrix.new({"model": model}, rows[0])
    for later in rows[1:]:
        grown = matrix.extend(grown, later)
    matrix.save(grown, here / "matrix.json")
    return output


def add_run_files(output: Path, group="foundation") -> None:
    """What trainer and plugin write beside the matrix."""
    logs = [
        {
            "step": s,
            "epoch": s / 100,
            "loss": 3 - s / 100 + (s % 7) / 30,
            "ewc/penalty": 0.002 * s,
            "learning_rate": 1e-4,
        }
        for s in range(1, 120, 2)
    ]
    (output / "trainer_state.json").write_text(json.dumps({"log_history": logs}))
    groups = {group: 4000, "task": 2400, "domain": 1600}
    trained_on = {
        "mixture": "domain_mix",
        "planned": {g: {"examples": n, "supervised": 40 * n} for g, n in groups.items()},
        "trained": {
            g: {"examples": n - 5, "supervised_tokens": 30 * n, "dropped": 5, "truncated": 12}
            for g, n in groups.items()
        },
        "agrees_with_the_trainer": True,
    }
    (output / "stage_eval" / "trained_on.json").write_text(json.dumps(trained_on))
    (output / "ewc").mkdir(exist_ok=True)
    term = {"stage": "task", "estimator": "sampled", "examples": 128, "tokens": 4096, "trace": {"a": 0.12, "b": 0.01}}
    facts = {"space": "delta", "scalings": {"model.layers.0.mlp.up_proj": 2.0}, "terms": [term]}
    (output / "ewc" / "ewc.json").write_text(json.dumps(facts | {"versions": {"torch": "2.11.0"}}))
    (output / "stage_eval" / "ewc.json").write_text(json.dumps({"lambda": 1.0, "penalty": 0.0214}))
