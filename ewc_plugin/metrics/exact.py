"""Is the answer right, word for word? What people fear to lose: arithmetic, English, code, refusals where asked for.

Which of them an item is, its field `kind` says (number, text, code), or `refuse` (true or false), or its reference.
Code is compared, never run.
"""

import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.characters import folded, units
from ewc_plugin.metrics.refusal import refuses
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1
KINDS = ("number", "text", "code", "refusal")

_NUMBER = r"(?<![\w.])-?\d+(?:\.\d+|\s*/\s*\d+)?|(?<=[^\W\d_])\d+(?:\.\d+)?"
_NUMBERS = re.compile(_NUMBER)
_ONLY_A_NUMBER = re.compile(rf"\W*(?:{_NUMBER})\s*(?:[%$€£¥]|[^\W\d_]{{1,3}})?\W*")
# the last of these says where the answer is; without one, the last number is it
_SAID = re.compile(r"####|\\boxed\s*\{|(?:答案|结果)(?:就?是|为|等于|[:=])+|(?:final )?answer(?: is)?\s*[:=]?|等于")
_FENCE = re.compile(r"```[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_ARTICLE = frozenset({"a", "an", "the"})
_LABEL = re.compile(r"^(?:the )?(?:final )?(?:answer|答案)(?: is|是|为)?\s*[:：]?\s*", re.IGNORECASE)


def kind_of(reference: str, fields: Mapping[str, Any]) -> str:
    """One of KINDS: what the item says, else a number or a fenced block by its reference, else a text."""
    if isinstance(fields.get("refuse"), bool):
        return "refusal"
    if fields.get("kind") in KINDS:
        return str(fields["kind"])
    if "```" in reference:
        return "code"
    return "number" if "####" in reference or _ONLY_A_NUMBER.fullmatch(folded(reference)) else "text"


def final_number(text: str) -> Fraction | None:
    """The first number behind the last `####`, LaTeX's boxed, 答案是 or "answer is"; else the last one of the text."""
    plain = folded(text)
    for said in reversed(list(_SAID.finditer(plain))):
        if number := _NUMBERS.search(plain, said.end()):
            return _value(number[0])
    found = _NUMBERS.findall(plain)
    return _value(found[-1]) if found else None


def _value(written: str) -> Fraction | None:
    try:
        return Fraction(re.sub(r"\s", "", written))
    except ZeroDivisionError:
        return None


def same_number(answer: str, reference: str) -> bool:
    """42, 42.0, $42 and 84/2 are the same."""
    wanted = final_number(reference)
    return wanted is not None and final_number(answer) == wanted


def same_text(answer: str, reference: str) -> bool:
    """Equal but for case, articles, marks and space (Rajpurkar et al. 2016), and for a leading "The answer is"."""
    return _words(answer) == _words(reference)


def _words(text: str) -> list[str]:
    return [unit for unit in units(_LABEL.sub("", text.strip())) if unit not in _ARTICLE]


def same_code(answer: str, reference: str) -> bool:
    """Equal line by line but for empty lines, space, and the width of an indentation step; of a fence, its inside."""
    return _lines(answer) == _lines(reference)


def _lines(text: str) -> list[tuple[int, str]]:
    fenced = _FENCE.search(text)
    lines = [line.expandtabs(4) for line in (fenced[1] if fenced else text).splitlines() if line.strip()]
    depths = sorted({len(line) - len(line.lstrip()) for line in lines})
    return [(depths.index(len(line) - len(line.lstrip())), " ".join(line.split())) for line in lines]


def is_right(answer: str, reference: str, fields: Mapping[str, Any]) -> bool:
    """An empty answer is never right, not even where a refusal is asked for."""
    kind = kind_of(reference, fields)
    if not answer.strip():
        return False
    if kind == "refusal":
        return refuses(answer) is bool(fields["refuse"])
    compare = {"number": same_number, "text": same_text, "code": same_code}[kind]
    return compare(answer, reference)


def _of(name: str, kinds: tuple[str, ...]) -> Callable[[Answers, How], Score]:
    def measure(given: Answers, how: How) -> Score:
        fields = given.fields or [{}] * len(given.answers)
        kind = [kind_of(r, f) for r, f in zip(given.references, fields, strict=True)]
        right = [is_right(a, r, f) for a, r, f in zip(given.answers, given.references, fields, strict=True)]
        items = [float(ok) if k in kinds else math.nan for ok, k in zip(right, kind, strict=True)]
        parts = {f"of_{k}": kind.count(k) for k in kinds if k in kind} if len(kinds) > 1 else {}
        return mean_score(name, items, how, version=VERSION, extra=parts)

    return measure


exact = _of("exact", KINDS)
number, text, code, refusal = (_of(f"exact_{kind}", (kind,)) for kind in KINDS)
