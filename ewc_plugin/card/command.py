"""`python -m ewc_plugin card DIR`: write or renew the model card of an adapter or a model."""

import argparse
from pathlib import Path

from ewc_plugin import card
from ewc_plugin.evaluation import recipe as recipes
from ewc_plugin.export import history, prompts
from ewc_plugin.visible import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="output_dir of a stage, or export_dir of a model")


def run(options: argparse.Namespace) -> int:
    compared = None if history.marked(options.folder) else _compared(options.folder)
    if compared is not None:
        say(compared.sentence())
    say(card.write(options.folder, compared))
    return 0


def _compared(folder: Path) -> prompts.Compared | None:
    """An export has compared its prompts already; of a stage's folder the tokenizer is asked, without the weights."""
    recipe = recipes.load(folder)
    if recipe is None or not recipe.template:
        return None
    from ewc_plugin import host, later

    try:
        tokenizer, template, _ = host.encoding(later.host_keys(folder, recipe))
    except OSError as problem:  # the base model is not on this machine
        say(f"not compared: the chat template with the template of training ({str(problem).splitlines()[0]})")
        return None
    return prompts.compare(template, tokenizer, folder)
