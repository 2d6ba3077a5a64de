"""What do the hooks do when something is wrong, and which trainer does a run get?"""

import importlib.util
import io
import re
import sys
import types
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ewc_plugin import autoload, host
from ewc_plugin.arguments import DEFAULTS
from ewc_plugin.errors import ArgumentsError
from ewc_plugin.host import trainers


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autoload, "failures", {})
    monkeypatch.setattr(autoload, "_active", False)
    monkeypatch.delenv("LLAMAFACTORY_EWC", raising=False)
    for name in (*autoload.HOOKS, *autoload.SHOWN):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules that `activate` put a hook on, without putting it there."""
    names: list[str] = []
    wrapt = types.ModuleType("wrapt")
    wrapt.register_post_import_hook = lambda hook, name: names.append(name)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wrapt", wrapt)
    return names


# -- activation ------------------------------------------------------------------------------------------------


def test_activation_registers_one_hook_for_each_defining_module_once(registered: list[str]) -> None:
    autoload.activate()
    autoload.activate()
    assert registered == [*autoload.HOOKS, *autoload.SHOWN]


def test_what_is_only_looked_at_is_left_alone_where_it_came_first(
    registered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in autoload.SHOWN:
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    autoload.activate()
    assert registered == list(autoload.HOOKS)


def test_the_switch_leaves_nothing_behind(registered: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMAFACTORY_EWC", "0")
    autoload.activate()
    assert registered == []


@pytest.mark.parametrize("module", autoload.HOOKS)
def test_a_host_that_was_imported_first_is_refused_by_name(
    module: str, registered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
    with pytest.raises(autoload.ActivationError, match=re.escape(module)):
        autoload.activate()
    assert registered == []


def test_a_missing_wrapt_is_an_import_error_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wrapt", None)
    with pytest.raises(ImportError, match="pip install wrapt"):
        autoload.activate()


# -- the entry point -------------------------------------------------------------------------------------------


@pytest.fixture
def entry_point() -> types.ModuleType:
    """The file that an installation copies out of the package, loaded as such a copy."""
    source = Path(__file__).resolve().parents[2] / "ewc_plugin" / "entry_point.py"
    spec = importlib.util.spec_from_file_location("entry_point_alone", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_failure_leaves_the_entry_point_and_it_says_one_line(
    entry_point: types.ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise OSError("first line\nsecond line")

    monkeypatch.setattr(autoload, "activate", broken)
    entry_point.activate()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "OSError: first line second line" in said
    assert "ewc_*" in said


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("stderr", [None, "closed"])
def test_the_entry_point_survives_a_process_without_stderr(
    stderr: Any, entry_point: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setitem(sys.modules, "wrapt", None)
    monkeypatch.setattr(sys, "stderr", closed if stderr else None)
    entry_point.activate()


# -- a hook that fails -----------------------------------------------------------------------------------------


def host_parser() -> types.ModuleType:
    module = types.ModuleType(autoload.PARSER)
    module.get_train_args = lambda args=None: f"parsed {args}"  # type: ignore[attr-defined]
    return module


def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(module: Any) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(host, "install_arguments", broken)


def test_a_failing_hook_lets_recipes_without_our_keys_through(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch)
    parser = host_parser()
    autoload._install("install_arguments", parser)
    assert parser.get_train_args({"stage": "sft"}) == "parsed {'stage': 'sft'}"
    assert parser.get_train_args(args=["--stage", "sft"]) == "parsed ['--stage', 'sft']"


@pytest.mark.parametrize("given", [{"ewc_lambda": 1}, ["--ewc_lambda", "1"], ["--ewc_lambda=1"]])
def test_a_failing_hook_stops_recipes_with_our_keys(given: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch)
    parser = host_parser()
    autoload._install("install_arguments", parser)
    with pytest.raises(autoload.ActivationError, match=r"ewc_lambda.*no effect.*ValueError: no such thing"):
        parser.get_train_args(given)


def test_a_failing_hook_says_one_line_and_only_the_first_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch)
    autoload._install("install_arguments", host_parser())
    autoload._install("install_arguments", host_parser())
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"ewc_lambda": 1, "stage": "sft", "stage_eval": True}, ["ewc_lambda", "stage_eval"]),
        (["--stage", "sft", "--ewc-save"], ["ewc_save"]),
        (["--output_dir", "ewc_results", "--dataset", "stage_eval"], []),
        (["ewc_lambda=1"], ["ewc_lambda"]),
    ],
)
def test_our_keys_are_told_from_their_look_alikes(given: Any, keys: list[str]) -> None:
    assert autoload.our_keys(given) == keys


def test_our_keys_are_found_in_the_recipe_on_the_command_line(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = tmp_path / "x.yaml"
    recipe.write_text("stage: sft\n# ewc_lambda: 1\newc_save : true\noutput_dir: ewc_gamma\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["llamafactory-cli", str(recipe), "stage_eval=true"])
    assert autoload.our_keys() == ["stage_eval", "ewc_save"]


# -- the entrance: which trainer? ------------------------------------------------------------------------------


class HostTrainer:
    def __init__(self, finetuning_args: Any, processor: Any = None) -> None:
        self.finetuning_args = finetuning_args


def keys(**changed: Any) -> SimpleNamespace:
    return SimpleNamespace(**{**DEFAULTS, **changed})


def with_marker(base: type, context: Any) -> type:
    return type("EwcTrainer", (base,), {"context": context})


@pytest.mark.parametrize("changed", [{}, {"ewc_lambda": "0"}, {"ewc_lambda": 0.0}])
def test_a_run_in_which_no_key_of_ours_acts_gets_the_hosts_own_class(changed: dict[str, Any]) -> None:
    assert type(trainers._entrance(HostTrainer)(keys(**changed))) is HostTrainer


def test_arguments_of_a_host_that_never_saw_our_keys_get_the_hosts_own_class() -> None:
    assert type(trainers._entrance(HostTrainer)(finetuning_args=SimpleNamespace(stage="sft"))) is HostTrainer


@pytest.mark.parametrize("by_name", [True, False])
def test_a_run_with_a_plan_gets_ours_however_the_arguments_are_passed(
    by_name: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainers, "_with_ewc", with_marker)
    given, entrance = keys(ewc_save=True, ewc="the plan"), trainers._entrance(HostTrainer)
    trainer = entrance(finetuning_args=given) if by_name else entrance(given)
    assert (type(trainer).__name__, trainer.context) == ("EwcTrainer", "the plan")
    assert isinstance(trainer, HostTrainer)


def test_keys_that_went_around_the_parser_are_an_error_and_not_a_run_without_ewc() -> None:
    with pytest.raises(host.HostError, match="get_train_args"):
        trainers._entrance(HostTrainer)(keys(ewc_lambda="1"))


def test_a_class_derived_from_the_hosts_trainer_is_refused_with_our_keys_and_works_without() -> None:
    class Theirs(trainers._entrance(HostTrainer)):  # type: ignore[misc]
        pass

    assert type(Theirs(keys())) is Theirs
    with pytest.raises(host.HostError, match="Theirs derives from HostTrainer"):
        Theirs(keys(ewc_save=True, ewc="the plan"))


def test_the_entrance_looks_like_the_class_behind_it() -> None:
    entrance = trainers._entrance(HostTrainer)
    assert (entrance.__name__, entrance.__module__) == ("HostTrainer", HostTrainer.__module__)


# -- misspelt keys ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"ewc_lamda": 1}, "ewc_lambda"),
        (["--ewc_lamda", "1"], "ewc_lambda"),
        (["--ewc-lamda=1"], "ewc_lambda"),
        ({"stage_evals": True}, "stage_eval"),
        ({"ewc_fisher_sample": 3}, "ewc_fisher_samples"),
        ({"ecw_lambda": 1}, "ewc_lambda"),
    ],
)
def test_a_misspelt_key_of_ours_is_told_the_right_one(given: Any, meant: str) -> None:
    with pytest.raises(ArgumentsError, match=rf"Did you mean {meant}\?"):
        host.suggest(given, list(DEFAULTS))


def test_a_key_that_only_begins_like_ours_is_told_all_of_them() -> None:
    with pytest.raises(ArgumentsError, match="Our keys are ewc_lambda, "):
        host.suggest({"ewc_zzzzzzzzzzz": 1}, list(DEFAULTS))


@pytest.mark.parametrize("given", [{"lora_rnk": 8}, ["--lora_rnk", "8"], ["--ewc-lambda", "1"], {"ewc_lambda": 1}])
def test_other_unknown_keys_and_right_ones_are_left_to_the_host(given: Any) -> None:
    host.suggest(given, list(DEFAULTS))
