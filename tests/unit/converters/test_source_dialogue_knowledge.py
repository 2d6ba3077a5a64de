"""KdConv and NaturalConv: who is the assistant, what it may say, where its part begins and ends."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example, Reject
from converters.sources.dialogue import asking, grounding, kdconv, knowledge, naturalconv, speech
from converters.sources.dialogue.asking import without_question
from converters.sources.dialogue.knowledge import MOST_CHARACTERS, Fact, about, cleaned, rendered
from converters.sources.dialogue.stretches import Answer, Said, judge

DATE = ("渡口", "上映时间", "1990年08月01日")
MAKER = ("渡口", "导演", "林远")
LENGTH = ("渡口", "片长", "101分钟")


def said(text, *facts):
    attributes = [{"name": name, "attrname": attribute, "attrvalue": value} for name, attribute, value in facts]
    return {"message": text, "attrs": attributes} if attributes else {"message": text}


def converted(*messages, file="data/film/dev.json", **record):
    [outcome] = kdconv.convert({"messages": list(messages), "name": "渡口", **record}, Context(file=file))
    return outcome


def spoken_turns(outcome):
    return [(message.role[0], message.content) for message in outcome.messages[1:]]


OPENING = (said("知道《渡口》这部电影吗？"), said("知道，是林远导演的。", MAKER))
MORE = (said("哪年上映的？"), said("1990年8月1日上映的。", DATE))


def test_the_speaker_with_the_facts_answers_and_the_facts_stand_in_the_prompt():
    outcome = converted(*OPENING, *MORE)
    assert spoken_turns(outcome) == [
        ("u", "知道《渡口》这部电影吗？"),
        ("a", "知道，是林远导演的。"),
        ("u", "哪年上映的？"),
        ("a", "1990年8月1日上映的。"),
    ]
    assert outcome.messages[0].role == "system"
    assert "【渡口】\n导演：林远\n上映时间：1990年08月01日" in outcome.messages[0].content
    assert (outcome.document, outcome.kind, outcome.notes) == ("dialogue:kdconv:渡口", "film", ())


def test_the_first_speaker_is_the_assistant_when_the_facts_are_there():
    outcome = converted(
        said("你喜欢看电影吗？"),
        said("《渡口》是谁导演的？"),
        said("是林远导演的。", MAKER),
        said("片子长吗？"),
        said("片长101分钟。", LENGTH),
    )
    assert spoken_turns(outcome)[0] == ("u", "《渡口》是谁导演的？")
    assert outcome.notes == ()


def test_a_farewell_tail_and_an_odd_last_utterance_are_cut_not_the_dialogue():
    outcome = converted(*OPENING, *MORE, said("好的，谢谢！"), said("不客气。"), said("再见"))
    assert spoken_turns(outcome)[-1] == ("a", "1990年8月1日上映的。")
    assert outcome.notes == ("part_of_dialogue",)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("还有什么作品？", "《渡口》我也看过，林远导演的。"),
        ("你看过吗？", "林远导演的，很好看。"),
        ("有资源吗，发我一份。", "林远导演的片子不好找。"),
        ("导演是谁？", "自已查吧，是林远。"),
        ("他多大了？", "林远今年五十岁。"),
        ("哪年上映的？", "1999年上映的，林远导演。"),
        ("谁演的？", "演员阵容很强大。"),
    ],
)
def test_what_an_assistant_cannot_say_ends_the_dialogue_before_it(question, answer):
    outcome = converted(*OPENING, *MORE, said(question), said(answer, MAKER if "林远" in answer else DATE))
    assert spoken_turns(outcome)[-1] == ("a", "1990年8月1日上映的。")


def test_a_question_for_a_fact_is_cut_off_the_assistants_last_answer():
    outcome = converted(
        *OPENING, said("哪年上映的？"), said("1990年8月1日上映，你知道片长是多少吗？", DATE), said("不知道")
    )
    assert spoken_turns(outcome)[-1] == ("a", "1990年8月1日上映。")
    assert "question_to_user_cut" in outcome.notes


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("门票20元，需要电话吗？", ("门票20元，需要电话吗？", False)),
        ("门票20元，你知道电话吗？", ("门票20元", True)),
        ("门票20元。帮我查一下电话。", ("门票20元。", True)),
        ("不错吧？门票才20元。", ("不错吧？门票才20元。", False)),
    ],
)
def test_an_offer_is_no_question_for_a_fact(text, kept):
    assert without_question(text) == kept


def test_a_dialogue_without_attrs_is_rejected():
    assert converted(said("今天真冷。"), said("是啊。")) == Reject(
        "dialogue_knowledge", "no_knowledge", "no message has attrs"
    )


def test_one_exchange_is_too_short():
    assert converted(*OPENING).reason == "too_short"


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("知道枫林寺在哪里吗？", True),
        ("枫林寺门票多少钱？", True),
        ("它的门票多少钱？枫林寺好玩吗？", False),
        ("有，枫林寺就在附近，你知道吗？", False),
        ("你说的枫林寺在哪里？", False),
        ("地址在枫林寺东门，电话是多少？", False),
        ("枫林寺是座古寺。", False),
        ("听你这么说，离那边不远的枫林寺好玩吗？", False),
    ],
)
def test_a_dialogue_may_begin_inside_only_where_it_is_understood(text, understood):
    assert kdconv.begins(text, ("枫林寺",)) is understood


def test_an_answer_without_a_fact_may_only_comment_or_admit_that_it_does_not_know():
    known = "导演：林远"
    assert isinstance(judge(Said("他很有才华。", ()), Said("是的，很多人都这么说。", ()), known), Answer)
    assert isinstance(judge(Said("谁演的？", ()), Said("这个不太清楚。", ()), known), Answer)
    assert judge(Said("谁演的？", ()), Said("是梦工厂和派拉蒙合作的。", ()), known)[0] == "unanswered"
    assert judge(Said("他很有才华。", ()), Said("哦，原来是这样。", ()), known)[0] == "unanswered"
    assert (
        judge(
            Said("他很有才华。", ()),
            Said("是的，而且大家都佩服他做事认真，待人和气，走到哪里都有人记得他的好。", ()),
            known,
        )[0]
        == "unanswered"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("这是我最喜欢的电影", True),
        ("去过，感觉不错", True),
        ("小时候常看", True),
        ("改天去看看", True),
        ("我知道导演是林远", False),
        ("这个我还真不清楚", False),
        ("我推荐你去枫林寺", False),
        ("你看过他的片子吗", False),
        ("我们国家最大的图书馆", False),
        ("收录在《我要的幸福》里", False),
        ("刚去没多久", True),
    ],
)
def test_an_assistant_has_no_life_of_its_own(text, found):
    assert bool(speech.persona(text)) is found


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("2006年7月27日上映", ""),
        ("2006年8月上映", "8"),
        ("票房2,900万", ""),
        ("票房2,901万", "2901"),
        ("代表作有《渡口》", ""),
        ("代表作有《山丘》", "山丘"),
        ("由克里斯·桑德斯执导", ""),
        ("由大卫·桑德斯执导", "大卫·桑德"),
        ("第12届和第24届", ""),
        ("出品公司是Orange", "Orange"),
    ],
)
def test_numbers_titles_and_foreign_names_must_stand_in_what_is_known(text, unknown):
    known = "2006年07月27日，票房2900万，《渡口》，克里斯·桑德斯，第十二届，第24届"
    assert grounding.missing(text, known) == unknown


def test_a_stay_of_fifteen_hours_is_a_lost_decimal_point():
    assert grounding.absurd_visit("适合游玩15小时 - 20小时") == "15小时"
    assert grounding.absurd_visit("适合游玩2小时 - 9小时") == ""
    assert grounding.absurd_visit("24小时热水") == ""


def test_empty_brackets_go_and_a_sentence_with_a_hole_goes_whole():
    assert cleaned("《渡口》（）是一部影片。由林远和。获奖两次。") == "《渡口》是一部影片。获奖两次。"


def test_values_of_one_attribute_are_joined_and_information_is_called_by_its_name():
    facts = [Fact("渡口", "主演", "周青"), Fact("渡口", "Information", "古装片。"), Fact("渡口", "主演", "沈岚")]
    assert rendered(facts) == "【渡口】\n主演：周青、沈岚\n简介：古装片。"


def test_a_prompt_holds_the_used_facts_and_of_the_others_what_fits():
    used, near, far = Fact("渡口", "导演", "林远"), Fact("渡口", "片长", "101分钟"), Fact("山丘", "片长", "90分钟")
    long = Fact("渡口", "Information", "长" * MOST_CHARACTERS)
    assert about([used, near, far, long], [used]) == (used, near)


# ---- NaturalConv

ARTICLE = {"title": "龙舟赛", "text": "青石镇的龙舟赛有18支队伍参加，下塘村队夺得冠军。"}
TALK = ["你好！", "你好！", "龙舟赛有多少队伍？", "有18支队伍参加。", "谁赢了？", "下塘村队夺得冠军。"]


def natural(**record):
    [outcome] = naturalconv.convert({"dialog_id": "0_1", "document_id": 7, "content": TALK, **record}, Context())
    return outcome


def test_the_article_stands_in_the_prompt_and_names_the_document():
    outcome = natural(document=ARTICLE)
    assert isinstance(outcome, Example)
    assert "《龙舟赛》\n青石镇的龙舟赛" in outcome.messages[0].content
    assert outcome.document == "dialogue:naturalconv:7"
    assert [message.content for message in outcome.messages[1:]] == TALK


def test_spaced_utterances_are_joined():
    assert (
        natural(document=ARTICLE, content=[" ".join(text) for text in TALK]).messages[4].content == "有18支队伍参加。"
    )


def test_without_its_article_a_dialogue_is_rejected():
    assert natural().reason == "no_article"


def test_an_article_that_leaves_no_room_for_the_talk_is_rejected():
    long = {"title": "", "text": "长" * (naturalconv.LONGEST_ARTICLE + 1)}
    assert natural(document=long).reason == "article_too_long"


def test_most_answers_must_say_a_fact():
    chat = [said("他很有才华。"), said("是的，确实很有才华。")]
    assert isinstance(converted(*OPENING, *chat, *MORE), Example)
    assert converted(*OPENING, *chat, *chat, *chat, *MORE).reason == "too_short"


def test_a_lost_decimal_point_ends_the_dialogue():
    hours = said("建议玩15小时。", ("渡口", "建议游玩时间", "15小时"))
    assert converted(said("知道渡口吗？"), hours, *MORE).reason == "absurd_duration"


def test_an_answer_that_only_asks_back_is_named():
    asks = said("是的，你知道片长是多少吗？")
    assert converted(said("《渡口》是林远导演的。", MAKER), asks, *MORE).reason == "question_to_user"


def test_a_name_deep_inside_a_sentence_does_not_begin_a_dialogue():
    assert kdconv.begins("一二三四五六枫林寺好玩吗？", ("枫林寺",))
    assert not kdconv.begins("一二三四五六七八九枫林寺好玩吗？", ("枫林寺",))


def test_what_only_another_part_of_the_dialogue_knew_is_not_in_the_prompt_and_rejects():
    other = ("山丘", "片长", "101分钟")
    mixed = said("林远导演的，片长101分钟。", MAKER)
    outcome = converted(*OPENING, said("还有呢？"), mixed, said("你看过《山丘》吗？", other), said("我看过。"))
    assert (outcome.reason, outcome.detail) == ("ungrounded", "101")


def test_having_heard_of_somebody_claims_no_life_and_having_heard_a_song_does():
    heard = Said("听过呀，他是林远。", (Fact(*MAKER),))
    assert isinstance(judge(Said("听说过林远吗？", ()), heard, "林远"), Answer)
    assert judge(Said("听过《渡口》吗？", ()), heard, "林远《渡口》")[0] == "persona"


def test_the_one_who_knows_draws_no_conclusions_from_the_user():
    learns = Said("看来是林远导演的。", (Fact(*MAKER),))
    assert judge(Said("片子是林远导演的。", ()), learns, "林远")[0] == "learns"


@pytest.mark.parametrize(
    "text",
    [
        "等此歌是林远唱的",
        "地址我自已查",
        "2011-11-11月发行",
        "是它边不错的",
        "它在是2013年开放",
        "最佳《摇滚》奖",
        "“山丘奖",
    ],
)
def test_slips_of_the_annotators_are_not_learnt(text):
    assert speech.slip(text)
    assert not speech.slip("4月1日-10月31日开放，等一下再说")


def test_a_clause_so_long_that_a_mark_is_lost_is_a_slip():
    long = "馆里陈列着历代工匠留下的瓷器木雕织锦铜镜以及从海外归来的几件珍品"
    assert len(long) == 32
    assert speech.slip(long + "还有画，好") == long + "还有画"
    assert not speech.slip(long + "，" + long)


def test_a_stay_of_three_days_is_an_error_and_of_two_is_none():
    assert grounding.absurd_visit("能玩上3天。") == "玩上3天"
    assert not grounding.absurd_visit("能玩上2天。")
    assert not grounding.absurd_visit("提前3天预约。")
    assert not grounding.absurd_visit("7天连锁酒店不错。")


def test_an_album_is_not_called_a_song():
    song = Said("是一首林远唱的歌。", (Fact(*MAKER),))
    assert judge(Said("知道《渡口》这张专辑吗？", ()), song, "林远")[0] == "mistaken"
    assert isinstance(judge(Said("知道《渡口》这首歌吗？", ()), song, "林远《渡口》"), Answer)


def test_a_year_that_only_the_user_gives_is_not_agreed_to():
    agrees = Said("是的，林远导演的。", (Fact(*MAKER),))
    assert judge(Said("是1992年的片子吧？", ()), agrees, "林远 1990年") == ("false_premise", "1992")
    assert isinstance(judge(Said("是1990年的片子吧？", ()), agrees, "林远 1990年"), Answer)


@pytest.mark.parametrize("text", ["原来她还唱歌，林远导演的。", "是吗，林远导演的。"])
def test_the_one_who_knows_is_not_surprised(text):
    assert judge(Said("片子好看。", ()), Said(text, (Fact(*MAKER),)), "林远")[0] == "learns"


@pytest.mark.parametrize("text", ["林远，不知道他是哪年出生的。", "林远，那要玩多长时间？"])
def test_a_quiz_of_the_user_is_cut_with_a_question_mark_or_without(text):
    assert without_question(text) == ("林远", True)


@pytest.mark.parametrize("text", ["她今年还不到三十岁。", "才十几岁。", "都快要五十的人了。", "现在是放假期间。"])
def test_an_age_of_the_day_of_writing_is_dated_whoever_says_it(text):
    assert speech.aged(text) or speech.dated(text)
    assert judge(Said("她今年还不到三十岁。", ()), Said("林远。", (Fact(*MAKER),)), "林远")[0] == "dated"


@pytest.mark.parametrize(
    "text", ["山丘是她的艺名，真名叫什么？", "看样子你知道山丘？", "由山丘唱的吗？", "主唱山丘也写词吗？"]
)
def test_what_goes_on_from_before_does_not_begin_a_dialogue(text):
    assert not kdconv.begins(text, ("山丘",))


def test_which_film_the_assistant_has_seen_asks_for_a_life():
    assert speech.asks_for_a_life("他的电影你看过哪部？")


@pytest.mark.parametrize("text", ["林远导演的，我看的首映。", "必须地，林远导演的。"])
def test_a_premiere_seen_and_a_hearty_yes_are_a_life(text):
    assert speech.persona(text)
    assert not speech.persona("我看是林远导演的。")


def test_an_offer_of_a_copy_and_an_age_are_faults_whatever_the_facts_carry():
    maker = (Fact(*MAKER),)
    assert judge(Said("有资源吗，发我一份。", ()), Said("是林远导演的。", maker), "林远")[0] == "piracy"
    assert judge(Said("他多大了？", ()), Said("林远今年五十岁。", maker), "林远")[0] == "dated"


def test_a_comment_at_the_end_says_nothing_and_goes():
    outcome = converted(*OPENING, *MORE, said("他很有才华。"), said("是的，确实很有才华。"))
    assert spoken_turns(outcome)[-1] == ("a", "1990年8月1日上映的。")


def test_words_that_only_another_part_of_the_dialogue_knew_reject():
    other = ("山丘", "简介", "沈岚谱写的长曲")
    mixed = said("林远导演的，沈岚谱写的长曲。", MAKER)
    outcome = converted(*OPENING, said("还有呢？"), mixed, said("你看过《山丘》吗？", other), said("我看过。"))
    assert (outcome.reason, outcome.detail) == ("ungrounded", "沈岚谱写的长曲")


def test_a_stretch_that_begins_inside_must_be_understood_and_the_first_message_need_not_ask():
    rest = (said("是林远导演的。", MAKER), said("片子长吗？"), said("片长101分钟。", LENGTH))
    assert isinstance(converted(said("今天天气不错。"), said("《渡口》是谁导演的？"), *rest), Example)
    assert not isinstance(converted(said("今天天气不错。"), said("那《渡口》是谁导演的？"), *rest), Example)
    assert isinstance(converted(said("那《渡口》是谁导演的？"), *rest), Example)


def test_a_slip_of_the_assistant_ends_the_stretch():
    assert judge(Said("谁导演的？", ()), Said("等此片是林远导演的。", (Fact(*MAKER),)), "林远")[0] == "slip"


def test_a_description_in_english_or_without_its_full_stops_is_no_value():
    assert knowledge.cleaned("静茹&amp;情歌") == "静茹&情歌"
    assert (
        knowledge.cleaned("A film directed by somebody and written by somebody else in the year of its release") == ""
    )
    stopless = "古钟馆位于城北收藏着历代铜钟" * 6
    assert knowledge.cleaned(stopless) == ""
    assert knowledge.cleaned(stopless[:60] + "。" + stopless[:20] + "。")
    assert knowledge.cleaned("甲城路1号、" * 5)


@pytest.mark.parametrize(
    ("question", "answer", "past"),
    [
        ("适合小孩去吗？", "冲浪池、漂流河等。", True),
        ("适合小孩去吗？", "适合，有儿童池。", False),
        ("那里有什么好玩的？", "位于城北，是一处老园子。", True),
        ("那里有什么好玩的？", "园区分为三个功能区域。", True),
        ("那里有什么好玩的？", "可以划船。", False),
        ("都有什么动物？", "数量上百。", True),
        ("都有什么动物？", "鹿、羊和孔雀。", False),
        ("需要门票吗？", "八点开门。", True),
        ("需要门票吗？", "不用，免费。", False),
        ("他有名气吗？", "唱过两首歌。", True),
        ("他有名气吗？", "获过新人奖。", False),
        ("几点开门？", "八点。", False),
    ],
)
def test_an_answer_speaks_to_the_question(question, answer, past):
    assert bool(asking.misses(question, answer)) is past


def test_a_quantity_stands_with_its_unit_in_what_is_known():
    assert grounding.unstated("能玩1小时。", "开放时间：1月1日") == "1小时"
    assert not grounding.unstated("能玩1小时。", "建议游玩时间：1 小时")


@pytest.mark.parametrize(
    "text",
    [
        "是的他是导演",
        "嗯了解",
        "那它周边不有什么景点",
        "面积5100平方米展厅主要展示",
        "《五月天》乐队",
        "博物馆的综合性博物馆",
        "是收光影公司出品",
    ],
)
def test_more_slips_of_the_keyboard(text):
    assert speech.slip(text)


@pytest.mark.parametrize(
    "text", ["当然知道呀", "是的，他是导演", "嗯嗯", "面积5100平方米，分四层", "是收费的", "是收录在专辑里的"]
)
def test_what_only_looks_like_a_slip(text):
    assert not speech.slip(text)


def test_who_does_not_know_what_the_user_told_has_not_listened():
    told = Said("每年秋天满山的红叶是那里最有名的景色，家喻户晓。", ())
    assert judge(told, Said("这个不太清楚。", ()), "简介：红叶")[0] == "unanswered"


def test_no_to_a_question_whose_word_is_known_is_a_mistake():
    known = "职业：导演、演员"
    assert judge(Said("他是演员吗？", ()), Said("不是的，他是个导演。", ()), known)[0] == "mistaken"


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ("是东海映画发的电影。", "【渡口】\n简介：是东海映画发行的电影。"),
        ("它也称为古钟馆是收藏古钟的场所。", "【钟楼】\n简介：它也称为古钟馆，是收藏古钟的场所。"),
        ("吸引着游人前来瞻仰望江纪念碑。", "【望江纪念碑】\n简介：吸引着游人前来瞻仰。望江纪念碑是石料砌成的。"),
        ("能玩1小时。", "【渡口】\n开放时间：1月1日\n简介：能玩，小时"),
    ],
)
def test_an_answer_that_a_fact_lost_a_piece_of_is_beyond_what_is_known(answer, known):
    assert kdconv.beyond(answer, known)


def test_an_answer_that_speaks_past_the_question_is_none():
    fact = Fact("望江公园", "简介", "望江公园在江边")
    answer = Said("望江公园在江边。", (fact,))
    assert judge(Said("那里适合小孩子去玩吗？", ()), answer, "【望江公园】\n简介：望江公园在江边")[0] == "unanswered"
