"""Whether an exchange from weibo is small talk that two friends could have anywhere, and how far it goes.

Most of what is written under a post is not: it speaks of a picture, a star, a person that only the two know. What is
left needs three things: everyday words only, a first line that stands alone (a state of the speaker or a plain
question), and replies that take up its topic and give something back (care, advice, a question, an experience).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from converters.sources.dialogue.everyday import is_everyday
from converters.text import HAN, tidy

SHORTEST, LONGEST = 4, 45  # characters of an utterance
SHORTEST_REPLY = 5
LONGEST_RUN = 16  # characters without a mark: the spaces between clauses are lost in this corpus

_ELLIPSIS = re.compile(r"[.。]{2,}|…+|[、,，]{2,}")
_STRESS = ((re.compile(r"[~～]+"), "～"), (re.compile(r"[!！]+"), "！"), (re.compile(r"[?？]+"), "？"))
_LAUGH = re.compile(r"哈{3,}")
_HALF_WIDTH = str.maketrans(",;:", "，；：")


def normalised(text: str) -> str:
    """Marks as they are printed: ！！！ is ！, 。。。 and ... are ……, 哈哈哈哈 is 哈哈."""
    text = _ELLIPSIS.sub("……", tidy(text))
    for pattern, mark in _STRESS:
        text = pattern.sub(mark, text)
    return _LAUGH.sub("哈哈", text).translate(_HALF_WIDTH).strip(" ～，、")


# ---- one utterance

_OTHER_SIGN = re.compile(f"[^{HAN}0-9，。！？…～、；：“”]")
# Net slang that is spelt with everyday words, and 睡觉一会 for 睡一会觉.
_SLANG = re.compile(
    r"赶脚|么么|什么鬼|有没有搞错|一笔|一批|我了|好方|狗带|狗粮|单身狗|辣么|么得|不要不要|吃土|吃瓜|打脸|(?:睡觉|吃饭|聊天|散步|跑步|洗澡|生气)(?:一会|一下|半天)"
)
_DARK = re.compile(r"不想活|自杀|去死|撑不下去|死掉|跳楼|割腕|安眠药|杀|血|裸|胸|屁|逼|操|妈的")
_BETWEEN_MARKS = re.compile(f"[^{HAN}0-9]+")


def unclean(text: str) -> str:
    """Why an utterance is not clean everyday Chinese, or ""."""
    if not SHORTEST <= len(text) <= LONGEST:
        return "length"
    if re.search(r"[A-Za-z@]|\d{3}", text):
        return "latin_or_numbers"
    if re.search(r"(.)\1\1|我……我|^([^天慢好多常刚快谢拜想看听说走试聊问早])\2(?!了)", text):
        return "repeated_characters"
    if _DARK.search(text):
        return "dark"
    if _OTHER_SIGN.search(text):
        return "signs"
    if max(map(len, _BETWEEN_MARKS.split(text))) > LONGEST_RUN:
        return "run_on"
    return "" if is_everyday(text) and not _SLANG.search(text) else "not_everyday_words"


# ---- topics: what the first line speaks of, and what a reply to it speaks of


class Topic(NamedTuple):
    said: re.Pattern[str]
    answered: re.Pattern[str]


def _topic(said: str, answered: str) -> Topic:
    return Topic(re.compile(said), re.compile(answered))


TOPICS = {
    "illness": _topic(
        r"感冒|发烧|头[疼痛晕]|咳嗽|嗓子|牙[疼痛]|胃[疼痛]|肚子[疼痛]|拉肚子|过敏|生病|不舒服|打喷嚏|鼻塞|腰[疼痛酸]|"
        r"腿[疼痛酸]|上火|智齿|打针|医院|手[疼痛]|脚[疼痛]|扭|中暑|着凉",
        r"身体|休息|药|水|医院|医生|照顾|保重|怎么|严重|好起来|穿|心疼|抱抱|感冒|疼|痛|难受|上火|检查|恢复|好[点些]|康复",
    ),
    "sleep": _topic(
        r"失眠|睡不着|好困|困死|困了|没睡|熬夜|起不来|醒了|起得?早|早起|噩梦|犯困|赖床|早睡|想睡|睡了一|睡到|通宵|午觉",
        r"睡|休息|眯|咖啡|羊|牛奶|熬夜|失眠|梦|起床|起不|困|闹钟|醒|觉",
    ),
    "weather": _topic(
        r"[好太真很][热冷]|[热冷]死|[真很]的?[热冷]|下[雨雪]|降温|升温|天气|雾霾|凉快|太阳|暖和|空调|冷了|热了|晴天|阴天",
        r"[热冷雨雪伞风晒晴]|穿|空调|暖|凉|感冒|降温|天气|温度|太阳|度|水|注意",
    ),
    "food": _topic(
        r"饿|想吃|想喝|吃了|没吃|吃饭|做饭|早[餐饭]|[午晚]饭|夜宵|火锅|奶茶|好吃|咖啡|外卖|水果|零食|面条|饺子|烧烤|西瓜|下厨|榴莲|辣|馋|做菜|月饼|粽子|汤圆",
        r"吃|喝|饿|外卖|味道|减肥|胖|夜宵|煮|饭|菜|甜|辣|奶茶|厨艺|馋",
    ),
    "work": _topic(
        r"加班|上班|下班|好忙|好累|太累|累死|出差|辞职|开会|工作|周一|面试|放假|老板|请假|工资|累",
        r"辛苦|班|休息|累|忙|工作|加油|假|辞职|面试|周末|工资|老板|周一|放松",
    ),
    "study": _topic(
        r"考试|复习|作业|考研|论文|开学|挂科|四级|六级|英语|数学|期末|高考|毕业|上课|成绩|学习|单词|考完|科目|驾照|答辩|练车|学车",
        r"加油|考|复习|学|课|题|论文|毕业|成绩|作业|背|努力|放假|挂|顺利|通过|书|练",
    ),
    "weight": _topic(
        r"减肥|跑步|健身|运动|变?瘦|胖|体重|锻炼|游泳|公里|斤|夜跑|晨跑|瑜伽",
        r"瘦|胖|减|跑|运动|坚持|吃|健身|斤|体重|锻炼|游",
    ),
    "mood": _topic(
        r"心情|难过|伤心|不开心|无聊|压力|失恋|分手|孤独|想哭|委屈|好烦|烦死|郁闷|焦虑|崩溃|想家|迷茫|好开心|紧张|后悔|纠结|失望",
        r"怎么|加油|抱抱|开心|没事|难过|会好|安慰|理解|聊|看开|想开|过去|心情|哭|烦|坚强|无聊|压力|调整|出去|放松|紧张|缘分|发生",
    ),
    "travel": _topic(
        r"旅游|旅行|周末|火车|高铁|飞机|堵车|假期|爬山|海边|逛街|抢票|车票|地铁|公交|排队",
        r"玩|票|路上|安全|飞|火车|高铁|车|堵|周末|假|旅|海|逛|平安|风景|人多|排队",
    ),
    "birthday": _topic(r"生日", r"生日快乐|愿望|许愿|蛋糕"),
    "things": _topic(
        r"买了|想买|剪头发|染头发|剪了|手机|口红|面膜|衣服|裙子|鞋|快递|眼镜|耳机|电脑|头发",
        r"买|好看|贵|便宜|快递|剪|头发|换|颜色|手机|用|穿|推荐|修",
    ),
    "pets": _topic(r"猫|狗|仓鼠|兔子", r"猫|狗|可爱|养|毛"),
    "home": _topic(
        r"搬家|租房|装修|打扫|洗衣服|家务|房间|浇水|收拾|停电|停水|蚊子", r"搬|房|打扫|洗|收拾|浇|电|水|蚊|辛苦"
    ),
    "leisure": _topic(r"电影|追剧|小说|看书|游戏|电视|唱歌|听歌", r"看|电影|书|小说|歌|听|游戏|玩|追"),
}

# ---- the first line

_OF_ITSELF = re.compile(
    r"我|今天|最近|现在|昨晚|昨天|明天|晚上|早上|下午|中午|周末|这几天|这两天|好[累困饿冷热烦想难无开多痛疼]|太[累困饿冷热难]|又|"
    r"还没|感冒|发烧|头[疼痛晕]|失眠|睡不着|想[吃喝吐哭家睡]"
)
# 吃饭了吗, 你喜欢吃辣吗, 你现在想吃什么: asked of anybody, about now or about likings.
_PLAIN_QUESTION = re.compile(
    r"^(?:吃[早午晚]?饭了?|睡了|起床了|下班了|放假了|你(?:现在|今天|平时|最近|周末|晚上|中午|早上|一般)?(?:想|会|喜欢|爱|能|怕|觉得|养|吃过?|喝|每天|经常))"
    r"[^，。！了]{0,14}(?:[吗么]|什么|没有?|几点|怎么办)[？?]?$"
)
# Words that answer, point at or presuppose something that is not there.
_NEEDS_BEFORE = re.compile(
    r"您|咱|我们(?!这)|^也|我也|还是|就是|^那|^这|^不[是过会能]|^没|^对|^好[的吧啊呀]|^嗯|^哈|^哦|快乐|加油|谢谢|晚安|早安|"
    r"注意|记得|^别|^不要|保重|照顾|恭喜|祝|快[点去来]|^因为|^所以|^但|^可是|^不过|^原来|^果然|^其实|^反正|^当然|不然|"
    r"才是|对吗|[上下]面|张|羡慕|可爱|漂亮|[里中]也有|升级|我之前|我都没|^为什么我|看到|^想问|我现在的|^差点|我说|我以为|我不是|^给我|^求|"
    r"^快|^还|^又|^才|^再|^都|^真的|我真的|^你不|^你要|^想问|请客"
)
_POINTS = re.compile(
    r"(?<!我)(?<!你)这(?!几天|两天|么|里|边|儿|段|样|种|周|个月|下|会)|"
    r"那(?!么|就|你|我|还|也|得|可|要|是|倒|肯定|真|边|里)|上次|那天|那次|当年|第[一二三]|他|她|它"
)
# Two people who know each other and meet: nothing that an assistant could do, and nobody a stranger knows.
_MEETS = re.compile(
    r"你(?:明天|后天|下周)|来我|去你|你家|我家来|找[你我]|陪[你我]|带[你我上]|请[你我]|送[你我给]|给[你我]|帮[你我]|接你|等[你我]|见面|一起|约|带回|寄|借|还钱|亲|"
    r"[你我]们|咱|对象|男朋友|女朋友|同学|老师|姐姐|哥哥|妹妹|弟弟|嫁|娶|妈妈|奶奶|想你|爱你|喜欢你|室友|我[爸妈]|被窝|床上|"
    r"问一下|请问|到了|到哪|在哪|回来|过来|来吗|过去|下车|上车|你[说看写画唱讲发笑]|你的|你是|你怎么|你又|你还|你也|你就|你[这那都真]|"
    r"谢|多少钱|哪里?买|报名|活动|结束|女儿|儿子|孩子|爸爸"
)

# ---- a reply

_GIVES = re.compile(
    r"注意(?:身体|休息|安全|保暖)|记得|好好(?:休息|睡|照顾|吃|玩|学|享受|放松)|早点(?:休息|睡)|辛苦(?:了|啦|吧|呀|啊|哦|，|！|。)|抱抱|保重|加油|会好的|好起来|"
    r"多(?:喝|穿|休息|吃点|睡|运动|锻炼|注意|出去)|去医院|看看?医生|慢慢(?:来|就)|没(?:事|关系)|"
    r"(?:别|不要)(?:难过|哭|急|担心|想太多|怕|太|熬夜|放弃|着急|灰心|吃|喝)|恭喜|生日快乐|祝|试试|建议|可以(?:试|去|吃|喝|先|多|偷|晚|早|用|看|买|考虑)|"
    r"要不(?!然)|赶紧|赶快|坚持|相信|放松|没那么|习惯就好|怎么了|怎么回事|为什么|(?:^|你)什么时候|要不要|"
    r"那你(?:睡|休息|吃|喝|去|快)|快去(?:吃|睡|休息|洗)|^(?:那就)?(?:多|早点|少)[吃喝睡穿休]|"
    r"想[吃去看]什么|吃了?什么|去哪|好玩|真好|真棒|厉害|多久|有没有|[吗呢么]？|是啊|对啊|理解|能瘦|会瘦"
)
# Said to any trouble, whatever it is about.
_TROUBLES = {"illness", "sleep", "work", "study", "mood"}
_CONSOLES = re.compile(r"怎么(?:了|回事)|抱抱|会好的|好起来|没事|辛苦")
_SHARES = re.compile(r"我也|^[^，。]{1,4}也(?:是|很|挺)(?!苦|醉|服|够)|同感|一样|我(?:这(?!是)|们这|家)")
_TAUNTS = re.compile(
    r"才几|哪有|又不|成天|就是你|你才|早说|谁[让叫]|活该|才怪|做梦|想得美|不存在|骗|少来|管你|关我|不关|闭嘴|丢人|怪我|嫌弃|你以为|还不是|脸皮|笨|"
    r"丑|臭|又不是|你那|你不是|难道|好意思|不告诉|偏不|不想|不给|没空|不知道|滚|死|康复了[么吗]"
)


def exchange(utterances: Sequence[str]) -> tuple[list[str], tuple[str, str] | None]:
    """As many utterances from the start as make small talk, user and assistant in turn; or none and the reason."""
    said = [normalised(utterance) for utterance in utterances]
    topics, fault = opening(said[0])
    if fault:
        return [], (fault, said[0])
    kept = [said[0]]
    for place, text in enumerate(said[1:], start=1):
        fault = _unfit(
            text, topics, asked=_PLAIN_QUESTION.search(said[0]) is not None and place == 1, reply=place % 2 == 1
        )
        if fault:
            break
        kept.append(text)
        topics |= _topics(text)
    kept = kept[: len(kept) // 2 * 2]
    return (kept, None) if kept else ([], (fault or "no_reply", " / ".join(said[:2])))


def opening(text: str) -> tuple[set[str], str]:
    """(the topics of a first line, why it cannot be one)."""
    fault = unclean(text)
    if fault:
        return set(), fault
    if _POINTS.search(text) or _NEEDS_BEFORE.search(text) or "？" in text[:-1]:
        return set(), "needs_context"
    if _MEETS.search(text):
        return set(), "private"
    if not _PLAIN_QUESTION.search(text) and ("你" in text or not _OF_ITSELF.search(text)):
        return set(), "not_of_oneself"
    topics = _topics(text)
    return topics, "" if topics else "no_topic"


def _topics(text: str) -> set[str]:
    return {name for name, topic in TOPICS.items() if topic.said.search(text)}


def _unfit(text: str, topics: set[str], *, asked: bool, reply: bool) -> str:
    fault = unclean(text)
    if fault:
        return "reply_" + fault
    if _MEETS.search(text) or _POINTS.search(text):
        return "reply_private"
    if not reply:
        return ""
    if len(text) < SHORTEST_REPLY or _TAUNTS.search(text):
        return "reply_unkind"
    consoles = bool(topics & _TROUBLES) and _CONSOLES.search(text) is not None
    fits = consoles or any(TOPICS[name].answered.search(text) or TOPICS[name].said.search(text) for name in topics)
    shares = _SHARES.search(text) is not None
    gives = not text.endswith("？") if asked else shares or _GIVES.search(text) is not None
    return "" if gives and fits else "reply_does_not_fit"
