"""How people ask about a text that they paste: questions, a summary, another manner, an explanation, a story.

The text stands in the request. {passage} may be long; templates of the tuples named TITLED want a {title}, or a {work}
with the marks of a book, and are chosen from for passages that have one.
"""

# ---- a question about a text

QA = (
    "{passage}\n\n{question}",
    "{question}\n\n{passage}",
    "请阅读下面的文字，回答问题。\n\n{passage}\n\n问题：{question}",
    "根据以下内容回答：{question}\n\n{passage}",
    "{passage}\n\n读完上面这段话，请问：{question}",
    "我手头有这样一段资料：\n\n{passage}\n\n想请教一下，{question}",
    "资料：\n{passage}\n\n问：{question}",
    "请只依据下面的资料作答，资料里没有的不要写。\n\n{passage}\n\n{question}",
    "帮我从下面的内容里找一下答案：{question}\n\n{passage}",
    "阅读材料：\n{passage}\n\n请回答：{question}",
    "问题：{question}\n\n可以参考的资料：\n{passage}",
    "下面这段文字我没有完全看懂，{question}\n\n{passage}",
)
QA_TITLED = (
    "下面是一段关于“{title}”的资料：\n\n{passage}\n\n请根据它回答：{question}",
    "以下内容出自“{title}”。\n\n{passage}\n\n{question}",
    "{title}\n\n{passage}\n\n问题：{question}",
    "我在查“{title}”的资料，有个问题：{question}\n\n{passage}",
    *QA,
)

# ---- a summary

SUMMARY = (
    "请概括下面这段文字：\n\n{passage}",
    "{passage}\n\n总结一下上面的内容。",
    "帮我把下面的内容压缩一下，留下要紧的：\n\n{passage}",
    "下面这段话主要讲了什么？\n\n{passage}",
    "请为以下文字写一份摘要。\n\n{passage}",
    "太长不看，麻烦给个概要：\n\n{passage}",
)
SUMMARY_SENTENCE = (
    "请用一句话概括下面的内容：\n\n{passage}",
    "{passage}\n\n用一句话说说上面讲了什么。",
    "一句话总结：\n\n{passage}",
    "把下面这段文字浓缩成一句话。\n\n{passage}",
    "下面的内容，如果只能说一句话，该怎么说？\n\n{passage}",
    "帮我给这段资料写一句话的简介：\n\n{passage}",
    "请读下面的文字，写出它的中心意思，一句话即可。\n\n{passage}",
    "{passage}\n\n以上内容请概括为一个句子。",
)
SUMMARY_SENTENCE_TITLED = (
    "请用一句话介绍“{title}”，内容以下文为准：\n\n{passage}",
    "下面是“{title}”的资料，请浓缩成一句话。\n\n{passage}",
    *SUMMARY_SENTENCE,
)
SUMMARY_PARAGRAPH = (
    "请用一段话概括下面的内容：\n\n{passage}",
    "{passage}\n\n请把上文缩写成一小段。",
    "为下面的文字写一段摘要，不要分条。\n\n{passage}",
    "帮我把这份资料缩成一段话，主要内容不要漏：\n\n{passage}",
    "阅读下文，写一段简短的内容提要。\n\n{passage}",
    "下面的内容有点长，请用几句话讲清楚：\n\n{passage}",
    "{passage}\n\n以上文字请压缩成一段，保留重要的人物、时间和数字。",
    "我要在报告里引用下面的资料，请先替我概括成一段：\n\n{passage}",
)
SUMMARY_PARAGRAPH_TITLED = (
    "下面是“{title}”的资料，请写成一段简短的介绍。\n\n{passage}",
    "请概括“{title}”的主要内容，写成一段：\n\n{passage}",
    *SUMMARY_PARAGRAPH,
)
SUMMARY_POINTS = (
    "请列出下面内容的要点：\n\n{passage}",
    "{passage}\n\n把上面的内容整理成几条要点。",
    "帮我把下面的资料分条归纳一下：\n\n{passage}",
    "阅读下文，提炼关键信息，逐条列出。\n\n{passage}",
    "下面这段文字有哪些要点？请分条写。\n\n{passage}",
    "我要做一张幻灯片，请把下面的内容整理成要点：\n\n{passage}",
    "把这段话拆成几条笔记，方便记忆。\n\n{passage}",
    "请用列表的形式总结：\n\n{passage}",
)
SUMMARY_POINTS_TITLED = (
    "请把“{title}”的下列资料整理成要点：\n\n{passage}",
    "关于“{title}”，下面的内容有哪些要点？请分条列出。\n\n{passage}",
    *SUMMARY_POINTS,
)

