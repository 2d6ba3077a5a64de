from __future__ import annotations

import pytest

from converters.judging.advice import is_everyday


@pytest.mark.parametrize(
    "request_",
    [
        "如何减轻工作压力？",
        "给出三个可以缓解焦虑情绪的建议。",
        "早睡对健康有什么好处？",
        "描述贫困对教育的影响。",
        "列举全球变暖的三个负面影响。",
        "写出良好团队合作的五个原则。",
    ],
)
def test_advice_and_reasons_in_what_everyone_knows(request_):
    assert is_everyday(request_)


@pytest.mark.parametrize(
    "request_",
    [
        "介绍一种适合孩子养的宠物，并给出喂养建议。",
        "如何制作健康的沙拉？",
        "概述国际象棋的规则，说明它对思维的好处。",
        "解释“机会成本”这个术语在生活中的应用。",
        "比较两种时间管理方法的优缺点，两个公司各用一种。",
        "写一篇关于学习方法的短文。",
        "给我一个可以增强逻辑思维的方法。",
        "重力如何影响物体的运动？",
    ],
)
def test_what_must_be_known_or_is_asked_vaguely_is_none(request_):
    assert not is_everyday(request_)


@pytest.mark.parametrize("request_", ["介绍一下工作。", "如何认识星空？", "生成一个包含五个项目的健康午餐清单。"])
def test_both_what_is_asked_and_what_it_is_asked_of_must_be_named(request_):
    assert not is_everyday(request_)
