"""What a row asks for and answers, why there is none, and which parts of an article are asked about."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from converters.passage import Refusal as Refusal
from converters.wikitext.article import Article, Section

LONGEST_REQUEST = 2900  # characters of the article in a request
LONGEST_ANSWER = 800  # characters
MOST_ROWS = 2  # of one task from one article

T = TypeVar("T")
_APPARATUS = re.compile(
    "参考|注释|注解|注记|注脚|脚注|备注|附注|来源|出处|外部|链接|连结|连接|相关条目|相关项目|参见|另见|参看|参阅|延伸阅读|扩展阅读|进阶阅读"
    "|书目|文献|图集|图库|画廊|图片|相册|图像|资料|作品列表|作品年表|年表|列表|名单|一览|荣誉|奖项|获奖|演出作品|音乐作品|影视作品"
    "|主要作品|著作|作品$|统计|数据|纪录|记录$|赛果|成员$|歌单|曲目|发行|收视"
)


@dataclass(frozen=True, slots=True)
class Task:
    """One row: what the template needs, what is answered, and where it stands in the article."""

    templates: str
    values: dict[str, str]
    answer: str
    section: str = ""
    kind: str = ""
    title_key: str = ""
    notes: tuple[str, ...] = ()  # what was changed in the answer


def place_of(text: str, count: int) -> int:
    """A number below `count` that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") % count


def of_subject(section: Section) -> bool:
    return not any(map(_APPARATUS.search, (section.title, *section.path)))


def shuffled(candidates: Sequence[T], article: Article) -> list[T]:
    """In an order that only the article's id decides: which rows an article gives depends on no other article."""
    order = random.Random(f"wiki:{article.id}")
    return order.sample(candidates, len(candidates))


def some(tasks: Iterable[Task | Refusal]) -> list[Task | Refusal]:
    """The first MOST_ROWS that are none of a refusal, or the first refusal."""
    found: list[Task | Refusal] = []
    refusal: list[Task | Refusal] = []
    for task in tasks:
        if isinstance(task, Refusal):
            refusal = refusal or [task]
            continue
        found.append(task)
        if len(found) == MOST_ROWS:
            break
    return found or refusal
