"""The command line of the plugin: pages and tables from finished stages. Training goes through llamafactory-cli."""

import argparse
import sys
from pathlib import Path

from ewc_plugin.errors import ArgumentsError, EwcError


def main(arguments: list[str] | None = None) -> int:
    """0 when done, 2 for a mistake that the user can mend (printed without a traceback)."""
    options = _parser().parse_args(arguments)
    try:
        print(options.act(options))
    except EwcError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ewc_plugin", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    report = commands.add_parser("report", help="write <dir>/stage_eval/report.html from the matrix")
    report.add_argument("folder", type=Path, help="output_dir of a stage")
    report.set_defaults(act=_report)
    compare = commands.add_parser("compare", help="old and new loss of several runs, with intervals")
    compare.add_argument("folders", nargs="+", type=Path, help="output_dir of each run")
    compare.add_argument("--labels", nargs="+", default=[], help="what to call them (default: the folders' names)")
    compare.add_argument("--into", type=Path, default=None, help="output_dir of a run whose report shows the table too")
    compare.set_defaults(act=_compare)
    evaluate = commands.add_parser("evaluate", help="measure a checkpoint as its stage was measured, later")
    evaluate.add_argument(
        "checkpoint", type=Path, help="output_dir of a stage, a checkpoint in it, or a model"
    )
    evaluate.add_argument(
        "keys", nargs="*", metavar="KEY=VALUE", help="keys of a recipe that differ (stage_eval_samples=50, template=…)"
    )
    evaluate.set_defaults(act=_evaluate)
    picture = commands.add_parser("picture", help="draw the matrix as a PNG")
    picture.add_argument("folder", type=Path, help="output_dir of a stage")
    picture.add_argument("--out", type=Path, required=True, help="file to write")
    picture.set_defaults(act=_picture)
    return parser


def _report(options: argparse.Namespace) -> str:
    from ewc_plugin import report

    return str(report.write(options.folder))


def _compare(options: argparse.Namespace) -> str:
    from ewc_plugin import report
    from ewc_plugin.report.comparison import compare

    if options.into is not None:
        report.write(options.into, comparison=compare(options.folders, names=options.labels))
    return report.compare(options.folders, names=options.labels)


def _evaluate(options: argparse.Namespace) -> str:
    import yaml

    from ewc_plugin import later

    pairs = [word.partition("=") for word in options.keys]
    if wrong := [word for word, (_, sign, _) in zip(options.keys, pairs, strict=True) if not sign]:
        raise ArgumentsError(
            "evaluate", expected="key=value", found=wrong[0], remedy="Write keys as llamafactory-cli takes them."
        )
    return later.evaluate(options.checkpoint, {key: yaml.safe_load(value) for key, _, value in pairs})


def _picture(options: argparse.Namespace) -> str:
    from ewc_plugin.report import picture

    return str(picture.draw(options.folder, options.out))


if __name__ == "__main__":
    sys.exit(main())
