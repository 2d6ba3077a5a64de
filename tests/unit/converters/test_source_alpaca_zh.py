from __future__ import annotations

import pytest

from converters.contract import Context, Example, Reject
from converters.sources.alpaca_zh import SOURCE, from_bilingual, from_history, from_instruction

CONTEXT = Context()
WALL = "长城是中国古代的防御工程，东起山海关，西到嘉峪关，历代都有修筑。"


def only(outcomes):
    assert len(outcomes) == 1
    return outcomes[0]


def told(instruction: str, output: str = WALL, given: str | None = ""):
    return only(from_instruction({"instruction": instruction, "input": given, "output": output}, CONTEXT))


def contents(example: Example) -> list[str]:
    return [message.content for message in example.messages]


# ---- one instruction


def test_instruction_and_input_are_joined():
    assert contents(told("翻译成法语。", "Bonjour", given="早安")) == ["翻译成法语。\n早安", "Bonjour"]


@pytest.mark.parametrize("given", ["", None, "无", "<无输入>", "（无）", "No input", "无输入。", "N/A", "nan"])
def test_an_input_that_says_that_there_is_none_is_none(given):
    assert contents(told("介绍长城。", given=given))[0] == "介绍长城。"


def test_an_input_that_only_begins_so_stays():
    assert contents(told("介绍这个成语。", given="无中生有"))[0] == "介绍这个成语。\n无中生有"


@pytest.mark.parametrize("output", [3, ["甲"], {"text": "甲"}])
def test_an_answer_that_is_no_text_is_rejected(output):
    assert told("介绍长城。", output).reason == "missing_columns"


def test_code_translations_and_formulas_need_no_chinese_answer():
    for request, answer in (
        ("把“早安”翻译成法语。", "Bonjour"),
        ("用Python打印你好。", "print('你好')"),
        ("写出质能方程。", "E = mc²"),
    ):
        assert isinstance(told(request, answer), Example)


def test_chinese_stands_beside_its_english():
    record = {
        "instruction": "Describe the Great Wall.",
        "input": "",
        "output": "A wall.",
        "instruction_zh": "介绍长城。",
        "input_zh": "",
        "output_zh": WALL,
    }
    assert contents(only(from_bilingual(record, CONTEXT))) == ["介绍长城。", WALL]
    assert only(from_bilingual({**record, "output_zh": 3}, CONTEXT)).reason == "missing_columns"


def beside(score: int | None = None, **more):
    metadata = {} if score is None else {"metadata": {"translated": True, "score": score}}
    record = {
        "en_instruction": "Describe the Great Wall.",
        "zh_instruction": "介绍长城。",
        "zh_input": "",
        "zh_output": WALL,
    }
    return only(from_bilingual({**record, **metadata, **more}, CONTEXT))


def test_the_language_may_stand_before_the_column():
    assert contents(beside()) == ["介绍长城。", WALL]
    assert beside(zh_output=3).reason == "missing_columns"


def test_a_translation_that_its_makers_scored_low_is_rejected():
    assert isinstance(beside(score=4), Example)
    assert beside(score=3).reason == "doubted_translation"


def test_what_shows_that_it_was_translated_is_rejected_and_the_rest_has_a_kind():
    assert told("确定长城的主要组件。").reason == "translated_request"
    assert told("介绍长城。").kind == "curt"


@pytest.mark.parametrize(
    "request_",
    ["改写句子。\n他走了。(Rewritten sentence: 他离开了。)", "苹果 -> 水果", "sunny / 天气"],
)
def test_what_annotators_wrote_beside_the_text_is_no_request(request_):
    assert told(request_).reason == "annotator_marks"


def test_a_dash_before_a_quotation_is_no_mark_of_annotators():
    assert isinstance(told("回答这个真假问题 - “原子由核和电子组成”。"), Example)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("把句子改成过去时。他每天去学校。", "他每天去了学校。"),
        ("识别句子里的冠词。一只猫坐在垫子上。", "一只"),
        ("写一个网页。", "<头>\n<标题>你好</标题>\n</头>"),
        ("写一个循环。", "如果（a大于b）{ 打印（“你好”） }"),
    ],
)
def test_what_only_english_has_is_lost_in_translation(request_, answer):
    assert told(request_, answer).reason == "lost_in_translation"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("把句子改成过去时：I go to school.", "I went to school."),
        ("什么是过去时？", "表示过去发生的动作的动词形式。"),
        ("找出汉字“学校”的声母。", "一个是xué的声母，一个是xiào的声母。"),
    ],
)
def test_grammar_that_is_asked_about_or_has_its_english_is_kept(request_, answer):
    assert isinstance(told(request_, answer), Example)


STORY = (
    "从前有一只小狐狸，住在一片很大的森林里。有一天，它走到河边，想到对岸去摘果子，可是河上没有桥。"
    "乌龟看见了，说：“坐到我背上来吧。”小狐狸说：“谢谢你！”它高兴地过了河，把果子分了一半给乌龟。后来，它们成了好朋友，"
    "每天都在河边说话，一起看太阳落山，谁也不再觉得孤单了。冬天来的时候，小狐狸还送给乌龟一条厚厚的围巾。"
)


