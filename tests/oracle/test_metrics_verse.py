"""Tones, rhymes and rules of verse against what others wrote: patterns, rhyme tables, and real poems.

The slices of public data lie beside the checkout; without them the tests skip.
"""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from converters.poems.prosody import form_of
from ewc_plugin.metrics import rhyme, tones
from ewc_plugin.metrics.poem import poem_of
from ewc_plugin.metrics.prosody import named

ROOT = Path(__file__).parents[2]
SLICES = ROOT.parent / "shared" / "data"
TABLE = named(str(ROOT / "dataset_info" / "prosody.json"))
FILES = ("json/poet.tang.0.json", "json/poet.song.0.json", "json/唐诗三百首.json")


def slice_of(*parts):
    path = SLICES.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the slice {'/'.join(parts)} is not here")
    return json.loads(path.read_text("utf-8"))


def strains(value):
    while isinstance(value, dict):
        value = value["strains"]
    return value


def test_tones_agree_with_the_published_patterns_of_a_thousand_poems():
    patterns = slice_of("poetry_chinese_poetry", "strains", "json", "poet.tang.0.json")
    poems = slice_of("poetry_chinese_poetry", "json", "poet.tang.0.json")
    seen: Counter[bool] = Counter()
    for pattern, poem in zip(map(strains, patterns), poems, strict=True):
        if list(map(len, pattern)) == list(map(len, poem["paragraphs"])):
            for mark, character in zip("".join(pattern), "".join(poem["paragraphs"]), strict=True):
                tone = TABLE.tone(character)
                if mark in "平仄" and tone in ("平", "仄"):
                    seen[mark == tone] += 1
    assert seen.total() > 30_000
    assert seen[True] / seen.total() > 0.998


def agreement(theirs, ours):
    """Share of characters in one group of theirs and one of ours that stand in the commonest pair of both groups."""
    pairs = [(next(iter(t)), next(iter(ours[c]))) for c, t in theirs.items() if len(t) == len(ours.get(c, ())) == 1]
    counts, of_group = Counter(pairs), defaultdict(Counter)
    for theirs_of_it, ours_of_it in pairs:
        of_group[theirs_of_it][ours_of_it] += 1
    common = {group: found.most_common(1)[0][0] for group, found in of_group.items()}
    assert len(set(common.values())) == len(common)  # no two of their groups are one of ours
    return sum(counts[pair] for pair in common.items()) / len(pairs), len(pairs)


@pytest.mark.parametrize(
    ("file", "ours", "least"),
    [("Pingshui_Rhyme.json", TABLE.groups, 5_000), ("Xinyun_Rhyme.json", TABLE.modern, 5_000)],
)
def test_rhyme_groups_are_those_of_a_table_that_others_typed(file, ours, least):
    theirs = defaultdict(set)
    for section, groups in slice_of("rhyme_tables", "chinese_word_rhyme", "data", file).items():
        for group, characters in groups.items():
            for character in characters:
                theirs[character].add((section, group))
    share, checked = agreement(theirs, ours)
    assert checked > least
    assert share > 0.98


def regular_poems():
    """Whatever has 4 or 8 verses of 5 or 7 characters; songs and old verse among them."""
    for file in FILES:
        for record in slice_of("poetry_chinese_poetry", *file.split("/")):
            verses = poem_of("\n".join(record["paragraphs"])).verses
            if len(verses) in (4, 8) and {len(verse) for verse in verses} in ({5}, {7}):
                yield record["paragraphs"], verses


def scores(verses, true):
    shape = len(true), len(true[0])
    ends = [[verse[-1] for verse in one[1::2]] for one in (true, verses)]
    rhymes = rhyme.kept(*ends, 0, lambda character: TABLE.groups.get(character, frozenset()))
    return tones.share(tones.judged(verses, *shape, TABLE.tone)), rhymes


def higher(found, true):
    """Share of pairs in which the true order scores higher; equal ones count half."""
    return sum((a > b) + (a == b) / 2 for a, b in zip(true, found, strict=True)) / len(true)


@pytest.mark.parametrize(("count", "by_tones", "by_both"), [(4, 0.80, 0.92), (8, 0.97, 0.99)])
def test_regulated_verse_is_told_from_its_own_lines_in_another_order(count, by_tones, by_both):
    # of the 23 other orders of a quatrain, that with its couplets exchanged is as good
    generator, true, shuffled = random.Random(5), [], []
    for paragraphs, verses in regular_poems():
        if len(verses) == count and form_of(paragraphs, simplified=True).name:
            for _ in range(5):
                other = list(verses)
                while tuple(other) == verses:
                    generator.shuffle(other)
                true.append(scores(verses, verses))
                shuffled.append(scores(other, verses))
    assert len(true) > 1000
    tonal, both = ([[one[0] for one in x], [sum(one) for one in x]] for x in (shuffled, true))
    assert higher(tonal[0], both[0]) > by_tones
    assert higher(tonal[1], both[1]) > by_both


def test_regulated_verse_is_what_the_patterns_of_the_converters_confirm():
    # they compare with whole patterns of a verse, which knows 孤平 too
    seen: Counter[tuple[bool, bool]] = Counter()
    for paragraphs, verses in regular_poems():
        finals = [TABLE.groups.get(verse[-1], frozenset()) for verse in verses[1::2]]
        ours = tones.is_regulated(verses, TABLE.tone) and bool(frozenset.intersection(*finals))
        seen[ours, bool(form_of(paragraphs, simplified=True).name)] += 1
    assert seen.total() > 1000
    assert (seen[True, True] + seen[False, False]) / seen.total() > 0.94


def test_the_rules_are_those_counted_by_a_loop_over_the_four_lines():
    generator = random.Random(1)
    for _ in range(300):
        verses = ["".join(generator.choices("平仄", k=7)) for _ in range(8)]
        if any(tones._straightened(list(a), list(b)) != list(a) for a, b in itertools.pairwise(verses)):
            continue  # 拗救
        kept = total = 0
        for n, verse in enumerate(verses):
            checks = [verse[1] != verse[3], verse[3] != verse[5]]
            if n in (1, 3, 5, 7):
                checks += [verse[k] != verses[n - 1][k] for k in (1, 3, 5)]
            if n in (2, 4, 6):
                checks += [verse[k] == verses[n - 1][k] for k in (1, 3, 5)]
            kept, total = kept + sum(checks), total + len(checks)
        assert tones.share(tones.judged(verses, 8, 7, str)) == pytest.approx(kept / total)
        assert total == 37


def test_rhyme_is_the_largest_set_of_words_that_all_rhyme():
    # one group of four places: what is kept is the largest subset of different words with a group in common
    book = {"a": "12", "b": "2", "c": "23", "d": "3", "e": "1", "x": ""}
    groups = {word: frozenset(found) for word, found in book.items()} | {word: frozenset("9") for word in "pqrs"}
    for answer in itertools.product(book, repeat=4):
        largest = 0
        for size in (2, 3, 4):
            for subset in itertools.combinations(sorted(set(answer)), size):
                if frozenset.intersection(*(groups[word] for word in subset)):
                    largest = size
        assert rhyme.kept("pqrs", answer, 0, groups.__getitem__) == largest / 4
