"""Two passages of our own that prompts are shown with, one modern and one in literary Chinese (from the 韩非子)."""

from __future__ import annotations

from converters.expansion.contract import Passage, Task

MODERN = Passage(
    "都江堰在四川省都江堰市城西的岷江上，约在公元前256年由秦国蜀郡太守李冰主持修建。工程由鱼嘴、飞沙堰和宝瓶口三部分组成。"
    "鱼嘴把岷江分成内江和外江，内江引水灌溉，外江排洪；飞沙堰在水大时泄洪排沙；宝瓶口控制流进成都平原的水量。"
    "整个工程不筑大坝，靠地形和水势分水。此后两千多年，它一直在使用，成都平原因此少有水旱之灾。"
    "2000年，都江堰与青城山一起列入《世界遗产名录》。",
    document="example:dujiangyan",
    source="example",
    title="都江堰",
)
CLASSICAL = Passage(
    "郑人有欲买履者，先自度其足，而置之其坐。至之市，而忘操之。已得履，乃曰：“吾忘持度。”反归取之。"
    "及反，市罢，遂不得履。人曰：“何不试之以足？”曰：“宁信度，无自信也。”",
    document="example:zhengren",
    source="example",
    title="韩非子",
    section="外储说左上",
    author="韩非",
    classical=True,
)


def example_for(task: Task) -> Passage:
    return MODERN if task.suits(MODERN) else CLASSICAL
