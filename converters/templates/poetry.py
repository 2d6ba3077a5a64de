"""How people ask for classical verse: to write it, to go on with it, to say it by heart, to have its words explained.

{form} is a form that was confirmed (七言绝句) or only counted (五言四句的诗); both fit into every sentence below.
"""

TO_TITLE = (
    "以《{title}》为题，写一首{form}。",
    "请写一首{form}，题目是《{title}》。",
    "帮我写一首题为《{title}》的{form}。",
    "作一首{form}，题目叫《{title}》，语言古雅一些。",
    "我想要一首{form}，题目定为《{title}》，请你来写。",
    "题目：{title}\n体裁：{form}\n请按要求作诗。",
    "《{title}》，{form}，请赋诗一首。",
    "假如请你以“{title}”为题写一首{form}，你会怎么写？",
    "用文言写一首{form}，标题用《{title}》。",
    "请以“{title}”为题作{form}，只要正文，不用解释。",
)
TO_TUNE = (
    "请用词牌《{tune}》填一首词。",
    "填一首《{tune}》。",
    "以《{tune}》为词牌，写一首宋词风格的词。",
    "按《{tune}》的格式填一首词，内容不限。",
    "帮我填一首词，词牌是《{tune}》。",
    "词牌《{tune}》，请填词一首，直接给出正文。",
    "想读一首新填的《{tune}》，你来写吧。",
    "请依《{tune}》的句式和韵脚作词一首。",
)
TO_THEME = (
    "写一首{form}，主题是{theme}。",
    "请以{theme}为主题，写一首{form}。",
    "帮我写一首关于{theme}的{form}。",
    "我想要一首写{theme}的{form}，题目自拟，只写正文就行。",
    "围绕“{theme}”作一首{form}。",
    "请作{form}，内容写{theme}，风格古典。",
    "给我来一首{form}吧，写{theme}的。",
    "主题：{theme}\n体裁：{form}\n请写一首诗。",
)
TO_OPENING = (
    "以“{opening}”为首句，写一首{form}。",
    "请写一首{form}，第一句用“{opening}”。",
    "我想好了开头：“{opening}”，请把它写成一首完整的{form}。",
    "首句：{opening}\n请以此开头，作一首{form}。",
    "请从“{opening}”起笔，写一首{form}。",
    "用“{opening}”开篇，帮我写完一首{form}。",
    "有一句“{opening}”，请以它开头，作成{form}。",
    "写{form}，要求第一句是“{opening}”。",
)
TO_TUNE_AND_OPENING = (
    "请填一首《{tune}》，首句用“{opening}”。",
    "以“{opening}”起句，填一首《{tune}》。",
    "词牌《{tune}》，第一句是“{opening}”，请把整首词填完。",
    "我写了《{tune}》的第一句“{opening}”，请从这句开始写出全词。",
    "首句：{opening}\n词牌：{tune}\n请填词一首。",
    "填词《{tune}》，要以“{opening}”开头。",
    "用词牌《{tune}》写首词，开头一句定为“{opening}”。",
    "请从“{opening}”写起，按《{tune}》填完一首词。",
)

TO_LYRIC = (
    "请写一首词，首句用“{opening}”。",
    "以“{opening}”起句，填一首词，词牌不限。",
    "我想到一句“{opening}”，请从这句写起，填成一首完整的词。",
    "首句：{opening}\n请以此开头填词一首，词牌自选。",
    "用“{opening}”开篇，写一首宋词风格的词。",
    "请从“{opening}”写起，作词一首。",
    "帮我填一首词，第一句定为“{opening}”，格式你来定。",
    "写首词，要以“{opening}”开头，只给正文。",
)

