"""NaturalConv: two students chat about an article, 20 utterances each; the assistant is the one who quotes it more.

The release holds the dialogues and the addresses of the articles, not their text. A dialogue is only usable with its
article: put it beside the dialogue as `document`, a text or {"title", "text"}.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from converters.contract import Context, Outcome, Reject
from converters.sources.dialogue import grounding
from converters.sources.dialogue.knowledge import Fact
from converters.sources.dialogue.spacing import is_spaced, joined
from converters.sources.dialogue.stretches import QUESTION, Manner, Said, best
from converters.sources.dialogue.turns import MOST_CHARACTERS, finished, shortened, spoken
from converters.templates import dialogue as templates
from converters.templates import fill
from converters.text import tidy

DATASET = "dialogue_knowledge"
LONGEST_ARTICLE = 3_000  # characters; a longer one leaves no room for the talk
QUOTED = 4  # characters in a row that an utterance and the article share


def matches(record: Any) -> bool:
    return (
        isinstance(record, dict)
        and {"dialog_id", "document_id", "content"} <= set(record)
        and isinstance(record["content"], list)
        and all(isinstance(utterance, str) for utterance in record["content"])
    )


def convert(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    title, article = _article(record)
    if not article:
        return [Reject(DATASET, "no_article", "put the article beside the dialogue as document: {title, text}")]
    if len(article) > LONGEST_ARTICLE:
        return [Reject(DATASET, "article_too_long", f"{len(article)} characters")]
    fact = Fact(title, "新闻", article)
    said = [_said(utterance, fact) for utterance in record["content"]]
    stretch = best(said, title + article, Manner(opens=lambda text: True, begins=begins))
    if isinstance(stretch, tuple):
        return [Reject(DATASET, *stretch)]
    pairs = shortened([answer.pair for answer in stretch], room=MOST_CHARACTERS - LONGEST_ARTICLE - 200)
    known = f"《{title}》\n{article}" if title else article
    prompt = fill("dialogue.NEWS", templates.NEWS, by="".join(pair.user for pair in pairs), known=known)
    notes = ("part_of_dialogue",) if len(pairs) < len(said) // 2 else ()
    document = f"dialogue:naturalconv:{record['document_id']}"
    return [finished(DATASET, prompt, pairs, context, document=document, kind="news", notes=notes)]


def _article(record: dict[str, Any]) -> tuple[str, str]:
    document = record.get("document")
    if isinstance(document, dict):
        return spoken(str(document.get("title") or "")), tidy(str(document.get("text") or ""))
    return "", tidy(document) if isinstance(document, str) else ""


def _said(utterance: str, article: Fact) -> Said:
    text = spoken(joined(utterance) if is_spaced(utterance) else utterance)
    quotes = grounding.shared(text, article.value, QUOTED) or bool(
        grounding.numbers(text) & grounding.numbers(article.value)
    )
    return Said(text, (article,) if quotes else ())


_REPLIES = re.compile(
    r"^(?:嗯|哦|噢|啊|哇|哈|是|对|不|没|当然|知道|看过|那|也|还|好|确实|而|所以|因为|其实|真|原来|可|但|就)"
)


def begins(text: str) -> bool:
    """True where the talk may begin inside: the article stands in the prompt, so a question about it is understood."""
    return QUESTION.search(text) is not None and _REPLIES.search(text) is None
