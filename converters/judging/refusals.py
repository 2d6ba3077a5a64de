"""Does an answer refuse what could be answered, or speak of a life that the assistant never had?

A refusal is right where the request asks for harm, for today's weather, for a person's private data, or for what the
assistant itself feels and does; it is wrong to learn where it refuses a table or a polynomial. 抱歉 alone says nothing:
letters of apology and sympathy begin with it.
"""

from __future__ import annotations

import re

_MACHINE = (
    "(?:一[个种款名位台])?(?:[^，。！？\n]{0,10}?)"
    "(?:AI|A\\.I\\.|人工智能|语言模型|聊天机器人|机器人|智能助[手理]|虚拟助[手理]|计算机程序|机器学习模型|大模型)"
)
SELF = re.compile(rf"(?:作为|身为|我是|我只是|由于我是|因为我是|我作为|我(?:仅仅|不过)是){_MACHINE}", re.IGNORECASE)
_CANNOT = (
    "(?:无法|不能(?!够?忽视|不|否认)|不会(?=有|做|进行|提供)|没有办法|没办法|没有能力|没有(?:任何)?(?:权限|能力)"
    "|不具备|难以|不可以|不方便|不允许|不应该?)"
)
_REFUSES = re.compile(
    rf"(?:(?:抱歉|对不起|不好意思|很遗憾|遗憾的是)[^。！？\n]{{0,30}}?(?:我|本人|本AI|目前|无法|不能)[^。！？\n]{{0,16}}?{_CANNOT}?"
    rf"(?:{_CANNOT}|不知道|不清楚|不了解|不明白|不理解|不确定)"
    rf"|(?:作为|身为|我是|我只是|由于我是|因为我是|我作为){_MACHINE}[^。！？\n]{{0,24}}?(?:{_CANNOT}|不知道|不清楚|不了解|没有(?:自己的?|个人的?|主观的?|真实的?)?(?:实体|身体|观点|看法|情感|感情|感受|经历|喜好|偏好)))",
    re.IGNORECASE,
)
_FLAT = re.compile(r"^\s*(?:我)?(?:无法|不能)(?:回答|完成|执行|提供|处理|理解|生成)[^，。！？\n]{0,20}[。！]?\s*$")
LATEST_REFUSAL = 16  # characters: a refusal comes first, or the answer goes on to help

# What a refusal is the right answer to.
_HARM = re.compile(
    "炸[弹药]|毒品|毒药|[杀伤]人|谋杀|自杀|自残|黑客|入侵|攻击|破解|盗[取版号窃]|偷[拍窃听盗]|诈骗|骗|违法|非法|犯罪|色情|裸|赌博|暴力|枪|武器|病毒|"
    "歧视|仇恨|种族|侮辱|辱骂|报复|伪造|假[证币发]|作弊|代[写考]|逃税|洗钱|跟踪|监视|隐私|密码|身份证|银行卡|恐怖|政治|领导人|敏感"
)
_PRESENT = re.compile(
    "今天|今日|现在|目前|当前|最新|实时|刚刚|明天|昨天|最近|天气|股[票价市]|汇率|航班|新闻|几点|彩票|预测|预订|订[票餐]|播放|打开|拨打|发送|搜索|查询|查一?下|下载|联网"
)
_ABOUT_YOU = re.compile("[你您]")
_ABOUT_A_PERSON = re.compile("诊断|[开吃]什么药|治疗|处方|我的(?:名字|年龄|位置|生日|账户|密码)|谁是我|算命|命运|运势")

_LIVED = re.compile(
    "有一[次天]|曾经|那[次天]|记得|一次[^，。]{0,10}(?:经历|经验)|我的(?:用户|开发者)|我帮助(?:了|过)|我(?:曾|最近|上周|昨天|去年)|让我(?:感到|难忘)|我一直都?在|我通过"
)
_ASKS_FOR_A_LIFE = re.compile(
    "[你您](?:曾经|上周|上个?周末|最近|昨天|去年|小时候|做过|去过|经历过|实施过|遇到过|最难忘|的(?:一次|经历|童年|家人|朋友|工作经[历验]))"
    "|(?:上个?周末?|昨天|去年|小时候|最近)[你您]|描述一[次个][^，。]{0,12}(?:经历|时刻|体验)|(?:一次|最)难忘的|讲讲?你的"
)


def refusal(request: str, answer: str) -> str:
    """The words of a refusal that the request gives no reason for, or ""."""
    found = refuses(answer)
    return found if found and not is_called_for(request) else ""


def refuses(answer: str) -> str:
    """The words with which a text begins by refusing, or ""."""
    found = _FLAT.search(answer) or _REFUSES.search(answer[: LATEST_REFUSAL + 80])
    return found[0] if found and found.start() <= LATEST_REFUSAL else ""


def is_called_for(request: str) -> bool:
    return any(pattern.search(request) for pattern in (_HARM, _PRESENT, _ABOUT_YOU, _ABOUT_A_PERSON))


def invented_life(request: str, answer: str) -> str:
    """An assistant that tells what it lived through: a weekend, a user it once helped."""
    if not SELF.search(answer) and not re.search("AI\\s?助[手理]|人工智能助[手理]", answer):
        return ""
    lived = _LIVED.search(answer)
    asked = _ASKS_FOR_A_LIFE.search(request) or re.search("经历|故事的例子|例子", request)
    return lived[0] if lived and asked else ""
