"""Requests to translate between English and Chinese; {text} is what is to be translated.

Those of a sentence may put it in quotation marks or in the middle of a line, those of a passage set it apart.
"""

from __future__ import annotations

SENTENCE_TO_CHINESE = (
    "请把下面的英文翻译成中文：\n{text}",
    "将这句英文译成中文：\n{text}",
    "翻译成中文：{text}",
    "下面这句英语用中文怎么说？\n{text}",
    "{text}\n请把上面的内容翻译成中文。",
    "请翻译成通顺的汉语：\n{text}",
    "英译中：{text}",
    "帮我翻译一下这句英文：\n{text}",
    "{text}\n这句话是什么意思？请译成中文。",
    "这句英文怎么翻译成中文比较自然？\n\n{text}",
    "请将以下句子从英语翻译为汉语。\n\n{text}",
    "把这句话翻成中文，意思准确、读起来顺就行：\n{text}",
)
QUOTED_TO_CHINESE = (
    "“{text}”用中文怎么说？",
    "“{text}”翻译成中文是什么？",
    "请问“{text}”这句英语是什么意思？翻译成中文即可。",
)
SENTENCE_TO_ENGLISH = (
    "请把下面的中文翻译成英文：\n{text}",
    "将这句中文译成英文：\n{text}",
    "翻译成英文：{text}",
    "下面这句话用英语怎么说？\n{text}",
    "{text}\n请把上面的内容翻译成英语。",
    "请翻译成自然的英语：\n{text}",
    "中译英：{text}",
    "帮我把这句话翻译成英文：\n{text}",
    "{text}\n这句话英文怎么写？",
    "这句中文怎么译成地道的英文？\n\n{text}",
    "请将以下句子从汉语翻译为英语。\n\n{text}",
    "麻烦把这句话译成英语，语法正确、意思清楚：\n{text}",
)
QUOTED_TO_ENGLISH = (
    "“{text}”用英语怎么说？",
    "“{text}”翻译成英文是什么？",
    "请问“{text}”这句话用英语怎么表达？",
)

PASSAGE_TO_CHINESE = (
    "请把下面这段英文翻译成中文：\n\n{text}",
    "将以下英文段落译为中文，语句通顺、忠实原文：\n\n{text}",
    "把这段话翻译成中文。\n\n{text}",
    "{text}\n\n请将上面这段英文翻译成中文。",
    "帮我翻译下面的英文资料，译成中文：\n\n{text}",
    "英译中：\n\n{text}",
    "下面是一段英文，请译成通顺的汉语。\n\n{text}",
    "请逐句翻译以下英文，数字和专有名词要准确：\n\n{text}",
    "我在读一篇英文文章，这一段请帮我译成中文：\n\n{text}",
    "原文：\n{text}\n\n请给出中文译文。",
)
PASSAGE_TO_ENGLISH = (
    "请把下面这段中文翻译成英文：\n\n{text}",
    "将以下中文段落译为英文，语句通顺、忠实原文：\n\n{text}",
    "把这段话翻译成英文。\n\n{text}",
    "{text}\n\n请将上面这段中文翻译成英语。",
    "帮我翻译下面的中文资料，译成英文：\n\n{text}",
    "中译英：\n\n{text}",
    "下面是一段中文，请译成自然流畅的英语。\n\n{text}",
    "请逐句翻译以下中文，数字和专有名词要准确：\n\n{text}\n\n译成英语。",
    "我要用英文写一份材料，这一段请帮我译成英语：\n\n{text}",
    "原文：\n{text}\n\n请给出英文译文。",
)

# The answer is in traditional characters.
TO_TRADITIONAL = (
    "请把下面的英文翻译成繁体中文：\n{text}",
    "翻译成中文，请用繁体字：\n{text}",
    "{text}\n请译成繁体中文。",
    "这句英文用繁体中文怎么写？\n{text}",
    "英译中，译文用繁体字：{text}",
    "我的读者在台湾，请把这句英文译成繁体中文：\n{text}",
    "帮我翻译一下，要繁体中文：\n{text}",
    "将下面的内容译为繁体中文。\n\n{text}",
)
