"""Is a story that a model told, and that is whole, worth learning? A second reading looks at its manner and its words.

A story is all manner: one that was thought in English, in which nobody speaks to anybody, or which has a wrong word in
it, is none to be learnt.
"""

from __future__ import annotations

import re

from converters.contract import Outcome, Reject
from converters.conversations import proof
from converters.judging import manner

_SPEECH = re.compile("[“「][^”」\n]{2,}[。！？!?…～~，,][”」]")
LEAST_SPEECHES = 2  # one speaks and another answers; without that models tell what a story would be about


def read_again(told: Outcome, stories: str) -> Outcome:
    """What goes to the dataset `stories` is read again; everything else is as it was."""
    if isinstance(told, Reject) or told.dataset != stories:
        return told
    fault = _fault(told.messages[-1].content)
    return Reject(told.dataset, *fault) if fault else told


def _fault(story: str) -> tuple[str, str] | None:
    turns, slip = manner.thought_in_english(story), proof.miswritten(story)
    if turns:
        return "translated_story", turns
    if slip:
        return "careless", slip
    return ("nobody_speaks", story[:40]) if len(_SPEECH.findall(story)) < LEAST_SPEECHES else None
