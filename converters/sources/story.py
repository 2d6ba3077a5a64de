"""Stories written by people: LOT (thu-coai/LOT-LongLM), told from an outline, continued, and given a title.

Stories that someone asks a model for are moved here from BELLE and Alpaca by those sources (`belle_story`,
`alpaca_zh_story`). LOT states no licence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from converters.contract import (
    ByHand,
    Context,
    Dataset,
    Download,
    Example,
    Format,
    Outcome,
    Reject,
    Source,
    assistant,
    user,
)
from converters.conversations import plots, proof
from converters.digests import digest
from converters.passage import Lengths, Passage, Passages, Refusal
from converters.script import simplified_modern
from converters.templates import fill
from converters.templates import story as templates
from converters.text import HAN, key, one_line, punctuated, tidy

OUTLINE, CONTINUE, TITLE = "story_outline", "story_continue", "story_title"

_GAP = re.compile(r"[<\[]mask[>\]]", re.IGNORECASE)
_SENTENCE = re.compile("[^。！？!?…]+[。！？!?…]+[”’」』）)]*")
LEAST_PHRASES = 3
LEAST_FOLLOWED = 0.8  # share of an outline's phrases that stand in the story
LONGEST_OPENING = 0.4  # share of the story
LEAST_OPENING = 15  # characters
LEAST_CONTINUATION = 60
TITLE_LENGTHS = range(2, 16)
_TITLE = re.compile(f"[{HAN}A-Za-z0-9，、“”‘’·—！？ ]+")
_NO_TITLE = re.compile(
    "故事大全|睡前故事|寓言故事|童话故事|第[一二三四五六七八九十百\\d]+[集章回节部]|作文|[（(]|无题|读后感|\\d{2,}|之[一二三四五]$"
)


def _is_outgen(record: Any) -> bool:
    return isinstance(record, dict) and {"story", "outline"} <= record.keys()


def _is_plotcom(record: Any) -> bool:
    return isinstance(record, dict) and {"story", "plot"} <= record.keys()


def _is_clozet(record: Any) -> bool:
    return isinstance(record, dict) and {"story", "plot0", "plot1", "label"} <= record.keys()


def _is_senpos(record: Any) -> bool:
    return isinstance(record, dict) and {"story", "sentence", "label"} <= record.keys()


def from_outgen(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`story`, `outline` (phrases of it in no order), `title`."""
    outline, title = record["outline"], record.get("title") or ""
    texts = [record["story"], title, *(outline if isinstance(outline, list) else [None])]
    if not all(isinstance(text, str) for text in texts):
        return _everywhere("missing_columns", "story and title must be texts, outline a list of texts")
    story, title = _clean(record["story"], context), one_line(_clean(title, context))
    fault = proof.fault(story)
    if fault:
        return _everywhere(*fault)
    title = title if _title_fault(title, story) is None else ""
    phrases = [one_line(_clean(phrase, context)) for phrase in outline]
    return [
        _from_outline(story, phrases, title),
        _continued(story, title),
        _titled(story, record.get("title") or "", title),
    ]


def passages_of_outgen(record: dict[str, Any], context: Context, _: Lengths) -> Passages:
    """The story, with its title where something of it stands in the story."""
    if not isinstance(record["story"], str):
        return [Refusal("missing_columns", "a story that is a text")]
    story, title = _clean(record["story"], context), one_line(_clean(str(record.get("title") or ""), context))
    return [_whole(story, title if _title_fault(title, story) is None else "")]


def passages_of_plotcom(record: dict[str, Any], context: Context, _: Lengths) -> Passages:
    return [_whole_filled(record["story"], record["plot"], context)]


def passages_of_clozet(record: dict[str, Any], context: Context, _: Lengths) -> Passages:
    return [_whole_filled(record["story"], record.get(f"plot{record['label']}"), context)]


def _whole_filled(story: Any, sentence: Any, context: Context) -> Passage | Refusal:
    text = _filled(story, sentence, context)
    return Refusal("missing_columns", "a story with one <MASK> and its sentence") if text is None else _whole(text, "")


def _whole(story: str, title: str) -> Passage | Refusal:
    fault = proof.fault(story)
    return Refusal(*fault) if fault else Passage(story, _document(story), "story", title)