# ---- another manner, the same facts

REWRITE = (
    "请改写下面的文字，意思不变：\n\n{passage}",
    "{passage}\n\n请把上面这段换一种说法，内容不要增减。",
    "帮我把下面的内容重新写一遍，事实保持不变。\n\n{passage}",
    "用你自己的话把下面的资料重述一遍：\n\n{passage}",
    "请润色并改写下文，不要添加新的信息。\n\n{passage}",
    "下面这段文字想换个写法，请帮忙改写：\n\n{passage}",
)
# for manners of a user's own prompt
REWRITE_OWN = (
    "请把下面的文字改写成这种风格：{manner}。事实不要改动。\n\n{passage}",
    "{passage}\n\n请把以上内容换一种写法（{manner}），意思不变。",
    "改写要求：{manner}。内容不要增减。\n\n{passage}",
    "帮我改写下面的资料，写法：{manner}。\n\n{passage}",
)
REWRITE_PLAIN = (
    "请用通俗易懂的话讲讲下面的内容：\n\n{passage}",
    "{passage}\n\n上面的文字太专业了，能说得通俗一点吗？",
    "把下面这段话改写得让外行也能看懂。\n\n{passage}",
    "用大白话讲一遍：\n\n{passage}",
    "我想把下面的内容讲给没有基础的人听，请改得浅显些，事实不要变。\n\n{passage}",
    "请把下面的文字改成通俗的讲解，不要增加新的内容。\n\n{passage}",
    "下面这段资料读起来有点吃力，请换成好懂的说法：\n\n{passage}",
    "请写成科普短文的口气，内容以下文为限：\n\n{passage}",
)
REWRITE_NEWS = (
    "请把下面的内容改写成一篇新闻稿：\n\n{passage}",
    "{passage}\n\n根据以上资料写一则新闻稿，不要添加资料里没有的事。",
    "用新闻报道的写法改写下文，要紧的信息放在前面。\n\n{passage}",
    "我需要一篇短新闻，资料如下，请照着写：\n\n{passage}",
    "请以记者的口吻重写下面的文字，数字和名称不要改动。\n\n{passage}",
    "把这份资料改成新闻通稿的样子：\n\n{passage}",
    "请将下文改写为新闻稿，开头一段概括全部要点。\n\n{passage}",
)
REWRITE_CHILDREN = (
    "请把下面的内容写成给小学生看的说明：\n\n{passage}",
    "{passage}\n\n怎么把上面的内容讲给小朋友听？请写出来。",
    "我要给三年级的孩子讲下面的知识，请改写成他们能懂的话。\n\n{passage}",
    "把下文改写成儿童读物里的一段，内容不要走样：\n\n{passage}",
    "用小学生能看懂的语言改写：\n\n{passage}",
    "请把这段资料改得活泼一些，给孩子看，事实不能改。\n\n{passage}",
    "孩子问起下面的事，我该怎么讲？请照着资料写一段。\n\n{passage}",
)
REWRITE_FORMAL = (
    "请把下面的文字改写得更书面、更正式：\n\n{passage}",
    "{passage}\n\n请将上文改成严谨的书面语。",
    "用正式的书面语体改写下面的内容，信息不增不减。\n\n{passage}",
    "这段话要放进报告里，请改得规范一些：\n\n{passage}",
    "请以辞书条目的语体改写下文。\n\n{passage}",
    "帮我把下面的资料改写成正式文稿的一段：\n\n{passage}",
    "请把下文的语言改得庄重、准确，意思不变。\n\n{passage}",
)
REWRITE_TALK = (
    "请把下面的内容改写成一段口语化的讲稿：\n\n{passage}",
    "{passage}\n\n我要上台讲这段内容，请改成讲稿。",
    "把下文改成适合当众讲的口语，听众一听就懂。\n\n{passage}",
    "请为下面的资料写一份解说词，口语一些：\n\n{passage}",
    "我在准备一期节目，请把下面的资料改写成主播的口播稿。\n\n{passage}",
    "请用老师上课讲述的口气改写下文，不要增加新的知识点。\n\n{passage}",
    "下面的内容要念给大家听，请改成顺口的讲稿：\n\n{passage}",
)
REWRITE_GUIDE = (
    "请把下面的内容改写成导游或讲解员的介绍词：\n\n{passage}",
    "{passage}\n\n请以讲解员的身份，把以上内容介绍给参观者。",
    "我是展馆的讲解员，请把下面的资料写成解说词。\n\n{passage}",
    "把下文改写成给参观的人听的介绍，事实不要改。\n\n{passage}",
    "请根据下面的资料写一段讲解词，只讲资料里有的：\n\n{passage}",
    "用讲解员的口吻介绍下面的内容：\n\n{passage}",
)
REWRITE_CONCISE = (
    "请把下面的文字改得简洁一些，信息不要丢：\n\n{passage}",
    "{passage}\n\n上面这段太啰唆，请精简，保留全部事实。",
    "帮我删去下文的冗词，改得干净利落。\n\n{passage}",
    "把下面的内容改写得紧凑些，数字和名称都要留着：\n\n{passage}",
    "请用更少的字说同样的事：\n\n{passage}",
    "请精简下文的表达，不改变意思。\n\n{passage}",
)

