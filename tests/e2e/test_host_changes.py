"""What does a user read when LLaMA-Factory changed under us? What has gone, if they use our keys; else nothing."""

import functools
import json
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest
from _tiny import Process, World, altered_copy, at_once, package_folder, python, selected

# Parses a recipe without our keys and one with them, in a host that differs from the tested one.
BOTH = """
import json, warnings
import torch
from llamafactory.hparams import get_train_args
plain = json.loads(%r)
found = {}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("default")
    for name, keys in (("plain", {}), ("ours", {"stage_eval": True}), ("again", {"ewc_save": True})):
        try:
            get_train_args({**plain, **keys})
            found[name] = "parsed"
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"
    found["warnings"] = [str(w.message) for w in caught if "llamafactory-ewc" in str(w.message)]
print(json.dumps(found))
"""
PARSER, SFT, DPO = "hparams/parser.py", "train/sft/trainer.py", "train/dpo/trainer.py"
GONE = {
    "llamafactory.hparams.parser._TRAIN_ARGS": {PARSER: ("_TRAIN_ARGS", "_TRAIN_ARGUMENTS")},
    "parameter args of llamafactory.hparams.parser.get_train_args": {
        PARSER: (
            "def get_train_args(args:",
            "def get_train_args(arguments: dict | list | None = None) -> _TRAIN_CLS:\n"
            "    return _known(arguments)\n\n\ndef _known(args:",
        ),
    },
    "llamafactory.train.sft.trainer.CustomSeq2SeqTrainer": {
        SFT: ("class CustomSeq2SeqTrainer", "class HostTrainer"),
        "train/sft/workflow.py": ("CustomSeq2SeqTrainer", "HostTrainer"),
    },
    "llamafactory.data.loader._get_merged_dataset": {"data/loader.py": ("_get_merged_dataset", "_merged")},
    "llamafactory.data.template.Template.get_stop_token_ids": {
        "data/template.py": ("def get_stop_token_ids", "def get_stop_ids"),
    },
    "llamafactory.extras.ploting.gen_loss_plot": {"extras/ploting.py": ("gen_loss_plot", "gen_plot")},
    "llamafactory.train.callbacks.LogCallback._write_log": {"train/callbacks.py": ("_write_log", "_write")},
}
GONE_FROM_DPO = {
    "llamafactory.train.dpo.trainer.CustomDPOTrainer": {
        DPO: ("class CustomDPOTrainer", "class HostTrainer"),
        "train/dpo/workflow.py": ("CustomDPOTrainer", "HostTrainer"),
    },
}


RARER = (
    "parameter args of llamafactory.hparams.parser.get_train_args",
    "llamafactory.data.template.Template.get_stop_token_ids",
    "llamafactory.extras.ploting.gen_loss_plot",
    "llamafactory.train.callbacks.LogCallback._write_log",
)
NAMES = [pytest.param(n, marks=pytest.mark.slow) if n in RARER else n for n in (*GONE, *GONE_FROM_DPO)]


@pytest.fixture(scope="session")
def changed_hosts(
    world: World, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Future[Process]]:
    """One process in each altered copy of the host, started together."""
    host = package_folder("llamafactory")
    recipe = {
        "model_name_or_path": str(world.folder / "base"),
        "dataset": "talk",
        "dataset_dir": str(world.folder / "data"),
        "output_dir": "out",
        "report_to": "none",
        "do_train": True,
    }

    def job(number: int, changes: dict[str, tuple[str, str]], stage: str) -> Callable[[], Process]:
        folder = altered_copy(host, tmp_path_factory.mktemp(f"host{number}"), changes)
        return functools.partial(
            python, BOTH % json.dumps({**recipe, "stage": stage}), cwd=world.folder, PYTHONPATH=str(folder)
        )

    newer = {"extras/env.py": ('VERSION = "0.9.5"', 'VERSION = "0.9.6.dev0"')}
    wanted = selected(request, "what")
    jobs = {what: job(i, changes, "sft") for i, (what, changes) in enumerate(GONE.items()) if what in wanted}
    jobs |= {what: job(90, changes, "dpo") for what, changes in GONE_FROM_DPO.items() if what in wanted}
    return at_once({**jobs, "newer": job(99, newer, "sft")})


@pytest.mark.parametrize("what", NAMES)
def test_a_name_that_has_gone_is_named_when_our_keys_are_used(
    what: str, changed_hosts: dict[str, Future[Process]]
) -> None:
    found = changed_hosts[what].result().last_json()
    for recipe in ("ours", *(() if what in GONE_FROM_DPO else ("again",))):  # DPO leaves no anchor yet
        assert f"{what} is not in LLaMA-Factory 0.9.5" in found[recipe], found
        assert "Install" in found[recipe]


@pytest.mark.parametrize("what", NAMES)
def test_a_name_that_has_gone_does_not_stop_recipes_without_our_keys(
    what: str, changed_hosts: dict[str, Future[Process]]
) -> None:
    assert changed_hosts[what].result().last_json()["plain"] == "parsed"


def test_a_newer_host_with_all_names_is_used_with_one_warning(changed_hosts: dict[str, Future[Process]]) -> None:
    found = changed_hosts["newer"].result().last_json()
    assert [found[recipe] for recipe in ("plain", "ours", "again")] == ["parsed"] * 3
    assert len(found["warnings"]) == 1
    assert "0.9.6.dev0 was not tested" in found["warnings"][0]


def test_every_copy_of_the_host_was_really_changed() -> None:
    host = package_folder("llamafactory")
    changes = [c for group in (GONE, GONE_FROM_DPO) for c in group.values()]
    checked = [old in (host / name).read_text(encoding="utf-8") for c in changes for name, (old, _) in c.items()]
    assert checked == [True] * 10


def test_the_altered_host_is_the_one_that_is_imported(tmp_path: Path) -> None:
    marked = {"extras/env.py": ('VERSION = "0.9.5"', 'VERSION = "0.0.0.marked"')}
    folder = altered_copy(package_folder("llamafactory"), tmp_path, marked)
    code = "import json, llamafactory; print(json.dumps(llamafactory.__version__))"
    assert python(code, cwd=tmp_path, PYTHONPATH=str(folder)).last_json() == "0.0.0.marked"
