"""What shows that two texts are no translation of one another: each check returns what it found wrong, or "".

A pair passes when nothing shows that one side says what the other does not.
"""

from __future__ import annotations

import re

from converters.pairs.counterparts import agreement, missing_name, other_person
from converters.pairs.parallel import Checks, Pair
from converters.pairs.quantities import disagreement
from converters.text import HAN, han_count, has_han, is_damaged, word_count

# Characters of Chinese for a word of English: of sentences, 99 in 100 lie inside; short ones vary more.
FEWEST_CHARACTERS_A_WORD, MOST_CHARACTERS_A_WORD = 0.55, 2.6
MOST_IN_SHORT, SLACK = 3.6, 7
FROM_WORDS = 10

# Of the English words that the word list knows, so many may be without a counterpart.
MOST_MISSING = 3  # more than were found
KNOWN_IN_LONG, LEAST_FOUND_IN_LONG = 6, 0.4

_FUNCTION_WORDS = re.compile(
    r"\b(?:the|an?|of|to|in|is|are|was|were|been?|and|or|but|that|this|these|those|its?|he|she|they|we|you|i|his|her|"
    r"their|our|your|my|him|them|us|me|not?|do|does|did|have|has|had|will|would|can|could|may|might|should|must|for|on|"
    r"at|by|with|from|as|if|when|what|who|how|why|where|which|there|than|so|all|any|some|one|about|into|over|after|"
    r"before|up|out|only|also|very|more|most|please|don't|let's|i'm)\b",
    re.I,
)
WORDS_WITHOUT_FUNCTION = 6
_OTHER_LETTERS = re.compile(r"[\u0400-\u052f\u0590-\u06ff\u0900-\u0e7f\u3040-\u30ff\uac00-\ud7af]")
_ACCENTED = re.compile(r"[\u00c0-\u024f]")
_CANTONESE = re.compile("[嘅佢冇咗哋嘢喺啲嗰嚟]|唔[係好使該知想]")
_CJK_IN_ENGLISH = re.compile(rf"[{HAN}\u3000-\u303f\uff00-\uffef]")


def _damaged(pair: Pair) -> str:
    return next((side[:80] for side in (pair.english, pair.chinese) if is_damaged(side)), "")


def _no_english(pair: Pair) -> str:
    if word_count(pair.english) == 0 or _CJK_IN_ENGLISH.search(pair.english):
        return pair.english[:80] or "(empty)"
    return ""


def _no_chinese(pair: Pair) -> str:
    return "" if has_han(pair.chinese) else pair.chinese[:80] or "(empty)"


def _foreign_language(pair: Pair) -> str:
    for side in (pair.english, pair.chinese):
        if found := _OTHER_LETTERS.search(side):
            return f"{found[0]} in: {side[:80]}"
    if found := _CANTONESE.search(pair.chinese):
        return f"Cantonese: {found[0]}"
    accented = len(_ACCENTED.findall(pair.english)) * 20 > len(pair.english)
    foreign = pair.words >= WORDS_WITHOUT_FUNCTION and not _FUNCTION_WORDS.search(pair.english)
    # a list of ingredients has no function words either, but words that the word list knows
    if accented or (foreign and agreement(pair.english, "").known == 0):
        return pair.english[:80]
    return ""


_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_LAYOUT_TAG = re.compile(
    r"</?(?:p|br|b|i|u|em|strong|a|img|div|span|font|sup|sub|li|ul|ol|td|tr|table|h\d)\b[^<>]*>", re.I
)
_REMNANT = re.compile(
    r"&#?\w{2,8};|\{\\|\\[nt]\b|\[/?(?:b|i|url|img|color)[^\]]*\]|@@|\bhref=|javascript:"
    # what is left of a link to a figure: (Fig. (Fig.2).2), Figures 2--44
    r"|\b(?:fig|figs|figures?|tables?)\b[.\s]*\(?(?:fig|table)s?\b|\d-{2,}\d|\(table\d{2}",
    re.I,
)


