"""Does a request ask for advice or reasons in a matter that everyone knows: work, learning, health, living together?

There a model that writes instruction data is right even where it invents, for nothing is to be looked up. Of things
that must be known (pets, cars, chess, the stars) the same models told as smoothly what is not so.
"""

from __future__ import annotations

import re

_ASKS = re.compile(
    "如何|怎[么样]|为[什何]么|方[法式]|建议|技巧|策略|措施|步骤|行动|好处|益处|优[点势]|缺点|劣势|重要|必要|原因|理由|影响|作用|意义|价值|挑战|困难|"
    "因素|要素|原则|品质|素质|特[点征质]|习惯|职责|工作内容|(?<!项)目的|用途|应用|危害|危险|风险|后果|帮助|改善|提高|区别"
)
_MATTERS = re.compile(
    "工作|职[业场责位员]|就业|求职|面试|简历|招聘|员工|团队|同事|领导|管理|项目|组织|会议|沟通|倾听|交流|合作|协作|谈判|企业|公司|客户|顾客|营销|市场|"
    "销售|品牌|电子商务|创[新业]|培训|时间|效率|目标|动[力机]|拖延|压力|情绪|焦虑|自信|自律|心态|心理|学习|教育|学[校生]|老师|教师|课堂|考试|阅读|读书|写作|"
    "演[讲示]|健康|饮食|睡眠|失眠|(?<!的)运动(?!定律|轨迹)|锻炼|健身|减肥|瑜伽|冥想|戒烟|环[境保]|气候|变暖|污染|碳排放|二氧化碳|可再生|能源|节[约能水电]|垃圾|回收|塑料|"
    "可持续|[省存攒花]下?钱|理财|开支|储蓄|预算|隐私|网络安全|网络犯罪|欺诈|诈骗|密码|家庭|孩子|儿童|青少年|父母|老人|婚姻|朋友|友谊|人际|关系|社[会交区]|志愿|贫困|"
    "生活|幸福|尊重|诚[信实]|信任|礼貌|思维|思考|批判性|决策|解决问题|人工智能|机器学习|大数据|云计算|互联网|社交媒体|科技|技术"
)
# what these matters have in common with an encyclopaedia or a kitchen
_LORE = re.compile(
    "制作|做法|烹饪|烘焙|食谱|菜|姿势|动作|术语|概念|定义|理论|算法|模型|网络(?!安全|犯罪)|系统|宠物|狗|猫|鱼|汽车|车辆|发动机|棋|[足篮排网乒]球|球[类员队]|舞|乐器|"
    "品种|类型|种类|不同(?:类型|种类)?的(?!方[法式]|建议|策略)|例子|举例|两[个种]|某[个种]|文[章本]|短文|一[个种条项][^，。]{0,20}(?:方法|方式|建议|技巧|策略|措施|习惯|原因|理由)[。！]?\\Z"
)


def is_everyday(request: str) -> bool:
    """All that it asks for, and all that it asks about, is known without looking."""
    return bool(_ASKS.search(request) and _MATTERS.search(request)) and not _LORE.search(request)
