"""Which pages of namespace 0 are no articles to learn from: redirects, disambiguations, lists, dates and years."""

from __future__ import annotations

import re

from converters.wikitext.article import Article

_REDIRECT = re.compile(r"\s*#\s*(?:redirect|重定向|重新導向)\s*[:：]?\s*\[\[", re.IGNORECASE)
_DISAMBIGUATION = re.compile(
    r"\{\{\s*(?:template:)?\s*(?:(?:人名|地名|姓名|车站|車站|學校|学校|字母|數字|数字|缩写|縮寫|道路|作品)?消歧[义義][页頁]?|disambig(?:uation)?[^{}|]{0,8}|disamb|dab|hndis|geodis|多义|多義"
    r"|tla|3cc|2cc|4cc|letter-num(?:ber)?combdisambig|人名消歧[义義]|surname|姓氏?索引|歧義頁|set index[^{}|]*)\s*[|}]"
    r"|__(?:DISAMBIG|消歧义|消歧義)__",
    re.IGNORECASE,
)
_DISAMBIGUATION_LEAD = re.compile(
    r"(?:可以|可能|一般|通常|还可|亦可|也可|又可)?(?:是?指|有以下|可指|指的是)[^。]{0,24}[：:]\s*$|可以(?:是)?指[：:]|有以下[^。]{0,12}(?:意思|含义|解释|用法)"
)
_LIST_TITLE = re.compile(
    r"(?:列表|名单|名單|年表|一览|一覽|索引|目录|目錄|大事记|大事記|编年史)(?:\s*[（(].*)?$|列表|^列表"
)
_DATE_TITLE = re.compile(
    r"(?:公元)?前?\d{1,4}年(?:代)?(?:\d{1,2}月(?:\d{1,2}日)?)?$|\d{1,2}月(?:\d{1,2}日)?$|(?:公元)?前?\d{1,2}世[纪紀](?:\d0年代)?$"
    r"|\d+年[^，。]{0,12}(?:电影|電影|音乐|音樂|逝世|大事|体育|體育|電視|电视|文学|文學)$|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]$"
)

FEWEST_CHARACTERS = 60  # of whole paragraphs; a stub below it gives nothing


def of_markup(title: str, markup: str) -> tuple[str, str] | None:
    """Reason and detail for a page that is told by its markup, or None."""
    if _REDIRECT.match(markup[:40]):
        return "redirect", markup[:60]
    found = _DISAMBIGUATION.search(markup)
    if found:
        return "disambiguation", found[0]
    return of_title(title)


def of_title(title: str) -> tuple[str, str] | None:
    if title.endswith(("(消歧义)", "(消歧義)", "（消歧义）", "（消歧義）")):
        return "disambiguation", title
    if _LIST_TITLE.search(title):
        return "list_page", title
    if _DATE_TITLE.match(title):
        return "date_page", title
    return None


def of_article(article: Article) -> tuple[str, str] | None:
    """What only the text tells: a lead that says what the title may mean, or next to no running text."""
    first = article.lead.paragraphs[0].text if article.lead.paragraphs else ""
    if len(first) < 60 and _DISAMBIGUATION_LEAD.search(first):
        return "disambiguation", first
    length = sum(len(p.text) for section in article.sections for p in section.paragraphs if p.whole)
    return ("too_little_text", f"{length} characters of whole paragraphs") if length < FEWEST_CHARACTERS else None
