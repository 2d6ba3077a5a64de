"""Does a request rest on something that is not there: a text below, a picture, an earlier turn?

Two witnesses: the request points at material and holds none, or the answer says that nothing was given.
"""

from __future__ import annotations

import re

_NOUNS = (
    "文章|文本|文字|段落|短文|句子|语句|陈述|单词|词语|词汇|词组|短语|列表|清单|数据集?|表格?|图片|图像|照片|图表?|漫画|画作?|诗歌?|对话|代码|"
    "程序|函数|方程式?|算式|公式|数字|数列|序列|问题|题目|选项|材料|信息|内容|故事|情节|场景|情景|情境|主题|标题|关键词|文档|邮件|评论|"
    "原[句文]|新闻|报道|论文|书籍?|网页|网站|链接|产品|物品|食材|人物|角色|名字|名称|实体|事件|案例|条件|规则|参数|描述|摘要|歌词|[乐曲]谱|标志|"
    "符号|术语|[食菜]谱|图案|节选|摘录|片段|文件|视频|音频|附件|话题|原文|元素|项目|节目|职位|论点|观点|前提|假设|地点|城市|动物|提示|输入"
)
# 以下的三首诗, 给定的文本, 所提供的句子: pointing at what must follow
_POINTS_AHEAD = re.compile(
    rf"(?:以下|下列|下面|下述|给定|所给|给出的|提供的|所提供|上述|上面|(?<![个种次条项名位天年月周时分钟元块岁人数话句%0-9])以上|附件|附上)(?:的|这|那)?[^，。：:？！\n“”\"《》]{{0,14}}?(?:{_NOUNS})"
)
_POINTS_AT = re.compile(
    "(?:这|那|该|此)(?:[一两三几]?[个些段篇句首张幅本组条封份则道部件种])?(?:给定的)?"
    "(?P<noun>句子|句话|段话|段文字|段落|文章|文本|文档|诗歌?|幅画|画作|图片?|照片|漫画|标志|表格|列表|代码|程序|对话|邮件|场景|情景|单词|"
    "词语|短语|成语|谚语|陈述|物种|图形|化合物|数列|数据|题目|视频|音频|文件|短文|食谱|菜谱|曲子|乐谱|评论|新闻|论文|歌词|段落)"
)
# 用一句话结束故事, 概述文章《…》: a text that nobody can know
_UNKNOWN_TEXT = re.compile(
    "(?:结束|完成|补全|续写)(?:这个|该|那个)?(?:故事|句子|对话|段落|诗歌?)[。.！!]?$"
    "|(?:概述|总结|概括|分析|评价|摘要)[^，。！？\n]{0,12}(?:文章|论文|报告|报道|研究|博客)(?:的标题为|题为|，)?《[^》]+》[^，：:\n]{0,12}$"
    "|(?:找|搜索|查找|搜集|阅读|选择?|引用)(?:到|出)?(?:[一二两三四五\\d]|最近的?)?篇?[^，。！？\n]{0,24}(?:文章|论文|报道|新闻)(?!中|里|标题)"
)
_MATERIAL = re.compile(
    r"[:：]\s*\S\s?\S|\n\s*\S|[“\"「『《【\[（(‘'][^”\"」』》】\]）)’']{2,}[”\"」』》】\]）)’']|[A-Za-z]{3,}|\d{2,}|[。！？]\s*\S{3,}|、|_{2,}|——"
    "|(?:主题|题目|关键词|内容|标题|名称)(?:是|为)\\S{2,}"
)
_TEXT_BEHIND = re.compile(r"[:：]\s*\S{8,}|\n\s*\S{8,}|[“\"][^”\"]{12,}[”\"]")
_BEFORE = re.compile('^.{4,}[。！？；;”"》]|^.{14,}[，,]')
_FOR_A_PROGRAM = re.compile(
    "(?:写|创建|设计|实现|生成|构[造建]|开发|给出)[^。\n]{0,16}(?:函数|程序|代码|脚本|算法|查询|正则表达式|类)[^。\n]*\\Z"
)
LONGEST_POINTER = 90  # characters: a longer request holds something, whatever its form

