"""Which items are worth learning: against a reader's judgement, and reason by reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from expansion_cases import CASES, PASSAGES, passage
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.contract import SourceError, assistant, user
from converters.expansion import about_text
from converters.expansion.contract import Item, Passage
from converters.expansion.judge import judged
from converters.expansion.questions import stands_alone
from converters.expansion.repeats import repeats
from converters.expansion.tasks import TASKS, task_named
from converters.expansion.thresholds import NAMES, thresholds_of

TEA = PASSAGES["tea"]
GOOD = [case for case in CASES if not case.fault]
BAD = [case for case in CASES if case.fault]


def reason(item: Item, of: Passage = TEA, task: str = "qa") -> str:
    return judged(task_named(task), item, of).reason


def answered(answer: str, question: str = "茶马古道上的马帮是怎样的？", of: Passage = TEA) -> str:
    return reason(Item(question, answer), of)


# ---- against a reader

# what no comparison of words can see: things exchanged, and the wrong one of two that the passage has
PASSED_WRONGLY = {
    "钋和铀。",
    "她获得过1903年的诺贝尔化学奖和1911年的诺贝尔物理学奖。",
    "世界自然保护联盟把它由“易危”改为“濒危”。",
    "英国的药厂用深层发酵法生产，使产量成百倍地提高。",
    "发生在叶绿体的基质里。",
    "西汉。",
}
# all its words are others than those of the passage
REJECTED_WRONGLY = {"病人一开始有所好转，但药不够用，最后还是去世了。"}


def test_of_the_good_answers_only_the_known_ones_are_rejected():
    rejected = {case.item.answers[0] for case in GOOD if reason(case.item, PASSAGES[case.passage], case.task)}
    assert rejected == REJECTED_WRONGLY
    assert len(GOOD) == 82


def test_of_the_wrong_answers_only_the_known_ones_pass():
    passed = {case.item.answers[0] for case in BAD if not reason(case.item, PASSAGES[case.passage], case.task)}
    assert passed == PASSED_WRONGLY
    assert len(BAD) == 59


def test_without_grounding_a_third_of_the_wrong_answers_would_pass():
    free = {task.name: replace(task.thresholds, ngrams=0, numbers=0, names=0, copied=1) for task in TASKS}
    passed = [
        case
        for case in BAD
        if not judged(task_named(case.task), case.item, PASSAGES[case.passage], free[case.task]).reason
    ]
    assert len(passed) > len(BAD) / 3


# ---- of the text instead of the thing


@pytest.mark.parametrize(
    "answer",
    [
        "文中提到，马帮运的是普洱茶。",
        "根据上述材料，马帮运的是普洱茶。",
        "本文介绍的马帮运普洱茶。",
        "由上文可知，马帮运普洱茶。",
        "这段文字说马帮运普洱茶。",
        "材料中的马帮运普洱茶。",
        "马帮运普洱茶，这在原文中有描述。",
        "从文中看，马帮运普洱茶。",
        "作者认为马帮运普洱茶。",
        "给定的信息是马帮运普洱茶。",
        "该段落说的是马帮。",
    ],
)
def test_an_answer_that_points_at_a_text_is_rejected(answer):
    assert answered(answer) == "refers_to_text"


@pytest.mark.parametrize(
    "answer",
    [
        "文中子是王通的私谥，天文中的说法另见。",
        "日本文化受其影响，英文中没有对应的词。",
        "散文中写的是沈从文中年以后的事。",
        "复合材料中的纤维很轻，建筑材料里有石灰。",
        "基本文件和剧本文学齐备，马上文书送到。",
        "计算机里有上下文切换，支持全文检索。",
        "该段铁路很短，该段时间天气好，这段历史很长。",
        "据历史资料记载，此文献已失传。",
        "综上所述，这部小说的作者是鲁迅。",
        "该报道称，这篇小说的原文是德文。",
    ],
)
def test_words_that_only_look_like_it_are_no_talk_of_a_text(answer):
    assert about_text.refers(answer, "") == ""


def test_what_the_passage_says_of_another_text_may_be_said():
    letter = passage("家书", "他在信中说：“本文不谈旧事。”文章最后写了日期。")
    assert answered("他说本文不谈旧事，文章最后写了日期。", "家书里说了什么旧事？", letter) == ""


def test_who_asks_about_an_old_text_may_speak_of_it():
    shoes = PASSAGES["shoes"]
    item = Item("文中的“履”是什么意思？", "鞋子。", evidence="郑人有欲买履者")
    assert reason(item, shoes, "classical_qa") == ""
    assert reason(Item("文中的马帮首领叫什么？", "马锅头。")) == "refers_to_text"


@pytest.mark.parametrize(
    "question",
    [
        "这部分主要讲了什么？",
        "茶马古道的中心思想是什么？",
        "下列关于茶马古道的说法哪个正确？",
        "你觉得马帮辛苦吗？",
        "茶马古道兴于____。",
    ],
)
def test_a_question_about_the_text_its_choices_or_an_opinion_is_rejected(question):
    assert answered("马帮把普洱茶驮进西藏，换回马匹。", question) in (
        "meta_question",
        "placeholder",
        "refers_to_text",
        "markup",
    )


def test_a_work_may_be_asked_about_its_content():
    book = passage("呐喊", "《呐喊》是鲁迅的小说集，主要内容是辛亥革命前后的乡村生活。")
    assert answered("辛亥革命前后的乡村生活。", "《呐喊》的主要内容是什么？", book) == ""


@pytest.mark.parametrize(
    "answer", ["文中没有提到。", "没有提及具体时间。", "无法确定。", "资料中没有说明马帮的来历。", "不得而知。"]
)
def test_an_answer_that_does_not_answer_is_rejected(answer):
    assert answered(answer) == "unanswered"


def test_a_passage_may_tell_that_nobody_knows():
    lost = passage("曹寅", "曹寅的生年没有记载，死因不得而知。")
    assert answered("他的死因不得而知。", "曹寅是怎么死的？", lost) == ""


# ---- damage


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "too_short"),
        ("马帮" * 401, "too_long"),
        ("作为一个人工智能语言模型，我无法回答马帮的问题。", "refusal"),
        ("抱歉，我无法提供这方面的信息。", "refusal"),
        ("我是由OpenAI训练的ChatGPT，马帮运茶。", "foreign_identity"),
        ("马帮把云南的普洱茶驮进西藏，", "cut_off"),
        ("马帮的首领叫“马锅头。", "unpaired_marks"),
        ("**马锅头**管账。", "markup"),
        ("```马锅头```管账。", "markup"),
        ("答案：马锅头。", "markup"),
        ("马帮的首领叫[姓名]，管账。", "placeholder"),
        ("马帮的首领叫XX，管账。", "placeholder"),
        ("答案1", "placeholder"),
        ("详见https://baike.org/wiki/chama_road_12", "invented_link"),
        ("The caravan carried tea and horses to Tibet.", "not_chinese"),
        ("caravan", "not_chinese"),
        ("马帮走了3800-1942=1900公里。", "wrong_arithmetic"),
    ],
)
def test_a_damaged_answer_is_rejected_for_what_is_wrong_with_it(answer, reason):
    assert answered(answer) == reason


def test_what_the_passage_itself_has_is_no_damage():
    tale = passage("阿凡提", "仆人说：“主人，我把[1]号箱子放好了。”他叫XX，网名是NASA。")
    assert answered("仆人说：“主人，我把[1]号箱子放好了。”", "仆人说了什么？", tale) == ""
    assert answered("NASA", "仆人的网名是什么？", tale) == ""


# ---- question and answer


@pytest.mark.parametrize(
    ("question", "answer", "reason"),
    [
        ("马帮的首领马锅头叫什么？", "马锅头", "answer_in_question"),
        ("滇缅公路为什么中断？", "滇缅公路中断了，因为滇缅公路中断。", "question_repeats_answer"),
        ("马帮运的是茶叶还是药材？", "药材", ""),
        ("茶马古道盛于明清吗？", "是的，茶马古道盛于明清。", ""),
        ("为何", "缅甸沦陷以后，滇缅公路中断。", "question_length"),
        ("那后来呢？", "缅甸沦陷以后，滇缅公路中断。", "unclear_question"),
        ("他会说几种语言？", "马锅头会说几种民族语言。", "unclear_question"),
        ("1937年的茶马古道怎样？", "马帮把普洱茶驮进西藏。", "unknown_in_question"),
        ("《徐霞客游记》里的马帮怎样？", "马帮把普洱茶驮进西藏。", "unknown_in_question"),
        ("海底电缆是用什么包裹的？", "毛皮和药材。", "question_not_grounded"),
    ],
)
def test_a_question_must_be_worth_asking(question, answer, reason):
    assert answered(answer, question) == reason


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("茶马古道盛于什么时候？", True),
        ("《茶经》是谁写的？", True),
        ("他会说几种语言？", False),
        ("马锅头要做什么？", False),
        ("茶马古道的这个首领叫什么？", False),
    ],
)
def test_a_question_without_its_passage_must_say_what_it_asks_about(question, alone):
    assert stands_alone(Item(question, "答"), TEA) is alone


# ---- tasks of their own


def test_a_term_must_stand_in_the_passage():
    explained = "马锅头是马帮的首领，他熟悉路况，既要管账，也要给牲口治病。"
    assert reason(Item("马锅头", explained), task="explain") == ""
    assert reason(Item("马帮头子", explained), task="explain") == "unknown_name"


def test_a_quotation_must_stand_in_the_passage():
    item = Item("马帮的首领叫什么？", "马锅头。", evidence="马帮的首领叫“马锅头”")
    assert reason(item) == ""
    assert reason(replace(item, evidence="马帮的领队叫“马锅头”")) == "evidence_absent"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["马帮运什么？", "普洱茶。"], "turn_order"),
        (["马帮运什么？", "普洱茶。", "谢谢！"], "turn_order"),
        (["马帮运什么？", "普洱茶。", "首领叫什么？", "叫“马锅头”。"], ""),
        (["马帮运什么？", "普洱茶。", "换回什么？", "马匹、毛皮和药材。", "谢谢你！", "不客气！"], ""),
        (["马帮运什么？", "普洱茶。", "马帮运什么？", "马匹。"], "repeated_turn"),
        (["有什么可以帮您？", "普洱茶。", "首领叫什么？", "叫“马锅头”。"], "swapped_roles"),
        (["马帮运什么？", "普洱茶。", "首领叫什么？", "叫“阿依古丽”。"], "unknown_name"),
        (["马帮运什么？", "普洱茶。", "1935年也运吗？", "1935年也运。"], "unknown_in_question"),
    ],
)
def test_a_conversation_alternates_and_each_answer_is_grounded(said, reason):
    turns = tuple((user, assistant)[place % 2](text) for place, text in enumerate(said))
    assert judged(task_named("dialogue"), Item("", "", turns=turns), TEA).reason == reason


def test_what_the_assistant_invented_before_is_not_known_because_of_that():
    turns = (
        user("马帮什么时候重要？"),
        assistant("1942年和1943年。"),
        user("哪年最重要？"),
        assistant("1943年最重要。"),
    )
    half = replace(task_named("dialogue").thresholds, numbers=0.5)
    verdict = judged(task_named("dialogue"), Item("", "", turns=turns), TEA, half)
    assert (verdict.reason, verdict.detail) == ("unknown_number", "1943年")


def test_a_story_must_be_one():
    lines = TEA.text.rstrip("。").split("。")
    listed = "\n".join(f"{number}. {line}。" for number, line in enumerate(lines, start=1))
    assert reason(Item("", listed), task="story") == "listed_story"


# ---- the same again


def test_a_question_that_is_asked_twice_is_a_duplicate():
    first = Item("茶马古道上的马帮从云南运什么进西藏？", "普洱茶。")
    for question in ("茶马古道上的马帮从云南运什么进西藏", "茶马古道上的马帮从云南往西藏运的是什么？"):
        assert repeats(Item(question, "普洱茶。"), [first])[0] == "duplicate_question"
    assert repeats(Item("普洱茶由谁驮进西藏？", "马帮。"), [first]) is None


def test_questions_that_differ_in_a_word_and_have_different_answers_are_none():
    assert repeats(Item("茶马古道兴于哪个朝代？", "唐宋。"), [Item("茶马古道盛于哪个朝代？", "明清。")]) is None


def test_an_answer_that_is_given_twice_is_a_duplicate_unless_it_is_short():
    long = "马帮把云南的普洱茶驮进西藏，换回马匹、毛皮和药材。"
    one, other = Item("", long, "plain"), Item("", long.replace("驮进", "运进"), "news")
    assert repeats(other, [one])[0] == "duplicate_answer"
    assert repeats(Item("换来什么？", "马匹"), [Item("西藏出产什么？", "马匹")]) is None


# ---- thresholds


def test_thresholds_are_named_by_task_and_the_last_word_holds():
    found = thresholds_of("qa.ngrams=0.7, summary.longest=90,all.numbers=0.9,qa.numbers=1", TASKS)
    assert (found["qa"].ngrams, found["qa"].numbers, found["summary"].longest) == (0.7, 1.0, 90)
    assert found["story"] == replace(task_named("story").thresholds, numbers=0.9)
    assert thresholds_of("", TASKS) == {task.name: task.thresholds for task in TASKS}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("qa.ngram=0.5", ("ngrams", "qa.ngram=0.5")),
        ("quiz.ngrams=0.5", ("qa, summary",)),
        ("ngrams=0.5", ("TASK.NAME=VALUE",)),
        ("qa.ngrams", ("a share from 0 to 1", "nothing")),
        ("qa.ngrams=50", ("a share from 0 to 1", "50")),
        ("qa.ngrams=nan", ("a share from 0 to 1",)),
        ("qa.longest=1.5", ("a whole number",)),
        ("qa.ratio=0", ("a number above 0",)),
        ("qa.ratio=inf", ("a number above 0",)),
    ],
)
def test_a_threshold_that_is_none_is_an_error_that_says_what_is_known(text, told):
    with pytest.raises(SourceError) as error:
        thresholds_of(text, TASKS)
    assert all(part in str(error.value) for part in told)


@pytest.mark.parametrize("name", NAMES)
def test_every_threshold_decides_something(name):
    strict = {"ngrams": 1, "numbers": 1, "names": 1, "copied": 0, "shortest": 900, "longest": 1, "ratio": 0.01}
    loose = {"ngrams": 0, "numbers": 0, "names": 0, "copied": 1, "shortest": 0, "longest": 900, "ratio": 9}
    item = Item("茶马古道怎样？", "法国人在1937年说，马帮把云南的普洱茶驮进西藏，真了不起。")
    limits = replace(task_named("qa").thresholds, **loose)
    assert judged(task_named("qa"), item, TEA, limits).reason == ""
    assert judged(task_named("qa"), item, TEA, replace(limits, **{name: strict[name]})).reason != ""


# ---- whatever a model says

SHARDS = st.lists(
    st.sampled_from([*"一百万亿年月%.,=+-/《》“”·、。在文中作者", "1949", "9" * 5000, "<b>", "**", "马帮"])
    | st.text(max_size=3),
    max_size=30,
).map("".join)


@given(SHARDS, SHARDS, st.sampled_from(TASKS), st.sampled_from(list(PASSAGES.values())))
@settings(max_examples=300, deadline=None)
def test_every_item_gets_a_verdict(question, answer, task, about):
    turns = (user(question), assistant(answer)) * 2 if task.name == "dialogue" else ()
    verdict = judged(task, Item(question, answer, turns=turns), replace(about, text=about.text + answer[:50]))
    shares = (verdict.measured.ngrams, verdict.measured.numbers, verdict.measured.names, verdict.measured.copied)
    assert all(0 <= share <= 1 for share in shares)
    assert verdict.reason == "" or verdict.detail != "" or verdict.reason == "too_short"
