"""How one asks for a story: from phrases, from its beginning; and for the title of one."""

OUTLINE = (
    "请根据下面的提纲写一个故事：\n{outline}",
    "用上这些内容，写一个完整的小故事：{outline}",
    "帮我编个故事，里面要依次出现：{outline}。",
    "我想讲个故事，线索是这些：{outline}。请写出来。",
    "{outline}\n把上面这些片段连成一个故事。",
    "写一篇短故事，情节线索如下：\n{outline}",
    "下面是一个故事的要点，请展开写成完整的故事。\n{outline}",
    "以“{outline}”为线索，写一则有头有尾的故事。",
    "请把这些词句串成一个故事，顺序不要变：{outline}",
    "故事大纲：{outline}\n请按大纲写故事。",
)

TITLED_OUTLINE = (
    "请以《{title}》为题写一个故事，情节要点是：{outline}。",
    "题目：{title}\n提纲：{outline}\n请写一个完整的故事。",
    "写一个叫《{title}》的故事，要写到这些内容：\n{outline}",
    "我要一个题为“{title}”的小故事，里面依次有：{outline}。",
    "帮我按提纲写故事《{title}》。\n提纲：{outline}",
    "《{title}》这个故事大概是这样：{outline}。请把它完整地写出来。",
    "请展开下面的提纲，写成故事《{title}》：\n{outline}",
    "以“{title}”为标题、以这些片段为线索写一则故事：{outline}",
    "标题是《{title}》，要点有{outline}，帮我写个故事吧。",
    "根据标题和要点写故事。\n标题：{title}\n要点：{outline}",
)

CONTINUE = (
    "请续写下面的故事，写到结尾：\n{opening}",
    "故事的开头是这样的：\n{opening}\n后来怎么样了？请接着写完。",
    "{opening}\n接着往下写，把故事写完。",
    "下面是一个故事的开头，请你补全它。\n{opening}",
    "帮我把这个故事写下去：{opening}",
    "请顺着这个开头写完整个故事：\n{opening}",
    "“{opening}”——请把这个故事讲完。",
    "我只写了个开头，后面写不下去了，帮我续完：\n{opening}",
    "续写故事：\n{opening}",
    "接下来发生了什么？请续写到故事结束。\n{opening}",
)

TITLED_CONTINUE = (
    "下面是故事《{title}》的开头，请续写到结尾：\n{opening}",
    "题目：{title}\n开头：{opening}\n请把故事写完。",
    "请接着写完故事《{title}》：\n{opening}",
    "我在写一个叫《{title}》的故事，开头是：\n{opening}\n请帮我写完。",
    "{opening}\n这是《{title}》的开头，后面请你来写。",
    "故事《{title}》这样开始：{opening}\n后来呢？",
    "请根据标题“{title}”和开头续写：\n{opening}",
    "帮我续写《{title}》，开头已经有了：{opening}",
)

TITLE = (
    "请给下面的故事起个题目：\n{story}",
    "{story}\n这个故事叫什么名字好？",
    "读一读这个故事，给它起一个合适的标题。\n{story}",
    "给这篇小故事拟个标题：\n{story}",
    "下面这个故事还没有题目，帮我起一个。\n{story}",
    "{story}\n请为上面的故事写一个标题。",
    "用一个简短的标题概括这个故事：\n{story}",
    "帮我想个题目，故事是这样的：\n{story}",
    "请为这则故事命名：\n{story}",
    "故事：{story}\n标题：",
)