_ABSENT = re.compile(
    rf"(?:您|你)(?:似乎|好像)?(?:并?没有|尚?未|还没有?|并未|忘了|忘记)[^。！？\n]{{0,12}}?(?:提供|给出|给我|附上|指定|说明|告诉|输入|上传|提到|包含|列出|发送)"
    rf"|(?:^|[，。：；！\n]|题[目干中]|问题|文[中本]|这里|输入|我|[您你])(?:但是?|因为|由于|如果|[中里]|似乎|好像|[都又尚还也])?"
    rf"(?:没有|未|缺少|缺乏)(?:看到|收到|找到|提供|给出|附上|具体的?)[^。！？\n]{{0,12}}?(?:{_NOUNS})"
    rf"|请(?:您|你)?(?:先|重新|再|能)?(?:提供|给出|输入|分享|上传|发送|补充|给我)[^。！？\n]{{0,24}}?(?:{_NOUNS}|细节|需要|要求)"
    r"|(?:无法|不能|没法|没办法)(?:直接)?(?:看到|查看|看见|访问|打开|读取|识别|浏览)[^。！？\n]{0,12}?(?:图|链接|附件|文件|网页|视频|漫画|照片|画)"
    r"|(?:需要|希望)(?:您|你)(?:能)?(?:提供|给出|告诉)[^。！？\n]{0,16}?(?:才能|以便|，我)"
    r"|(?:未|没有)给出(?:具体|任何)|因为您没有|由于您没有|由于没有(?:提供|给出)|缺少上下文|没有(?:提供)?上下文"
)
_ASKS_FIRST = re.compile(
    rf"^(?:好的|当然|可以|没问题)[^。！？\n]{{0,12}}请[^。！？\n]{{0,20}}(?:输入|提供|给我|告诉|发送)[^。！？\n]{{0,20}}(?:{_NOUNS}|全文)"
)
# one of these stands wherever those two patterns match
ABSENT_SIGNS = re.compile(
    "[您你](?:似乎|好像)?(?:并?没有|尚?未|还没|并未|忘)|(?:没有|未|缺少|缺乏)(?:看到|收到|找到|提供|给出|附上|具体)"
    "|请(?:您|你)?(?:先|重新|再|能)?(?:提供|给出|输入|分享|上传|发送|补充|给我)"
    "|(?:无法|不能|没法|没办法)(?:直接)?(?:看到|查看|看见|访问|打开|读取|识别|浏览)|(?:需要|希望)[您你]"
    "|[因由][为于][您你]?没有|缺少上下文|没有上下文|^(?:好的|当然|可以|没问题)"
)
LATEST_ABSENT = 80  # characters: where an answer that has nothing to work on says so
SHORT_ANSWER = 160

_FOR_A_MODEL = re.compile(
    "(?:教|要求|让|指示|命令|指导)(?:GPT|AI|人工智能|语言)?(?:模型|助手)|请GPT"
    "|(?:给|向|为|指示|输入到?)[^，。]{0,6}GPT\\s?(?:语言)?模型|GPT\\s?(?:语言)?模型(?:的任务|必须|生成|[编撰]?写|创)"
)

# A first turn that goes on with what nobody has said.
_GOES_ON = re.compile(
    "^(?:那(?:你|么你|它|他|她|这|如果|为什么|怎么|还)|还有(?:其他|别的|吗|什么)|除此之外|继续(?!教育|医学|性|写?以下)|接着(?!写?以下)|你刚才|你之前|"
    "你上面|上一个|刚才的|再来一|再写一|换一个|为什么呢|你(?:确定|说的|错了)|不对，|(?:这|它|他|她)是(?:什么意思|谁)[？?]?$)"
)


def goes_on(request: str) -> str:
    """The words of a first turn that refer to a turn before it."""
    found = _GOES_ON.match(request)
    return found[0] if found else ""


def for_a_model(request: str) -> str:
    """要求GPT模型…, 教助手…: instructions about the one who is asked, from those who had them invented."""
    found = _FOR_A_MODEL.search(request)
    return found[0] if found else ""


def points_at_nothing(request: str) -> str:
    """What the request points at and does not hold, or ""."""
    if len(request) > LONGEST_POINTER or _MATERIAL.search(request):
        return ""
    found = _POINTS_AHEAD.search(request)
    if found is None:
        found = _POINTS_AT.search(request)
        before = request[: found.start()] if found is not None else ""
        if found is not None and (_BEFORE.match(before) or found["noun"] in before):
            return ""
    # a program is written for whatever will be given to it
    return found[0] if found and not _FOR_A_PROGRAM.search(request[: found.start()]) else ""


def unknown_text(request: str) -> str:
    """A story without a beginning that is to be ended, an article of which only the title is given, any article."""
    found = _UNKNOWN_TEXT.search(request) if len(request) <= LONGEST_POINTER else None
    return found[0] if found and not _TEXT_BEHIND.search(request) else ""


_BLANK = re.compile(
    "[\\[【<（(](?:在此|在这里|此处|请)?(?:插入|填入|填写|输入|粘贴|待填)[^\\]】>）)\\n]{0,16}[\\]】>）)]|[\\[【<](?:文章|文本|内容|姓名|标题|主题|技能|公司|产品)(?:名称|内容)?[\\]】>]"
)


def left_blank(request: str) -> str:
    """[在此插入文章]: the place that somebody was to fill in."""
    found = _BLANK.search(request)
    return found[0] if found else ""


_CHOOSES = re.compile("选择?[^，。：\n]{0,8}(?:选项|答案)|(?:以下|下列|给定)[^，。：\n]{0,4}选项")
_OPTIONS = re.compile(
    r"[A-Da-d①②③1-4]\s*[.、．)）:：]|\n|、|/|还是|或|[（(][^）)]*[,，][^）)]*[）)]|选项(?:有|是|为|如下)?[：:]"
)


def no_options(request: str) -> str:
    """选择最合适的选项: there must be some."""
    found = _CHOOSES.search(request)
    return found[0] if found and not _OPTIONS.search(request) else ""


def says_so(answer: str) -> str:
    """The words with which an answer says that it was given nothing to work on, or ""."""
    found = _ABSENT.search(answer)
    if found is None or (found.start() > LATEST_ABSENT and len(answer) > SHORT_ANSWER):
        found = _ASKS_FIRST.search(answer)
    return found[0] if found else ""
