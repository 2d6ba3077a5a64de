"""How many articles a second does a Wikipedia dump give, beside the leading open extractor? One run, both in turn.

    python benchmarks/wiki_dump.py --megabytes 10 --extractor ENV/bin/wikiextractor
    python benchmarks/wiki_dump.py --megabytes 200 --extractor ENV/bin/wikiextractor      # an hour and more

The dump is made here (`_wiki_pages.py`; multistream bz2, export-0.11): pages of this module's own text with the markup
of the real thing. Ours does more for each article than the extractor (headings, holes, script, examples, rejects), and
less in one respect: it shows what is known of a template and does not expand it; hence the extractor is also measured
without its expansion. Numbers are articles per second of processor time over all processes of a program, since the
extractor's reader, worker and writer run side by side; the clock on the wall is given too. wikiextractor is not
installed by this project: give the path of one (pip install wikiextractor in an environment of its own).
"""

from __future__ import annotations

import argparse
import bz2
import html
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _measure import RESULTS, circumstances, stated
from _wiki_pages import pages

OURS = ("-m", "converters")
STREAM_PAGES = 100  # pages in one bz2 stream of a multistream dump
REAL_ARTICLES, CORES = 1_450_000, 8

_HEAD = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="zh">
  <siteinfo>
    <sitename>Wikipedia</sitename>
    <dbname>zhwiki</dbname>
    <base>https://zh.wikipedia.org/wiki/Wikipedia:%E9%A6%96%E9%A1%B5</base>
    <namespaces>
      <namespace key="0" case="first-letter" />
      <namespace key="10" case="first-letter">Template</namespace>
      <namespace key="14" case="first-letter">Category</namespace>
    </namespaces>
  </siteinfo>
