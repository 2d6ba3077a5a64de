"""Is a story that a model told, and that is whole, worth learning? A second reading looks at its manner and its words.

A story is all manner: one that was thought in English, or has a wrong word in it, is none to be learnt.
"""

from __future__ import annotations

from converters.contract import Outcome, Reject
from converters.conversations import proof
from converters.judging import manner


def read_again(told: Outcome, stories: str) -> Outcome:
    """What goes to the dataset `stories` is read again; everything else is as it was."""
    if isinstance(told, Reject) or told.dataset != stories:
        return told
    story = told.messages[-1].content
    turns, slip = manner.thought_in_english(story), proof.miswritten(story)
    fault = ("translated_story", turns) if turns else ("careless", slip) if slip else None
    return Reject(told.dataset, *fault) if fault else told
