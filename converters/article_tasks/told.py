"""Does a text tell what a lead says? Its numbers, its names and those of its subject all, of its words most."""

from __future__ import annotations

import re

from converters.article_tasks import coverage

LEAST_SHARE = 0.55  # of the content pairs of a lead
LEAST_CLAUSE_SHARE = 0.45  # of a clause that has enough pairs to tell
FEWEST_PAIRS = 3
LONGEST_UNKNOWN = 3  # characters in a row; a longer run is a name or a thing that the body does not speak of

_CLAUSES = re.compile("[^，。！？；：\n]+")
_FIRST_SENTENCE = re.compile("[^。！？\n]+")
# 简称沪、别称申; 又称为阴户、外阴: each of these names must be read somewhere
_OTHERWISE = re.compile(
    "(?:简称|别称|又称|亦称|也称|或称|俗称|古称|旧称|雅称|全称|统称|合称|通称|别名|又名|亦名|原名|本名|旧名|学名|俗名|昵称|绰号|外号|又叫|也叫|或叫|称为|称作|叫做|名为|(?<=[，、])或)"
    "(?:为|作|做)?(?:[：:]?)([^，。；（）]+)"
)
_PARTS = re.compile("[、和及与或/]|以及|“|”|‘|’")
# 是中华人民共和国直辖市: the word for what it is
_WHAT_IT_IS = re.compile("(?:是|为|系|属于)[^，。；：]*?([\u4e00-\u9fff]{2})(?:之一)?(?=[，。；：（、]|\\Z)")


def untold(lead: str, title: str, shown: str) -> str:
    """What a reader of `shown` could not know, or ""."""
    new = coverage.numbers(lead) - coverage.numbers(shown) | coverage.names(lead) - coverage.names(shown)
    if new - coverage.names(title):
        return f"not in the body: {', '.join(sorted(new))[:60]}"
    known = coverage.pairs(shown) | coverage.pairs(title)
    share = coverage.share_of_pairs(lead, known)
    if share < LEAST_SHARE:
        return f"{share:.2f} of its words stand in the body"
    clauses: list[str] = _CLAUSES.findall(lead)
    for clause in clauses[1:]:  # the first says what the subject is: no body repeats all of that
        if len(coverage.pairs(clause)) >= FEWEST_PAIRS and coverage.share_of_pairs(clause, known) < LEAST_CLAUSE_SHARE:
            return clause[:40]
        new_thing = coverage.longest_unknown(clause, known)
        if len(new_thing) > LONGEST_UNKNOWN:
            return new_thing
    return _untold_name(lead, shown + title)


def _untold_name(lead: str, known: str) -> str:
    for match in _OTHERWISE.finditer(lead):
        for name in filter(None, map(str.strip, _PARTS.split(match[1]))):
            if name not in known:
                return f"another name: {name[:20]}"
    found = _WHAT_IT_IS.search(next(iter(_FIRST_SENTENCE.findall(lead)), ""))
    return f"what it is: {found[1]}" if found and found[1] not in known else ""


def tells_all(lead: str, title: str, shown: str) -> bool:
    """True where no word of a lead is new: only then may a request forbid to say what does not stand in it."""
    return coverage.share_of_pairs(lead, coverage.pairs(shown) | coverage.pairs(title)) == 1.0
