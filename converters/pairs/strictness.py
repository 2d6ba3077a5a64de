"""What is asked of a pair beyond that nothing shows it to be wrong: evidence that each side says what the other says.

Of Tatoeba, that hardly a word is without a counterpart and that the small words agree. Of text from the web, where two
pairs in five are loose, a machine's or no English, that the pair is one plain clause in which every word has its
counterpart. That leaves one pair in four hundred; one in six of them is still no translation that anyone would be glad
of. How much a model of words (IBM model 1) expects the Chinese was tried and told good pairs from bad no better.
"""

from __future__ import annotations

import re

from converters.pairs.evidence import evidence, is_han, surprises
from converters.pairs.lexicon import meaning
from converters.pairs.pair_checks import PAIR_CHECKS, units
from converters.pairs.parallel import Checks, Pair
from converters.pairs.particulars import (
    other_certainty,
    other_contrast,
    other_day,
    other_frequency,
    other_gender,
    other_half,
    other_number,
    other_part_of_day,
    other_person,
    unrendered,
    untranslated_name,
    word_by_word,
)
from converters.script import simplified_modern

# Tatoeba: another sentence, or one that is rendered so freely, has several words without a counterpart on both sides.
FREE = ((2, 3), (1, 4))  # words of English, characters of Chinese

# The web: so many words, and for each of them so many Chinese characters.
FEWEST_WORDS, MOST_WORDS = 6, 20
FEWEST_CHARACTERS_A_WORD, MOST_CHARACTERS_A_WORD = 1.0, 2.2
ONE_STRANGE_IN = 10  # characters


def _ends_otherwise(pair: Pair) -> str:
    """A Chinese question, or a sentence that trails off, of an English statement."""
    end = re.search("？$|…+$", pair.chinese.rstrip("”」"))
    stated = re.search(r"(?<!\.)\.$", pair.english.rstrip("\"'”"))
    return pair.chinese[-20:] if end and stated else ""


def _particulars(pair: Pair) -> str:
    checks = (
        other_person,
        other_gender,
        other_number,
        other_day,
        other_part_of_day,
        other_frequency,
        other_half,
        other_certainty,
        other_contrast,
        unrendered,
    )
    chinese = simplified_modern(pair.chinese)
    return next((found for differs in checks if (found := differs(pair.english, chinese))), "")


def _word_by_word(pair: Pair) -> str:
    return word_by_word(pair.english, simplified_modern(pair.chinese))


def _rare_character(pair: Pair) -> str:
    """A character that no everyday sentence has, or the half of one: a slip of the keyboard (兿 for 艺)."""
    simplified = simplified_modern(pair.chinese)
    return next((character for character in simplified if is_han(character) and not _is_common(character)), "")


