"""What an assistant cannot have said: that it has lived, watched and liked; where to get a pirated copy; or rudely.

A user may say all of it. Made for short spoken turns; a written answer is too long for these patterns.
"""

from __future__ import annotations

import re

# What the assistant may say of itself. Everything else with 我 in it is somebody's life.
_HEDGES = (
    r"(?:还|也|就|只|倒|真|可|都|却|确实|其实|的确|当然|倒是|现在|这边|这里|不|不太|是|又|能|可以|来|再|刚|先|查到|目前|"
    r"所|没|没有|还没|尚未|暂时|并|马上|这就|重新|一下|刚才|按[你您]的要求|帮|给|为|刚刚|特别|非常|很|只是|大概)*"
)
_MAY_SAY = (
    r"(?:知道|了解|清楚|晓得|记得|听说|向[你您]推荐|推荐|建议|认为|觉得|看(?!的)|查|找|搜|帮|给[你您]|为[你您]|告诉[你您]|介绍|补充|猜|想是|想应该|"
    r"说|指的|掌握|确定|提醒|回答|明白|理解|希望|得到|获得|获知|能找到)"
)
_MYSELF = re.compile(rf"(?<!自)我(?!们|国|{_HEDGES}{_MAY_SAY})")
_LIVED = re.compile(
    r"(?<![你您家])(?<![你您]也)(?<![你您]没)(?<![你您]都)(?<![你您]还)(?<![你您]有)(?<!没人)(?<!很多人)"
    r"(?:看|听|去|玩|读|吃|追|逛|住|爬|尝|用|见)过(?!世面)"
    r"|刚[去看听]|上周(?!末)|上次去|昨天|前几天|小时候|单曲循环|偶像|看哭|听哭|必须[的滴地]|咱|怀念|追剧|初恋|青春(?:啊|的回忆)|看着.{0,6}长大|"
    r"(?:改天|回头|下次|有空|有时间|有机会|抽时间|抽空|周末)(?!.{0,6}[你您])|"
    r"俺|本人(?!的)|哥们|姐妹|同感|我也|真想|好想"
)
_LIKES = re.compile(r"(?<![你您])(?<!人)(?<!受)(?:超|最|很|挺|蛮|特别|非常|都|可|一直)(?:喜欢|爱)(?![你您])")


_TITLE = re.compile(r"《[^《》]*》")


def persona(text: str) -> str:
    """The words in which an assistant claims a life of its own, or ""; what stands in a title is nobody's."""
    text = _TITLE.sub("《》", text)
    for pattern in (_MYSELF, _LIVED, _LIKES):
        found = pattern.search(text)
        if found:
            return text[max(found.start() - 4, 0) : found.end() + 8]
    return ""


# 你看过……吗？ asks for a life; any answer but 没有 claims one.
_ASKS_LIFE = re.compile(
    r"(?<!说)(?:看|听|去|玩|读|吃|住|用|尝)过(?!的)[^，。]{0,24}[吗么没嘛吧]|[你您](?:看|听|去)过(?:哪|什么)|(?<!都)(?<!人)喜欢[^，。]{0,16}[吗么嘛？?]|"
    r"(?<!他)(?<!她)(?<!它)最喜欢|"
    r"[你您](?:呢|也|多大|是哪|今年|家|平时|的偶像|粉|追|会去|想去|要去|打算)|"
    r"(?:一起|陪我).{0,6}(?:去|看|听|玩)|偏爱|爱[看听吃]"
)


def asks_for_a_life(text: str) -> bool:
    """True where the user asks what the assistant has watched, heard, visited or liked."""
    return _ASKS_LIFE.search(text) is not None


_PIRACY = re.compile(
    r"种子|网盘|百度云|云盘|磁力|BT|迅雷|资源|下载|免费(?:看|听|观看)|在线(?:看|观看|播放)|盗版|链接|网址|"
    r"发(?:我|给我|你)一?份|分享(?:给|一下)|哪里?(?:能|可以|有).{0,4}(?:看到|听到|看全|看完整)|视频软件|拷"
)


def piracy(text: str) -> str:
    """Words that ask for or offer a copy of a film or song, or ""."""
    found = _PIRACY.search(text)
    return found[0] if found else ""


_RUDE = re.compile(
    r"过分|你这(?:人|要求)|要求(?:太|真|也太)|太挑|这么挑|事儿?真多|麻烦死|烦[死人]|废话|自己(?:查|找|看)|爱[去来看]不|"
    r"不服|笨|傻|白痴|(?<!摇)滚(?![石动圈筒天])|闭嘴|有病|神经|无聊|什么鬼|瞎|吹牛|得瑟|嘚瑟|切[，。！]|呵呵"
)


