"""What equations stand in a text, and what is each of their sides worth?

Chinese and ASCII signs, percent, fractions, LaTeX, units between the numbers, words (加上, 除以, 等于), chains
a + b = c = d and divisions with a remainder. A side that cannot be read for certain is None: nothing is guessed.
Whether an equation holds is the question of `arithmetic`; this file only reads.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from converters.reckoning.expressions import Linear, Parser, Token, number
from converters.text import HAN

_SIGNS = str.maketrans(
    {
        **dict(zip("０１２３４５６７８９", "0123456789", strict=True)),
        **dict.fromkeys("×✕✖＊∗", "*"),
        **dict.fromkeys("÷／∕", "/"),
        **dict.fromkeys("－–—−", "-"),
        **dict.fromkeys("（［[｛{", "("),
        **dict.fromkeys("）］]｝}", ")"),
        "＋": "+",
        "＝": "=",
        "≒": "≈",
        "％": "%",
        "²": "^2",
        "³": "^3",
        "$": " ",
    }
)
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CODE = re.compile(
    rf"[=!<>+*-]=|=>|->|//|^[^{HAN}]*;\s*$|\b(?:print|def|return|for|while|int|var|let|const)\b|[\w\])]\s*=\s*[\[\"'{{]"
)
_FRACTION = re.compile(r"\\[dtc]?frac\s*\{([^{}]{1,40})\}\s*\{([^{}]{1,40})\}")
_MIXED_LATEX = re.compile(r"(?<=\d)\s*(?=\\[dtc]?frac\b)")
_LATEX = {
    **{"\\times": "*", "\\cdot": "*", "\\div": "/", "\\approx": "≈", "\\%": "%", "\\quad": " "},
    **dict.fromkeys(("\\left", "\\right", "\\(", "\\)", "\\[", "\\]", "\\,"), ""),
}
_BOLD = re.compile(r"(?<!\d)\*\*|\*\*(?!\d)")
_REMARK = re.compile(rf"\(\s*(?!余)[{HAN}][^()]*\)")
_ROUNDING = re.compile("取整|舍|保留|约|近似|进一")
_LABEL = re.compile(r"^\s*(?:[-*•]\s+|\d{1,2}\s*(?:\.(?!\d)|[、)）])\s*|\(\d{1,2}\)\s*)")
_TIMES = re.compile(rf"(?<=[\d)%{HAN}])(\s*)[xX](\s*)(?=[\d(])")
_MIXED = re.compile(r"(\d+)\s*又\s*(?=\(?\(?\d+\)?/\(?\d+)")
_BY_WORD = re.compile(
    rf"(?<=[\d)])(\s*[{HAN}]{{0,3}}?)\s*(?:(?P<plus>(?<![增添更附参])加上?(?!入|强|到|快))|(?P<minus>减去|(?<![缩裁])减(?![少小肥去]))"
    r"|(?P<times>乘以|乘(?![坐车法]))|(?P<by>除以))\s*(?=\d)"
)
_AND_REST = re.compile(r"(?<=\d)[，,、]?\s*(?:还|并)?余数?(?:为|是)?(?=\s*\d)")
# 两边减5得到2x = 6 says nothing of 5
_IS_BY_WORD = re.compile(
    r"(?:等于|(?<=[\d)%])\s*(?:得到|得出|得)(?!\s*-?\d+[a-z]\s*=))\s*(?:商数?)?(?:为|是)?\s*(?=[\d(-])"
)

_MAY_EQUAL = re.compile(r"[=＝≈≒]|等于|得[到出]?\s*(?:商数?)?[为是]?[\s*$]*[\d０-９(（\[［{｛\\－–—−-]|approx")
_NAMED = re.compile(rf"^\s*([{HAN}]{{0,20}})\s*(?=[=＝≈])")

_UNITS = "(?:km|cm|dm|mm)(?:\\^[23])?|m\\^[23]|kg|ml|mL|min|km/h|m/s|m/min|kW|kWh|°C|℃|Step"
# 2小时30分 and 3元5角 are one quantity: neither number is a side of its own
_COMPOUND = re.compile("小?时|点|分钟?|元|块|角|千?米|公里|度|年|个?月|天|周|星期|又|千克|公斤|吨|尺|丈|斤|厘米|分米")
_TOKEN = re.compile(
    rf"""(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?)(?P<percent>\s?%)?
    |(?P<remainder>…{{1,2}}|\.{{3,6}}|·{{3,6}}|\(?\s*余数?\s*(?:为|是|:|：)?\s*(?=\d))
    |(?P<operator>[+\-*/^])
    |(?P<open>\()|(?P<close>\))
    |(?P<relation>[=≈])
    |(?P<word>(?:[{HAN}°℃]|(?<![A-Za-z])(?:{_UNITS})(?![A-Za-z]))+(?:\^[23](?![\d.]))?(?:/(?:[{HAN}]+|h|s|min))*)
    |(?P<letter>(?<![A-Za-z_])[A-Za-z](?![A-Za-z0-9_']))
    |(?P<space>\s+)
    |(?P<other>.)""",
    re.VERBOSE,
)
_STOPS, _RELATION = re.compile("[。；，？]"), re.compile("[=≈]")
LONGEST_UNIT = 6  # characters; what is longer is a clause, not a unit
_CLAUSE = re.compile("[的是有要共剩和与比]|总|数|价")


class Side(NamedTuple):
    """`numbers` as they are written; `places` are the decimals of a lone number; `units` what stands behind them."""

    value: Linear
    numbers: tuple[Fraction, ...]
    operators: str
    places: int
    percent: bool
    units: tuple[str, ...]
    remainder: Fraction | None = None


class Chain(NamedTuple):
    """side relation side relation side …; `tail` is the text behind it, where a remark on rounding may stand."""

    sides: tuple[Side | None, ...]
    relations: str
    text: str
    tail: str

    @property
    def pairs(self) -> Iterator[tuple[Side, Side, bool]]:
        """Neighbouring sides that were both read, and whether they are only about equal."""
        for left, sign, right in zip(self.sides, self.relations, self.sides[1:], strict=False):
            if left is not None and right is not None:
                yield left, right, sign == "≈"


@lru_cache(maxsize=4)
def chains(text: str) -> tuple[Chain, ...]:
    """The chains of equations in a text, line by line; code is passed over. Several checks read one text in turn."""
    lines = _joined(_FENCE.sub("\n", text).split("\n"))
    wanted = (line for line in lines if _MAY_EQUAL.search(line) and not _CODE.search(line))
    return tuple(chain for line in wanted for chain in _chains_of(normal(line)))


def _joined(lines: Sequence[str]) -> Iterator[str]:
    """A line that goes on with "=", or names the same quantity again, belongs to the line before."""
    held, label = "", ""
    for line in lines:
        match = _NAMED.match(line)
        name = match[1].strip() if match else ""
        if held and match and (not name or name == label):
            held += " " + line[match.end(1) :]
            continue
        if held:
            yield held
        held, label = line, name
    yield held


# 打八折就是80%：200×0.8=160. A colon before a calculation is no ratio, even where a number stands on both sides.
_STATED = re.compile("：(?=\\s*[（(]?\\d[^，。；：:=＝]*[+＋\\-－−×*÷/][^，。；：:=＝]*[=＝])")


def normal(line: str) -> str:
    """One spelling for every sign, without list numbers, remarks in brackets and LaTeX."""
    line = _STATED.sub("，", line)
    line = _MIXED_LATEX.sub("+", line)
    for _ in range(3):
        line = _FRACTION.sub(r"((\1)/(\2))", line)
    for sign, plain in _LATEX.items():
        line = line.replace(sign, plain)
    line = _LABEL.sub("", _BOLD.sub("", line).translate(_SIGNS))
    line = _REMARK.sub(_remark, _TIMES.sub(r"\1*\2", line))
    line = _MIXED.sub(r"\1+", line)
    line = _BY_WORD.sub(_operator, line)
    return _AND_REST.sub("余", _IS_BY_WORD.sub("=", line))


def _remark(match: re.Match[str]) -> str:
    """（向下取整） must not be lost with its brackets."""
    return " 约 " if _ROUNDING.search(match[0]) else " "


def _operator(match: re.Match[str]) -> str:
    sign = {"plus": "+", "minus": "-", "times": "*", "by": "/"}[match.lastgroup or "plus"]
    return f"{match[1]}{sign}"


def _chains_of(line: str) -> Iterator[Chain]:
    """A stop ends every run of sides, so that only clauses with a relation need to be read."""
    start = 0
    for stop in [*_STOPS.finditer(line), None]:
        end = stop.start() if stop else len(line)
        if _RELATION.search(line, start, end):
            yield from _chains_in(line, start, end)
        start = end + 1


def _chains_in(line: str, start: int, stop: int) -> Iterator[Chain]:
    tokens = [
        Token(match.lastgroup or "other", match[0], match.start()) for match in _TOKEN.finditer(line, start, stop)
    ]
    tokens = [Token("number", token.text, token.start) if token.kind == "percent" else token for token in tokens]
    run: list[Token] = []
    hard = False
    for place, token in enumerate([*tokens, Token("end", "", stop)]):
        ends, spoils = _boundary(tokens, place, line) if token.kind != "end" else (True, False)
        if not ends:
            run.append(token)
            continue
        yield from _chain(run, line, token.start, hard, spoils)
        run, hard = [], spoils


def _boundary(tokens: Sequence[Token], place: int, line: str) -> tuple[bool, bool]:
    """(does this token end a run of sides, does it make the sides that touch it unreadable)."""
    token = tokens[place]
    after = next((later for later in tokens[place + 1 :] if later.kind != "space"), None)
    before = next((earlier for earlier in reversed(tokens[:place]) if earlier.kind != "space"), None)
    if token.kind == "word":
        behind_number = before is not None and before.kind in ("number", "close", "letter")
        if not behind_number:
            return True, before is not None and before.kind == "operator"
        if after is not None and after.kind == "number":
            return True, _COMPOUND.fullmatch(token.text) is not None
        if after is not None and after.kind in ("open", "letter"):
            return True, False
        is_clause = _CLAUSE.search(token.text) is not None
        return is_clause or len(token.text) > LONGEST_UNIT, is_clause and after is not None and after.kind in (
            "operator",
            "relation",
        )
    if token.kind == "other":
        glued = (
            before is not None and before.start + len(before.text) == token.start and before.kind in ("number", "close")
        )
        leads = after is not None and after.start == token.start + 1 and after.kind in ("number", "open", "operator")
        if token.text in "，。；、,;？?！!“”\"'‘’《》":
            return True, token.text == "!" and glued
        if token.text == "." and not line[token.start + 1 : token.start + 2].isalnum():
            return True, False
        if token.text in ":：":
            return True, (glued and leads) or _is_ratio(tokens, place)
        return True, glued or leads
    return False, False


def _is_ratio(tokens: Sequence[Token], place: int) -> bool:
    """240千克 : 100千克, set off by spaces; 每份3个: is a colon of the sentence."""
    before, after = tokens[:place], tokens[place + 1 :]
    spaced = bool(before and after) and before[-1].kind == after[0].kind == "space"
    counted = [token for token in before[-3:] if token.kind in ("number", "letter")]
    return spaced and bool(counted) and len(after) > 1 and after[1].kind in ("number", "letter")


def _chain(run: Sequence[Token], line: str, end: int, hard_before: bool, hard_after: bool) -> Iterator[Chain]:
    marks = [place for place, token in enumerate(run) if token.kind == "relation"]
    if not marks:
        return
    cuts = [-1, *marks, len(run)]
    pieces = [[t for t in run[a + 1 : b] if t.kind != "space"] for a, b in itertools.pairwise(cuts)]
    _drop_enclosing(pieces)
    sides = [_side(piece, starts_run=place == 0) for place, piece in enumerate(pieces)]
    if hard_before:
        sides[0] = None
    if hard_after:
        sides[-1] = None
    relations = "".join(run[place].text for place in marks)
    yield Chain(tuple(sides), relations, line[run[0].start : end].strip(), line[end : end + 20])


def _drop_enclosing(pieces: list[list[Token]]) -> None:
    """(12 / 4 = 3): the bracket belongs to the sentence, not to a side."""
    depths = [sum((t.kind == "open") - (t.kind == "close") for t in piece) for piece in pieces]
    if depths[0] == 1 and pieces[0] and pieces[0][0].kind == "open":
        pieces[0] = pieces[0][1:]
    if depths[-1] == -1 and pieces[-1] and pieces[-1][-1].kind == "close":
        pieces[-1] = pieces[-1][:-1]


def _side(tokens: Sequence[Token], *, starts_run: bool) -> Side | None:
    """None if the tokens are no complete expression; a minus that opens a run may be a dash of the text."""
    cut = next((place for place, token in enumerate(tokens) if token.kind == "remainder"), None)
    remainder = None
    if cut is not None:
        behind = [token for token in tokens[cut + 1 :] if token.kind == "number"]
        if len(behind) != 1 or any(token.kind == "operator" for token in tokens[cut:]):
            return None
        remainder, tokens = number(behind[0].text), tokens[:cut]
    units = tuple(token.text for token in tokens if token.kind == "word")
    tokens = [token for token in tokens if token.kind != "word"]
    if not tokens or (starts_run and tokens[0].kind == "operator"):
        return None
    value = Parser(tokens).value()
    if value is None:
        return None
    written = [token.text for token in tokens if token.kind == "number"]
    operators = "".join(token.text for token in tokens[1:] if token.kind == "operator")
    if operators and any("^" in unit for unit in units):
        return None  # 3.14 × 5厘米²: the square may be of the number or of the unit
    lone = written[0].rstrip("% ") if len(written) == 1 else ""
    places = len(lone.partition(".")[2])
    return Side(
        value, tuple(map(number, written)), operators, places, any("%" in text for text in written), units, remainder
    )
