"""`python -m ewc_plugin run RECIPE… [KEY=VALUE …]`: the stages one after the other, each through llamafactory-cli.

What is finished and unchanged is skipped, what was interrupted goes on, and what follows a stage that was trained again
is trained again too.
"""

import argparse
import shlex
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

from ewc_plugin.pipeline import asking, chain, decisions, mixtures, nodes, process, recipes
from ewc_plugin.pipeline.asking import Answer
from ewc_plugin.pipeline.decisions import TRAINS, Decision
from ewc_plugin.pipeline.mixtures import Stale
from ewc_plugin.pipeline.nodes import Board, Node
from ewc_plugin.pipeline.process import Interrupted
from ewc_plugin.pipeline.recipes import Stage
from ewc_plugin.visible import say

LOG = "ewc_run.log"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "keys",
        nargs="+",
        metavar="RECIPE|KEY=VALUE",
        help="recipes in their order; keys for all of them, or for one: domain.ewc_lambda=5",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done and why; build and start nothing"
    )


def run(options: argparse.Namespace) -> int:
    """0 when all is done, else the exit code of what failed; 130 and 143 after Ctrl-C and SIGTERM."""
    return until_ended(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    node = nodes.here()
    stages, problems = recipes.read(options.keys)
    if node.rank > 0 and not options.dry_run:
        recipes.refuse(problems)
        return followed(stages, node)
    return led(stages, problems, node, dry=options.dry_run)


def until_ended(work: Callable[[], int]) -> int:
    """The exit code of `work`, also where a signal ended it."""
    try:
        return work()
    except Interrupted as signal:
        say(f"run: ended by {signal}; the same command goes on from here")
        return 128 + signal.number
    except KeyboardInterrupt:  # while nothing was running that had to be ended
        say("run: ended by SIGINT; the same command goes on from here")
        return 130


# -- one machine, or the first of several ----------------------------------------------------------------------


def led(stages: Sequence[Stage], problems: Sequence[str], node: Node, *, dry: bool) -> int:
    stale, answers = examined(stages, problems)
    plan = planned(stages, answers, stale)
    shown(plan, stale)
    if dry:
        return 0
    board = Board(stages) if node.count > 1 else None
    with nullcontext() if board is None else board.kept():
        if code := built(stale):
            return code
        if stale:
            answers = asking.asked(stages, to_come=(), mixtures=())
        return worked(stages, answers, board, told=[decision.line for decision in plan])


def examined(stages: Sequence[Stage], known: Sequence[str]) -> tuple[list[Stale], list[Answer]]:
    """Raises ArgumentsError with every problem of every stage, those that are `known` first."""
    problems = [*known, *chain.problems(stages)]
    stale = mixtures.stale(stages)
    to_come = [stage.output for stage in stages]
    answers = asking.asked(stages, to_come=to_come, mixtures=[one.name for one in stale])
    for stage, answer in zip(stages, answers, strict=True):
        problems += [f"{stage.recipe}: {problem}" for problem in answer.problems]
        if answer.state == "unrecorded" and not stage.forced:
            problems.append(decisions.unrecorded(stage))
    recipes.refuse(list(dict.fromkeys(problems)))
    return stale, answers


def planned(stages: Sequence[Stage], answers: Sequence[Answer], stale: Sequence[Stale]) -> list[Decision]:
    """As it looks now: what is built and trained may turn out to be what it was."""
    found: list[Decision] = []
    for place, before in enumerate(chain.depends(stages)):
        again = [found[k].stage.name for k in sorted(before) if found[k].act in TRAINS]
        names = [one.name for one in stale if one.name in stages[place].datasets]
        found.append(decisions.decided(stages[place], answers[place], again=again, built=names))
    return found


def shown(plan: Sequence[Decision], stale: Sequence[Stale]) -> None:
    for one in stale:
        say(f"run: {one.reason}: {one.typed}")
    for decision in plan:
        say(f"run: {decision.line}" + ("" if decision.act == "skip" else f": {_typed(decision.stage, decision.words)}"))


def built(stale: Sequence[Stale]) -> int:
    """All of them are tried before any stage begins, so that all that is lacking is known at once."""
    failed = []
    for one in stale:
        say(f"run: building {one.name}")
        if code := process.watched(one.command, log=None):
            failed.append((one, code))
    for one, _ in failed:
        say(
            f"run: {one.name} could not be built. Mend what is said above, or build it once by hand, with what it needs"
        )
        say(f"  (--on-missing skip, --total N …): {one.typed}. No stage was started.")
    return failed[0][1] if failed else 0


def worked(stages: Sequence[Stage], answers: Sequence[Answer], board: Board | None, *, told: Sequence[str]) -> int:
    done: list[Decision] = []
    for place, before in enumerate(chain.depends(stages)):
        stage, answer = stages[place], answers[place]
        again = [done[k].stage.name for k in sorted(before) if done[k].act in TRAINS]
        if not again and any(done[k].act == "after" for k in before):
            answer = asking.asked([stage], to_come=(), mixtures=())[0]  # the anchor may be what it was
        decision = decisions.decided(stage, answer, again=again, built=())
        done.append(decision)
        if decision.line not in told:
            say(f"run: {decision.line}")
        if board is not None:
            board.decide(None if decision.act == "skip" else decision.words)
        if decision.act != "skip" and (code := started(decision, answer)):
            return code
        if decision.act != "skip":
            _report(stage)
    say("run: all stages are done" + "".join(f"\n  {line}" for line in _pages(stages)))
    return 0


def started(decision: Decision, answer: Answer) -> int:
    """The exit code of the stage; the record of one without our keys is kept here."""
    stage = decision.stage
    if not answer.ours:
        asking.asked([stage], to_come=(), mixtures=(), record="begun")
    code = launched(stage, decision.words, stage.output / LOG)
    if not code and not answer.ours:
        asking.asked([stage], to_come=(), mixtures=(), record="finished")
    return code


def launched(stage: Stage, words: Sequence[str], log: Path) -> int:
    say(f"run: {_typed(stage, words)}")
    code = process.watched([process.host_command(), stage.verb, str(stage.recipe), *words], log=log)
    if code:
        say(f"run: {stage.name} failed with exit code {code}; the whole log: {log}")
        say("  The stages after it were not started. When it is mended, the same command goes on from here.")
    return code


def _typed(stage: Stage, words: Sequence[str]) -> str:
    return shlex.join(["llamafactory-cli", stage.verb, str(stage.recipe), *words])


def _pages(stages: Sequence[Stage]) -> list[str]:
    pages = [stage.output / "stage_eval" / "report.html" for stage in stages]
    exports = [f"{stage.output} (exported)" for stage in stages if stage.verb == "export"]
    return [f"report: {page}" for page in pages if page.is_file()] + exports


def _report(stage: Stage) -> None:
    for line in _pages([stage]):
        say(f"run: {stage.name}: {line}")


# -- the other machines ----------------------------------------------------------------------------------------


def followed(stages: Sequence[Stage], node: Node) -> int:
    """Wait for node 0, which builds the mixtures, and start what it starts."""
    say(f"run: node {node.rank} of {node.count} waits for node 0")
    for stage, words in zip(stages, Board(stages).decisions(), strict=False):
        if words is None:
            say(f"run: {stage.name}: skipped by node 0")
        elif stage.verb == "train" and (code := launched(stage, words, stage.output / _log_of(node))):
            return code
    return 0


def _log_of(node: Node) -> str:
    return f"{Path(LOG).stem}.node{node.rank}{Path(LOG).suffix}"