# ---- a term

EXPLAIN = (
    "{passage}\n\n上面提到的“{term}”指的是什么？",
    "下面的文字里提到了“{term}”，请解释一下。\n\n{passage}",
    "请根据下文解释“{term}”：\n\n{passage}",
    "阅读下面的内容，说说什么是“{term}”。\n\n{passage}",
    "{passage}\n\n我不太明白“{term}”指什么，能解释一下吗？",
    "名词解释：{term}\n\n参考资料：\n{passage}",
    "请结合下面的资料，说明什么是“{term}”。\n\n{passage}",
    "资料：\n{passage}\n\n请解释其中的“{term}”。",
    "下面这段话我看到“{term}”就卡住了，请讲一讲。\n\n{passage}",
    "“{term}”在下面这段文字里指的是什么？\n\n{passage}",
)
EXPLAIN_TITLED = (
    "在关于“{title}”的这段资料里，“{term}”是指什么？\n\n{passage}",
    "我在读“{title}”的介绍，请解释“{term}”：\n\n{passage}",
    *EXPLAIN,
)

# ---- a conversation

DIALOGUE_SYSTEM = (
    "已知信息：\n{passage}",
    "你是一位乐于助人的助手。请根据下面的已知信息和用户对话。\n\n{passage}",
    "你了解下面这些内容，用户会来向你请教，请据此回答，不要编造。\n\n{passage}",
    "请依据以下资料回答用户的问题：\n\n{passage}",
    "背景资料：\n{passage}\n\n请以这些资料为准，耐心解答用户的提问。",
    "以下是你掌握的知识：\n{passage}\n\n和用户交谈时，事实以此为准；资料里没有的，就说不清楚。",
)
DIALOGUE_SYSTEM_TITLED = (
    "关于“{title}”，已知信息如下：\n{passage}",
    "你是熟悉“{title}”的讲解员。请根据下面的资料回答用户。\n\n{passage}",
    *DIALOGUE_SYSTEM,
)
DIALOGUE_FIRST_TURN = (
    "已知信息：\n{passage}\n\n{question}",
    "先看一段资料：\n\n{passage}\n\n{question}",
    "我们来聊聊下面的内容。\n\n{passage}\n\n{question}",
    "请根据下面的资料和我对话。\n\n{passage}\n\n{question}",
    "{passage}\n\n我想就这些内容问你几个问题。{question}",
    "资料如下：\n{passage}\n\n{question}",
    "下面这段资料你先看一下，我有些地方想问。\n\n{passage}\n\n{question}",
)

