"""What people ask who have a page of an old history before them: to punctuate it, to tell who is who and who speaks."""

from __future__ import annotations

PUNCTUATE = (
    "给下面这段古文加上标点：\n{text}",
    "请为下文断句并加标点符号：\n\n{text}",
    "下面这段文言文没有标点，请标点：\n{text}",
    "{text}\n\n请给这段文字断句，加上现代标点。",
    "帮我把这段古籍原文点断，用新式标点：\n{text}",
    "这段史书是竖排白文，没有句读，麻烦加一下标点。\n\n{text}",
    "标点下列文字，字句不要改动：\n{text}",
    "请断句标点：{text}",
    "我在读古籍影印本，这一段怎么断？请加上标点。\n{text}",
    "{text}\n上面这段话该如何标点？",
)
SLASH = (
    "用“/”给下面的文言文断句：\n{text}",
    "请用斜线（/）为下列文言语段断句。\n{text}",
    "断句练习，用“/”标出停顿：\n{text}",
    "{text}\n\n给上面这段文字断句，断开处用“/”隔开。",
    "下面这段话怎么断句？用“/”隔开就行，不用加标点。\n{text}",
    "请把下面的古文用“/”断开：\n\n{text}",
    "文言断句题，请在该停顿的地方加“/”：\n{text}",
    "没有标点的古文一段，请用“/”断句：{text}",
)
# {person} stands in the passage, {asked} is what is wanted: 籍贯, 字, both.
WHO = (
    "阅读下面的文言文，说说{person}的{asked}。\n\n{text}",
    "{text}\n\n根据这段文字，{person}的{asked}是什么？",
    "从下面这段史传里找出{person}的{asked}：\n{text}",
    "这段古文是怎么交代{person}的{asked}的？\n\n{text}",
    "请根据原文回答：{person}的{asked}是？\n原文：{text}",
    "帮我从这段传记里摘一下{person}的{asked}。\n\n{text}",
)
WHO_ANSWER = {
    "both": (
        "{person}字{courtesy}，是{place}人。",
        "{person}，字{courtesy}，{place}人。",
        "{person}字{courtesy}，籍贯是{place}。原文开头就写了：“{evidence}”。",
        "字{courtesy}，{place}人。见原文首句：“{evidence}”。",
    ),
    "place": (
        "{person}是{place}人。",
        "据原文，{person}是{place}人。",
        "是{place}人，见首句“{evidence}”。",
    ),
}
SPEAKER = (
    "读下面的文言文，“{quote}”这句话是谁说的？\n\n{text}",
    "{text}\n\n文中“{quote}”一句出自谁之口？",
    "下面这段里，说“{quote}”的人是谁？\n{text}",
    "请根据文意回答：“{quote}”是谁说的话？\n\n{text}",
    "这段文言文里“{quote}”是哪一位说的？我没看明白。\n\n{text}",
    "{text}\n\n请问“{quote}”这话是谁讲的？",
)
SPEAKER_ANSWER = (
    "是{person}说的，原文作“{person}曰：‘{said}’”。",
    "这句话是{person}说的。原文：“{person}曰：‘{said}’”",
    "说这话的是{person}。",
    "{person}。文中写明“{person}曰”。",
)
