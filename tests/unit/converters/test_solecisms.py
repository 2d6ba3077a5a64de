"""Faults of expression: each is found, and a sound sentence that looks like it is not."""

from __future__ import annotations

import pytest

from converters.contract import Context, Example, Reject
from converters.judging.solecisms import hanging_request, solecism
from converters.sources import alpaca_zh


@pytest.mark.parametrize(
    "wrong",
    [
        "原因如下：由于人的监督使系统能够纠正错误。",
        "通过这次活动，使大家明白了道理。",
        "目标应该具体、可测量、相关和有时限的。",
        "能源可以通过本地生产来生产，减少进口。",
        "要想提高排名，可以采取以下策略来提高网站的质量。",
        "由于该报因经费不足而停刊，读者减少。",
        "他将哲学的推上新的高度。",
        "研究主要通过对权力和行为约束地了解。",
        "只有离不开国家，才有它的地位的。",
        "他决定去学院去读书。",
        "深度学习网络进行物体检测具有出色的准确性。",
        "采用新能源：如太阳能、风能等能源不会产生污染。",
        "一个积极动机的工人效率更高。",
        "鼓励采取交通方式，如骑自行车。",
        "可再生能源是指通过能量循环能源发电的可持续利用的能源。",
        "最有效的方式有多种，下面列举几种。",
        "各地地区的天气都会变化。",
        "同时并且创造就业。",
        "这样做的目的是为了学习。",
        "互动可以有助于读者参与。",
        "为作品增添锦上添花的一笔。",
        "大约需要十天左右。",
        "超过三百人以上参加。",
        "他学过针炙。",
        "保存文件。如此，您就完成了。",
        "情节包括起因，发展，高潮和结局。",
        "通过点头，微笑以及口头上的认同。",
        "准备资产文件，税单，以及信用记录。",
        "不应更改通用的协议证书，小说等。",
        "平台有Facebook，Twitter和微博。",
        "点击图标。 然后选择联系人。",
        "减少排放: 通过植树，改善环境。",
        "质量要高, 内容要新，这样最好。",
        '题目有"清洁能源"和“绿色生活”。',
    ],
)
def test_what_a_school_strikes_out_is_found(wrong):
    assert solecism(wrong)


@pytest.mark.parametrize(
    "right",
    [
        "由于下雨，比赛取消了。",
        "对数据进行分析具有重要意义。",
        "如果太阳能等能源不会产生污染，就采用。",
        "采用新能源，如太阳能、风能等，不会产生污染。",
        "公司通过改革使利润增长。",
        "通过实验，他得出了结论。",
        "目标应该是具体、可测量、相关的。",
        "可以通过阅读来学习。",
        "由于这个原因为大家所知，不再多说。",
        "他将重要的书带回家。",
        "一个有积极动机的工人效率更高。",
        "应当采取有效的预防措施。",
        "请说明您希望采取的补偿方式。",
        "鼓励采取环保的方式出行。",
        "说服读者采取环保的生活方式。",
        "您可以创建一个验证规则来验证年龄。",
        "可再生能源是指来自自然界、可以不断再生的能源。",
        "最好的办法是坚持。",
        "各国国民、各地地方政府和各种事物都不同。",
        "大约需要十天。",
        "他再接再厉，重复练习。",
        "首先，学生和家长都要努力。",
        "此外，政府以及企业都要努力。",
        "加强重点目标的保护，以及对可疑人员的调查。",
        "情节包括起因、发展、高潮和结局。",
        "温度: 20℃",
        '他说"好"。',
        "使用 Python, Java 编程。",
    ],
)
def test_sound_sentences_are_left_alone(right):
    assert solecism(right) == ""


def test_a_request_said_again_without_a_verb_of_wishing_hangs():
    request = "如何在解决问题时更具创新性？"
    assert hanging_request(request, "在解决问题时更具创新性，你可以尝试以下方法。")
    assert not hanging_request(request, "要在解决问题时更具创新性，你可以尝试以下方法。")
    assert hanging_request("如何成为更高效的作家？", "作为一名更高效的作家，您可以考虑以下几点。")
    assert not hanging_request("如何成为更高效的作家？", "作为一名作家，您可以考虑以下几点。")


ANSWER = "\n".join(
    f"{place}. {name}：{why}"
    for place, (name, why) in enumerate(
        [
            ("设定预算", "每个月初列出固定支出和可变支出，给每一类定下上限，月底对照检查，超出的部分下个月补回来。"),
            ("减少外出就餐", "在家做饭花费更少，也更容易控制油盐，周末可以一次备好几天的菜，平时只要简单加热就行。"),
            ("比较价格", "购买大件物品以前多看几家商店，留意促销活动，不急用的东西等到打折再买，避免一时冲动。"),
            ("节约能源", "离开房间时关灯，合理设定空调温度，及时修理漏水的水龙头，一年下来能省下不少水电费用。"),
        ],
        1,
    )
)


def told(answer: str, request: str = "日常生活中有哪些省钱的方法？") -> Example | Reject:
    [outcome] = alpaca_zh.from_instruction({"instruction": request, "input": "", "output": answer}, Context())
    assert isinstance(outcome, Example | Reject)
    return outcome


def test_an_answer_with_a_fault_of_expression_is_refused():
    assert isinstance(told(ANSWER), Example)
    refused = told(ANSWER.replace("在家做饭花费更少", "通过在家做饭使花费更少", 1).replace("：通过", "：\n通过"))
    assert isinstance(refused, Reject)
    assert refused.reason == "solecism"


def test_an_answer_that_names_three_products_recalls_them():
    named = told(ANSWER + "\n推荐的工具有 Excel、Notion 和 Mint。")
    two = told(ANSWER + "\n推荐的工具有 Excel 和 Notion。")
    assert isinstance(named, Example)
    assert isinstance(two, Example)
    assert named.kind == "recall"
    assert two.kind != "recall"


@pytest.mark.parametrize("request_", ["描述您认为好邻居应有的行为。", "你认为怎样才能省钱？"])
def test_the_assistant_holds_no_views(request_):
    refused = told(ANSWER, request_)
    assert isinstance(refused, Reject)
    assert refused.reason == "asks_for_a_life"
