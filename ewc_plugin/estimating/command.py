"""`python -m ewc_plugin estimate RECIPE [key=value …]`: what a stage costs, before it is started."""

import argparse
from pathlib import Path

from ewc_plugin.errors import ArgumentsError
from ewc_plugin.estimating import gpus
from ewc_plugin.estimating.gpus import Gpu
from ewc_plugin.visible import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", type=Path, help="YAML of `llamafactory-cli train`")
    parser.add_argument("keys", nargs="*", metavar="KEY=VALUE", help="keys of the recipe that differ")
    names = ", ".join(gpu.name for gpu in gpus.GPUS)
    parser.add_argument("--gpu", metavar="NAME", help=f"{names} (default: the one that is here)")
    parser.add_argument("--count", type=int, metavar="N", help="GPUs of the run (default: those that are here, else 1)")
    parser.add_argument("--price", type=float, metavar="X", help="of one GPU for an hour, in any currency")
    parser.add_argument("--exact", action="store_true", help="encode all data, not only a part of a large dataset")


def run(options: argparse.Namespace) -> int:
    from ewc_plugin.estimating import fitting, measured
    from ewc_plugin.estimating.estimate import estimate
    from ewc_plugin.estimating.page import page
    from ewc_plugin.estimating.recipe import read

    gpu, count = chosen(options)
    recipe = read(options.recipe, options.keys)
    found = estimate(recipe, gpu, count, everything=options.exact)
    others = [] if found.fits else fitting.alternatives(recipe, gpu, list(options.keys))
    ran = measured.read(Path(str(recipe.training.output_dir)))
    say(page(found, ran, options.price, others))
    return 0


def chosen(options: argparse.Namespace) -> tuple[Gpu, int]:
    """The GPU that is asked for, else the one that is here; raises ArgumentsError when there is none."""
    here = gpus.present()
    if options.count is not None and options.count < 1:
        raise ArgumentsError("--count", expected="1 or more", found=str(options.count), remedy="How many GPUs train?")
    if options.gpu is None and here is None:
        names = ", ".join(gpu.name for gpu in gpus.GPUS)
        raise ArgumentsError(
            "--gpu",
            expected=f"one of {names}",
            found="none given, and no GPU here",
            remedy="Name the one you will use.",
        )
    name = options.gpu or (here[0] if here else "")
    return gpus.named(name), options.count or (here[1] if here and options.gpu is None else 1)