def _is_common(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _untranslated_name(pair: Pair) -> str:
    return untranslated_name(pair.chinese)


_GAP = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")
_BRACKETS = re.compile("[（）()]")
_INTERROGATIVE = re.compile("[吗呢吧么谁哪几何怎多啥啊否]|(.)[不没]\\1|[没不]有？|还是|是否|难道|不是|不？")
_ASKS_WHAT = re.compile(r"(?:What|When|Where|Who|Whose|Whom|Why|Which)\b")


def _unpunctuated(pair: Pair) -> str:
    """A space where a comma belongs; an aside in brackets that only one side has."""
    found = _GAP.search(pair.original)
    if found and "words_joined" not in pair.notes:
        return pair.original[max(0, found.start() - 5) : found.end() + 5]
    return pair.chinese[:20] if bool(_BRACKETS.search(pair.english)) != bool(_BRACKETS.search(pair.chinese)) else ""


def _asks_otherwise(pair: Pair) -> str:
    """A question on one side alone; 吗 after a question that no yes answers; a Chinese question by its mark alone."""
    chinese = simplified_modern(pair.chinese)
    wrong_particle = _ASKS_WHAT.match(pair.english) and chinese.endswith("吗？")
    bare = chinese.endswith("？") and not _INTERROGATIVE.search(chinese)
    return pair.chinese[-20:] if wrong_particle or bare else _one_asks(pair)


def _free(pair: Pair) -> str:
    found = evidence(pair.english, pair.chinese)
    if not found.unknown and any(
        len(found.missing) >= words and len(found.strange) >= characters for words, characters in FREE
    ):
        return _without_counterpart(found.missing, found.strange)
    return ""


def _without_counterpart(missing: tuple[str, ...], strange: str) -> str:
    return f"without a counterpart: {', '.join((*missing, *strange))}"


# ---- text from the web

_PLAIN_ENGLISH = re.compile(r"[A-Z](?:[A-Za-z0-9 '’%$-]|(?<=\d)[,.](?=\d))*[A-Za-z0-9%][.!?]")
_PLAIN_CHINESE = re.compile(r"(?:[\u3400-\u9fffA-Za-z0-9%《》 ]|(?<=[A-Za-z0-9])[.,-](?=[A-Za-z0-9]))+[。！？]")
_SUBORDINATE = re.compile(
    r"(?:(?:And|But|So|Or) )?(?:if|when|because|as|although|though|while|since|after|before|until|unless|once)\b", re.I
)
_LATIN = re.compile("[A-Za-z]+")
_SCHOLARLY = re.compile(
    r"\b(?:is|are|was|were|been) (?:\w+ly )?(?:discussed|presented|proposed|described|studied|analy[sz]ed|introduced|"
    r"established|derived|investigated|obtained|carried out|put forward|given|recorded)\b|\brespectively\b"
    r"|\b(?:this|the) (?:paper|article|thesis|study|author)\b|\b(?:paper|article) (?:introduces|describes|discusses)\b",
    re.I,
)


def _not_plain(pair: Pair) -> str:
    """Commas, brackets, colons, quotations: places where the two sides part. Abstracts are followed loosely."""
    if not FEWEST_WORDS <= pair.words <= MOST_WORDS:
        return f"{pair.words} words"
    if not _PLAIN_ENGLISH.fullmatch(pair.english) or not _PLAIN_CHINESE.fullmatch(pair.chinese):
        return f"more than a clause: {pair.english[:30]} / {pair.chinese[:20]}"
    if alone := set(_LATIN.findall(pair.chinese)) - set(_LATIN.findall(pair.english)):
        return f"{min(alone)} in the Chinese alone"
    if found := _SUBORDINATE.match(pair.english):
        return f"a clause without its sentence: {found[0]}"
    found = _SCHOLARLY.search(pair.english)
    return f"an abstract: {found[0]}" if found else ""


# With what English sentences begin; one that begins with a bare noun is a heading, or a machine wrote it.
_OPENER_WORDS = """
the a an this that these those it its he she they we you i his her their our your my there here what who whose how why
where which when while if as although though because since after before until unless once whenever in on at by with
from for to of about among between during through under over without within despite like unlike some any many most all
each every both either neither no none one two three several few another other others such more much and but so or yet
however then now today yesterday tomorrow also even only just still never always sometimes often perhaps maybe please
do does did don't is are was were can could will would should may have has had let let's everyone everything nothing
nobody people thus therefore it's he's she's they're we're you're i'm that's there's what's who's i'll i've i'd you'll
we'll we've you've didn't doesn't isn't aren't can't
"""
_OPENERS = frozenset(_OPENER_WORDS.split())
_FIRST = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_ODD_GRAMMAR = re.compile(
    # it give, they was
    r"^(?:he|she|it|this|that) (?:also |often |always |never |only )?(?:are|were|have|do|don['’]t|give|make|go|get|take"
    r"|come|say|see|know|want|need|use|find|tell|become|show|feel|try|look|think|work|seem|help|like)\b"
    r"|\b(?:we|you|they|these|those) (?:is|was|has|does|gives|makes|goes|gets|takes|comes|says|wants)\b"
    # can to, to went
    r"|\b(?:can|could|will|would|should|must|may|might) (?:to|is|are|was|has|had|been|not to)\b"
    r"|\bto (?:is|are|was|were|has|had|went|made|took|came)\b"
    # a these, a apple, an book, the the
    r"|\ban? (?:these|those|many|are|is|was|were|the|of)\b|\ba (?!eu|once?\b)[aeio]\w+|\ban [bcdfgjklmnpqrstvwxyz]\w+"
    r"|\b(?!that)(\w+) \1\b"
    # more easier, very like, many kind, informations
    r"|\bmore \w+ier\b|\bmore (?:bett|bigg|high|low|great|cheap|fast|larg|long|short|strong|clear|soon|small)er\b"
    r"|\bvery (?:like|love)\b|\b(?:speak|like|want|know|need|use)s? also\b"
    r"|\b(?:many|several|these|those|two|three|four|five) (?:kind|type|thing|way|year|country|problem)\b"
    r"|\b(?:informations|knowledges|advices|equipments|peoples|childrens|furnitures|softwares|staffs)\b",
    re.I,
)


def _poor_english(pair: Pair) -> str:
    """What nobody writes whose English is good: no answer, and no request either."""
    first = _FIRST.match(pair.english)
    if first and not _opens(first[0].lower().replace("’", "'")):
        return f"begins: {first[0]}"
    found = _ODD_GRAMMAR.search(pair.english)
    return found[0] if found else ""


def _opens(word: str) -> bool:
    known = meaning(word)
    return word in _OPENERS or word.endswith("ly") or (known is not None and known.is_name)


_NEGATIVE = re.compile(
    r"\b(?:not|no|never|nobody|nothing|nowhere|neither|nor|none|without|cannot|hardly|rarely|seldom|unless|too|un\w{4,}|"
    r"dis\w{4,}|im(?:possible|polite|mature|perfect)|in(?:visible|complete|correct|capable|dependent)|\w+less)\b|n['’]t\b",
    re.I,
)
_SAYS_NO = re.compile(r"\b(?:not|never|nobody|nothing|nowhere|neither|none|cannot)\b|n['’]t\b", re.I)
_CHINESE_NO = re.compile("[不没无未非别莫勿否]")
# Where these characters deny nothing.
_NO_DENIAL = re.compile(
    "不[仅但断同过久管论少错停]|差不多|(.)不\\1|是否|无论|无数|非常|别人|特别|分别|告别|区别|个别|类别|性别|未来|没错|对不起|不得不"
    "|不好意思|莫非|除非|非洲"
)


def _polarity(pair: Pair) -> str:
    chinese = _NO_DENIAL.sub("", pair.chinese)
    if _SAYS_NO.search(pair.english) and not _CHINESE_NO.search(pair.chinese):
        return "a negation in the English alone"
    denied = _CHINESE_NO.search(chinese)
    return f"{denied[0]} in the Chinese alone" if denied and not _NEGATIVE.search(pair.english) else ""


def _one_asks(pair: Pair) -> str:
    return pair.chinese[-20:] if pair.english.endswith("?") != pair.chinese.endswith("？") else ""


def _unproven(pair: Pair) -> str:
    words, found = pair.words, evidence(pair.english, pair.chinese)
    if found.unknown or found.missing or len(found.strange) > found.characters / ONE_STRANGE_IN:
        return _without_counterpart((*found.unknown, *found.missing), found.strange)
    if unusual := surprises(pair.english, pair.chinese):
        return f"not usual beside one another: {', '.join(unusual)}"
    length = units(pair.chinese)
    if not FEWEST_CHARACTERS_A_WORD * words <= length <= MOST_CHARACTERS_A_WORD * words:
        return f"{words} words, {length} units"
    return ""


LIST_CHECKS: Checks = (
    *PAIR_CHECKS,
    ("ends_otherwise", _ends_otherwise),
    ("ends_otherwise", _asks_otherwise),
    ("unpunctuated", _unpunctuated),
    ("rare_character", _rare_character),
    ("untranslated_name", _untranslated_name),
    ("particulars_disagree", _particulars),
)
_LAST: Checks = (("polarity", _polarity), ("word_by_word", _word_by_word))
TATOEBA_CHECKS: Checks = (*LIST_CHECKS, ("free_translation", _free), *_LAST)
# What is cheap and drops most comes first.
CRAWLED_CHECKS: Checks = (
    ("not_plain", _not_plain),
    ("poor_english", _poor_english),
    ("ends_otherwise", _one_asks),
    ("polarity", _polarity),
    ("particulars_disagree", _particulars),
    ("unproven", _unproven),
    *PAIR_CHECKS,
)
