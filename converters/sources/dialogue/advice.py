"""Whether a request asks how to go about something in work, study or life among people: what models advise on well.

Of what MOSS was asked, the answers to such questions are sound in their generality. Knowledge of the world, recipes,
exercises, stories in a form that was asked for, opinions on groups of people are not: nobody has checked them.
"""

from __future__ import annotations

import re

from converters.script import simplified_modern

_ASKS_HOW = re.compile(
    r"如何|怎[么样]|怎么样|建议|方法|技巧|应该|该(?:做|采取|注意)|措施|步骤|途径|策略|哪些(?:方面|因素|信息|方式|措施|事项)|哪[种个](?:方式|方法|步骤)|经验|注意(?:什么|哪些)|呢[？?]?$"
)
_WORK = (
    r"团队|同事|上司|下属|领导|员工|职场|职业|工作|项目|会议|合作|协作|沟通|谈判|面试|简历|招聘|培训|绩效|激励|授权|分工|任务|"
    r"客户|顾客|用户|产品|服务|品牌|营销|销售|推广|市场|竞争|商业|创业|企业|公司|店铺|投诉|反馈|满意度|忠诚度|供应商|合同|流程|风险|决策"
)
_STUDY = (
    r"学习|复习|考试|记忆|笔记|阅读|写作|作文|论文|口语|词汇|单词|听力|演讲|口才|表达|发音|课堂|老师|导师|备考|知识|技能|"
    r"英语|外语"
)
_LIFE = (
    r"计划|目标|时间|效率|拖延|习惯|专注|注意力|动力|自信|压力|情绪|焦虑|紧张|烦恼|孤独|失眠|睡眠|早睡|早起|起不来|作息|心态|自律|人际|社交|朋友|家人|父母|"
    r"孩子|夫妻|伴侣|室友|邻居|冲突|矛盾|信任|倾听|拒绝|道歉|预算|省钱|节省|开支|存钱|理财|搬家|整理|收纳|家务|平衡|成长|提升|提高自己|"
    r"专业水平|想法|想变|方案|困难|挑战|疲惫|疲劳|优惠券|购物"
)
_FIELD = re.compile(f"{_WORK}|{_STUDY}|{_LIFE}")
# What an answer would have to know or to show: also in these words.
_OUTSIDE = re.compile(
    r"人工智能|\bAI\b|AI|机器人|编写|撰写|写一[篇首个段份封]|创作|小说|诗|歌词|剧本|口号|广告语|菜谱|食谱|烹饪|做菜|料理|饮食|营养|减肥|健身|锻炼|运动|"
    r"疾病|症状|治疗|药|医生|怀孕|毒|枪|政府|国家|社会|法律|法规|政策|种族|民族|宗教|性别|女性|男性|黑人|白人|难民|移民|环境|环保|生态|地球|"
    r"能源|气候|动物|植物|物理|化学|生物|数学|历史|地理|天文|电影|导演|音乐|绘画|摄影|游戏|股票|基金|投资|贷款|保险|税|"
    r"模型|数据集|特征工程|精准度|区块链|云计算|物联网|软件|系统架构|敏捷开发|扮演|假装|模仿|作为一[名位个]|假设你|你是一[名位个]"
)


def outside(text: str) -> str:
    """The words that put a request outside the field, or the request itself where it is none for advice; or ""."""
    text = simplified_modern(text)
    found = _OUTSIDE.search(text)
    if found:
        return found[0]
    return "" if _ASKS_HOW.search(text) and _FIELD.search(text) else text[:60]


# A word left in English (保持动力和 accountable), and words of Taiwan in mainland script.
_LEFT_IN_ENGLISH = re.compile(r"(?<![A-Za-z/.@“\"-])[a-z]{4,}(?![A-Za-z/.@-])")
_TAIWAN = re.compile(r"支援|透过(?!现象)|资讯|软体|硬体|网路|影片|专案|回馈意见|贵企业|闻香薰")


def unpolished(user: str, answer: str) -> str:
    """An English word that the user did not use, or a word that is not said on the mainland, or ""."""
    words = (word for word in _LEFT_IN_ENGLISH.findall(answer) if word not in user)
    taiwan = _TAIWAN.search(answer)
    return next(words, "") or (taiwan[0] if taiwan else "")
