"""Where do scores stand, and are they those of these data? One object for each id, in the order of the data.

`<name>.scores.jsonl` has what is known of each id, `<name>.scores.json` how each metric was reckoned.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from converters import __version__
from converters.contract import SourceError
from converters.files import read_jsonl, staged
from converters.mixing.registry import command
from converters.quality import places
from converters.quality.contract import METRICS
from converters.quality.models.signature import comparable
from converters.quality.rows import Rows
from converters.quality.scoring.parts import differences
from converters.quality.scoring.passes import Unscored, first_of_each

Record = dict[str, Any]
UNSCORED = "unscored"


def load(dataset_dir: Path, rows: Rows) -> dict[str, Mapping[str, Any]]:
    """{id: {"length": {…}, "perplexity": {…}, …, "unscored": {metric: reason}}}; {} where nothing was scored.

    Raises SourceError for scores of other data than these.
    """
    known = Scores.read(dataset_dir, rows.name)
    if known.metrics and known.data != rows.sha256:
        raise SourceError(
            str(places.scores(dataset_dir, rows.name)),
            expected=f"scores of {rows.file.path.name} as it is now (sha256 {rows.sha256[:12]}…)",
            found=f"scores of another text of it (sha256 {known.data[:12]}…)",
            remedy=f"Score it again: {command(f'score {rows.name} --metrics … --again', dataset_dir)}",
        )
    return dict(known.records)


@dataclass
class Scores:
    """All that is known of one dataset: `metrics` are their signatures and counts, `data` the sha256 of its file."""

    data: str = ""
    records: dict[str, Record] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, dataset_dir: Path, name: str) -> Scores:
        """Nothing where there is no file."""
        path, where = places.scores(dataset_dir, name), places.scores_about(dataset_dir, name)
        if not path.exists() or not where.exists():
            return cls()
        try:
            about = json.loads(where.read_text(encoding="utf-8"))
            metrics, data = dict(about["metrics"]), str(about["data"]["sha256"])
            records = {str(line.pop("id")): dict(line) for _, line in read_jsonl(path)}
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            remedy = "Remove both files and score again."
            raise SourceError(str(where), expected="what `score` wrote", found=str(error), remedy=remedy) from error
        return cls(data, records, metrics)

    def differences(self, metric: str, signature: Mapping[str, Any]) -> list[str]:
        """In words, how a metric that stands there was reckoned otherwise; one that does not stand there is one."""
        if metric not in self.metrics:
            return [f"{metric} was not scored"]
        return differences(comparable(self.metrics[metric]["signature"]), comparable(_plain(signature)))

    def require(self, metric: str, signature: Mapping[str, Any]) -> bool:
        """Whether a metric stands there with this signature; raises SourceError where it does with another."""
        if metric in self.metrics and (found := self.differences(metric, signature)):
            raise SourceError(
                f"--metrics {metric}",
                expected="a metric that was not scored yet, or in the same way",
                found="other scores of it, of " + "; ".join(found),
                remedy="--again scores it anew and replaces them.",
            )
        return metric in self.metrics

    def forget(self, metric: str) -> None:
        self.metrics.pop(metric, None)
        for record in self.records.values():
            record.pop(metric, None)
            record.get(UNSCORED, {}).pop(metric, None)

    def take(self, metric: str, signature: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """`values`: of each id a record, or an Unscored."""
        self.forget(metric)
        reasons = Counter(str(value) for value in values.values() if isinstance(value, Unscored))
        for identity, value in values.items():
            record = self.records.setdefault(identity, {})
            if isinstance(value, Unscored):
                record.setdefault(UNSCORED, {})[metric] = str(value)
            else:
                record[metric] = value
        self.metrics[metric] = {
            "signature": _plain(signature),
            "scored": len(values) - reasons.total(),
            UNSCORED: dict(sorted(reasons.items())),
        }

    def write(self, dataset_dir: Path, rows: Rows) -> None:
        """Both files, or neither."""
        first, repeated = first_of_each(rows.ids)
        path = places.scores(dataset_dir, rows.name)
        with staged(path.parent) as files:
            stream = files.open_binary(path)
            for number in first:
                stream.write(_line(rows.ids[number], self.records.get(rows.ids[number], {})))
            about = {
                "dataset": rows.name,
                "data": {
                    "sha256": rows.sha256,
                    "examples": len(rows),
                    "ids": len(first),
                    "repeated": len(repeated),
                    "unusable": rows.unusable,
                    "first_unusable": rows.first_unusable,
                },
                "metrics": {metric: self.metrics[metric] for metric in METRICS if metric in self.metrics},
                "created_by": f"llamafactory-ewc {__version__}",
            }
            json.dump(about, files.open(places.scores_about(dataset_dir, rows.name)), ensure_ascii=False, indent=1)


def _line(identity: str, record: Record) -> bytes:
    reasons = {metric: record[UNSCORED][metric] for metric in METRICS if metric in record.get(UNSCORED, {})}
    line = {"id": identity, **{metric: record[metric] for metric in METRICS if metric in record}}
    return orjson.dumps(line | ({UNSCORED: reasons} if reasons else {}), option=orjson.OPT_APPEND_NEWLINE)


def _plain(signature: Mapping[str, Any]) -> dict[str, Any]:
    """As it comes back from a file."""
    found: dict[str, Any] = json.loads(json.dumps(signature))
    return found
