"""The command line of the plugin: around a stage and after it. Training itself goes through llamafactory-cli."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ewc_plugin import workplace
from ewc_plugin.errors import ArgumentsError, EwcError
from ewc_plugin.visible import say, visible

# name -> (module with add_arguments(parser) and run(options) -> exit code, help); imported only when it is asked for
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("ewc_plugin.pipeline.command", "train several stages one after the other, and only what is not finished"),
    "init": ("ewc_plugin.init", "write recipes/ and dataset_info/ into a folder, never over what you changed"),
    "doctor": ("ewc_plugin.doctor", "what stands between this machine and a training run, and what to type"),
    "card": ("ewc_plugin.card.command", "write the model card of an adapter or an exported model"),
    "curve": ("ewc_plugin.curve.command", "train on growing beginnings of the data: does more of it help, how much?"),
    "estimate": ("ewc_plugin.estimating.command", "tokens, steps, GPU memory and hours of a recipe, before it starts"),
}


def main(arguments: list[str] | None = None) -> int:
    """0 when done, 2 for a mistake that the user can mend (printed without a traceback)."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = _options(_parser(words), words)
    try:
        if hasattr(options, "run"):
            return int(options.run(options))
        say(options.act(options))
    except EwcError as error:
        print(visible(f"{type(error).__name__}: {error}"), file=sys.stderr)
        if words[:1] != ["init"] and (elsewhere := workplace.hint()) and elsewhere not in str(error):
            print(elsewhere, file=sys.stderr)
        return 2
    except BrokenPipeError:  # `… | head`
        sys.stderr.close()
    return 0


