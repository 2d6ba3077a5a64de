"""Whatever of the host, torch or the libraries is imported first: are our arguments and trainers in place?"""

import functools
from concurrent.futures import Future
from pathlib import Path

import pytest
from _tiny import Process, at_once, python, selected

# Reports on the names as their users hold them: `train.tuner` and the workflow bound theirs when they were imported.
LOOK = """
import dataclasses, importlib, json
parser, tuner, workflow, raw = (importlib.import_module("llamafactory." + name) for name in (
    "hparams.parser", "train.tuner", "train.sft.workflow", "train.pt.workflow"))
try:
    dpo = importlib.import_module("llamafactory.train.dpo.trainer")
except RuntimeError:  # the host cannot import it once trl was imported first, with or without us
    dpo = None
plot = sys.modules.get("llamafactory.webui.control") or importlib.import_module("llamafactory.extras.ploting")
folders = lambda function: function.__code__.co_filename.replace("\\\\", "/").split("/")[:-1]
where = lambda function: "ewc_plugin" if "ewc_plugin" in folders(function) else folders(function)[-1]
whose = lambda kind: where(kind.__new__) if "__new__" in vars(kind) else "host"
fields = [field.name for group in parser._TRAIN_ARGS for field in dataclasses.fields(group)]
print(json.dumps({
    "keys": "ewc_lambda" in fields,
    "parser": where(tuner.get_train_args),
    "inference": where(tuner.get_infer_args),
    "template": where(tuner.get_template_and_fix_tokenizer),
    "sft": whose(workflow.CustomSeq2SeqTrainer),
    "dpo": dpo and whose(dpo.CustomDPOTrainer),
    "pt": whose(raw.CustomTrainer),
    "plot": where(plot.gen_loss_plot),
    "failures": [str(error) for error in getattr(sys.modules.get("ewc_plugin.autoload"), "failures", {}).values()],
    "own": "ewc_plugin" in sys.modules,
}))
"""
TRAINERS = ("sft", "dpo", "pt")
IN_PLACE = {
    "keys": True,
    **dict.fromkeys(("parser", "inference", "template"), "ewc_plugin"),
    **dict.fromkeys(TRAINERS, "ewc_plugin"),
    "plot": "ewc_plugin",
    "failures": [],
    "own": True,
}
UNTOUCHED = {
    "keys": False,
    **dict.fromkeys(("parser", "inference"), "hparams"),
    "template": "data",
    **dict.fromkeys(TRAINERS, "host"),
    "plot": "extras",
    "failures": [],
}

ORDERS = {
    "torch": "import torch",
    "the trainer of one stage": "from llamafactory.train.sft import run_sft",
    "the parser's function": "from llamafactory.hparams import get_train_args",
    "the tuner": "import llamafactory.train.tuner",
}
RARER_ORDERS = {
    "the package": "import llamafactory",
    "the command line": "import llamafactory.cli",
    "the parser": "import llamafactory.hparams.parser",
    "the SFT trainer": "import llamafactory.train.sft.trainer",
    "the DPO trainer": "import llamafactory.train.dpo.trainer",
    "the trainer for raw text": "import llamafactory.train.pt.trainer",
    "the stage for raw text": "from llamafactory.train.pt import run_pt",
    "the web UI": "import llamafactory.webui.interface",
    "the data": "import llamafactory.data",
    "the templates": "import llamafactory.data.template",
    "the web UI's plot": "import llamafactory.extras.ploting",
    "the libraries": "import transformers, peft, trl",
}
BY_HAND = "import ewc_plugin; ewc_plugin.activate()"


def looking(first: str, folder: Path, **variables: str) -> functools.partial[Process]:
    return functools.partial(python, f"import sys\n{first}\n{LOOK}", cwd=folder, **variables)


@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Process]]:
    folder = tmp_path_factory.mktemp("orders")
    off = {"TORCH_DEVICE_BACKEND_AUTOLOAD": "0"}
    return at_once(
        {name: looking(first, folder) for name, first in ORDERS.items()}
        | {
            "by hand": looking(BY_HAND, folder, **off),
            "late": functools.partial(python, f"import llamafactory.hparams.parser\n{BY_HAND}", cwd=folder, **off),
            "off": looking("import torch", folder, LLAMAFACTORY_EWC="0"),
        }
    )


@pytest.fixture(scope="session")
def rarer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Process]]:
    folder = tmp_path_factory.mktemp("orders")
    wanted = selected(request, "first")
    return at_once({name: looking(first, folder) for name, first in RARER_ORDERS.items() if name in wanted})


@pytest.mark.parametrize("first", ORDERS)
def test_our_arguments_and_trainers_are_in_place_after(first: str, usual: dict[str, Future[Process]]) -> None:
    assert usual[first].result().last_json() == IN_PLACE


@pytest.mark.slow
@pytest.mark.parametrize("first", RARER_ORDERS)
def test_our_arguments_and_trainers_are_in_place_also_after(first: str, rarer: dict[str, Future[Process]]) -> None:
    found = rarer[first].result().last_json()
    if first == "the libraries" and found["dpo"] is None:
        found["dpo"] = "ewc_plugin"
    if first == "the web UI's plot":  # defined before torch calls us; no command of the host begins with it
        assert found["plot"] == "extras"
        found["plot"] = "ewc_plugin"
    assert found == IN_PLACE


def test_activation_by_hand_works_where_torch_loads_no_plugins(usual: dict[str, Future[Process]]) -> None:
    assert usual["by hand"].result().last_json() == IN_PLACE


def test_switched_off_the_host_keeps_its_own_classes(usual: dict[str, Future[Process]]) -> None:
    found = usual["off"].result().last_json()
    assert found == {**UNTOUCHED, "own": found["own"]}


def test_activation_after_the_host_is_refused_rather_than_without_effect(usual: dict[str, Future[Process]]) -> None:
    ended = usual["late"].result()
    assert ended.code == 1
    assert "llamafactory.hparams.parser was imported before llamafactory-ewc was activated" in ended.err
