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
    more = (PHONE[0], sys("好嘞，电话是01012345678，请您提前拨打预订。", ("Inform", "酒店", "电话", "01012345678")))
    assert isinstance(converted(*HELLO, *more), Example)


@pytest.mark.parametrize(
    "text", ["等它的门票符合您的要求。", "他么家评分4.7分呢。", "为您推荐如意客栈。】。", "您看看是不合适。"]
)
def test_slips_of_a_clerk(text):
    assert clerk.slip(text)
    assert not clerk.slip("他家评分4.7分呢，您可以等一下再去（很近）。")