def _options(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """With KEY=VALUE also behind options, where argparse by itself takes none."""
    options, rest = parser.parse_known_args(arguments)
    if rest and (not hasattr(options, "keys") or any(word.startswith("-") for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.keys = [*options.keys, *rest]
    return options


def _parser(words: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ewc_plugin", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (module, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text)
        if name in words[:1]:
            found = importlib.import_module(module)
            found.add_arguments(command)
            command.set_defaults(run=found.run)
    report = commands.add_parser("report", help="write <dir>/stage_eval/report.html from the matrix")
    report.add_argument("folder", type=Path, help="output_dir of a stage")
    report.set_defaults(act=_report)
    compare = commands.add_parser("compare", help="old and new loss of several runs, with intervals")
    compare.add_argument("folders", nargs="+", type=Path, help="output_dir of each run")
    compare.add_argument("--labels", nargs="+", default=[], help="what to call them (default: the folders' names)")
    compare.add_argument("--into", type=Path, default=None, help="output_dir of a run whose report shows the table too")
    compare.set_defaults(act=_compare)
    evaluate = commands.add_parser("evaluate", help="measure a checkpoint as its stage was measured, later")
    evaluate.add_argument("checkpoint", type=Path, help="output_dir of a stage, a checkpoint in it, or a model")
    evaluate.add_argument(
        "keys", nargs="*", metavar="KEY=VALUE", help="keys of a recipe that differ (template=…, dataset_dir=…)"
    )
    _of_servers(evaluate)
    _of_requests(evaluate)
    evaluate.set_defaults(act=_evaluate)
    judge = commands.add_parser(
        "judge", help="let another model score the answers (EWC_JUDGE_BASE_URL, _MODEL, _API_KEY)"
    )
    judge.add_argument("folder", type=Path, help="output_dir of a stage or of a served model's evaluation")
    judge.add_argument("--against", type=Path, metavar="DIR", help="compare with the answers of another evaluation")
    _of_requests(judge)
    judge.set_defaults(act=_judge)
    comet = commands.add_parser("comet", help="score stored translations with a comet-score of another environment")
    comet.add_argument("folder", type=Path, help="output_dir of a stage or of a served model's evaluation")
    comet.add_argument(
        "--command", metavar="COMMAND", default="comet-score", help="on PATH or with its path (default: comet-score)"
    )
    comet.add_argument(
        "--model", metavar="NAME", default="Unbabel/wmt22-comet-da", help="or a .ckpt (default: %(default)s)"
    )
    comet.add_argument("--against", type=Path, metavar="DIR", help="compare with the answers of another evaluation")
    comet.set_defaults(act=_comet)
    picture = commands.add_parser("picture", help="draw the matrix as a PNG")
    picture.add_argument("folder", type=Path, help="output_dir of a stage")
    picture.add_argument("--out", type=Path, required=True, help="file to write")
    picture.set_defaults(act=_picture)
    return parser


def _of_servers(command: argparse.ArgumentParser) -> None:
    servers = command.add_mutually_exclusive_group()
    servers.add_argument("--endpoint", metavar="URL", help="ask an OpenAI-compatible server (…/v1) for the answers")
    servers.add_argument(
        "--vllm",
        metavar="COMMAND",
        nargs="?",
        const="vllm",
        help="serve the checkpoint with vLLM and ask that: the command on PATH, or one in another environment",
    )
    command.add_argument("--served-model", metavar="NAME", default="", help="the endpoint's (default: the only one)")
    command.add_argument(
        "--vllm-args", metavar="WORDS", default="", help="more for `vllm serve`: --vllm-args='--dtype half'"
    )
    command.add_argument(
        "--vllm-timeout",
        metavar="SECONDS",
        type=_positive(float),
        default=1800.0,
        help="seconds for vLLM to start (default: 1800)",
    )


def _of_requests(command: argparse.ArgumentParser) -> None:
    command.add_argument("--concurrency", type=_positive(int), default=8, help="requests at a time (default: 8)")
    command.add_argument(
        "--timeout", type=_positive(float), default=120.0, help="seconds for one attempt of a request (default: 120)"
    )


def _positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def positive(word: str) -> float:
        number = kind(word)
        if not number > 0:
            raise argparse.ArgumentTypeError(f"{word} is not above 0")
        return number

    return positive


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

    pairs = [word.partition("=") for word in options.keys]
    if wrong := [word for word, (_, sign, _) in zip(options.keys, pairs, strict=True) if not sign]:
        raise ArgumentsError(
            "evaluate", expected="key=value", found=wrong[0], remedy="Write keys as llamafactory-cli takes them."
        )
    keys = {key: yaml.safe_load(value) for key, _, value in pairs}
    if options.vllm is not None:
        return _with_vllm(options, keys)
    if options.endpoint is None:
        from ewc_plugin import later

        return later.evaluate(options.checkpoint, keys)
    from ewc_plugin.serving import served
    from ewc_plugin.serving.endpoint import Endpoint

    secret = os.environ.get("OPENAI_API_KEY", "")
    requests = {"concurrency": options.concurrency, "timeout": options.timeout}
    return served.evaluate(
        options.checkpoint, keys, Endpoint(options.endpoint, options.served_model, secret, **requests)
    )


def _with_vllm(options: argparse.Namespace, keys: dict[str, Any]) -> str:
    from ewc_plugin.serving import vllm

    how = vllm.Vllm(options.vllm, options.vllm_args, options.vllm_timeout, options.concurrency, options.timeout)
    return vllm.evaluate(options.checkpoint, keys, how)


def _judge(options: argparse.Namespace) -> str:
    from ewc_plugin import judging

    judge = judging.endpoint(os.environ, concurrency=options.concurrency, timeout=options.timeout)
    if options.against is None:
        return judging.grade(options.folder, judge)
    return judging.compare(options.folder, options.against, judge)


def _comet(options: argparse.Namespace) -> str:
    from ewc_plugin import comet

    how = comet.Comet(options.command, options.model)
    if options.against is None:
        return comet.score(options.folder, how)
    return comet.compare(options.folder, options.against, how)


def _picture(options: argparse.Namespace) -> str:
    from ewc_plugin.report import picture

    return str(picture.draw(options.folder, options.out))


if __name__ == "__main__":
    sys.exit(main())
