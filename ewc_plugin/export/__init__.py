"""What goes with a model when the host exports it? Its history, for a next stage, and a card.

`plan` looks before a weight is loaded; `finish` acts when the host has written everything of its own.
"""

from pathlib import Path
from typing import Any

from ewc_plugin import card
from ewc_plugin.export import history, prompts
from ewc_plugin.export.history import Export, plan
from ewc_plugin.visible import say

__all__ = ["Export", "finish", "plan"]


def finish(export: Export, template: Any, tokenizer: Any) -> None:
    """Copy the history, compare the prompts, write the card; raises ExportError, with the model whole on disk."""
    with history.in_words(export):
        say(f"EWC: {history.keep(export)}")
        compared = prompts.compare(template, tokenizer, export.target)
        history.mark(export, compared.as_json())
        say(f"EWC: {compared.sentence()}")
        say(f"EWC: {card.write(Path(export.target))}")