"""


def _xml(page: dict[str, Any]) -> str:
    redirect = f"\n    <redirect title={_quoted(page['redirect'])} />" if page["redirect"] else ""
    text = html.escape(page["text"], quote=False)
    return (
        f"  <page>\n    <title>{html.escape(page['title'], quote=False)}</title>\n    <ns>{page['ns']}</ns>\n"
        f"    <id>{page['id']}</id>{redirect}\n    <revision>\n      <id>{page['id'] + 7}</id>\n"
        "      <timestamp>2024-01-01T00:00:00Z</timestamp>\n      <contributor><username>甲</username><id>1</id>"
        f'</contributor>\n      <model>wikitext</model>\n      <format>text/x-wiki</format>\n      <text bytes="'
        f'{len(page["text"].encode())}" xml:space="preserve">{text}</text>\n    </revision>\n  </page>\n'
    )


def _quoted(text: str) -> str:
    return f'"{html.escape(text)}"'


def make_dump(path: Path, megabytes: float, seed: int = 1) -> dict[str, int]:
    """A multistream dump of about so many compressed megabytes; what it holds."""
    counts = {"pages": 0, "articles": 0, "bytes of wikitext": 0}
    with path.open("wb") as file:
        file.write(bz2.compress(_HEAD.encode()))
        stream: list[str] = []
        for page in pages(seed):
            stream.append(_xml(page))
            counts["pages"] += 1
            if page["ns"] == 0 and not page["redirect"]:
                counts["articles"] += 1
                counts["bytes of wikitext"] += len(page["text"].encode())
            if len(stream) == STREAM_PAGES:
                file.write(bz2.compress("".join(stream).encode()))
                stream.clear()
                if file.tell() >= megabytes * 1e6:
                    break
        file.write(bz2.compress(("".join(stream) + "</mediawiki>\n").encode()))
    return {**counts, "compressed bytes": path.stat().st_size}


@dataclass(frozen=True)
class Measured:
    processor_seconds: float
    wall_seconds: float


def _measured(command: Sequence[str]) -> Measured:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(used, ended - began)


def _programs(dump: Path, folder: Path, extractor: str) -> dict[str, Callable[[], Measured]]:
    """Each in a fresh folder. Ours with one worker, the extractor with one extraction process."""

    def ours() -> Measured:
        out = _fresh(folder / "ours")
        words = ["wiki", str(dump), "--dataset-dir", str(out), "--workers", "1", "--quiet"]
        return _measured([sys.executable, *OURS, *words])

    def theirs(*options: str) -> Callable[[], Measured]:
        def run() -> Measured:
            out = _fresh(folder / "theirs")
            return _measured([extractor, str(dump), "-o", str(out), "--json", "--processes", "1", "-q", *options])

        return run

    programs: dict[str, Callable[[], Measured]] = {"converters wiki": ours}
    if extractor:
        programs["wikiextractor"] = theirs()
        programs["wikiextractor --no-templates"] = theirs("--no-templates")
    return programs


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def compare(dump: Path, articles: int, rounds: int, extractor: str) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        programs = _programs(dump, Path(folder), extractor)
        runs: dict[str, list[Measured]] = {name: [] for name in programs}
        for _ in range(rounds):
            for name, program in programs.items():
                runs[name].append(program())
    return {
        name: {
            "articles per processor second": articles / statistics.median(run.processor_seconds for run in each),
            "articles per second on the wall": articles / statistics.median(run.wall_seconds for run in each),
            "processor seconds": statistics.median(run.processor_seconds for run in each),
        }
        for name, each in runs.items()
    }


def _report(counts: dict[str, int], results: dict[str, dict[str, float]], rounds: int, where: dict[str, Any]) -> str:
    own = results["converters wiki"]["articles per processor second"]
    size = counts["bytes of wikitext"] / counts["articles"] / 1000
    rows = [
        f"| {name} | {each['articles per processor second']:,.0f} | {each['articles per second on the wall']:,.0f} "
        f"| {own / each['articles per processor second']:.2f} |"
        for name, each in results.items()
    ]
    hours = REAL_ARTICLES / own / CORES / 3600
    return "\n".join(
        (
            "# A Wikipedia dump\n",
            f"Made here: {counts['compressed bytes'] / 1e6:.1f} MB bz2 (multistream), {counts['pages']:,} pages, of "
            f"them {counts['articles']:,} articles of {size:.1f} kB of wikitext each. "
            f"Median of {rounds} rounds in turn; processor time over all processes of a program.\n",
            "| program | articles per processor second | per second on the wall | ours ÷ it |",
            "| --- | --- | --- | --- |",
            *rows,
            f"\n* {REAL_ARTICLES:,} articles at this rate on {CORES} cores: {hours * 60:.0f} minutes (target 60), if "
            "the one process that reads the file keeps up with them.",
            *(
                f"* at least as fast as {name}: {'yes' if own >= each['articles per processor second'] else 'no'}."
                for name, each in results.items()
                if name != "converters wiki"
            ),
            f"\n{stated(where)}\n",
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=5, help="compressed size of the dump (default 5)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--extractor", default="", help="path of wikiextractor; without it only ours is measured")
    parser.add_argument("--dump", type=Path, help="keep the dump here, and use it if it is there")
    parser.add_argument("--record", action="store_true", help="write benchmarks/results/wiki_dump.md and .json")
    return parser.parse_args()


def main() -> None:
    options = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        dump = options.dump or Path(folder) / "zhwiki-made-pages-articles-multistream.xml.bz2"
        notes = dump.with_suffix(".counts.json")
        if not notes.exists():
            notes.write_text(json.dumps(make_dump(dump, options.megabytes)), "utf-8")
        counts = json.loads(notes.read_text("utf-8"))
        where = circumstances()
        results = compare(dump, counts["articles"], options.rounds, options.extractor)
    report = _report(counts, results, options.rounds, where)
    print(report)
    if options.record:
        stored = {"circumstances": where, "dump": counts, "rounds": options.rounds, "results": results}
        (RESULTS / "wiki_dump.json").write_text(json.dumps(stored, indent=2, ensure_ascii=False) + "\n", "utf-8")
        (RESULTS / "wiki_dump.md").write_text(report, "utf-8")


if __name__ == "__main__":
    main()
