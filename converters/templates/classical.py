"""What people ask who want classical Chinese (文言文) in modern Chinese (现代汉语), and the other way round."""

from __future__ import annotations

SENTENCE_TO_MODERN = (
    "把下面这句文言文翻译成现代汉语：\n{text}",
    "请将这句古文译成白话文：\n{text}",
    "{text}\n这句文言文用现代汉语怎么说？",
    "翻译成现代文：{text}",
    "文言文翻译：{text}",
    "“{text}”这句话是什么意思？请用现代汉语翻译。",
    "帮我把这句文言文翻成白话：\n{text}",
    "古文看不太懂，请译成通顺的现代汉语：\n{text}",
    "请用现代汉语解释下面这句古文：\n{text}",
    "下面一句出自古书，请直译成白话文。\n{text}",
    "{text}\n请把上面的文言句子翻译成现代汉语，意思要准确。",
    "将下列句子译为现代汉语。\n{text}",
)
SENTENCE_TO_MODERN_FROM = (
    "下面这句话出自《{book}》，请翻译成现代汉语：\n{text}",
    "《{book}》里有一句：“{text}”用白话文怎么说？",
    "读《{book}》读到这句，请帮我译成现代文：\n{text}",
    "请把《{book}》中的这句话翻译成白话：\n{text}",
    "{text}\n这是《{book}》里的句子，请译成现代汉语。",
    "翻译《{book}》中的句子：{text}",
)
PASSAGE_TO_MODERN = (
    "把下面这段文言文翻译成现代汉语：\n\n{text}",
    "请将这段古文译成白话文：\n\n{text}",
    "{text}\n\n请把上面这段文言文翻译成现代汉语。",
    "帮我把这段文言文翻译成通顺的白话：\n\n{text}",
    "文言文阅读，请全文翻译：\n\n{text}",
    "下面这段古文说的是什么？请逐句译成现代汉语。\n\n{text}",
    "请把这段文言文译为现代文，语句要通顺：\n\n{text}",
    "这段古文我读不懂，请用白话文翻译一下：\n\n{text}",
    "将下面的文言文段落翻译成现代汉语，不要遗漏内容。\n\n{text}",
    "{text}\n\n这段话翻成白话文怎么说？",
)
PASSAGE_TO_MODERN_FROM = (
    "下面一段出自《{book}》，请翻译成现代汉语：\n\n{text}",
    "请把《{book}》中的这段文字译成白话文：\n\n{text}",
    "{text}\n\n以上选自《{book}》，请翻译成现代汉语。",
    "我在读《{book}》，这一段请帮我译成现代文：\n\n{text}",
    "文言文翻译，选自《{book}》：\n\n{text}",
    "《{book}》里的这段话用白话文怎么说？\n\n{text}",
)
SENTENCE_TO_CLASSICAL = (
    "把下面这句话翻译成文言文：\n{text}",
    "请将这句现代汉语改写成文言文：\n{text}",
    "{text}\n这句话用文言文怎么说？",
    "白话译文言：{text}",
    "翻译成文言文：{text}",
    "“{text}”请改成文言文。",
    "请用文言文表达下面的意思：\n{text}",
    "用古文怎么写这句话？请写成文言文。\n{text}",
    "帮我把这句白话改成简练的文言文：\n{text}",
    "如果写成文言文，下面这句应该怎么写？\n{text}",
    "{text}\n请译为文言文，用语要简洁。",
    "请把这句白话文译成文言：\n{text}",
)
SENTENCE_TO_CLASSICAL_LIKE = (
    "仿照《{book}》的语言，把这句话译成文言文：\n{text}",
    "请用《{book}》那样的文言文写出下面的意思：\n{text}",
    "{text}\n这句话若写进《{book}》，用文言文该怎么说？",
    "把下面的白话还原成《{book}》式的文言文：\n{text}",
)
PASSAGE_TO_CLASSICAL = (
    "把下面这段话翻译成文言文：\n\n{text}",
    "请将这段现代汉语改写成文言文：\n\n{text}",
    "{text}\n\n请把上面这段白话译成文言文。",
    "帮我把这段白话文改成文言文，语言要简练：\n\n{text}",
    "请用文言文写出下面这段文字的意思：\n\n{text}",
    "将下面的白话文逐句译为文言文，内容不要增减。\n\n{text}",
    "这段话用文言文怎么写？\n\n{text}",
    "请把这段文字译成古雅的文言文：\n\n{text}",
    "白话文改文言文：\n\n{text}",
    "{text}\n\n以上文字请用文言文重写一遍。",
)
PASSAGE_TO_CLASSICAL_LIKE = (
    "请仿照《{book}》的文字，把下面这段话译成文言文：\n\n{text}",
    "用《{book}》那样的文言文改写下面这段话：\n\n{text}",
    "{text}\n\n请把这段白话译成文言文，笔法仿《{book}》。",
    "下面这段白话，请写成《{book}》式的文言文：\n\n{text}",
)
