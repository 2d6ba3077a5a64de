"""What people ask who want an old tale told, a novel gone on with, a style imitated, a 歇后语 completed."""

from __future__ import annotations

TELL = (
    "以“{opening}”开头，用文言写一则{genre}，要有头有尾。",
    "请用文言写一则{genre}，第一句是：“{opening}”。",
    "我想读一则古人{genre}那样的小故事，就从“{opening}”讲起吧，用文言。",
    "仿古人的{genre}写一则短篇，开篇为“{opening}”，文字要简练。",
    "给个开头：“{opening}”。请顺着写成一则完整的文言{genre}。",
    "用浅近的文言讲个故事，开头这样写：“{opening}”，故事要完整。",
    "帮我写一则文言{genre}，起句用“{opening}”，不要太长。",
    "请模仿{genre}的笔法，由“{opening}”起笔，把故事讲完。",
)
TELL_TITLED = (
    "以《{title}》为题，用文言写一则{genre}，开头是“{opening}”。",
    "写一篇文言{genre}，题目《{title}》，从“{opening}”写起，故事要完整。",
    "题目叫“{title}”，起句是“{opening}”，请写成一则文言{genre}。",
    "我给题目和开头：《{title}》，“{opening}”。请用文言把这个故事写完整。",
    "请写一个题为《{title}》的文言小故事，第一句用“{opening}”，笔法仿古人{genre}。",
    "用文言讲一个故事，题为《{title}》，以“{opening}”开篇。",
    "帮忙写一则{genre}，题目是《{title}》，开头写“{opening}”，要有文言味。",
    "《{title}》：请从“{opening}”起笔，写一则首尾完整的文言{genre}。",
)
CONTINUE_CLASSICAL = (
    "接着往下写，保持文言的笔法：\n\n{context}",
    "请续写下面这段文言文，{length}即可：\n\n{context}",
    "{context}\n\n请顺着上文用文言续写下去。",
    "下面是一篇文言小说的片段，请接着写后面的情节：\n\n{context}",
    "续写，文言，{length}：\n\n{context}",
    "把这段故事往下写一段，文风要和原文一致：\n\n{context}",
    "{context}\n\n接下来呢？请用同样的文言笔调写下去，{length}。",
    "请为这段文字续写一段，注意语言风格统一、情节连贯：\n\n{context}",
)
CONTINUE_NOVEL = (
    "请接着往下写，保持原来的语言风格：\n\n{context}",
    "下面是一段章回小说，请续写后面的情节，{length}：\n\n{context}",
    "{context}\n\n请用旧小说的口吻继续写下去。",
    "续写下面的章回小说片段，人物口气和叙述方式不要变：\n\n{context}",
    "把下面这段故事往下讲，{length}就行：\n\n{context}",
    "{context}\n\n后来怎样？请仿照原文的笔调续写，{length}。",
    "请顺着下面的情节再写一段，语言要像明清小说：\n\n{context}",
    "帮我续写这段旧小说：\n\n{context}",
    "接着写，{length}：\n\n{context}",
)
STYLE_CLASSICAL = (
    "下面是一则古人笔记：\n\n{model}\n\n请仿照它的笔法另写一则，开头是“{opening}”。",
    "学习这段文字的写法：\n\n{model}\n\n然后以“{opening}”起句，写一则风格相近的文言短文。",
    "请模仿范文的风格写一则，起句用“{opening}”。\n\n范文：\n{model}",
    "{model}\n\n照这个路子，用文言再写一则，从“{opening}”写起。",
    "范文如下，请体会它的语言和叙事节奏，仿写一则以“{opening}”开头的。\n\n{model}",
    "仿写练习。例文：\n{model}\n\n要求：文言，风格与例文一致，首句为“{opening}”。",
    "我很喜欢这样的文字：\n\n{model}\n\n请用同样的笔调写另一则，第一句是“{opening}”。",
    "参考下面的例子，写一则同类的文言小品，以“{opening}”开头。\n\n{model}",
)
STYLE_NOVEL = (
    "下面是一段旧小说：\n\n{model}\n\n请模仿它的语言风格另写一段，开头是“{opening}”。",
    "学这段文字的口吻：\n\n{model}\n\n写一个新的段落，第一句用“{opening}”。",
    "请仿照范文的笔调写一段情节，从“{opening}”写起。\n\n范文：\n{model}",
    "{model}\n\n照这种语气，再写一段，以“{opening}”开头。",
    "仿写练习。例文：\n{model}\n\n要求：风格与例文一致，首句为“{opening}”。",
    "参考下面这段章回小说的写法，写一段别的情节，起句是“{opening}”。\n\n{model}",
    "我想要这种文风：\n\n{model}\n\n请按这种文风写一段，开头写“{opening}”。",
    "体会下面这段的叙述和对话，再照样写一段，从“{opening}”开始。\n\n{model}",
)
STYLE_COMMENT = (
    "读下面这则故事，仿照“{commentator}”的口吻，用文言写一段评语。\n\n{tale}",
    "{tale}\n\n请在文末补一段“{commentator}曰”，对故事作一番议论。",
    "下面的故事缺了结尾的评论，请以“{commentator}曰”开头补上，文言，点到为止。\n\n{tale}",
    "请为这则文言故事写一段“{commentator}曰”式的论赞。\n\n{tale}",
    "假如你是作者，写完这个故事后要以“{commentator}”的名义发几句感慨，会怎么写？用文言。\n\n{tale}",
    "{tale}\n\n仿《聊斋》篇末评语的体例，替作者写一段“{commentator}曰”。",
)

# ---- 歇后语
SAYING = (
    "歇后语“{riddle}”的下半句是什么？",
    "{riddle}——下一句怎么接？",
    "补全歇后语：{riddle}——",
    "“{riddle}”，这个歇后语后面怎么说？",
    "请接歇后语：{riddle}",
    "有句歇后语开头是“{riddle}”，后半句呢？",
    "歇后语填空：{riddle}——（　　）",
    "老话说“{riddle}”，后头接的是啥？",
)
SAYING_MEANT = (
    "有没有表示“{answer}”的歇后语？说一个。",
    "想用一句歇后语来表达“{answer}”，可以怎么说？",
    "哪句歇后语的后半截是“{answer}”？举一个例子。",
    "写文章想形容“{answer}”，给我一句歇后语。",
    "请说一句意思是“{answer}”的歇后语。",
    "“{answer}”用歇后语怎么讲？",
)
SAID = (
    "{riddle}——{answer}。",
    "后半句是“{answer}”，连起来就是“{riddle}——{answer}”。",
    "{riddle}——{answer}。",
    "接“{answer}”：{riddle}——{answer}。",
)
SAID_MEANT = (
    "可以说：{riddle}——{answer}。",
    "有一句：{riddle}——{answer}。",
    "“{riddle}——{answer}”。",
    "{riddle}——{answer}。",
)
SAID_ALSO = "{said}也有人说“{riddle}——{other}”。"
