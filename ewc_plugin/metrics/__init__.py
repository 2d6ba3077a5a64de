"""Which measures score the generated answers of which task? Literals: a new one is a function and a line.

The first measure of a task is the one that sentences, advice and the gate speak of. Loss and perplexity are not here:
every task has them. What needs a table or texts that a user may lack stands apart and is left out without them.
"""

from collections.abc import Callable

from ewc_plugin.metrics import (
    classical,
    dialogue,
    exact,
    fluency,
    instruction,
    knowledge,
    punctuation,
    repetition,
    story,
    style,
    verse,
)
from ewc_plugin.metrics.answers import Aids, Answers
from ewc_plugin.metrics.score import How, NothingAppliesError, Score
from ewc_plugin.metrics.translation import bleu, chrf

__all__ = ["MEASURES", "Aids", "Answers", "How", "Measure", "NothingAppliesError", "Score", "measures_of"]

Measure = Callable[[Answers, How], Score]


def against_references(score: Callable[..., Score]) -> Measure:
    """A measure out of a function of references and answers alone."""

    def measure(given: Answers, how: How) -> Score:
        return score(given.references, given.answers, seed=how.seed, resamples=how.resamples)

    return measure


_FLUENT: tuple[Measure, ...] = (repetition.rep(4), fluency.chinese, fluency.unbalanced)
_KNOWN: tuple[Measure, ...] = (knowledge.answer_f1, knowledge.exact_match)
_TOLD: tuple[Measure, ...] = (repetition.rep(4), repetition.distinct_of_each(2), fluency.unbalanced)

MEASURES: dict[str, tuple[Measure, ...]] = {
    "instruction": (instruction.rouge_l, instruction.length_ratio, instruction.refusals, *_FLUENT),
    "summary": (instruction.rouge_l, knowledge.answer_f1, instruction.length_ratio, *_FLUENT),
    "continuation": (style.style_distance, *_FLUENT),
    "heading": _KNOWN,
    "reading": _KNOWN,
    "knowledge": _KNOWN,
    "translation": (against_references(bleu), against_references(chrf)),
    "dialogue": (
        dialogue.relevant,
        dialogue.coherent,
        repetition.distinct_of_each(1),
        repetition.distinct_of_each(2),
        dialogue.self_repetition,
    ),
    "story": (story.kept, story.length_control, story.opening, *_TOLD),
    "literature": (style.style_distance, *_TOLD),
    "verse": (verse.verse_form, verse.repeated_characters),
    "classical": (classical.classical_chrf, classical.classical_bleu),
    "punctuation": (punctuation.breaks, punctuation.marks, punctuation.unchanged),
    "arithmetic": (exact.number,),
    "english": (exact.text,),
    "code": (exact.code,),
    "refusal": (exact.refusal,),
    "exact": (exact.exact,),
}
# with a table of tones and rhymes
BY_TABLE: dict[str, tuple[Measure, ...]] = {
    "verse": (verse.rhyme_pingshui, verse.rhyme_modern, verse.tonal_pattern),
}
# with the texts that were trained on
BY_TRAINING: dict[str, tuple[Measure, ...]] = {
    "verse": (style.copied_share,),
    "literature": (style.copied_share,),
    "story": (style.copied_share,),
}


def measures_of(task: str, aids: Aids) -> tuple[Measure, ...]:
    """Those of the task that can be computed with what the user has."""
    found = MEASURES.get(task, ())
    found += BY_TABLE.get(task, ()) if aids.prosody else ()
    return found + (BY_TRAINING.get(task, ()) if aids.training_texts else ())