@pytest.mark.parametrize(
    ("story", "reason"),
    [
        (STORY, ""),
        (STORY.replace("从前有", "从前，有"), "translated_story"),
        (STORY.replace("高兴地过", "高兴的跑过"), "careless"),
        (STORY.replace("“谢谢你！”", "谢谢。"), "nobody_speaks"),
        (STORY.replace("“谢谢你！”", "“谢谢”。"), "nobody_speaks"),
    ],
)
def test_a_story_is_read_again(story, reason):
    outcome = told("写一个关于友谊的故事。", story)
    assert outcome.dataset == "alpaca_zh_story"
    assert (outcome.reason if isinstance(outcome, Reject) else "") == reason


# ---- OASST


def asked(request: str, *history: tuple[str, str], output: str = WALL):
    record = {"instruction": request, "input": "", "output": output, "history": [list(pair) for pair in history]}
    return only(from_history(record, CONTEXT))


def test_a_history_becomes_turns():
    example = asked(
        "为什么要多走路？",
        ("怎样才能睡得好？", WALL),
        output="走路让人白天累一些，晚上就睡得香，第二天早上起来也更有精神。",
    )
    assert contents(example) == [
        "怎样才能睡得好？",
        WALL,
        "为什么要多走路？",
        "走路让人白天累一些，晚上就睡得香，第二天早上起来也更有精神。",
    ]
    assert example.kind == "volunteer"


@pytest.mark.parametrize(
    ("request_", "history", "kind"),
    [
        ("怎样才能睡得好？", (), "volunteer"),
        ("它有多长？", (("怎样才能睡得好？", WALL),), "recall"),
        ("怎样才能睡得好？", (("以水为题，写一首古诗。", WALL),), "poem"),
    ],
)
def test_a_talk_that_asks_for_facts_or_verse_is_of_their_kind(request_, history, kind):
    assert asked(request_, *history).kind == kind


def test_several_answers_to_one_prompt_share_a_key_of_which_one_is_kept():
    one, other = (
        asked("介绍长城。"),
        asked("介绍长城。", output="长城是一道很长的墙，在中国的北方，从山海关一直修到嘉峪关。"),
    )
    assert (one.title_key, one.document) == (other.title_key, other.document)
    assert SOURCE.title_cap == 1


def test_the_same_question_after_another_talk_has_a_key_of_its_own():
    one = asked("它有多长？", ("介绍长城。", WALL), output="约两万一千公里。")
    other = asked("它有多长？", ("介绍长江。", WALL.replace("城", "江")), output="约六千三百公里。")
    assert one.title_key != other.title_key


@pytest.mark.parametrize("history", ["甲", [["甲"]], [["甲", 3]], [["甲", "乙", "丙"]], [{"q": "甲"}]])
def test_a_history_of_another_shape_is_rejected(history):
    record = {"instruction": "介绍长城。", "input": "", "output": WALL, "history": history}
    assert only(from_history(record, CONTEXT)).reason == "missing_columns"


@pytest.mark.parametrize(
    ("request_", "answer", "curt"),
    [
        ("介绍长城。", "长城是一道墙。", True),
        ("介绍长城。", WALL, False),
        ("介绍长城。", "长" * 23, True),
        ("介绍长城。", "长" * 24, False),
        ("长城好看吗？", "长" * 6, True),
        ("长城好看吗？", "长" * 7, False),
        ("长城好看吗？", "十分壮观，值得去看。", False),
        ("长城是谁修的？", "秦始皇。", False),
        ("3加4等于多少？", "7", False),
        ("介绍一下", "请问介绍什么？", False),
    ],
)
def test_a_curt_answer_is_not_worth_learning(request_, answer, curt):
    assert (getattr(asked(request_, output=answer), "reason", "") == "curt_answer") is curt


def test_a_record_of_a_merged_file_may_have_a_history():
    record = {
        "instruction": "它有多长？",
        "output": "约两万一千公里。",
        "history": [["介绍长城。", WALL]],
    }
    assert len(only(from_instruction(record, CONTEXT)).messages) == 4


def test_volunteers_and_models_have_licences_of_their_own():
    licences = {shape.name: shape.licence or SOURCE.licence for shape in SOURCE.formats}
    assert licences == {"history": "Apache-2.0", "bilingual": "CC-BY-NC-4.0", "instruction": "CC-BY-NC-4.0"}


def test_a_story_is_moved_to_the_stories():
    story = (
        "从前有一只小狐狸，它走出森林，看见了一条河。它说：“我想过河。”乌龟说：“我来帮你。”" * 4
        + "最后，它们成了朋友。"
    )
    assert told("写一个小狐狸的童话。", story).dataset == "alpaca_zh_story"
