"""`python -m converters expand SOURCE`: passages → requests to an LLM → a journal → datasets, and what it cost.

Only orders what `expansion` does. Run again, it asks for what is missing and makes the datasets anew.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from converters import source_words
from converters.chat import Chat, Endpoint, Reply, Structured, endpoint
from converters.contract import Settings, Source, SourceError
from converters.expansion import arguments, dry_run, pairing, pairs, passages, plan, prompt_files
from converters.expansion.answers import form_fault
from converters.expansion.asking import Ended
from converters.expansion.build import build
from converters.expansion.contract import Request
from converters.expansion.journal import SUFFIX, Journal, settled
from converters.expansion.passages import Collected
from converters.expansion.report import write_report
from converters.expansion.session import Phase, held
from converters.expansion.tasks import TASKS, task_named
from converters.expansion.thresholds import thresholds_of
from converters.passage import Lengths
from converters.progress import bar, passed_over, summary
from converters.registry import SOURCES, source_named
from converters.sources import expansion as made

STOPPED, INTERRUPTED, REFUSED = 3, 130, 2  # exit codes; 3: the same command goes on where this one ended


def add_arguments(parser: argparse.ArgumentParser) -> None:
    sources = parser.add_subparsers(title="sources", metavar="SOURCE", required=True, dest="source")
    for source in SOURCES:
        if source.name != made.NAME:
            _add_source(sources, source)


def _add_source(sources: Any, source: Source) -> None:
    # an option of the source's own takes the place of ours with that name
    one = sources.add_parser(source.name, help=f"passages of {source.name}", conflict_handler="resolve")
    arguments.add_asking(one)
    arguments.add_rows(one, source)
    pairing.add_arguments(one)
    arguments.add_reading(one, source)


def run(parsed: argparse.Namespace) -> int:
    wish = _Wish(parsed)
    if parsed.dry_run:
        print(wish.forecast())
        return 0
    server = wish.server()
    collected = wish.collected()
    wish.say(collected.told)
    with Journal(wish.journal) as journal:
        if journal.torn:
            print(f"{wish.journal}: a torn last line of {journal.torn} bytes was cut off", file=sys.stderr)
        ended = wish.asked(journal, server, collected)
        paired = pairs.write_pairs(journal, wish.pair_plan, wish.pairs) if wish.pair_plan else None
    if not ended[-1].interrupted:
        wish.build(ended, paired)
    if missing := _missing(ended):
        print(missing, file=sys.stderr)
    return _code(ended)


class _Wish:
    """What the command line says, as values: what is wrong with it is said before anything is read or asked."""

    def __init__(self, parsed: argparse.Namespace) -> None:
        self.parsed, self.source = parsed, source_named(parsed.source)
        passages.require_texts(self.source)
        self.name = parsed.name or self.source.name
        self.journal = parsed.journal or arguments.FOLDER / f"{self.name}{SUFFIX}"
        self.terms = arguments.terms(parsed)
        self.threshold_text = parsed.thresholds
        self.thresholds = thresholds_of(self.threshold_text, TASKS)
        self.options = source_words.own_options(parsed, self.source)
        self.plan = _plan(parsed)
        self.plan.check()
        self.settings = Settings(parsed.script, self._row_options())
        self.pairs = self.journal.with_name(f"{self.name}{pairing.SUFFIX}")
        self.pair_plan = pairing.pair_plan(parsed, self.settings) if parsed.pairs else None

    def say(self, text: str) -> None:
        if text and not self.parsed.quiet:
            print(text, flush=True)

    def server(self) -> Endpoint:
        parsed = self.parsed
        for option in ("endpoint", "model"):
            if not getattr(parsed, option):
                raise SourceError(
                    f"--{option}",
                    expected="which server is asked, and for which of its models",
                    found="nothing",
                    remedy="With --dry-run nothing is asked.",
                )
        return endpoint(
            parsed.endpoint,
            parsed.key_env or arguments.KEY,
            required=bool(parsed.key_env),
            timeout=parsed.timeout,
            connections=parsed.concurrency,
        )

    def collected(self) -> Collected:
        parsed, source = self.parsed, self.source
        found = passages.find_texts(
            source,
            source_words.inputs(parsed, source),
            raw=parsed.raw,
            format_name=parsed.format,
            encoding=parsed.encoding,
            sources=SOURCES,
        )
        self.say("\n".join(passed_over(found)))
        defaults = {option.name: option.default for option in source.options}
        with bar(found, quiet=parsed.quiet) as report:
            return passages.collect(
                source,
                found,
                Settings(parsed.script, defaults | self.options),
                number=parsed.passages,
                lengths=Lengths(parsed.shortest, parsed.longest),
                per_document=parsed.per_document,
                workers=parsed.workers,
                target=self.journal.with_name(f"{self.name}.passages.jsonl"),
                report=report,
            )

    def forecast(self) -> str:
        collected = self.collected()
        found = list(collected.passages())
        done = settled(self.journal)
        told = dry_run.told(self.plan, found, plan.forecast(self.plan, found, done.__contains__), self.terms)
        return f"{collected.told}\n{told}"

    def asked(self, journal: Journal, server: Endpoint, collected: Collected) -> list[Ended]:
        structured: Structured = "json_schema" if self.parsed.structured == "auto" else self.parsed.structured
        phases = [
            Phase(
                "requests",
                lambda: self.plan.requests(collected.passages()),
                Chat(server, structured),
                _fault,
                lambda: self.plan.count(collected.passages()),
            )
        ]
        if self.pair_plan:
            phases += pairing.phases(self.parsed, self.pair_plan, journal, server)
        return held(journal, phases, self.terms, self.thresholds, quiet=self.parsed.quiet)

    def build(self, ended: Sequence[Ended], paired: pairs.Paired | None) -> None:
        """The datasets of what there is, and the report. Raises SourceError where all was answered and none is good."""
        parsed = self.parsed
        try:
            manifests, found = build(
                [self.journal, *([self.pairs] if paired and paired.pairs else [])],
                self.name,
                parsed.tasks,
                self.settings.options,
                dataset_dir=parsed.dataset_dir,
                eval_share=parsed.eval_share,
                script=parsed.script,
                workers=parsed.workers,
                quiet=parsed.quiet,
            )
        except SourceError as error:
            if not _missing(ended):
                raise SourceError(
                    f"expand {self.name}",
                    expected="at least one item that may be learned from",
                    found=error.found,
                    remedy="The report shows what was answered. Nothing was replaced, and nothing is asked for twice: "
                    "--thresholds judges anew, another --model or --prompt-version asks anew.",
                ) from error
            self.say(f"no dataset was written: {error.found}")
        else:
            self.say(summary(manifests, found, parsed.dataset_dir))
        finally:
            self._report(paired)

    def _report(self, paired: pairs.Paired | None) -> None:
        told = paired.as_json() if paired else None
        data, prices = self.parsed.dataset_dir / "data", self.terms.prices
        _, page = write_report(self.journal, data, self.name, settings=self.settings, prices=prices, pairs=told)
        self.say(f"what it cost, how much was accepted, how varied the questions are: {page}")

    def _row_options(self) -> dict[str, str]:
        versions = ",".join(f"{wanted.task.name}={wanted.prompt.version}" for wanted in self.plan.wanted)
        options = {
            "group": self.parsed.group,
            "weight": self.parsed.weight,
            "thresholds": self.threshold_text,
            "closed": f"{self.parsed.closed:g}" if self.parsed.closed else "",
            "versions": versions,
            "model": self.parsed.model,
        }
        return {name: value for name, value in options.items() if value}


def _plan(parsed: argparse.Namespace) -> plan.Plan:
    def load(task: str, version: str | None) -> prompt_files.Prompt:
        return prompt_files.load(task, version, parsed.prompts)

    wanted = plan.wanted(parsed.tasks, arguments.versions(parsed), arguments.items(parsed), load)
    return plan.Plan(parsed.model, wanted, arguments.parameters(parsed), parsed.answer_first)


def _missing(ended: Sequence[Ended]) -> str:
    """What a person must know of a run that did not come to its end; "" of one that did."""
    last = ended[-1]
    if last.whole:
        return ""
    lines = [f"stopped: {last.stopped}"] if last.stopped else []
    if last.unanswered:
        causes = ", ".join(f"{cause} {number:,}" for cause, number in last.unanswered.most_common())
        lines.append(f"{last.unanswered.total():,} requests have no answer ({causes})")
    if not last.interrupted:
        lines.append("The datasets are not whole.")
    lines.append("What was answered is kept: run the same command again to go on.")
    return "\n".join(lines)


def _code(ended: Sequence[Ended]) -> int:
    last = ended[-1]
    if last.interrupted:
        return INTERRUPTED
    if last.hopeless:
        return REFUSED
    return 0 if last.whole else STOPPED


def _fault(request: Request, reply: Reply) -> str:
    return form_fault(task_named(request.task), reply.text, reply.finish)