def _markup(pair: Pair) -> str:
    """Formatting that a web page left behind. A tag that the text is about stands on both sides."""
    for side in (pair.english, pair.chinese):
        if found := _LAYOUT_TAG.search(side) or _REMNANT.search(side):
            return found[0]
    different = set(_TAG.findall(pair.english)) ^ set(_TAG.findall(pair.chinese))
    return min(different, default="")


_HOLE = re.compile(r"（\s*）|\(\s*\)(?=\s*[^\w\s(]|$)(?<!\w\(\))|□|_{2,}|＿{2,}|[?？]{4,}|\?{3,}(?=\w)")


def _hole(pair: Pair) -> str:
    return next((found[0] for side in (pair.english, pair.chinese) if (found := _HOLE.search(side))), "")


_BEGINS_LOW = re.compile(r"[a-z]+(?![A-Z])\b(?![./@_\d(])|[,;:!?)\]]")
_OPENING = re.compile(r"[\"“‘'(\[…\-–—. ]*")
_ENGLISH_OPEN_END = re.compile(r"(?:[,;:(\[–—]|\s-|\b(?:and|or|the|a|an|of|to|with|for|by|in|from|that|which))$", re.I)
_CHINESE_OPEN_END = re.compile(r"[，、；：（《“(\[]$")
_CHINESE_BEGIN = re.compile(r"[，。、；：！？）》”]")


def _transcribed_speech(pair: Pair) -> str:
    """English without a single capital, as speech is transcribed: no answer that anyone would be glad of."""
    return pair.english[:80] if pair.words >= 3 and not _CAPITAL.search(pair.english) else ""


_CAPITAL = re.compile(r"[A-Z]")


def _cut_text(pair: Pair) -> str:
    """A text that begins or ends in the middle of a sentence, on one side or on both."""
    start = _OPENING.sub("", pair.english, count=1)
    if _BEGINS_LOW.match(start) or _CHINESE_BEGIN.match(pair.chinese):
        return f"begins: {start[:30]} / {pair.chinese[:10]}"
    if _ENGLISH_OPEN_END.search(pair.english) or _CHINESE_OPEN_END.search(pair.chinese):
        return f"ends: {pair.english[-30:]} / {pair.chinese[-10:]}"
    open_english = pair.words >= 3 and re.search(r"[A-Za-z0-9]$", pair.english)
    if open_english and pair.chinese[-1:] in ("。", "！", "？"):
        return f"ends without a stop: {pair.english[-30:]}"
    return ""


_PAIRED = re.compile(r"[(（][^()（）]*[)）]|“[^“”]*”|《[^《》]*》|「[^「」]*」|『[^『』]*』|\[[^\[\]]*\]|\"[^\"]*\"")
_ENUMERATED = re.compile(
    r"(?:^|(?<=[\s，；;、,：:。.]))(?:\d{1,2}|[a-z]|[ivx]{1,4}|[一二三四五六七八九十])[)）]|[:;]-?[()]"
)
_UNPAIRED = re.compile(r"[()（）“”《》「」『』\[\]\"]")


def unbalanced(text: str) -> str:
    """The first bracket or quotation mark that has no partner, or ""."""
    while (paired := _PAIRED.sub("", text)) != text:
        text = paired
    found = _UNPAIRED.search(_ENUMERATED.sub("", text))
    return found[0] if found else ""


def _unbalanced(pair: Pair) -> str:
    return next((f"{mark} in: {side[:80]}" for side in (pair.english, pair.chinese) if (mark := unbalanced(side))), "")


_GLUED = re.compile(
    r"\b(?!soft|photo)\w*(?:ofthe|tothe|andthe|bythe|edthe|ingthe|withthe|fromthe|thatthe|edby|ingof|tionof|mentof)\w*\b"
    r"|[a-z]{3}\([A-Za-z]{2,}\)[a-z]|[a-z]{3}\)[a-z]{2}|\b[a-z]{25,}\b",
    re.I,
)
_SPLIT = re.compile(r"(?:(?<!\S)|(?<=[A-Za-z]))['’] [b-z]\b|(?<![\w'’.-])[b-hj-np-z] (?=[a-z])")