def rude(text: str) -> str:
    found = _RUDE.search(text)
    return found[0] if found else ""


# The annotators' 等 for 而且, and what an input method does: 自已, 㓟.
_SLIP = re.compile(
    r"^(?:是的|对的|没错|嗯)(?=[他她它这那])|^嗯(?=了解|知道|现在)|(?:^|[，。])等(?=[此该这专其它他她歌影电演导里])|完事|自已|那到是|没有全天|当然后|的名文名|[\u3400-\u4dbf]|[，。]{2}|的的|是是(?!非)|了了|\d{4}-\d+-\d+月|男妇|当年知道|"
    r"它[周边](?=[不还很])|是一(?:[以于]|[部首张位]是)|哈哈人|(?:\.{2,}|…)[。，]?$|(?<![正现存所实])在(?=溜达|逛逛)|在是\d|《[^》]*(?:集团|公司|唱片)》|最佳《"
)


# 是 that is the verb of its clause, not a part of 就是, 还是, 但是 …
_ALONE = r"(?<![就都也还正不而但可算更总只便即真或])"
# What neither speaker can have meant: a character of the same sound, words said twice, a clause with a piece lost.
_MISTYPED = re.compile(
    "|".join(
        (
            r"自已|㓟|达一了|过第过|[到以]一至|[可以能]在[去到看玩逛]|问票钱|是收(?!费|取|录[在于]|门)|\d平方?米(?![的，。；、）高宽长左之多])[\u4e00-\u9fff]|她[^他]{2,12}，他(?:一定|是)|不有[什啥]|地方叫[，。]|它里的|的得名于|[它这]是其中(?!.{0,6}之一)|作[词曲]一[首张]",
            r"[是在]那(?=[年国]|里[人吗呢？])",  # 哪
            r"在[里中](?![面间心国央华外])",  # the title is lost: 在里扮演
            r"[，。]{2}|(?<=[时钟元号])[你您]",
            r"获得?[过了]?获|有很有|是由是由|([\u4e00-\u9fff]{2})[了过于在]\1|([\u4e00-\u9fff]{4})[是为有]\2",
            r"一[首张部位名座]([\u4e00-\u9fff]{2})[^，。]*的\3",
            r"即是[^，。]{1,8}，?又是",
            r"([\u4e00-\u9fff]{3})[^，。；：！？、《》“”()（）]{1,16}\4",  # 民族博物馆的综合性民族学博物馆
            r"《[^》]*》这?[个位]?(?:乐队|组合|歌手|演员|导演|人)",
            r"(?:^|[，。])由于[^，。]*。?$|(?:^|[，。])[以在从由把被让为与和及于到至等且而][，。]",
            rf"(?:^|[，。])[^，。是]{{0,3}}{_ALONE}是(?![的啊])[^，。是]{{2,16}}{_ALONE}是(?![非否])",
        )
    )
)


def mistyped(text: str) -> str:
    """Words that anybody would type again, or ""."""
    found = _MISTYPED.search(text)
    return found[0] if found else ""


_PAIRED = ("“”", "《》")
LONGEST_CLAUSE = 32  # characters; longer, and a mark has been lost


def slip(text: str) -> str:
    """A slip of the pen, a quotation mark without its fellow, a clause without an end, or ""."""
    found = _SLIP.search(text)
    odd = next((pair for pair in _PAIRED if text.count(pair[0]) != text.count(pair[1])), "")
    long = next((clause for clause in re.split(r"\W", text) if len(clause) > LONGEST_CLAUSE), "")
    return found[0] if found else odd or long or mistyped(text)


# Ages and "this year" were true on the day of writing.
_DATED = re.compile(
    r"今年|去年|明年|现年|现在(?:才|都|已经|也|是)|目前.{0,4}岁|[几多]岁|[一二三四五六七八九十\d]+岁(?!时|那年|的时候|起|开始|以)|[二三四五六七八九]十(?:[多几]|好几)|十多?年[前中来]|几十年|\d+多年|快要?.{1,4}[岁年]|快要?[三四五六七八九]十|[年岁]龄不小|年纪不小|多大了"
)


def dated(text: str) -> str:
    """Words that were true on the day of writing only, or ""."""
    found = _DATED.search(text)
    return found[0] if found else ""


_AGED = re.compile(
    r"\d多?年前|十多?年[了前]|[二三四五六七八九]十多?年|[今明]年.{0,5}岁|不到.{1,4}岁|才[一二三四五六七八九十几多]+岁|几岁了"
)


def aged(text: str) -> str:
    """An age that the user states, or ""; the assistant's answer takes it for today's."""
    found = _AGED.search(text)
    return found[0] if found else ""
