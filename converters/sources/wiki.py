"""The Chinese Wikipedia (XML dump, extracted text, Parquet): the lead, a heading and the next paragraph of an article.

The article always stands in the request; nobody is asked to write one from memory. What is read out of markup, and
where it leaves a hole, is decided in `converters.wikitext`; what an article asks for, in `converters.article_tasks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO, Any

from converters import article_tasks
from converters.article_tasks import Refusal, Task
from converters.contract import (
    Context,
    Dataset,
    Download,
    Example,
    Format,
    Hub,
    Outcome,
    Reject,
    Source,
    SourceError,
    Wikimedia,
    assistant,
    user,
)
from converters.passage import Lengths, Passages
from converters.script import has_traditional
from converters.templates import fill
from converters.templates import wiki as templates
from converters.wikitext import dump, extracted, kinds, layout
from converters.wikitext.article import Article

LEAD, HEADING, NEXT = "wiki_lead", "wiki_heading", "wiki_next"
DATASETS = (LEAD, HEADING, NEXT)
TITLE_CAP = 200  # rows with the same heading: 历史 and 地理 stand in every second article


# ---- one record → an article


def from_page(page: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """A page of a dump. What is no article is rejected once, under the first dataset; so are counts of other pages."""
    if dump.OTHER in page:
        return list(_passed_over(page))
    return _outcomes(_of_page(page, context), context)


def _of_page(page: dict[str, Any], context: Context) -> Article | Refusal:
    fault = kinds.of_markup(page["title"], page["text"])
    if fault:
        return Refusal(*fault)
    return _checked(layout.article(page["text"], page["title"], page["id"], page["url"], context.script))


def _passed_over(counts: dict[str, Any]) -> Iterator[Reject]:
    """One line for all redirects of a dump, and one for the pages of all other namespaces."""
    if counts[dump.REDIRECTS]:
        yield Reject(LEAD, "redirect", f"{counts[dump.REDIRECTS]} redirects")
    if counts[dump.OTHER]:
        others = ", ".join(f"{namespace}: {count}" for namespace, count in counts[dump.OTHER].items())
        yield Reject(LEAD, "other_namespace", f"pages by namespace: {others}")


def from_extracted(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """wikiextractor's JSON and wiki2019zh: the title in the first line, headings with a full stop or gone."""
    return _outcomes(_of_text(record, context, headings_in_blocks=False), context)