def _broken_words(pair: Pair) -> str:
    """Words run together (startedbyex-employees) or torn apart (human' s)."""
    found = _GLUED.search(pair.english) or _SPLIT.search(pair.english)
    return pair.english[max(0, found.start() - 10) : found.end() + 10] if found else ""


_LATIN_RUN = re.compile(r"[A-Za-z]+(?:[ ,.'’-]+[A-Za-z]+)*")
LONGEST_UNTRANSLATED = 5  # words


def _untranslated(pair: Pair) -> str:
    """A run of English inside the Chinese, longer than any name."""
    runs = [run for run in _LATIN_RUN.findall(pair.chinese) if word_count(run) > LONGEST_UNTRANSLATED]
    if runs:
        return str(max(runs, key=len))[:80]
    latin = word_count(pair.chinese)
    return f"{latin} of its words are Latin" if latin > 3 and latin > han_count(pair.chinese) else ""


def _length_ratio(pair: Pair) -> str:
    if pair.words >= FROM_WORDS:
        return _outside(pair, FEWEST_CHARACTERS_A_WORD, MOST_CHARACTERS_A_WORD)
    characters = units(pair.chinese)
    return f"{pair.words} words, {characters} units" if characters > pair.words * MOST_IN_SHORT + SLACK else ""


def _outside(pair: Pair, fewest: float, most: float) -> str:
    words, length = word_count(pair.english) + len(_FIGURE.findall(pair.english)), units(pair.chinese)
    return "" if fewest * words <= length <= most * words else f"{words} words, {length} units"


_FIGURE = re.compile(r"\d+")


def units(chinese: str) -> int:
    """Characters, and words and numbers in Latin writing."""
    return han_count(chinese) + word_count(chinese) + len(_FIGURE.findall(chinese))


_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Mt|Prof|Gen|Sen|Inc|Ltd|Co|Corp|No|vs|etc|Fig|Figs|al|[A-Z])\.$")
_ENGLISH_STOP = re.compile(r"[.!?]+[\"”’')]*(?=\s+[\"“‘(]?[A-Z0-9]|$)")
_CHINESE_STOP = re.compile(r"[。！？!?…]+[”’）」』]*")


def english_sentences(text: str) -> int:
    ends = (match.end() for match in _ENGLISH_STOP.finditer(text))
    return max(1, sum(not _ABBREVIATED.search(text[:end].rstrip("\"”’')")) or end == len(text) for end in ends))


def chinese_sentences(text: str) -> int:
    return max(1, len(_CHINESE_STOP.findall(text)))


def _sentence_counts(pair: Pair) -> str:
    """Chinese may join or part sentences once; more than that, and something was added or left out."""
    english, chinese = english_sentences(pair.english), chinese_sentences(pair.chinese)
    return f"{english} sentences, {chinese} in Chinese" if abs(english - chinese) >= 2 else ""


_ENGLISH_SPEAKER = re.compile(r"[\"“]?(?:[A-Z][\w.'’]*|[A-Z]{1,3})(?: [A-Z][\w.'’]*){0,2}\s?:\s*\S")
_CHINESE_SPEAKER = re.compile(rf"[“\"]?[{HAN}·A-Za-z ]{{1,8}}(?<![说道问答写称喊叫示])[：:]")
_BRACKETED = re.compile(r"[(（]([^()（）]*)[)）]")
_EDITORIAL = re.compile(r"译者注|译者按|译注|编者注|编者按|注：|Translator's note|Editor's note")


