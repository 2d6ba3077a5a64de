"""CrossWOZ: the database result is put together from acts and queries, and nothing else may be said."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example
from converters.sources.dialogue import clerk, crosswoz, speech
from converters.sources.dialogue.results import Results

INN = "如意客栈"
QUERY = {"酒店": {"酒店类型": "舒适型", "selectedResults": [INN]}}


def usr(text, *acts):
    return {"role": "usr", "content": text, "dialog_act": [list(act) for act in acts]}


def sys(text, *acts, state=None, first=None):
    state = QUERY if state is None else state
    return {
        "role": "sys",
        "content": text,
        "dialog_act": [list(act) for act in acts],
        "sys_state": state,
        "sys_state_init": first or state,
    }


HELLO = (
    usr("找一家舒适型的酒店。", ("Request", "酒店", "名称", "")),
    sys("推荐您去如意客栈。", ("Recommend", "酒店", "名称", INN)),
)
PHONE = (
    usr("电话是多少？", ("Request", "酒店", "电话", "")),
    sys("电话是01012345678。", ("Inform", "酒店", "电话", "01012345678")),
)


def converted(*turns, key="17"):
    [outcome] = crosswoz.convert({"messages": list(turns), "type": "单领域"}, Context(key=key))
    return outcome


def test_the_clerk_is_the_assistant_and_the_result_stands_in_the_prompt():
    outcome = converted(*HELLO, *PHONE)
    assert [message.role for message in outcome.messages] == ["system", "user", "assistant", "user", "assistant"]
    assert "【如意客栈】（酒店）\n电话：01012345678\n酒店类型：舒适型" in outcome.messages[0].content
    assert (outcome.document, outcome.kind) == ("dialogue:crosswoz:17", "单领域")


def test_the_taxi_of_place_holders_is_taken_out():
    taxi = (
        usr("叫辆车。", ("Request", "出租", "车型", "")),
        sys("车型#CX，车牌#CP。", ("Inform", "出租", "车型", "#CX"), state={}),
    )
    outcome = converted(*HELLO, *taxi, *PHONE)
    assert "#C" not in "".join(message.content for message in outcome.messages)
    assert outcome.notes == ("taxi_turn_removed",)


def test_thanks_and_welcome_are_cut_off_the_end():
    outcome = converted(*HELLO, *PHONE, usr("好的，谢谢！"), sys("不客气，祝您旅途愉快！"))
    assert outcome.messages[-1].content == "电话是01012345678。"


@pytest.mark.parametrize(
    ("reply", "acts", "reason"),
    [
        ("价格是588元。", (("Inform", "酒店", "评分", "4分"),), "ungrounded"),
        ("价格是588元，环境优雅。", (("Inform", "酒店", "价格", "588元"),), "embellished"),
        ("价格是588元，我住过。", (("Inform", "酒店", "价格", "588元"),), "persona"),
        ("588元，你这要求也太过分了。", (("Inform", "酒店", "价格", "588元"),), "rude"),
        ("还不错。", (), "unanswered"),
        (
            "价格588元，旁边是听雨轩。",
            (("Inform", "酒店", "价格", "588元"), ("Inform", "酒店", "周边餐馆", "老城面馆")),
            "unsaid_value",
        ),
    ],
)
def test_an_answer_that_says_more_or_less_than_the_result_ends_the_dialogue(reply, acts, reason):
    price = (usr("价格多少？", ("Request", "酒店", "价格", "")), sys(reply, *acts))
    assert converted(*HELLO, *price).reason == reason
    assert len(converted(*HELLO, *PHONE, *price).messages) == 5


def test_lists_copied_from_a_table_are_set_as_prose():
    assert crosswoz.clerk_text("有百丰农场, 小汤山镇。") == "有百丰农场、小汤山镇。"
    assert crosswoz.clerk_text("电话61781012,61781357") == "电话61781012、61781357"
    assert crosswoz.clerk_text("(起点) 故宫附近") == "故宫附近"
    assert crosswoz.clerk_text("报歉") == "抱歉"


def test_a_query_that_found_nothing_is_told():
    first = {"酒店": {"价格": "100-200元"}}
    nothing = sys(
        "没有，推荐如意客栈。", ("NoOffer", "酒店", "none", "none"), ("Recommend", "酒店", "名称", INN), first=first
    )
    assert "没有查到符合条件的酒店（价格：100-200元）" in Results.of([nothing]).rendered()


def test_a_value_of_two_results_belongs_to_neither():
    two = {"酒店": {"selectedResults": [INN, "听涛阁"]}}
    results = Results.of([sys("都是500元。", ("Inform", "酒店", "价格", "500元"), state=two)])
    assert "500元" in results.unclear


def test_facilities_and_metro_stations_stand_with_the_place_they_belong_to():
    metro = {"地铁": {"selectedResults": ["(起点) 如意客栈 ", "(终点) 荷塘公园"]}}
    rendered = Results.of(
        [
            sys(
                "有早餐，没有泳池。",
                ("Inform", "酒店", "酒店设施-早餐服务", "是"),
                ("Inform", "酒店", "酒店设施-室内游泳池", "否"),
            ),
            sys("西桥站。", ("Inform", "地铁", "出发地附近地铁站", "西桥站"), state=metro),
        ]
    ).rendered()
    assert (
        rendered == "【如意客栈】（酒店）\n酒店设施：早餐服务、室内游泳池（无）\n附近地铁站：西桥站\n酒店类型：舒适型"
    )


def test_roles_out_of_turn_are_rejected_and_a_last_question_is_left_out():
    assert converted(HELLO[1], HELLO[0]).reason == "turn_order"
    assert isinstance(converted(*HELLO, *PHONE, usr("地址呢？")), Example)


KNOWN = "【如意客栈】（酒店）\n周边餐馆：老街面馆（东门店）、聚福楼\n周边景点：故宫、云水公园"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("周边景点有故宫、云水公园等。", ""),
        ("周边餐馆有老街面馆（东门店）、聚福楼这两家餐馆。", ""),
        ("您可以选择老街面馆（东门店）、聚福楼和云水公园。", ""),
        ("周边餐馆有聚福楼、北京饭店等。", "北京饭店"),
        ("周边餐馆有街面馆（东门店）、北门面馆（西门店）。", "北门面馆（西门店）"),
        ("他家的招牌菜有炸酱面、灌肠。", ""),
        ("周边有北京饭店。", ""),
        ("周边有老王家餐馆、聚福楼。", "周边有老王家餐馆"),
    ],
)
def test_a_place_in_a_list_must_have_been_returned(text, place):
    assert clerk.unlisted(text, KNOWN) == place


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("电话是01012345678，前台很帅气。", "beyond_results"),
        ("电话是01012345678，推荐您去用餐炸酱面这道菜。", "slip"),
        ("电话是01012345678，周边有如意客栈、北京饭店。", "unlisted"),
        ("电话号码是电话号码01012345678，电话号码是电话号码。", "slip"),
    ],
)
def test_a_clerk_who_says_more_than_the_results_or_slips_is_cut_before_it(answer, reason):
    more = (PHONE[0], sys(answer, ("Inform", "酒店", "电话", "01012345678")))
    assert converted(*HELLO, *more).reason == reason


def test_a_user_who_wants_to_stay_for_twelve_hours_lost_a_sign_and_three_days_are_a_trip():
    hours = usr("想玩12小时，找一家舒适型的酒店。", ("Request", "酒店", "名称", ""))
    days = usr("想玩3天，找一家舒适型的酒店。", ("Request", "酒店", "名称", ""))
    assert converted(hours, HELLO[1], *PHONE).reason == "absurd_duration"
    assert isinstance(converted(days, HELLO[1], *PHONE), Example)


def test_a_name_with_a_rude_character_is_not_rude():
    assert not speech.rude("肯德基（滚天沟停车场店）")
    assert speech.rude("滚，不想说了")


@pytest.mark.parametrize(
    "broken",
    [
        {"dialog_act": [None]},
        {"dialog_act": [["Inform", "酒店"]]},
        {"sys_state": {"酒店": 5}},
        {"sys_state": {"酒店": {"selectedResults": 5}}},
        {"sys_state_init": [3]},
    ],
)
def test_a_turn_whose_acts_or_queries_have_another_shape_is_no_turn_of_crosswoz(broken):
    assert crosswoz.matches({"messages": list(HELLO)})
    assert not crosswoz.matches({"messages": [HELLO[0], {**HELLO[1], **broken}]})


def test_a_clerk_recommends_in_his_own_name():
    assert not speech.persona("我这边向您推荐如意客栈")
    assert not clerk.beyond("没有人均这么高的", KNOWN)


def test_a_clerk_has_words_of_his_own():
    more = (PHONE[0], sys("好嘞，电话是01012345678，请您记好。", ("Inform", "酒店", "电话", "01012345678")))
    assert isinstance(converted(*HELLO, *more), Example)


@pytest.mark.parametrize(
    "text", ["等它的门票符合您的要求。", "他么家评分4.7分呢。", "为您推荐如意客栈。】。", "您看看是不合适。"]
)
def test_slips_of_a_clerk(text):
    assert clerk.slip(text)
    assert not clerk.slip("他家评分4.7分呢，您可以等一下再去（很近）。")


RESULTS = "【如意客栈】（酒店）\n评分：4分以上\n周边景点：故宫、天坛\n【聚福楼】（餐馆）\n评分：4.6分\n门票：免费"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("聚福楼评分是4.6分。", ""),
        ("如意客栈评分是4分。", "4分"),
        ("如意客栈评分是4.6分。", "4.6分"),
        ("如意客栈评分是4分以上。", ""),
        ("没有评分是5分的。", ""),
        ("聚福楼是免费的。", ""),
        ("如意客栈是免费的。", "免费"),
    ],
)
def test_a_score_is_told_of_the_place_it_belongs_to_and_as_it_was_found(text, found):
    assert clerk.inexact(text, RESULTS) == found


def test_a_score_and_more_needs_a_score_in_the_results():
    assert clerk.inexact("这两个都是4.5分以上的。", "【云水公园】（景点）\n门票：2元") == "以上"
    assert not clerk.inexact("这两个都是4.5分以上的。", "【云水公园】（景点）\n评分：4.5分以上")


def test_a_facility_that_is_not_there_is_not_affirmed_and_one_that_is_not_denied():
    assert clerk.contradicted("是的，有这两项服务。", ["否", "否"])
    assert not clerk.contradicted("没有这两项服务。", ["否", "否"])
    assert clerk.contradicted("不提供。", ["是"])
    assert not clerk.contradicted("没问题，有的。", ["是"])


def test_nobody_sleeps_in_a_restaurant_and_nobody_dines_in_a_sight():
    assert clerk.misplaced("推荐您去聚福楼住宿。", {"餐馆"}) == "住宿"
    assert clerk.misplaced("推荐您去故宫用餐。", {"景点"}) == "用餐"
    assert not clerk.misplaced("推荐您去聚福楼用餐，去如意客栈住宿。", {"餐馆", "酒店"})


def test_no_place_fits_and_one_fits_wholly_is_said_by_nobody_of_one_mind():
    assert clerk.two_minded("没有找到完全符合的，给您推荐如意客栈，完全符合您的条件。") == "完全符合"
    assert not clerk.two_minded("没有符合您要求的，推荐您去如意客栈。")


def test_a_service_is_told_of_only_where_the_acts_have_it():
    assert clerk.unrecorded("是的，有这个服务。", ["名称"]) == "这个服务"
    assert not clerk.unrecorded("是的，有这个服务。", ["酒店设施-早餐服务"])


def test_two_places_of_a_list_without_a_mark_are_glued():
    assert clerk.glued("故宫天坛都在周边。", RESULTS) == "故宫天坛"
    assert not clerk.glued("故宫、天坛都在周边。", RESULTS)


@pytest.mark.parametrize("text", ["推荐您去如意客栈(东门店。", "有聚福楼 ...，都不错", "有三个地址", "其他条件都符合"])
def test_open_brackets_dots_and_claims_about_all_else_are_slips(text):
    assert clerk.slip(text)
    assert not clerk.slip("推荐您去如意客栈(东门店)。")


def test_a_wish_that_the_query_left_out_in_silence_ends_the_dialogue():
    wish = usr("找一家带早餐、评分5分的酒店。", ("Inform", "酒店", "评分", "5分"), ("Request", "酒店", "名称", ""))
    assert converted(wish, HELLO[1], *PHONE).reason == "relaxed"
    open_about_it = sys("抱歉没有5分的，推荐您去如意客栈。", ("Recommend", "酒店", "名称", INN))
    assert isinstance(converted(wish, open_about_it, *PHONE), Example)
    told = sys("推荐您去如意客栈，评分4分。", ("Recommend", "酒店", "名称", INN), ("Inform", "酒店", "评分", "4分"))
    assert isinstance(converted(wish, told, *PHONE), Example)


def test_a_place_that_nobody_named_gives_no_values():
    other = {"酒店": {"selectedResults": ["听涛阁"]}}
    phone = sys("电话是01012345678。", ("Inform", "酒店", "电话", "01012345678"), state=other)
    assert converted(*HELLO, PHONE[0], phone).reason == "stranger"


@pytest.mark.parametrize("asked", ["这个景点的电话是多少？", "给我推荐一个豪华型餐厅吧。"])
def test_a_hotel_that_is_called_a_sight_ends_the_dialogue(asked):
    phone = usr(asked, ("Request", "酒店", "电话", ""))
    assert converted(*HELLO, phone, PHONE[1]).reason == "other_kind"


def test_a_dialogue_of_a_clerk_has_at_most_six_exchanges():
    outcome = converted(*HELLO, *(PHONE * 9))
    assert len(outcome.messages) == 1 + 2 * crosswoz.MOST_PAIRS == 13


def test_a_space_before_a_mark_and_a_bare_stop_after_a_number_are_mended():
    assert crosswoz.clerk_text("有聚福楼 ，电话是010-85116665.") == "有聚福楼，电话是010-85116665。"


@pytest.mark.parametrize(
    "text",
    [
        "推荐您去聚福楼用餐这两道菜。",
        "游玩时间是2小时云水公园游玩。",
        "营业时间是11:00-23:00和非营业时段。",
        "门票还是可以的是40元。",
        "价格比较贵805元。",
        "太多家了，聚福楼和老街面馆。",
        "你可以去不是酒店附近的餐馆聚福楼。",
        "有聚福楼、老街面馆,。",
    ],
)
def test_more_slips_of_a_clerk(text):
    assert clerk.slip(text)


def test_what_stands_twice_in_two_names_is_no_slip():
    text = "推荐您去云水国际大酒店和东城国际大酒店。"
    assert clerk.slip(text)
    assert not clerk.slip(text, ["云水国际大酒店", "东城国际大酒店"])
    assert not clerk.slip("太多家了，推荐您去聚福楼。")


@pytest.mark.parametrize("text", ["评分是4.5分一下的", "100元的的景点", "我和女朋出去玩", "请帮我一个评分5分的景点"])
def test_a_user_whose_slip_says_another_thing_is_not_answered(text):
    assert clerk.user_slip(text)
    assert not clerk.user_slip("我的的确确和女朋友一起，请帮我找一个评分4.5分以下的景点")


def test_a_name_with_a_full_stop_inside_is_broken():
    results = "周边餐馆：护国寺小吃店、聚福楼"
    assert clerk.glued("有聚福楼、护国寺。小吃店。", results) == "护国寺小吃店"
    assert not clerk.glued("有聚福楼、护国寺小吃店。", results)


def test_what_is_served_nowhere_is_no_dish_and_nobody_stays_three_days_at_a_museum():
    assert clerk.no_dish("推荐菜有老字号、炸酱面。")
    assert not clerk.no_dish("推荐菜有炸酱面。")
    assert clerk.days("【云水博物馆】（景点）\n游玩时间：3天\n") == "游玩时间：3天"
    assert not clerk.days("游玩时间：3小时")


def test_a_score_is_said_to_be_absent_where_the_results_say_so():
    assert clerk.inexact("聚福楼暂时没有评分。", "【聚福楼】（餐馆）\n人均消费：40元") == "没有评分"
    assert not clerk.inexact("聚福楼暂时没有评分。", "【聚福楼】（餐馆）\n评分：无")
    assert not clerk.inexact("聚福楼不免费。", "【聚福楼】（餐馆）\n评分：无")


def test_that_none_of_the_places_named_fits_is_said_where_a_query_found_nothing():
    turns = (
        usr("这家是5分的吗？", ("Request", "酒店", "评分", "")),
        sys("不好意思，都不是，推荐您去如意客栈。", ("Inform", "酒店", "名称", INN), state=QUERY),
    )
    assert converted(*HELLO, *PHONE, *turns).notes == ("part_of_dialogue",)
    assert clerk.denies_all("抱歉，不符合您的要求。")
    assert not clerk.denies_all("符合您的要求。")


def test_an_answer_of_which_no_act_tells_is_not_known_to_be_so():
    turns = (usr("有叫醒服务吗？", ("Inform", "酒店", "酒店设施-叫醒服务", "是")), sys("有的。", state=QUERY))
    assert converted(*HELLO, *PHONE, *turns).notes == ("part_of_dialogue",)


def test_a_place_among_what_is_around_it_was_looked_up_for_another():
    turns = (
        usr("周边还有酒店吗？", ("Request", "酒店", "周边酒店", "")),
        sys("有如意客栈。", ("Inform", "酒店", "周边酒店", INN), state=QUERY),
    )
    assert converted(*HELLO, *PHONE, *turns).notes == ("part_of_dialogue",)


def test_a_question_that_ends_with_a_slash_gets_its_mark_and_a_name_its_full_stop():
    assert crosswoz.clerk_text("推荐您去如意客栈(东门店)") == "推荐您去如意客栈(东门店)。"
    outcome = converted(usr("你好，能推荐一家舒适型酒店吗/", ("Request", "酒店", "名称", "")), *HELLO[1:], *PHONE)
    assert outcome.messages[1].content == "你好，能推荐一家舒适型酒店吗？"


def test_praise_that_the_user_wished_for_is_praise_all_the_same():
    good = (
        usr("有好吃的餐馆吗？", ("Request", "酒店", "电话", "")),
        sys("好吃的，电话是01012345678。", *(("Inform", "酒店", "电话", "01012345678"),)),
    )
    assert converted(*HELLO, *good).reason == "embellished"


EATERY, SIGHT = "聚福楼", "云水公园"
FOOD = {"餐馆": {"推荐菜": "", "评分": "", "selectedResults": [EATERY]}}
VIEW = {"景点": {"游玩时间": "", "评分": "4分以上", "selectedResults": [SIGHT]}}
STARS = {"酒店": {"评分": "4分以上", "selectedResults": [INN]}}


@pytest.mark.parametrize(
    ("asked", "answered", "reason"),
    [
        (
            usr("有5分的吗？", ("Inform", "酒店", "评分", "5分")),
            sys("不好意思，都不是，推荐您去如意客栈。", ("Inform", "酒店", "名称", INN)),
            "unrecorded",
        ),
        (
            usr("有什么好吃的？", ("Request", "餐馆", "推荐菜", "")),
            sys("聚福楼的推荐菜有老字号。", ("Inform", "餐馆", "推荐菜", "老字号"), state=FOOD),
            "no_dish",
        ),
        (
            usr("云水公园能玩多久？", ("Request", "景点", "游玩时间", "")),
            sys("游玩时间是这样的：3天。", ("Inform", "景点", "游玩时间", "3天"), state=VIEW),
            "absurd_duration",
        ),
        (
            usr("要评分4.5分一下的。", ("Request", "酒店", "名称", "")),
            sys("推荐您去如意客栈。", ("Inform", "酒店", "名称", INN)),
            "slip",
        ),
        (
            usr("有什么餐馆？", ("Request", "餐馆", "名称", "")),
            sys("推荐您去聚福楼住宿。", ("Inform", "餐馆", "名称", EATERY), state=FOOD),
            "misplaced",
        ),
        (
            usr("还有别的吗？", ("Request", "酒店", "名称", "")),
            sys("没有符合的，如意客栈完全符合您的要求。", ("Inform", "酒店", "名称", INN)),
            "two_minded",
        ),
        (
            usr("周边有什么景点？", ("Request", "酒店", "周边景点", "")),
            sys(
                "周边景点有故宫天坛。",
                ("Inform", "酒店", "周边景点", "故宫"),
                ("Inform", "酒店", "周边景点", "天坛"),
            ),
            "glued",
        ),
        (
            usr("有租车服务吗？", ("Inform", "酒店", "酒店设施-租车", "是")),
            sys("是的，有这项服务。", ("Inform", "酒店", "酒店设施-租车", "否")),
            "contradicted",
        ),
        (
            usr("评分是多少？", ("Request", "酒店", "评分", "")),
            sys("评分是4分。", ("Inform", "酒店", "评分", "4分以上"), state=STARS),
            "inexact",
        ),
    ],
)
def test_a_dialogue_ends_before_what_its_clerk_may_not_say(asked, answered, reason):
    assert converted(*HELLO, asked, answered).reason == reason
