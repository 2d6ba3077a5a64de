"""`python -m converters score DATASET`: lengths, perplexity, IFD and reward of each example, beside the data.

Only orders what `quality` does. Run again, it goes on where it was stopped; with other metrics it adds to them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from converters.columns import aligned
from converters.contract import SourceError
from converters.quality import places
from converters.quality.contract import METRICS
from converters.quality.models import live, settings, shards
from converters.quality.rewards import reward
from converters.quality.rows import opened, told

INTERRUPTED = 130
# the number of a metric's record that its row of the table is about
SHOWN = {"length": "answer", "perplexity": "perplexity", "ifd": "ifd", "reward": "reward"}
QUANTILES = (0.05, 0.5, 0.95)
HEADINGS = ("metric", "scored", "not scored", "5 %", "median", "95 %")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="a name of dataset_info.json")
    parser.add_argument(
        "--metrics",
        type=_metrics,
        default=("length", "perplexity"),
        metavar="NAMES",
        help=f"of {', '.join(METRICS)}, with commas (length,perplexity)",
    )
    settings.add_arguments(parser)
    _add_reward(parser)
    parser.add_argument("--again", action="store_true", help="score anew what is scored already, and replace it")
    parser.add_argument("--quiet", action="store_true", help="no live line and no table")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def _add_reward(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("reward")
    group.add_argument(
        "--reward-model", metavar="PATH", help="a sequence classification model, or what stage rm of training saved"
    )
    group.add_argument("--reward-base", default="", metavar="PATH", help="the model beneath a reward adapter")
    group.add_argument("--reward-template", default="", metavar="NAME", help="of LLaMA-Factory (the model's own)")
    group.add_argument("--reward-label", default="", metavar="LABEL", help="of a model with more than one")


def _metrics(text: str) -> tuple[str, ...]:
    named = [word.strip() for word in text.split(",") if word.strip()]
    if not named or set(named) - set(METRICS):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(METRICS)}; found {text}")
    return tuple(metric for metric in METRICS if metric in named)


def run(parsed: argparse.Namespace) -> int:
    from converters.quality.scoring.measuring import scored
    from converters.quality.scoring.work import Work

    shard = shards.here()
    own = settings.settings_of(parsed) if set(parsed.metrics) - {"reward"} else None
    rater = _rater(parsed) if "reward" in parsed.metrics else None
    with opened(parsed.dataset_dir, parsed.dataset) as rows:
        tokens = settings.tokens_at_once(parsed)
        work = Work(parsed.dataset_dir, rows, parsed.metrics, own, rater, shard, tokens, again=parsed.again)
        try:
            with live.lines(shard, quiet=parsed.quiet) as begin:
                known, reckoned = scored(work, begin)
        except KeyboardInterrupt:
            print("interrupted: what was scored is kept, the same command goes on", file=sys.stderr)
            return INTERRUPTED
        if shard.first and not parsed.quiet:
            print("\n".join([*told(rows), *_notes(work, reckoned), *_table(known.metrics, known.records)]))
            print(f"scores: {places.scores(parsed.dataset_dir, rows.name)}")
    return 0


def _rater(parsed: argparse.Namespace) -> reward.Settings:
    if not parsed.reward_model:
        raise SourceError("--reward-model", expected="the model that rates answers", found="nothing")
    return reward.Settings(
        parsed.reward_model,
        base=parsed.reward_base,
        template=parsed.reward_template,
        label=parsed.reward_label,
        cutoff_len=parsed.cutoff_len or settings.CUTOFF,
        dtype=parsed.dtype,
        device=parsed.device,
        quantization_bit=parsed.quantization_bit,
        trust_remote_code=parsed.trust_remote_code,
    )


def _notes(work: Any, reckoned: Sequence[str]) -> list[str]:
    lines = []
    if work.torn:
        lines.append(f"{work.torn} bytes of a torn last line were cut off: its batch was scored again")
    if there := [metric for metric in work.wanted if metric not in reckoned]:
        lines.append(f"scored already: {', '.join(there)} (--again scores anew)")
    if repeats := len(work.rows) - len(work.numbers):
        lines.append(f"{repeats:,} rows repeat the id of an earlier one: a score is of an id")
    if work.budget.halved:
        lines.append(
            f"memory did not suffice for {work.budget.tokens:,} tokens at once: {work.budget.least:,} were taken "
            f"(--batch-tokens {work.budget.least})"
        )
    return lines


def _table(metrics: Mapping[str, Any], records: Mapping[str, Any]) -> list[str]:
    rows = [_row(metric, about, records) for metric, about in metrics.items()]
    reasons = [
        f"{metric}, not scored: " + ", ".join(f"{reason} {number:,}" for reason, number in about["unscored"].items())
        for metric, about in metrics.items()
        if about["unscored"]
    ]
    return [*aligned([HEADINGS, *rows]), *reasons]


def _row(metric: str, about: Mapping[str, Any], records: Mapping[str, Any]) -> tuple[str, ...]:
    shown = SHOWN[metric]
    values = sorted(float(record[metric][shown]) for record in records.values() if metric in record)
    name = metric if metric == shown else f"{metric} · {shown}"
    quantiles = [f"{values[round(share * (len(values) - 1))]:.4g}" if values else "–" for share in QUANTILES]
    return (name, f"{about['scored']:,}", f"{sum(about['unscored'].values()):,}", *quantiles)