def _one_sided(pair: Pair) -> str:
    """A speaker, a bracket or an editor's note that stands on one side only."""
    if found := _EDITORIAL.search(pair.chinese):
        return found[0]
    said = bool(_ENGLISH_SPEAKER.match(pair.english))
    spoken = bool(_CHINESE_SPEAKER.match(pair.chinese))
    if said != spoken and (":" in pair.english) != ("：" in pair.chinese or ":" in pair.chinese):
        return f"speaker: {pair.english[:20]} / {pair.chinese[:10]}"
    english, chinese = _BRACKETED.findall(pair.english), _BRACKETED.findall(pair.chinese)
    if any(word_count(inner) > 1 for inner in english) and not chinese and "——" not in pair.chinese:
        return f"({english[0]}) is not in the Chinese"
    return ""


# What Chinese writes in Latin letters although the English does not.
_NATIVE_LATIN = re.compile(
    r"[a-dgklmoqstuvx]|tv|dvd|cd|vcd|ok|ktv|aa|vip|it|app|ceo|gdp|dna|nba|pk|pc|pvc|led|usb|diy|abc|km|cm|mm|kg|mg|ml|"
    r"gb|mb|kb|hz|khz|mhz|ghz|am|pm|bbs|ufo|wi|fi|wifi|id|qq|e|email|mail|ppt|pdf|vs|html"
)
_LATIN_TOKEN = re.compile(r"[A-Za-z]+(?=\d*)")


def _latin_disagrees(pair: Pair) -> str:
    """A word in Latin letters that the English does not have: a name misspelt, or another sentence."""
    folded = re.sub(r"[^a-z]", "", pair.english.lower())
    for token in _LATIN_TOKEN.findall(pair.chinese):
        lowered = token.lower()
        if not _NATIVE_LATIN.fullmatch(lowered) and lowered not in folded and lowered.removesuffix("s") not in folded:
            return f"{token} is not in the English"
    return ""


def _numbers_disagree(pair: Pair) -> str:
    return disagreement(pair.english, pair.chinese)


def _names_disagree(pair: Pair) -> str:
    return missing_name(pair.english, pair.chinese)


_QUOTED = re.compile(r"\"[^\"]*\"|[“「][^”」]*[”」]")


def _quotes_disagree(pair: Pair) -> str:
    """Words between the quotations of the Chinese, or none at all, where the English is nothing but two quotations."""
    if len(_QUOTED.findall(pair.english)) < 2 or _QUOTED.sub("", pair.english).strip():
        return ""
    outside = _QUOTED.sub("", pair.chinese).strip("。， ")
    return f"outside the quotations: {outside}" if outside else ""


def _persons_disagree(pair: Pair) -> str:
    return other_person(pair.english, pair.chinese)


def _misaligned(pair: Pair) -> str:
    """Most of the common words have no counterpart: the two sides are of different sentences."""
    known, found = agreement(pair.english, pair.chinese)
    missing = known - found
    if missing > found + MOST_MISSING or (known >= KNOWN_IN_LONG and found < LEAST_FOUND_IN_LONG * known):
        return f"{found} of {known} common words have a counterpart"
    return ""


# Reason -> check, the cheap and certain ones first; the first that finds something names the reject.
SEGMENT_CHECKS: Checks = (
    ("replacement_character", _damaged),
    ("no_english", _no_english),
    ("no_chinese", _no_chinese),
    ("foreign_language", _foreign_language),
    ("markup", _markup),
    ("hole", _hole),
    ("transcribed_speech", _transcribed_speech),
    ("cut_text", _cut_text),
    ("untranslated", _untranslated),
    ("length_ratio", _length_ratio),
    ("sentence_counts", _sentence_counts),
    ("one_sided", _one_sided),
    ("broken_words", _broken_words),
    ("latin_disagrees", _latin_disagrees),
    ("numbers_disagree", _numbers_disagree),
    ("names_disagree", _names_disagree),
    ("persons_disagree", _persons_disagree),
    ("misaligned", _misaligned),
)
# A quotation may go over several segments of a text, but not beyond a pair that stands alone.
PAIR_CHECKS: Checks = (*SEGMENT_CHECKS, ("unbalanced", _unbalanced), ("quotes_disagree", _quotes_disagree))
