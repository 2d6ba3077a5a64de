"""How sentences with their translations become requests and answers, singly and in passages, in both directions.

A pair that passes gives an example in each dataset, one that fails a reject in each; a sound pair whose modern side is
no model (`clausewise`, `modernity`) is for classical Chinese alone. Where a pair stands (book, chapter, what is held
out with it) is the caller's to say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby

from converters.classics import bilingual, clausewise, correspondence, modernity
from converters.classics.bilingual import Line
from converters.contract import Example, Outcome, Reject, assistant, user
from converters.templates import classical as templates
from converters.templates import fill
from converters.text import han_count, key

TO_MODERN, TO_CLASSICAL = "classical_to_modern", "modern_to_classical"
DATASETS = (TO_MODERN, TO_CLASSICAL)

MOST_SENTENCES = 3  # in a passage: one of eight fails eight times as often as its sentences
PASSAGE_LENGTHS = (30, 45, 60, 75)  # characters of classical text from which a passage is long enough
SHORT = 8  # characters of classical text: fewer teach a phrase
CLOSE = 0.2  # share of new characters in a translation: fewer teach little
TITLE_CAP = 3  # sentences that differ by date and numbers only: 辛酉，舆驾亲祠南郊 and 统县三，户三千七百
MASKED = 20  # characters of the longest sentence of that sort
NAMED_IN = 3  # one request in so many names the book
# Retold rather than translated: one pair in seven says what the original does not, and no rule tells which.
LOOSE = frozenset({"太平广记"})
# Jokes told in the language of their day: nothing to translate, and no model of classical prose.
VERNACULAR = frozenset({"笑林广记"})
# Of the sums of the calendar the corpora translate the words, and nobody understands the translation.
_SUMS = re.compile("律历|历志|历书|历象")
_DATE = re.compile("[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]|[春夏秋冬闰正一二三四五六七八九十]+月|[春夏秋冬]")
_NUMBER = re.compile("[一二三四五六七八九十百千万]+")

# ---- sentences and passages


def single(classical: str, modern: str, place: dict[str, str]) -> Sequence[Outcome]:
    pair = bilingual.line(classical, modern)
    wrong = unfit(place) or fault(pair, known="")
    if wrong:
        return rejects(*wrong)
    return _examples([pair], placed(pair, place))


def placed(pair: Line, place: dict[str, str]) -> dict[str, str]:
    """A pair of which nobody knows the document is one."""
    return place if place["document"] else place | {"document": f"classical:{key(pair.classical)}"}


def passages(pairs: Sequence[Line], place: dict[str, str]) -> Iterator[Outcome]:
    """Runs of sentences that pass, cut into passages; what an earlier sentence of the passage names is known."""
    wrong = unfit(place)
    if wrong:
        yield from rejects(*wrong)
        return
    passage: list[Line] = []
    for pair in pairs:
        wrong = fault(pair, known="".join(line.classical for line in passage))
        if passage and (wrong or _is_enough(passage)):
            yield from _examples(passage, place)
            passage = []
            wrong = fault(pair, known="")
        if wrong:
            yield from rejects(*wrong)
        else:
            passage.append(pair)
    if passage:
        yield from _examples(passage, place)


def _is_enough(passage: Sequence[Line]) -> bool:
    """The first sentence decides how long its passage is to be."""
    wanted = PASSAGE_LENGTHS[hashlib.sha256(passage[0].classical.encode()).digest()[0] % len(PASSAGE_LENGTHS)]
    length = sum(len(line.classical) for line in passage)
    return len(passage) >= MOST_SENTENCES or (len(passage) > 1 and length >= wanted)


def fault(pair: Line, known: str) -> bilingual.Fault | None:
    return bilingual.fault(pair) or correspondence.fault(pair.classical, pair.modern, known)


def unlike_modern(pair: Line, section: str) -> bilingual.Fault | None:
    """Why a sound pair is no model of modern Chinese."""
    if _SUMS.search(section):
        return "technical", section
    return clausewise.fault(pair.classical, pair.modern) or modernity.fault(pair.classical, pair.modern)


def unfit(place: Mapping[str, str]) -> bilingual.Fault | None:
    if place["title"] in VERNACULAR:
        return "vernacular", place["title"]
    return ("loose_translation", place["title"]) if place["title"] in LOOSE else None


def rejects(reason: str, detail: str) -> list[Outcome]:
    return [Reject(dataset, reason, detail) for dataset in DATASETS]


# ---- examples


def _examples(lines: Sequence[Line], place: dict[str, str]) -> list[Outcome]:
    """The passage in classical Chinese as a whole; in modern Chinese the runs of its sentences that are fit for it."""
    outcomes: list[Outcome] = []
    for unlike, run in groupby(lines, partial(unlike_modern, section=place["section"])):
        if unlike:
            outcomes += [Reject(TO_MODERN, *unlike) for _ in run]
        else:
            outcomes.append(_example(TO_MODERN, list(run), place))
    return [*outcomes, _example(TO_CLASSICAL, lines, place)]


def _example(dataset: str, lines: Sequence[Line], place: dict[str, str]) -> Example:
    old, new = (ended("".join(side)) for side in zip(*((line.classical, line.modern) for line in lines), strict=True))
    text, answer = (old, new) if dataset == TO_MODERN else (new, old)
    raw = "".join(line.raw[dataset == TO_MODERN] for line in lines)
    is_passage = len(lines) > 1
    name, choices = _templates(dataset, is_passage, text, place["title"])
    request = fill(f"classical.{name}", choices, f"{dataset}\0{text}", text=text, book=place["title"])
    return Example(
        dataset,
        (user(request.text), assistant(answer)),
        original=raw if raw != answer else "",
        template=request.label,
        kind=_kind(old, new, is_passage),
        same_as=key(old),
        linked=tuple(f"classical:{key(line.classical)}" for line in lines),
        title_key="" if is_passage else _masked(old),
        source_text=text,
        notes=("cleaned",) if any(line.is_changed for line in lines) else (),
        document=place["document"],
        attribution=place.get("attribution", ""),
        title=place["title"],
        section=place["section"],
    )


def ended(text: str) -> str:
    return text[:-1] + "。" if text.endswith("；") else text


def _kind(old: str, new: str, is_passage: bool) -> str:
    if is_passage:
        return "passage"
    if han_count(old) < SHORT:
        return "short"
    return "close" if correspondence.new_share(old, new) < CLOSE else "sentence"


def _masked(text: str) -> str:
    """What sentences share that say the same of different days and numbers; nothing for a long one."""
    return _NUMBER.sub("〇", _DATE.sub("〇", text)) if len(text) <= MASKED else ""


def _templates(dataset: str, is_passage: bool, text: str, book: str) -> tuple[str, Sequence[str]]:
    name = ("PASSAGE" if is_passage else "SENTENCE") + ("_TO_MODERN" if dataset == TO_MODERN else "_TO_CLASSICAL")
    if book and hashlib.sha256(f"book {text}".encode()).digest()[0] % NAMED_IN == 0:
        name += "_FROM" if dataset == TO_MODERN else "_LIKE"
    choices: Sequence[str] = getattr(templates, name)
    # quotation marks around what has its own are what nobody writes
    return name, [choice for choice in choices if "“" not in text or "“{text}”" not in choice]
