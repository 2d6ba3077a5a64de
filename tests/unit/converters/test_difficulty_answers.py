"""How near are answers to references, and what must they reach to count as solved?"""

from __future__ import annotations

from pathlib import Path

import pytest

from converters.quality.difficulty.answers import SOLVED_CHINESE, Asked, demanded, scored
from converters.script import simplified

SENTENCE = "春天的花开了，我们一起去图书馆读书，然后回家吃饭。"


def asked(*references: str, question: str = "问") -> list[Asked]:
    return [Asked(question, reference, "") for reference in references]


def test_short_references_are_compared_whole_but_for_marks_and_width():
    (found,) = scored(asked("李白", "杜甫", "１９４９年", "苏轼"), ["李白。", "是杜甫", "1949年", ""], "")
    assert (found.measure, found.score.value) == ("exact match", 50.0)
    assert found.contained is not None
    assert found.contained.value == 75.0


def test_of_a_single_letter_nothing_but_itself_holds_it():
    (found,) = scored(asked("A", "B"), ["A", "Because of A"], "multiple_choice")
    assert found.contained is not None
    assert found.contained.value == 50.0


def test_long_references_by_chrf_as_sacrebleu_has_it():
    from sacrebleu import sentence_chrf

    said = ["春天的花都开了，我们去图书馆看书，然后回家。", SENTENCE]
    (found,) = scored(asked(SENTENCE, SENTENCE), said, "")
    by_hand = [sentence_chrf(answer, [SENTENCE]).score for answer in said]
    assert found.measure == "chrF"
    assert found.score.value == pytest.approx(sum(by_hand) / 2)


def test_a_short_translation_is_measured_by_chrf_too():
    (found,) = scored(asked("等一下！"), ["等等！"], "translation")
    assert found.measure == "chrF"


def test_short_and_long_references_are_told_apart_the_larger_part_first():
    found = scored(asked(SENTENCE, "李白", "杜甫"), ["", "李白", "杜甫"], "")
    assert [(one.measure, one.items) for one in found] == [("exact match", 2), ("chrF", 1)]


def test_twenty_right_answers_are_solved_and_eight_are_too_few_to_say():
    many = [f"人{chr(0x4E00 + at)}" for at in range(20)]
    assert scored(asked(*many), many, "")[0].is_solved
    assert not scored(asked(*many[:8]), many[:8], "")[0].is_solved
    sentences = [f"{name}在春天写下了这一本关于山水和田园的书。" for name in many]
    assert scored(asked(*sentences), sentences, "")[0].is_solved
    assert not scored(asked(*sentences[:8]), sentences[:8], "")[0].is_solved


def test_always_saying_the_most_frequent_label_solves_nothing():
    references = ["正面"] * 18 + ["负面"] * 2
    (found,) = scored(asked(*references), ["正面"] * 20, "")
    assert (found.score.value, found.trivial) == (90.0, 90.0)
    assert found.demanded == pytest.approx(99.0)
    assert not found.is_solved


def test_copying_a_question_that_is_nearly_the_answer_solves_nothing():
    texts = ["".join(chr(0x4E00 + 97 * at + 7 * place) for place in range(30)) for at in range(20)]
    references = [f"{text[:10]}，{text[10:20]}，{text[20:]}" for text in texts]
    questions = [reference.replace("，", "") for reference in references]
    items = [Asked(question, reference, "") for question, reference in zip(questions, references, strict=True)]
    (found,) = scored(items, questions, "punctuation")
    assert found.trivial == pytest.approx(found.score.value)
    assert not found.is_solved


def test_what_is_demanded_rises_with_what_needs_no_model():
    assert demanded(80, 0) == 80
    assert demanded(30, 2) == pytest.approx(31.4)
    assert demanded(30, 70) == pytest.approx(91.0)


# ---- what two people share


NTREX = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "eval_ntrex" / "NTREX-128"


def test_what_is_demanded_of_chinese_is_about_what_two_translators_of_news_share():
    if not NTREX.is_dir():
        pytest.skip("the real slices of ntrex are not on this machine")
    mainland, taiwan = (
        (NTREX / f"newstest2019-ref.zho-{where}.txt").read_text(encoding="utf-8").splitlines() for where in ("CN", "TW")
    )
    pairs = [(one, simplified(other)) for one, other in zip(mainland, taiwan, strict=True) if one and other]
    (found,) = scored(asked(*(other for _, other in pairs)), [one for one, _ in pairs], "translation")
    assert found.score.value == pytest.approx(25.1, abs=0.1)
    assert found.score.high < SOLVED_CHINESE < 33