def from_hub(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """A row of wikimedia/wikipedia: no title in the text, headings in a line of their own."""
    return _outcomes(_of_text(record, context, headings_in_blocks=True), context)


def _of_text(record: dict[str, Any], context: Context, *, headings_in_blocks: bool) -> Article | Refusal:
    title, text = str(record["title"]).strip(), str(record["text"])
    fault = kinds.of_title(title)
    if fault:
        return Refusal(*fault)
    page_id, url = str(record["id"]), str(record["url"])
    article = extracted.article(text, title, page_id, url, context.script, headings_in_blocks=headings_in_blocks)
    return _checked(article)


def _checked(article: Article) -> Article | Refusal:
    fault = kinds.of_article(article)
    return Refusal(*fault) if fault else article


# ---- an article → passages, for questions that a language model writes


def passages_of_page(page: dict[str, Any], context: Context, lengths: Lengths) -> Passages:
    if dump.OTHER in page:
        return [Refusal(reject.reason, reject.detail) for reject in _passed_over(page)]
    return _passages(_of_page(page, context), context, lengths)


def passages_of_extracted(record: dict[str, Any], context: Context, lengths: Lengths) -> Passages:
    return _passages(_of_text(record, context, headings_in_blocks=False), context, lengths)


def passages_of_hub(record: dict[str, Any], context: Context, lengths: Lengths) -> Passages:
    return _passages(_of_text(record, context, headings_in_blocks=True), context, lengths)


def _passages(article: Article | Refusal, context: Context, lengths: Lengths) -> Passages:
    if isinstance(article, Refusal):
        yield article
        return
    for found in article_tasks.passages(article, lengths):
        if not isinstance(found, Refusal) and context.script == "simplified" and has_traditional(found.text):
            yield Refusal("traditional_characters", found.text[:40])
        else:
            yield found


# ---- an article → outcomes


def _outcomes(article: Article | Refusal, context: Context) -> Sequence[Outcome]:
    if isinstance(article, Refusal):
        return [Reject(LEAD, article.reason, article.detail)]
    notes = ("simplified",) if article.simplified else ()
    tasks: list[tuple[str, Task | Refusal]] = [(LEAD, article_tasks.lead(article))]
    tasks += [(HEADING, task) for task in article_tasks.headings(article)]
    tasks += [(NEXT, task) for task in article_tasks.continuations(article)]
    return [_outcome(dataset, _in_script(task, context), article, notes) for dataset, task in tasks]


def _in_script(task: Task | Refusal, context: Context) -> Task | Refusal:
    """What -{花壇}- keeps in the old script is right on a page, and wrong in an answer that is to be simplified."""
    if isinstance(task, Task) and context.script == "simplified" and has_traditional(task.answer):
        return Refusal("traditional_characters", task.answer[:40])
    return task


def _outcome(dataset: str, task: Task | Refusal, article: Article, notes: tuple[str, ...]) -> Outcome:
    if isinstance(task, Refusal):
        return Reject(dataset, task.reason, task.detail)
    prompt = fill(
        f"wiki.{task.templates}", getattr(templates, task.templates), f"{article.id}\0{task.answer}", **task.values
    )
    return Example(
        dataset,
        (user(prompt.text), assistant(task.answer)),
        document=f"wiki:{article.id}",
        attribution=article.url,
        title=article.title,
        section=task.section,
        kind=task.kind,
        template=prompt.label,
        title_key=task.title_key,
        notes=notes + task.notes,
    )


# ---- what a file is

_DOC = re.compile(rb'<doc\s[^>\n]*?\bid="[^"\n]*"')
_DOC_LINE = re.compile(r"<doc\s+(?P<attributes>.*)>\s*$")
_ATTRIBUTE = re.compile(r'(\w+)="(.*?)"(?=\s+\w+="|\s*$)')
_NEEDED = ("id", "url", "title", "text")


def _has_columns(record: Any) -> bool:
    return isinstance(record, dict) and all(isinstance(record.get(name), str | int) for name in _NEEDED)


def _is_extracted(record: Any) -> bool:
    if not _has_columns(record):
        return False
    return "revid" in record or str(record["text"]).lstrip().startswith(f"{record['title']}\n")


def _is_hub(record: Any) -> bool:
    return _has_columns(record) and "wiki" in str(record["url"]) and not _is_extracted(record)


def _is_page(record: Any) -> bool:
    return isinstance(record, dict) and (dump.OTHER in record or {"title", "text", "ns"} <= set(record))


def _begins_with_doc(head: bytes) -> bool:
    return _DOC.match(head.lstrip(b"\xef\xbb\xbf \t\r\n")) is not None


def _docs(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """`<doc id= url= title=>` … `</doc>`: the title in the first line, the attributes not escaped."""
    attributes: dict[str, str] | None = None
    lines: list[str] = []
    for raw in stream:
        line = raw.decode("utf-8", "replace").rstrip("\r\n").removeprefix("\ufeff")
        opened = _DOC_LINE.match(line) if line.startswith("<doc ") else None
        if opened and attributes is None:
            attributes, lines = dict(_ATTRIBUTE.findall(opened["attributes"])), []
        elif line.startswith("</doc>") and attributes is not None:
            yield {"id": "", "url": "", "title": "", **attributes, "text": "\n".join(lines)}
            attributes = None
        elif attributes is not None:
            lines.append(line)
    if attributes is not None:
        raise SourceError(
            f"article {attributes.get('id', '?')} ({attributes.get('title', '')})",
            expected="</doc> at its end",
            found="the end of the file",
            remedy="The file was probably cut: extract or fetch it again.",
        )


SOURCE = Source(
    name="wiki",
    group="foundation",
    licence="CC-BY-SA-4.0",
    origin="https://dumps.wikimedia.org/zhwiki/",
    formats=(
        Format(
            "dump",
            "MediaWiki export: zhwiki-*-pages-articles*.xml.bz2, single or multistream, export-0.10 and 0.11",
            "stream",
            _is_page,
            from_page,
            passages_of_page,
            begins=dump.begins,
            records=dump.pages,
        ),
        Format(
            "wikiextractor_doc",
            "wikiextractor's text: <doc id= url= title=> … </doc> in AA/wiki_00",
            "stream",
            _has_columns,
            from_extracted,
            passages_of_extracted,
            begins=_begins_with_doc,
            records=_docs,
        ),
        Format(
            "wikiextractor_json",
            "wikiextractor --json and wiki2019zh: id, (revid,) url, title, text; one object a line in AA/wiki_00",
            "record",
            _is_extracted,
            from_extracted,
            passages_of_extracted,
            has_columns=_has_columns,
        ),
        Format(
            "hub",
            "wikimedia/wikipedia 20231101.zh: rows with id, url, title, text",
            "record",
            _is_hub,
            from_hub,
            passages_of_hub,
            has_columns=_has_columns,
        ),
    ),
    datasets=(
        Dataset(LEAD, "write the lead of an article from its body", 0.04, "summary"),
        Dataset(HEADING, "give a section its heading, or find it among others", 0.3, "heading"),
        Dataset(NEXT, "write the next paragraph from the ones before", 0.15, "continuation"),
    ),
    wanted=(
        "zhwiki-latest-pages-articles-multistream.xml.bz2",
        "or the folder of wikiextractor or wiki2019zh (AA/wiki_00 …)",
        "or the Parquet files of wikimedia/wikipedia, 20231101.zh",
    ),
    ignored={
        "*-multistream-index*": "where the streams of a multistream dump begin",
        "*.sql*": "tables of links, not articles",
        "*-abstract*": "abstracts, not articles",
        "*-pages-meta-*": "all revisions: take pages-articles",
    },
    title_cap=TITLE_CAP,
    downloads=(
        Download(
            "zhwiki",
            Wikimedia(
                "zhwiki",
                "zhwiki-*-pages-articles-multistream.xml.bz2",
                look="zhwiki-*-pages-articles-multistream1.xml-p*.bz2",
            ),
            "CC-BY-SA-4.0",
            "the newest dump",
            size=3_500_000_000,
        ),
        Download(
            "wikipedia-20231101.zh",
            Hub("wikimedia/wikipedia", files=("20231101.zh/*.parquet",)),
            "CC-BY-SA-3.0",
            "extracted texts, with the holes that templates leave",
            size=1_722_000_000,
            usual=False,
        ),
    ),
)
