"""What PyTorch's plug-in loader calls: a copy of this file stands alone in site-packages.

It is a file of its own so that `import torch` survives an editable install whose source folder was deleted.
"""

import sys


def activate() -> None:
    # any exception that leaves this function would break `import torch` for every program in this environment
    try:
        from ewc_plugin.autoload import activate as register

        register()
    except Exception as error:
        _say(f"{type(error).__name__}: {' '.join(str(error).split())}")


def _say(reason: str) -> None:
    # not warnings.warn: under `python -W error` that would be the exception that must not leave
    try:
        print(
            f"llamafactory-ewc could not be loaded ({reason}): LLaMA-Factory runs without it and will not know its "
            "keys (ewc_*, stage_eval*, batch_tokens). Reinstall it, or `pip uninstall llamafactory-ewc`.",
            file=sys.stderr,
        )
    except Exception:  # a closed stderr
        return
