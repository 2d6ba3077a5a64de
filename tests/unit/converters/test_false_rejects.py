"""Good answers that rules once took for bad ones: each was written for this project and rejected by mistake."""

from __future__ import annotations

import pytest

from converters.judging.filters import exchange_fault

GOOD = [
    ("概括这句话：这几天天气好的时候我们常去公园散步。", "天气好就去公园。"),
    ("写出“简单”的反义词，并造一个句子。", "“简单”的反义词是“复杂”。造句：这道题看起来复杂，其实方法很简单。"),
    (
        "把下面的动物分成哺乳动物和鸟类。\n狗、鸽子、牛、孔雀、鲸、鹦鹉",
        "哺乳动物：狗、牛、鲸。\n鸟类：鸽子、孔雀、鹦鹉。",
    ),
    (
        "改正下面句子中的错别字。\n请大家坐好，在等一会儿。",
        "“在等”应改为“再等”。正确的句子是：请大家坐好，再等一会儿。",
    ),
    ("把下面的句子改成“被”字句。\n大风吹走了我的帽子。", "改成“被”字句是：我的帽子被大风吹走了。"),
    (
        "题目：一件衣服原价200元，现在打八折，现价多少元？",
        "打八折就是原价的80%：200×0.8=160（元）。所以现价是160元。",
    ),
    ("一个正方形的边长是6厘米，周长是多少？", "正方形的周长等于边长乘以4：6×4=24（厘米）。所以周长是24厘米。"),
    ("长方形花坛长12米，宽5米，周长是多少？", "周长等于长加宽的和乘以2：(12+5)×2=34（米）。所以周长是34米。"),
]


@pytest.mark.parametrize(("request_", "answer"), GOOD)
def test_a_good_answer_passes(request_, answer):
    assert exchange_fault(request_, answer) is None


@pytest.mark.parametrize(
    ("request_", "answer", "reason"),
    [
        ("用一句话介绍春天。", "春天很美。春天很暖。", "missed_count"),
        ("概括：天气好的时候我们常去公园散步。", "主要思想：天气好的时候我们去公园常散步。", "echoed_request"),
        (
            "一个正方形的边长是6厘米，周长是多少？",
            "周长等于边长乘以4：6×4=28（厘米）。所以周长是28厘米。",
            "wrong_arithmetic",
        ),
    ],
)
def test_a_bad_one_beside_it_does_not(request_, answer, reason):
    assert exchange_fault(request_, answer)[0] == reason
