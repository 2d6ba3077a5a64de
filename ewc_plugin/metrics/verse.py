"""Is it verse? Lines and their lengths, rhyme by two books, tones where the form asks for them, and words used twice.

The reference says what was asked for: a poem, a lyric or only its next line, where the request has the lines before.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property

from ewc_plugin.metrics import poem, rhyme, tones
from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.characters import HAN
from ewc_plugin.metrics.poem import Poem
from ewc_plugin.metrics.prosody import Prosody, named
from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1
_ALL_HAN = re.compile(f"[{HAN}]+")


class Asked:
    """One item: what the request gives (`before`), and the whole that its reference and its answer make of it."""

    def __init__(self, question: str, reference: str, answer: str) -> None:
        self.before = poem.before(question)
        self.reference, self.answer = poem.poem_of(reference), poem.poem_of(answer)

    @cached_property
    def whole(self) -> Poem:
        return self.reference.after(self.before)

    @cached_property
    def answered(self) -> Poem:
        return self.answer.after(self.before)

    def rhyming(self, whole: Poem) -> list[list[str]]:
        """The characters that may rhyme: of even verses, or in a lyric of sentences; if these do not, of all verses.

        菩萨蛮 rhymes in pairs of verses, and some books print a pair as one sentence.
        """
        verses = [verse[-1] for verse in whole.verses]
        if self.whole.is_couplets:
            return [verses[1::2]]
        return [[sentence[-1][-1] for sentence in whole.sentences], verses]

    def rhymed(self, table: Prosody) -> float:
        groups = table.groups if self.whole.is_couplets else table.parts
        return self._rhymed(lambda character: groups.get(character, frozenset()))

    def rhymed_today(self, table: Prosody) -> float:
        return self._rhymed(lambda character: table.modern.get(character, frozenset()))

    def _rhymed(self, book: rhyme.Book) -> float:
        wholes = (self.before, self.whole, self.answered)
        for given, wanted, said in zip(*map(self.rhyming, wholes), strict=True):
            share = rhyme.kept(wanted, said, len(given), book)
            if not math.isnan(share):
                return share
        return math.nan

    def toned(self, table: Prosody) -> Counter[tuple[str, bool]] | None:
        """The verdicts on the answer's verses; None where the whole with the reference is no regulated verse.

        Which items apply is the reference's affair alone: rows are compared item by item.
        """
        verses, start = self.whole.verses, len(self.before.verses)
        finals = [table.groups.get(verse[-1], frozenset()) for verse in verses[1::2]]
        if not tones.is_regulated(verses, table.tone) or not frozenset.intersection(*finals):
            return None
        shape = len(verses), len(verses[0])
        if not tones.judged(verses, *shape, table.tone, start):
            return None
        return tones.judged(self.answered.verses, *shape, table.tone, start)


def form_kept(answer: Poem, reference: Poem) -> float:
    """Lines that have as many characters as the reference's in the same place, over the larger number of lines."""
    # five letters are no line of five
    wanted, said = (
        [len(verse) * bool(_ALL_HAN.fullmatch(verse)) for verse in one.verses] for one in (reference, answer)
    )
    longest = max(len(wanted), len(said))
    return sum(a == b for a, b in zip(wanted, said, strict=False)) / longest if longest else 0.0


def repeated_share(whole: Poem, start: int) -> float:
    """Share of the characters from verse `start` on that stood in the poem before; 1 where there are none."""
    given = "".join(whole.verses[:start])
    said = "".join(whole.verses[start:])
    new = set(said) - set(given)
    return 1 - len(new) / len(said) if said else 1.0


def verse_form(given: Answers, how: How) -> Score:
    """Mean share of lines right in [0, 1]; `whole`: the share of answers with all of them."""
    items = [form_kept(one.answer, one.reference) for one in _asked(given)]
    extra = {"whole": _mean([float(item == 1) for item in items])}
    return mean_score("verse_form", items, how, version=VERSION, extra=extra)


def rhyme_pingshui(given: Answers, how: How) -> Score:
    """Rhyme words where the reference has them, by 平水韵 (lyrics by the parts of 词林正韵); mean in [0, 1]."""
    return _by_table("rhyme", given, how, Asked.rhymed)


def rhyme_modern(given: Answers, how: How) -> Score:
    """The same by how it sounds in Mandarin: by its finals, level with level, oblique with oblique."""
    return _by_table("rhyme_modern", given, how, Asked.rhymed_today)


def _by_table(name: str, given: Answers, how: How, value: Callable[[Asked, Prosody], float]) -> Score:
    table = named(given.aids.prosody)
    items = [value(one, table) for one in _asked(given)]
    return mean_score(name, items, how, version=VERSION, table=table.digest)


def tonal_pattern(given: Answers, how: How) -> Score:
    """替, 对, 粘: of the places that are decided, the share that keep the rule, where the reference is regulated.

    The extras are these shares rule by rule, over all answers together.
    """
    table = named(given.aids.prosody)
    judged = [one.toned(table) for one in _asked(given)]
    items = [math.nan if verdicts is None else tones.share(verdicts) for verdicts in judged]
    total = sum(filter(None, judged), Counter[tuple[str, bool]]())
    by_rule = {rule: Counter({(rule, keeps): total[rule, keeps] for keeps in (True, False)}) for rule in tones.RULES}
    extra = {rule: tones.share(verdicts) for rule, verdicts in by_rule.items() if verdicts.total()}
    return mean_score("tones", items, how, version=VERSION, extra=extra, table=table.digest)


def repeated_characters(given: Answers, how: How) -> Score:
    """Mean share of characters used again in a poem, beyond the share in its reference; an empty answer has 1.

    `answers` and `references` are both shares as they are.
    """
    items, said, wanted = [], [], []
    for one in _asked(given):
        start = len(one.before.verses)
        said.append(repeated_share(one.answered, start))
        wanted.append(repeated_share(one.whole, start))
        items.append(max(0.0, said[-1] - wanted[-1]) if one.answer.verses else 1.0)
    extra = {"answers": _mean(said), "references": _mean(wanted)}
    return mean_score("repeated_characters", items, how, version=VERSION, better="smaller", extra=extra)


def _asked(given: Answers) -> list[Asked]:
    texts = zip(given.questions, given.references, given.answers, strict=True)
    return [Asked(question, reference, answer) for question, reference, answer in texts]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
