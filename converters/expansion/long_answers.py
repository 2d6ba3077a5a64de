"""The long texts of a source's own examples: what an assistant wrote, in Chinese, whole, and to be read alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from converters.article_tasks.openings import hangs
from converters.contract import Example, Outcome
from converters.passage import Lengths, Passage, Refusal
from converters.text import punctuated
from converters.wikitext import prose

# A reply is no text: it speaks to somebody, about what he asked, or does his sums.
_SPEAKS_TO = re.compile(
    "[您你](?!死我活|追我赶|争我夺|来我往)|我们?(?:可以|需要|来|先|将|会为|建议|认为|无法)|题目|答案|上述|上文|以上(?!的)"
    "|^(?:好的|当然|是的|不是|没问题|非常好|很[好高抱])"
)
_EQUATION = re.compile(r"\d\s*[+\-−×÷*/=＝]\s*[\d(（]")
_TURN = re.compile(r"^[A-Za-z\u4e00-\u9fff]{1,8}\s?\d?[：:]\s?\S")
FEWEST_TURNS = 2
_ELSEWHERE = re.compile(r"[图表]\s?[（(]?\s?(?:\d|Table|Fig)|（[图表]）|附[录表图件]|题目中")


def long_answers(outcomes: Iterable[Outcome], source: str, lengths: Lengths) -> Iterator[Passage | Refusal]:
    """Of examples that the source has filtered already; its rejects stay rejected, for their reasons."""
    for outcome in outcomes:
        if not isinstance(outcome, Example):
            yield Refusal(outcome.reason, outcome.detail)
            continue
        for answer in _answers(outcome):
            text = _in_paragraphs(answer)
            fault = ("too_short", text[:40]) if len(text) < lengths.shortest else text_fault(text)
            yield Refusal(*fault) if fault else _passage(text, outcome, source)


def _answers(example: Example) -> Iterator[str]:
    if example.chosen is not None:
        yield example.chosen.content
        return
    for message in example.messages:
        if message.role == "assistant":
            yield message.content


def _in_paragraphs(text: str) -> str:
    return "\n".join(punctuated(line.strip()) for line in text.split("\n") if line.strip())


def text_fault(text: str) -> tuple[str, str] | None:
    """Why a text is no passage: no running prose in whole paragraphs, or a reply that leans on its question."""
    paragraphs = text.split("\n")
    if hangs(paragraphs[0]):
        return "opens_in_mid_air", text[:40]
    for reason, pattern in (("is_a_reply", _SPEAKS_TO), ("calculation", _EQUATION), ("elsewhere", _ELSEWHERE)):
        found = pattern.search(text)
        if found:
            return reason, text[max(0, found.start() - 10) : found.end() + 10]
    if sum(_TURN.match(line) is not None for line in paragraphs) >= FEWEST_TURNS:
        return "spoken_parts", text[:40]
    return next(filter(None, map(prose.fault, paragraphs)), None)


def _passage(text: str, example: Example, source: str) -> Passage:
    return Passage(
        text,
        example.document,
        source,
        title=example.title,
        section=example.section,
        author=example.author,
        licence=example.licence,
        attribution=example.attribution,
    )