def from_plotcom(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`story` with <MASK> where the sentence `plot` was taken out: the whole story is to be continued."""
    return _from_filled(record["story"], record["plot"], context)


def from_clozet(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`story` with <mask> and two sentences, of which `label` names the one that was taken out."""
    return _from_filled(record["story"], record.get(f"plot{record['label']}"), context)


def _from_filled(story: Any, sentence: Any, context: Context) -> Sequence[Outcome]:
    whole = _filled(story, sentence, context)
    if whole is None:
        return [Reject(CONTINUE, "missing_columns", "a story with one <MASK> and the sentence that belongs there")]
    fault = proof.fault(whole)
    return [Reject(CONTINUE, *fault) if fault else _continued(whole, "")]


def _filled(story: Any, sentence: Any, context: Context) -> str | None:
    if not isinstance(story, str) or not isinstance(sentence, str) or len(_GAP.findall(story)) != 1:
        return None
    return _clean(_GAP.sub(lambda gap: tidy(sentence), story), context)


def _everywhere(reason: str, detail: str) -> list[Outcome]:
    return [Reject(name, reason, detail) for name in (OUTLINE, CONTINUE, TITLE)]


def _clean(text: str, context: Context) -> str:
    text = punctuated(tidy(text)).replace("——－", "——").replace("－－", "——")
    return simplified_modern(text) if context.script == "simplified" else text


_TEASER = re.compile("(?:后来|到底|究竟|有没有|会不会)[^。！？]*[？?]")


# ---- the three tasks


def _from_outline(story: str, phrases: Sequence[str], title: str) -> Outcome:
    """The clauses of which the phrases are, in the order of the story."""
    wanted = [phrase for phrase in dict.fromkeys(phrases) if len(phrase) > 1]
    found = sorted((phrase for phrase in wanted if phrase in story), key=story.index)
    if len(found) < LEAST_PHRASES or len(found) < LEAST_FOLLOWED * len(wanted):
        return Reject(OUTLINE, "outline_not_followed", f"{len(found)} of {len(wanted)} phrases stand in the story")
    clauses = plots.outline(story, found)
    if len(clauses) < LEAST_PHRASES:
        return Reject(OUTLINE, "no_outline", f"{len(clauses)} clauses with {len(found)} phrases tell both halves of it")
    outline = "；".join(clauses)
    if title:
        filled = fill("story.TITLED_OUTLINE", templates.TITLED_OUTLINE, by=key(story), outline=outline, title=title)
    else:
        filled = fill("story.OUTLINE", templates.OUTLINE, by=key(story), outline=outline)
    return _example(OUTLINE, filled.text, story, story, title=title, template=filled.label)


def _continued(story: str, title: str) -> Outcome:
    cut = _opening_end(story)
    opening, rest = story[:cut].strip(), story[cut:].strip()
    if not opening or _TEASER.search(opening):
        return Reject(CONTINUE, "no_opening", story[:60])
    if len(re.findall(f"[{HAN}]", rest)) < LEAST_CONTINUATION:
        return Reject(CONTINUE, "short_story", f"{len(rest)} characters would be left to continue")
    if title:
        filled = fill("story.TITLED_CONTINUE", templates.TITLED_CONTINUE, by=key(story), opening=opening, title=title)
    else:
        filled = fill("story.CONTINUE", templates.CONTINUE, by=key(story), opening=opening)
    return _example(CONTINUE, filled.text, rest, story, title=title, template=filled.label)


def _opening_end(story: str) -> int:
    """Behind the first sentences that set the scene; 0 if they are most of the story or break off in a speech."""
    for sentence in _SENTENCE.finditer(story):
        end = sentence.end()
        if end > LONGEST_OPENING * len(story):
            return 0
        speaks_on = story[:end].count("“") != story[:end].count("”")
        speaker_follows = story[end - 1] in "”’」』" and not story.startswith("\n", end)  # “…。”他说
        if end >= LEAST_OPENING and not speaks_on and not speaker_follows:
            return end
    return 0


def _titled(story: str, written: str, title: str) -> Outcome:
    if not title:
        return Reject(TITLE, _title_fault(one_line(written), story) or "odd_title", written)
    filled = fill("story.TITLE", templates.TITLE, by=key(story), story=story)
    return _example(TITLE, filled.text, f"《{title}》", story, title=title, template=filled.label)


def _title_fault(title: str, story: str) -> str | None:
    """A title can be found only if something of it stands in the story."""
    if len(title) not in TITLE_LENGTHS or not _TITLE.fullmatch(title) or _NO_TITLE.search(title):
        return "odd_title"
    pairs = {title[place : place + 2] for place in range(len(title) - 1)}
    return None if any(pair in story for pair in pairs) else "title_not_in_story"


def _example(dataset: str, request: str, answer: str, story: str, *, title: str, template: str) -> Example:
    messages = (user(request), assistant(answer))
    return Example(dataset, messages, document=_document(story), title=title, template=template)


def _document(story: str) -> str:
    return f"story:{digest(key(story).encode()).hex()[:16]}"


SOURCE = Source(
    name="story",
    group="task",
    licence="LicenseRef-unstated",
    origin="https://github.com/thu-coai/LOT-LongLM",
    formats=(
        Format("outgen", "LOT's OutGen: story, outline, title", "record", _is_outgen, from_outgen, passages_of_outgen),
        Format(
            "plotcom",
            "LOT's PlotCom: story with <MASK>, plot",
            "record",
            _is_plotcom,
            from_plotcom,
            passages_of_plotcom,
            datasets=(CONTINUE,),
        ),
        Format(
            "clozet",
            "LOT's ClozeT: story with <mask>, plot0, plot1, label",
            "record",
            _is_clozet,
            from_clozet,
            passages_of_clozet,
            datasets=(CONTINUE,),
        ),
        Format(
            "senpos",
            "LOT's SenPos: story, sentence, label",
            "record",
            _is_senpos,
            unsupported="its texts are cut out of novels and have no beginning and no end",
        ),
    ),
    datasets=(
        Dataset(OUTLINE, "tell a story from an outline", 0.004, "story"),
        Dataset(CONTINUE, "continue a story to its end", 0.012, "story"),
        Dataset(TITLE, "find a title for a story", 0.004, "heading"),
    ),
    wanted=("outgen/train.jsonl", "plotcom/train.jsonl", "clozet/train.jsonl (all from LOT)"),
    downloads=(
        Download(
            "LOT",
            ByHand("no licence is stated, and the data are on a drive", "https://github.com/thu-coai/LOT-LongLM"),
            "LicenseRef-unstated",
        ),
    ),
)