# ---- a story

STORY = (
    "请把下面的内容讲成一个故事：\n\n{passage}",
    "{passage}\n\n把上面的事写成一篇故事，不要编造资料里没有的情节。",
    "根据下面的资料写一个故事，人物、时间和地点都以资料为准。\n\n{passage}",
    "请用讲故事的方式叙述下面的内容：\n\n{passage}",
    "下面的事请写成叙事的文字，要有头有尾，不要虚构。\n\n{passage}",
    "帮我把这段资料改编成故事，事实不能变：\n\n{passage}",
    "请依照下面的材料，按先后次序把经过写成故事。\n\n{passage}",
    "我想听故事，就讲下面这件事吧：\n\n{passage}",
)
STORY_TITLED = (
    "请以“{title}”为题，根据下面的资料写一个故事，不要虚构：\n\n{passage}",
    "下面是“{title}”的资料，请讲成一个故事。\n\n{passage}",
    *STORY,
)
STORY_TELLER = (
    "请用说书人的口气讲讲下面的事：\n\n{passage}",
    "{passage}\n\n请以说书的方式把以上内容讲一遍，事实不要改。",
    "假如你是说书先生，下面这段事该怎么讲？只讲资料里有的。\n\n{passage}",
    "把下面的资料写成一段评书，不要添油加醋。\n\n{passage}",
    "像说书人那样讲述下面的内容：\n\n{passage}",
    "请照下面的资料说一段书，人名、地名和数字都要对：\n\n{passage}",
)
STORY_BEDTIME = (
    "请把下面的内容讲成一个睡前故事，事实不要变：\n\n{passage}",
    "{passage}\n\n请用讲给孩子听的口气，把以上的事讲成故事。",
    "我要给孩子讲下面这件事，请写成一个温和的小故事。\n\n{passage}",
    "把下面的资料改成睡前故事，只讲资料里有的事。\n\n{passage}",
    "请照着下面的内容，给孩子讲一个故事：\n\n{passage}",
    "孩子想听故事，请把下面的资料讲给他听。\n\n{passage}",
)
STORY_SUSPENSE = (
    "请根据下面的资料写一个故事，开头设一个悬念：\n\n{passage}",
    "{passage}\n\n把上面的事写成故事，先说结果或疑问，再讲经过，不要虚构。",
    "用倒叙的手法把下面的内容写成故事。\n\n{passage}",
    "请把下面的事讲得引人入胜，从最要紧的一刻讲起，事实以资料为准。\n\n{passage}",
    "下面的内容请写成一个有悬念的故事，人物和情节都不要编造：\n\n{passage}",
    "根据资料写故事，开篇要抓人，内容不得超出资料。\n\n{passage}",
)

# ---- a text in literary Chinese

CLASSICAL_QA = (
    "{passage}\n\n{question}",
    "阅读下面的文言文，回答问题。\n\n{passage}\n\n问题：{question}",
    "{question}\n\n原文：\n{passage}",
    "我在读这段古文：\n\n{passage}\n\n{question}",
    "古文：{passage}\n\n请问：{question}",
    "请读下面的文言文，{question}\n\n{passage}",
    "这段文言文有个地方不懂。\n\n{passage}\n\n{question}",
    "文言文阅读：\n{passage}\n\n{question}",
    "{passage}\n\n以上是一段古文，请教一下：{question}",
    "请结合原文回答：{question}\n\n{passage}",
)
CLASSICAL_QA_TITLED = (
    "下面这段文字选自{work}。\n\n{passage}\n\n{question}",
    "{work}里有这么一段：\n\n{passage}\n\n{question}",
    "读{work}，有一个问题：{question}\n\n{passage}",
    *CLASSICAL_QA,
)
