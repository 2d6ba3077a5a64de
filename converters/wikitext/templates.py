"""What a template shows in running text, for the templates of the Chinese Wikipedia whose content matters.

A template that is not in these tables leaves a hole, or a block where it is a box of several lines: no text is guessed.
The names stand in `template_names`, what is done with the arguments in `template_contents`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from converters.wikitext import template_contents
from converters.wikitext import template_names as names
from converters.wikitext.marks import BLOCK, HOLE, PIPE
from converters.wikitext.template_contents import Arguments
from converters.wikitext.variants import Rule, Rules, parse

_LINK = re.compile(r"\[\[[^\[\]]*\]\]")
_NAMED = re.compile(r"\s*([^=<>\[\]{}]{1,40}?)\s*=(.*)", re.DOTALL)


def shown(body: str, title: str, rules: Rules) -> str:
    """What {{body}} shows. `rules` receives what NoteTA defines; `title` is what {{PAGENAME}} shows."""
    head, bar, rest = body.partition("|")
    name, fixed = _recognized(head)
    if fixed is not None:
        return fixed
    if name == "noteta":
        return _note_ta(arguments(rest), rules)
    if name in ("pagename", "fullpagename", "basepagename", "subpagename", "本页名称"):
        return title
    if name.startswith(("formatnum:", "lc:", "uc:", "lcfirst:", "ucfirst:", "nowrap:")):
        return head.partition(":")[2].strip()
    content = template_contents.of(name)
    if content is not None:
        return content(arguments(rest) if bar else {})
    return BLOCK if "\n" in body or names.BOX.search(name) else HOLE


@lru_cache(maxsize=4096)
def _recognized(head: str) -> tuple[str, str | None]:
    """The template's name in its plain form, and what it shows whatever its arguments are, or None."""
    name = head.strip().replace("_", " ").lower().removeprefix("template:").removeprefix("模板:").removeprefix("subst:")
    if name in names.NOTHING or name.startswith(names.NOTHING_BEGINS):
        return name, ""
    return name, names.SYMBOLS.get(name, BLOCK if name in names.APART else None)


def arguments(rest: str) -> dict[str, str]:
    """The arguments after the name, positional ones as "1", "2" …; a | inside a link parts nothing."""
    if "[[" in rest:
        rest = _LINK.sub(lambda match: match[0].replace("|", PIPE), rest)
    found: dict[str, str] = {}
    place = 0
    for part in rest.split("|"):
        named = _NAMED.match(part) if "=" in part else None
        if named:
            key, value = named[1], named[2].strip()
        else:
            place += 1
            key, value = str(place), part.strip()
        found[key] = value.replace(PIPE, "|") if PIPE in value else value
    return found


def _note_ta(given: Arguments, rules: Rules) -> str:
    """{{NoteTA|T=…|1=…|2=…}}: rules for the whole page, as -{H|…}- and -{T|…}- would be."""
    choices = parse(given["T"]) if given.get("T") else None
    if choices is not None:
        rules.title = choices.shown() or rules.title
    marks = []
    for key, value in given.items():
        found = parse(value) if key.isdigit() and value else None
        if found is not None:
            marks.append(rules.add(Rule(found.words())))
        elif key.isdigit() and value and ":" not in value:
            marks.append(rules.add(Rule({value: value})))
    return "".join(marks)
