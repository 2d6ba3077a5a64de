"""A command that behaves as the comet-score of unbabel-comet 2.2, without a model; what it was given is beside it.

A segment's score is the share of the reference's characters that are in the answer, less a tenth; its files are read
and its scores written as there. The files `fails`, `short`, `nan`, `silent` and `swaps` beside it make it behave badly.
"""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent


def lines(path):
    with open(path, encoding="utf-8") as stream:
        return [line.strip() for line in stream.readlines()]


def main():
    parser = argparse.ArgumentParser()
    for short, name in (("-s", "--sources"), ("-t", "--translations"), ("-r", "--references")):
        parser.add_argument(short, name)
    parser.add_argument("--to_json", default="")
    parser.add_argument("--model", default="none was named")
    parser.add_argument("--quiet", action="store_true")
    given = parser.parse_args()
    sides = [lines(path) for path in (given.sources, given.translations, given.references)]
    rows = [dict(zip(("src", "mt", "ref"), texts, strict=True)) for texts in zip(*sides, strict=False)]
    with (HERE / "asked.jsonl").open("a", encoding="utf-8") as stream:
        print(json.dumps({"model": given.model, "quiet": given.quiet, "rows": rows}), file=stream)
    if (HERE / "fails").exists():
        print("Fetching\n\nTraceback\nKeyError: \"Model 'x' not supported by COMET.\"", file=sys.stderr)
        sys.exit(1)
    for row in rows:
        row["COMET"] = sum(c in row["mt"] for c in row["ref"]) / len(row["ref"]) - 0.1 if row["mt"] else 0.4
    if (HERE / "short").exists():
        rows.pop()
    if (HERE / "swaps").exists():
        rows.reverse()
    if (HERE / "nan").exists():
        rows[0]["COMET"] = float("nan")
    print(f"{given.translations}\tscore: 0.5")
    if not (HERE / "silent").exists():
        with open(given.to_json, "w", encoding="utf-8") as stream:
            json.dump({given.translations: rows}, stream, ensure_ascii=False, indent=4)


if __name__ == "__main__":
    main()
