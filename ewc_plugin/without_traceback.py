"""What does a user of `llamafactory-cli` see of an error of ours? Its sentence, without the way through the host.

A fault of the mechanism keeps its traceback: that one is for us to read.
"""

import os
import sys
from types import TracebackType

from ewc_plugin.errors import EwcError, MechanismError
from ewc_plugin.visible import visible

_before = sys.excepthook


def install() -> None:
    """For the rest of this process; everything that is not ours is shown as before. `EWC_TRACEBACK=1` shows all."""
    global _before
    if sys.excepthook is not _shown:
        _before, sys.excepthook = sys.excepthook, _shown


def _shown(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    whole = isinstance(error, MechanismError) or os.environ.get("EWC_TRACEBACK", "0") != "0"
    if whole or not isinstance(error, EwcError):
        _before(kind, error, trace)
        return
    encoding = sys.stderr.encoding or "utf-8"
    text = visible(f"\n{kind.__name__}: {error}")
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr, flush=True)