NEXT_COUPLET = (
    "请续写这首诗的下一联：\n{before}",
    "下面是一首诗中的几句，请接着写下一联：\n{before}",
    "{before}\n请顺着诗意再写一联。",
    "为下面的诗句续写一联，句式与前文一致：\n{before}",
    "接着往下写两句，字数和上文相同：\n{before}",
    "{before}\n后面两句该怎么接？请写出来。",
    "这首诗写到这里：\n{before}\n请往下续一联。",
    "我写了几句诗，请帮我续上一联：\n{before}",
)
NEXT_SENTENCE = (
    "请顺着诗意接着往下写一句：\n{before}",
    "下面是一首诗的片段，请续写一句：\n{before}",
    "{before}\n请接着写一句。",
    "请为下面的诗续写一句，风格不变：\n{before}",
    "这首诗写到这里：\n{before}\n下一句请你来写。",
    "{before}\n往下该怎么写？请续一句。",
    "续写一句，语气和上文一致：\n{before}",
    "我有几句诗，请接下去写一句：\n{before}",
)
SECOND_VERSE = (
    "请补出下句，使最后一联完整：\n{before}",
    "上句已有，请接出下句：\n{before}",
    "{before}\n请接着写出下半联。",
    "下面的诗还差一句，请补上：\n{before}",
    "最后一联只有上句，请写下句，字数相同：\n{before}",
    "{before}\n这一联的下句请你来写。",
    "帮我把下面这一联补全，只写下句：\n{before}",
    "我想不出下句了，请帮忙接上：\n{before}",
)
NEXT_OF_LYRIC = (
    "下面是一首词中的几句，请续写下一句：\n{before}",
    "请接着这首词往下写一句：\n{before}",
    "{before}\n这首词接下来请你续一句。",
    "为下面的词续写一句：\n{before}",
    "{before}\n请顺着词意往下写一句。",
    "这首词写到这里：\n{before}\n下一句怎么写？",
    "我填词填到这里，请帮我往下续一句：\n{before}",
    "续写词句，一句即可：\n{before}",
)
NEXT_OF_TUNE = (
    "下面是一首《{tune}》中的几句，请续写下一句：\n{before}",
    "请接着这首词往下写一句（词牌《{tune}》）：\n{before}",
    "{before}\n这几句出自一首《{tune}》，请续写下一句。",
    "词牌《{tune}》，已有以下词句，请续写一句：\n{before}",
    "我在填《{tune}》，写到这里：\n{before}\n请帮我接一句。",
    "{before}\n按《{tune}》的格律，下一句该怎么填？请写一句。",
    "《{tune}》填到一半：\n{before}\n请往下续一句。",
    "请为这首《{tune}》续一句：\n{before}",
)
NEXT_OF_ARIA = (
    "下面是一段元曲的曲词，请接着写一句：\n{before}",
    "{before}\n请顺着这段曲词往下续一句。",
    "请为这段元曲续写一句，语气要一致：\n{before}",
    "曲词唱到这里：\n{before}\n下一句请你来写。",
    "续写曲词一句：\n{before}",
    "{before}\n这段曲子接下去怎么唱？请写一句。",
    "我在仿写元曲，写到这里：\n{before}\n请接一句。",
    "请按元曲的口吻，给下面的曲词接一句：\n{before}",
)
NEXT_OF_ODE = (
    "下面是《诗经》体的诗句，请续写一句：\n{before}",
    "{before}\n请仿照《诗经》的句式往下接一句。",
    "请用《诗经》的语言续写下面的诗：\n{before}\n写一句即可。",
    "接着写一句，保持《诗经》的句式和语气：\n{before}",
    "这是一章《诗经》风格的诗，请往下写一句：\n{before}",
    "{before}\n这一章接下来写什么？请续一句。",
    "续写下面的古诗，体例仿《诗经》，一句就够：\n{before}",
    "请为这章诗续一句：\n{before}",
)
NEXT_OF_ELEGY = (
    "下面是楚辞体的诗句，请续写一句：\n{before}",
    "{before}\n请仿照楚辞的句式往下接一句。",
    "请用楚辞的语言续写下面的诗，一句即可：\n{before}",
    "接着写一句，保持骚体的句式和语气：\n{before}",
    "这是一段楚辞风格的文字，请往下写一句：\n{before}",
    "{before}\n顺着骚体的语气，下一句怎么写？",
    "续写下面的骚体诗，一句就够：\n{before}",
    "请为这段楚辞续一句：\n{before}",
)

