"""How one asks for a dialogue between people who are described: for BELLE's generated chats."""

SCRIPT = (
    "请根据下面的人物介绍写一段对话：\n{roles}",
    "根据以下角色信息，帮我写一段他们之间的对话。\n{roles}",
    "{roles}\n请为上面的人物写一段对话，每句话前标明说话的人。",
    "我在写一个短剧，人物设定如下，请写出他们的对话：\n{roles}",
    "{roles}\n按这个设定写一段对话，要自然一些。",
    "帮我编一段对话，人物和背景是这样的：\n{roles}",
    "人物设定：\n{roles}\n请写一段符合设定的对话，用“姓名：台词”的格式。",
    "假如要把下面的情景拍成短片，台词该怎么写？\n{roles}",
    "请你当编剧，按下面的角色和情景写一段对白：\n{roles}",
    "{roles}\n他们会怎么聊？写一段对话给我看看。",
    "下面是角色的背景，请写一段他们见面时的对话。\n{roles}",
    "写一段对话，参与的人如下：\n{roles}",
)
