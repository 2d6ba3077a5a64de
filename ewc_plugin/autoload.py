"""When do we enter LLaMA-Factory? Right after it has defined what we extend, and never before.

`activate` only registers post-import hooks; it imports the standard library, and wrapt on use. A hook never raises:
one that fails says so in a line and stores its error, and a recipe that uses one of our keys then stops with it.
"""

import functools
import importlib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

# The modules that *define* what we replace. `train.tuner` or `train.sft.workflow` may be half-initialised while
# they import torch, and a hook on them would then fire at once and find nothing.
PARSER = "llamafactory.hparams.parser"
HOOKS = {
    PARSER: "install_arguments",
    "llamafactory.data.template": "install_template",
    "llamafactory.train.sft.trainer": "install_sft_trainer",
    "llamafactory.train.dpo.trainer": "install_dpo_trainer",
    "llamafactory.train.pt.trainer": "install_pt_trainer",
}
# Only looked at. Not waited for where it comes first: it may then be half-initialised while it imports torch, and no
# command of the host begins with it.
SHOWN = {"llamafactory.extras.ploting": "install_plot"}
# `--ewc_save`, `ewc_lambda=1`, `ewc_lambda: 1`; neither a comment nor `ewc_results` as the value of another key
OUR_KEY = re.compile(r"""(?:--(?=\w+(?:=|$))|\s*["']?(?=\w+["']?\s*[:=]))((?:ewc_|stage_eval|batch_tokens)\w*)""")

failures: dict[str, BaseException] = {}
_active = False


class ActivationError(RuntimeError):
    """The plugin could not extend this LLaMA-Factory, and a recipe relies on it."""


def activate() -> None:
    """Register one post-import hook for each module in `HOOKS`; `LLAMAFACTORY_EWC=0` makes it do nothing.

    Raises ImportError without wrapt, and ActivationError when LLaMA-Factory came first: others then hold its
    functions by their names already, and our keys would be accepted without any effect.
    """
    global _active
    if _active or os.environ.get("LLAMAFACTORY_EWC", "1") == "0":
        return
    come_first = [name for name in HOOKS if name in sys.modules]
    if come_first:
        raise ActivationError(
            f"{come_first[0]} was imported before llamafactory-ewc was activated; start a new process, and there "
            "import torch or call `ewc_plugin.activate()` first"
        )
    try:
        from wrapt import register_post_import_hook
    except Exception as error:
        raise ImportError(f"wrapt cannot be imported ({error}); `pip install wrapt`") from error
    _active = True
    for module_name, installer in {**HOOKS, **{k: v for k, v in SHOWN.items() if k not in sys.modules}}.items():
        register_post_import_hook(functools.partial(_install, installer), module_name)


def _install(installer: str, module: ModuleType) -> None:
    try:
        host = importlib.import_module("ewc_plugin.host")
        getattr(host, installer)(module)
    except Exception as error:  # a host that changed, or a fault of ours: users of none of our keys must not suffer
        if not failures:
            _say(error)
        failures[module.__name__] = error
        if module.__name__ == PARSER:
            _guard(module, error)


def _say(error: Exception) -> None:
    reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
    try:
        print(f"llamafactory-ewc could not extend LLaMA-Factory, which runs without it ({reason})", file=sys.stderr)
    except Exception:  # a closed stderr
        return


def _guard(parser: ModuleType, error: BaseException) -> None:
    """Let the host run unchanged, except that a recipe with one of our keys stops with the stored error."""
    for name in ("get_train_args", "_parse_train_args", "_parse_args"):
        original = getattr(parser, name, None)
        if callable(original):
            setattr(parser, name, _guarded(original, error))
            return


def _guarded(original: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    @functools.wraps(original)
    def guarded(*positional: Any, **named: Any) -> Any:
        given = next((a for a in (*positional, *named.values()) if isinstance(a, dict | list)), None)
        keys = our_keys(given)
        if keys:
            raise ActivationError(
                f"{', '.join(keys)}: llamafactory-ewc could not extend this LLaMA-Factory, so these keys would have "
                f"no effect: {type(error).__name__}: {error} Install the tested set "
                "(`pip install -c constraints.txt llamafactory`), or remove the keys to train without EWC."
            ) from error
        return original(*positional, **named)

    return guarded


def our_keys(given: dict[str, Any] | list[str] | None = None) -> list[str]:
    """The keys of ours in a recipe, in parsed arguments or on the command line; reads `sys.argv` when given None."""
    if isinstance(given, dict):
        words = [f"{key}:" for key in given]
    elif given is not None:
        # the host's command line knows each key with hyphens too
        words = [w if not w.startswith("--") else "--" + w[2:].replace("-", "_") for w in map(str, given)]
    else:
        words = list(sys.argv[1:])
        if words and words[0].endswith((".yaml", ".yml", ".json")) and Path(words[0]).is_file():
            words += Path(words[0]).read_text(encoding="utf-8", errors="replace").splitlines()
    matches = (OUR_KEY.match(word) for word in words)
    return list(dict.fromkeys(match.group(1) for match in matches if match))
