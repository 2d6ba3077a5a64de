"""What becomes of a conversation on its way to a dataset."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example, Settings, assistant, user
from converters.conversations.instructions import Home, Marks, outcome

HOME = Home("general", "stories")
HAPPY = "从前有一只小狐狸，它走出森林，看见了一条河。它想过河，于是去找乌龟帮忙。"
STORY = HAPPY * 4 + "最后，它们一起到了对岸，成了好朋友。"


def told(*texts: str, script: str = "simplified", marks: Marks | None = None):
    turns = [user(text) if place % 2 == 0 else assistant(text) for place, text in enumerate(texts)]
    return outcome(HOME, turns, Context(Settings(script=script)), marks or Marks())


def contents(example: Example) -> list[str]:
    return [message.content for message in example.messages]


@pytest.mark.parametrize(
    ("reason", "texts"),
    [
        ("turn_order", ()),
        ("turn_order", ("写一首诗。",)),
        ("empty_prompt", ("", "好的。")),
        ("empty_answer", ("写一首诗。", "")),
        ("foreign_identity", ("你是谁？", "我是ChatGPT。")),
        ("not_chinese", ("What is the capital of France?", "Paris.")),
        ("not_chinese", ("Where is the wall?", "China")),
        ("corrected_answer", ("李白是谁？", "宋朝的诗人。", "你说错了", "对不起，他是唐朝的。")),
        ("asks_nothing", ("他站着不动。", "好的，我知道了。")),
        ("wrong_script", ("請用繁體中文介紹元宵節。", "元宵节吃汤圆。")),
    ],
)
def test_a_conversation_is_rejected_by_name(reason, texts):
    assert told(*texts).reason == reason


def test_a_later_turn_is_judged_as_the_first():
    assert told("写一首诗。", "春眠不觉晓。", "做一张表。", "抱歉，我无法制作表格。").reason == "refusal"


def test_a_last_question_that_nobody_answered_is_trimmed_and_noted():
    example = told("写一首诗。", "春眠不觉晓。", "再来一首")
    assert (len(example.messages), example.notes) == (2, ("trimmed_unanswered_turn",))


def test_what_one_turn_lacks_a_later_one_may_give():
    assert isinstance(told("请为以下文章写一个摘要。", "好的，文章呢？", "春天来了，花都开了。", "春天花开。"), Example)
    assert told("请为以下文章写一个摘要。", "春天花开。").reason == "missing_material"


def test_a_formula_and_a_name_need_no_chinese():
    assert isinstance(told("Where is it?", "China"), Example)
    assert isinstance(told("def f(x)?", "f(x) = 2x"), Example)


@pytest.mark.parametrize(
    ("raw", "clean", "note"),
    [
        ("5 x 200 = <<5*200=1000>>1000 克", "5 x 200 = 1000 克", "calculator_marks_removed"),
        ("苹果\\n梨", "苹果\n梨", "literal_breaks_mended"),
        ("输出：苹果和梨", "苹果和梨", "label_removed"),
        ("### 输出：\n苹果和梨", "苹果和梨", "label_removed"),
    ],
)
def test_what_a_crawl_left_in_an_answer_is_removed_and_noted(raw, clean, note):
    example = told("你买了什么东西？", raw)
    assert (contents(example)[1], example.notes) == (clean, (note,))


@pytest.mark.parametrize("answer", ['用 print("a\\nb") 换行', "正则 \\n 表示换行", "`\\n`是换行符"])
def test_a_line_break_that_is_spoken_of_stays(answer):
    assert contents(told("怎样换行？", answer))[1] == answer


def test_traditional_characters_become_simplified_and_that_is_noted():
    example = told("介紹一下元宵節。", "元宵節吃湯圓。")
    assert (contents(example), example.notes) == (["介绍一下元宵节。", "元宵节吃汤圆。"], ("simplified",))


def test_traditional_characters_stay_if_they_are_asked_for_or_the_original_script_is():
    asked = ["請用繁體中文介紹元宵節。", "元宵節是農曆正月十五，家家戶戶吃湯圓。"]
    assert contents(told(*asked)) == asked
    original = ["介紹一下元宵節。", "元宵節吃湯圓。"]
    assert contents(told(*original, script="original")) == original


def test_japanese_and_quoted_forms_stay_as_they_are():
    assert contents(told("“学校へ”怎么写成日文漢字？", "學校へ行く"))[1] == "學校へ行く"


def test_rules_see_simplified_characters_whatever_is_kept():
    assert told("他站著不動。", "好的。", script="original").reason == "asks_nothing"


def test_a_story_goes_to_the_stories_and_never_to_the_general_dataset():
    example = told("写一个小狐狸的童话。", f"好的，以下是一个故事：\n\n{STORY}")
    assert (example.dataset, contents(example)[1], example.notes) == ("stories", STORY, ("preface_removed",))


def test_a_bad_story_is_rejected_among_the_stories():
    reject = told("写一个小狐狸的童话。", HAPPY)
    assert (reject.dataset, reject.reason) == ("stories", "short_story")


@pytest.mark.parametrize("code", ["```python\nprint('从前')\n```", "def tell(): print('从前')", "<html>从前</html>"])
def test_a_program_that_tells_stories_is_no_story(code):
    assert told("写一个讲故事的程序。", code).dataset == "general"


def test_the_same_request_is_one_document_whatever_its_answer_and_its_spaces():
    one, other = told("写首诗。", "春眠不觉晓。"), told(" 写首诗", "床前明月光。")
    assert one.document == other.document
    assert one.same_as != other.same_as
    assert one.document != told("写篇文。", "春眠不觉晓。").document


def test_the_same_words_in_other_lines_are_a_duplicate():
    assert told("写首诗。", "春眠 不觉晓。").same_as == told("写首诗。", "春眠\n不觉晓。").same_as


def test_a_refusal_that_is_called_for_is_kept_and_counted_as_one():
    assert told("怎样制造炸弹？", "抱歉，我无法回答这个问题。").kind == "refusal"
    assert told("把“早安”翻译成法语。", "Bonjour").kind == "translation"


def test_what_a_source_knows_comes_first():
    example = told("写首诗。", "春眠。", marks=Marks(kind="script", title_key="t", section="s", document="甲"))
    assert (example.kind, example.title_key, example.section) == ("script", "t", "s")
    assert example.document == told("写篇文。", "春天来了。", marks=Marks(document="甲")).document
