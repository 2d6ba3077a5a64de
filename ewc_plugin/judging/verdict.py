"""What did the judge say? One JSON object with just the two keys that were asked for; anything else is no verdict."""

import json
import re
from collections.abc import Sequence
from typing import Any

Verdict = dict[str, Any]
"""{"score": 1 … 10, "reason": …} or {"better": 甲, 乙 or 平, "reason": …}"""

_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*)\n\s*```\Z", re.DOTALL)


def grade(text: str) -> Verdict:
    """Raises ValueError unless the score is a whole number from 1 to 10: 7.5, "7" and true are none."""
    found = _object(text, "score")
    score = found["score"]
    if type(score) is not int or not 1 <= score <= 10:
        raise ValueError(f"the score is {score!r}, no whole number from 1 to 10")
    return found


def pair(text: str) -> Verdict:
    """Raises ValueError unless one of the two, or neither, is the better one."""
    found = _object(text, "better")
    if found["better"] not in ("甲", "乙", "平"):
        raise ValueError(f"the better one is {found['better']!r}, neither 甲, 乙 nor 平")
    return found


def _object(text: str, key: str) -> Verdict:
    """Models that think aloud, and a fence around the object, are borne with; words beside it are not."""
    plain = _THOUGHT.sub("", text).strip()
    fenced = _FENCED.match(plain)
    found = json.loads(fenced[1] if fenced else plain, object_pairs_hook=_once)
    if not isinstance(found, dict) or found.keys() != {key, "reason"}:
        raise ValueError(f"no object with just {key} and reason")
    if not isinstance(found["reason"], str) or not found["reason"].strip():
        raise ValueError("no reason is given")
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)
