"""Did we enter LLaMA-Factory? It is imported as `llamafactory-cli train` imports it; prints JSON.

Run as a script in a process of its own, so the host is named by its modules' names and by no import statement.
"""

import importlib
import json
import sys
import warnings
from dataclasses import fields
from importlib import import_module
from typing import Any


def main() -> None:
    host = import_module("llamafactory")
    say(host=host.__file__)
    import_module("llamafactory.cli")
    import_module("llamafactory.launcher")
    import_module("llamafactory.extras.misc")  # with it comes torch, and with torch our entry point
    import_module("llamafactory.train.tuner")
    parser = import_module("llamafactory.hparams.parser")
    say(imported=True, keys=[f.name for group in parser._TRAIN_ARGS for f in fields(group)])
    autoload = sys.modules.get("ewc_plugin.autoload")
    if autoload is not None and autoload._active:
        for name in autoload.HOOKS:
            import_module(name)
        say(plugin=import_module("ewc_plugin").__file__, failures=failures(autoload), checks=checks())
    say(done=True)


def failures(autoload: Any) -> dict[str, str]:
    return {name: f"{type(error).__name__}: {error}" for name, error in autoload.failures.items()}


def checks() -> list[str]:
    """What the self-check says that runs when one of our keys is used."""
    found = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ours = importlib.import_module("ewc_plugin.host")
        for stage in ours.TRAINERS:
            try:
                ours.verify(stage)
            except Exception as error:  # each is an answer
                found.append(f"{stage}: {type(error).__name__}: {error}")
    return found + [str(w.message) for w in caught if "llamafactory-ewc" in str(w.message)]


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main()