WHOLE_POEM = (
    "请默写{author}的《{title}》。",
    "{author}《{title}》的全文是什么？",
    "把{author}的《{title}》完整地写出来。",
    "我想背{author}的《{title}》，请把原文给我。",
    "帮我写出《{title}》（{author}）的全文。",
    "{author}那首《{title}》，全诗怎么背？",
    "默写：《{title}》，{author}",
    "请列出{author}《{title}》的原文，不要翻译。",
)
WHOLE_FROM_OPENING = (
    "请默写{author}的《{title}》，首句是“{opening}”。",
    "{author}的《{title}》里以“{opening}”开头的那首，全文是什么？",
    "“{opening}”是{author}《{title}》的第一句，请写出全文。",
    "把{author}《{title}》“{opening}……”一首完整地写出来。",
    "我记得{author}《{title}》开头是“{opening}”，后面忘了，请给我全文。",
    "默写：{author}《{title}》（{opening}……）",
    "请背诵{author}《{title}》，从“{opening}”开始。",
    "{author}《{title}》，首句“{opening}”，请写出原文。",
)
LINE_AFTER = (
    "{where}里“{before}”的下一句是什么？",
    "请写出{where}中“{before}”的下句。",
    "“{before}”，下一句怎么背？出自{where}。",
    "默写填空（{where}）：{before}，________。",
    "{where}：“{before}”，请接下句。",
    "背到{where}的“{before}”就卡住了，下一句是什么？",
    "“{before}”是{where}中的句子，它的下一句是？",
    "{where}里，“{before}”后面接的是哪一句？",
)
LINE_BEFORE = (
    "{where}里“{after}”的上一句是什么？",
    "请写出{where}中“{after}”的上句。",
    "“{after}”，它的前一句怎么背？出自{where}。",
    "默写填空（{where}）：________，{after}。",
    "{where}：“{after}”，请写出上句。",
    "只记得{where}有一句“{after}”，上一句是什么？",
    "“{after}”是{where}中的句子，它的上一句是？",
    "{where}里，“{after}”前面是哪一句？",
)
WHOLE_CHAPTER = (
    "请默写{where}中以“{before}”开头的一章。",
    "{where}里“{before}……”这一章的全文是什么？",
    "把{where}“{before}”一章完整地写出来。",
    "我在背{where}，“{before}”后面忘了，请给我这一章的原文。",
    "“{before}”出自{where}，请写出整章。",
    "默写：{where}，“{before}……”",
    "请写出{where}中“{before}”这一章的原文，不用翻译。",
    "{where}有一章开头是“{before}”，请把整章背出来。",
)

EXPLAIN_WORDS = (
    "请解释下面这首词里的词语：{words}。\n\n{text}",
    "{text}\n\n这首词中的{words}分别是什么意思？",
    "读这首词时有几处不懂：{words}。请解释一下。\n\n{text}",
    "给下面这首词作注，只注这几处：{words}。\n\n{text}",
    "下面词中的{words}该怎么理解？\n\n{text}",
    "{text}\n\n请注释上面这首词中的{words}。",
    "帮我查一下这首词里{words}的意思。\n\n{text}",
    "请为这首词的下列词语写注释：{words}。\n\n{text}",
)
EXPLAIN_POEM = (
    "请用白话说说下面这首诗写了什么。\n\n{text}",
    "{text}\n\n这首诗是什么意思？请用现代汉语讲一讲。",
    "帮我把这首诗的内容用大白话讲出来。\n\n{text}",
    "读不太懂这首诗，请解释一下它的意思。\n\n{text}",
    "{text}\n\n请说明这首诗的大意。",
    "用现代汉语串讲下面的诗。\n\n{text}",
    "{text}\n\n上面这首诗描写了怎样的情景？",
    "请简单讲解这首诗的内容。\n\n{text}",
)
