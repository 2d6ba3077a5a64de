"""How people ask for a lead, a heading and the next paragraph of an encyclopaedia article that they paste.

The article stands in the request: nothing is asked that cannot be read there. {body}, {text} and {before} may be long.
"""

LEAD = (
    "下面是百科词条“{title}”的正文，缺了开头的导言。请根据正文补写导言：\n\n{body}",
    "请根据下面的内容，为词条“{title}”写一段开头的简介。\n\n{body}",
    "{body}\n\n以上是“{title}”这个词条的主体部分。请概括成导言，放在文章最前面。",
    "我在整理一份关于“{title}”的资料，正文已经写好了，帮我写个开头，介绍它的要点：\n\n{body}",
    "阅读下面这篇介绍“{title}”的文章，为它写一个概括性的引言。\n\n{body}",
    "以下文章的题目是“{title}”，开头部分丢了，请根据后文补写：\n\n{body}",
    "请用百科全书的口吻，根据下文写出“{title}”词条的导语。\n\n{body}",
    "给这篇文章写个导言，让人一读就知道“{title}”是怎么回事：\n\n{body}",
    "标题：{title}\n\n{body}\n\n请为上文写开篇的概述。",
    "“{title}”条目的正文如下，请提炼要点，写出条目的首段介绍。\n\n{body}",
)
# only where every word of the answer stands in the request
LEAD_OF_ALL = (
    "请根据下面的内容，为词条“{title}”写一段开头的简介，不要写材料里没有的东西。\n\n{body}",
    "标题：{title}\n\n{body}\n\n请为上文写开篇的概述，内容以上文为准。",
    "只用下面材料里的内容，为“{title}”写一段导言：\n\n{body}",
    *LEAD,
)

HEADING = (
    "给下面这段文字拟一个小标题：\n\n{text}",
    "下面的文字选自百科词条“{title}”，请为这一节起个标题，只写标题。\n\n{text}",
    "{text}\n\n这段内容放在“{title}”一文里，小标题怎么起合适？直接给出标题就行。",
    "请用几个字概括下面这一节的主题，作为它的小标题。\n\n{text}",
    "我在给“{title}”的资料分节，下面这一节该叫什么？\n\n{text}",
    "为下面的章节写一个简短的标题，不要解释。\n\n{text}",
    "{text}\n\n请给以上内容加一个合适的小标题。",
    "阅读下面的段落，写出最能概括内容的小节标题：\n\n{text}",
    "这是一篇介绍“{title}”的文章中的一节，标题漏掉了，请补上：\n\n{text}",
)
HEADING_OF = (
    "下面这段文字选自“{title}”一文，应该放在哪个小标题下？可选：{choices}。只回答标题。\n\n{text}",
    "“{title}”一文有这几节：{choices}。下面这段属于哪一节？\n\n{text}",
    "{text}\n\n请从下列标题中选出最适合上文的一个：{choices}。",
    "从备选标题里给下面的文字挑一个，直接写出来就好。\n备选标题：{choices}\n\n{text}",
    "我整理“{title}”的资料时把这一段的位置弄丢了，目录里有{choices}，它该归到哪一节？\n\n{text}",
    "请判断下面的内容对应哪个小节标题，备选有：{choices}。\n\n{text}",
    "下列标题中哪一个能概括这段文字？{choices}\n\n{text}",
    "文章：{title}\n小标题：{choices}\n段落：{text}\n\n这个段落应归入哪个小标题？",
)

NEXT = (
    "下面是百科词条“{title}”的一部分，请接着写下一段：\n\n{before}",
    "请顺着下面的内容续写一段，保持百科的文风。\n\n{before}",
    "{before}\n\n以上是介绍“{title}”的文字，请往下写一段。",
    "这篇关于“{title}”的文章写到这里，接下来的一段请你来写：\n\n{before}",
    "续写下文，一段即可，语气客观：\n\n{before}",
    "我在写“{title}”的介绍，下面是已有的部分，帮我接着写一段。\n\n{before}",
    "阅读下面的文字，写出与之衔接的下一段。\n\n{before}",
    "文章题目：{title}\n\n{before}\n\n请续写一段，内容要和上文连贯。",
)
NEXT_IN_SECTION = (
    "下面是百科词条“{title}”中“{section}”一节的开头，请续写下一段：\n\n{before}",
    "“{title}”一文的“{section}”部分写到这里，请接着写一段。\n\n{before}",
    "{before}\n\n以上是“{title}”的“{section}”一节，请往下再写一段，文风保持一致。",
    "帮我把“{title}”里“{section}”这一节续写一段：\n\n{before}",
    "词条：{title}\n小节：{section}\n\n{before}\n\n请续写下一段。",
    "我在写“{title}”的“{section}”，已有下面这些内容，请补上接下来的一段。\n\n{before}",
    "请接着下文写一段，仍然围绕“{title}”的“{section}”：\n\n{before}",
    "下面的文字讲的是“{title}”的“{section}”，写出与它衔接的下一段。\n\n{before}",
)
