"""`python -m ewc_plugin curve RECIPE --sizes 100,300,1000 [KEY=VALUE …]`: does more data help, and how much?

Each size is trained through llamafactory-cli and measured; what is finished and unchanged is not trained again.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ewc_plugin.atomic import atomic_text, write_json
from ewc_plugin.curve import ahead, points, sizes
from ewc_plugin.pipeline import command as pipeline
from ewc_plugin.pipeline import mixtures, nodes, recipes
from ewc_plugin.pipeline.recipes import Stage
from ewc_plugin.report.columns import aligned
from ewc_plugin.visible import in_one_line, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("keys", nargs="+", metavar="RECIPE|KEY=VALUE", help="one recipe, and keys of it that differ")
    parser.add_argument(
        "--sizes", required=True, metavar="N,N,…", help="numbers of examples: 100,300,1000,3000,8000 (four or more)"
    )
    parser.add_argument(
        "--into", type=Path, metavar="DIR", help="folder of the points and the page (default: <output_dir>-curve)"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be trained and why; start nothing")


def run(options: argparse.Namespace) -> int:
    """0 when the page is written, else the exit code of what failed; 130 and 143 after Ctrl-C and SIGTERM."""
    return pipeline.until_ended(lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    wanted, stage = sizes.parsed(options.sizes), _recipe(options.keys)
    into: Path = options.into or points.folder(stage)
    stale = mixtures.stale([stage])
    node = nodes.here()
    if stale and node.count > 1:  # what the points are is told by the mixture, which the others cannot wait for
        recipes.refuse([f"{one.reason}; build it before several machines train on it: {one.typed}" for one in stale])
    if stale and not options.dry_run:
        if code := pipeline.built(stale):
            return code
        stale = []
    if not stale and (sentence := sizes.too_large(stage, wanted)):
        recipes.refuse([sentence])
    say(f"curve: {len(wanted)} points, {sum(wanted):,} examples in all, {sum(wanted) / wanted[-1]:.2g} × the largest")
    made = points.stages(stage, wanted, into)
    made = made if stale else _in_enough_steps(made)
    if node.rank > 0 and not options.dry_run:
        return pipeline.followed(made, node)
    code = pipeline.led(made, [], node, dry=options.dry_run)
    if code or options.dry_run:
        return code
    return shown(stage, wanted, into)


def _in_enough_steps(made: list[Stage]) -> list[Stage]:
    """Small sizes take smaller steps, where the recipe's would leave them a handful."""
    found, why = ahead.counts(made)
    if why:  # whatever it is of the recipe is said by the check of all stages, which comes next
        say(f"curve: steps were not counted beforehand ({in_one_line(why)})")
    words = [one.words() for one in found]
    told = [f"{stage.name}: {' '.join(own)}" for stage, own in zip(made, words, strict=False) if own]
    if told:
        say(f"curve: smaller steps where the recipe's would be fewer than {ahead.LEAST}: {'; '.join(told)}")
    return points.with_words(made, words)


def _recipe(words: list[str]) -> Stage:
    """The one recipe that was named. Raises ArgumentsError with everything that stands against a curve of it."""
    stages, problems = recipes.read(words)
    if len(stages) > 1:
        problems.append(f"a curve is of one recipe; {len(stages)} were named")
    for stage in stages:
        problems += sizes.problems(stage)
    recipes.refuse(problems)
    return stages[0]


def shown(stage: Stage, wanted: Sequence[int], into: Path) -> int:
    """Read the points, write curve.json, .html and .png, and say what they say."""
    from ewc_plugin.curve import document, measured, outcome, page, picture, tables
    from ewc_plugin.curve.sentences import sentences

    points_read = measured.read({n: points.folder_of(into, n) for n in wanted}, stage=stage.output.name)
    found = outcome.outcome(points_read, stage.output.name)
    recipe = [str(stage.recipe), *stage.words]
    notes = [*sizes.notes(stage, wanted), *_others(wanted, into)]
    write_json(into / "curve.json", document.document(found, recipe=recipe, notes=notes))
    with atomic_text(into / "curve.html") as stream:
        stream.write(page.page(found, recipe=recipe, notes=notes))
    picture.draw(found, into / "curve.png")
    say(f"\n{aligned(tables.point_rows(found))}\n")
    for line in [*(sentence.english for sentence in sentences(found)), *(f"note: {note}" for note in notes)]:
        say(f"curve: {in_one_line(line)}")
    say(f"curve: {into / 'curve.html'}, .png and .json")
    return 0


def _others(wanted: Sequence[int], into: Path) -> list[str]:
    """Points of an earlier call that this one did not ask for."""
    there = sorted(int(path.name[2:]) for path in into.glob("n=*") if path.name[2:].isdigit())
    left = [str(n) for n in there if n not in wanted]
    return [f"{into} holds other sizes too ({', '.join(left)}); name them in --sizes to have them here"] if left else []
