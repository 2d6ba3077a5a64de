"""What OpenCC's `t2s` gets wrong and what it lacks, in one place: names, old variants, other usage."""

from __future__ import annotations

# In these words the character on the left stays as it is.
KEPT = {
    # qián: reigns, temples and tombs, the trigram, people; elsewhere 乾 is gān and becomes 干
    "乾": (
        "乾隆 乾嘉 康乾 雍乾 乾坤 乾、坤 乾卦 乾為天 乾为天 乾乾 乾象 乾元 乾綱 乾纲 乾清 乾符 乾德 乾封 乾祐 乾佑 "
        "乾化 乾亨 乾貞 乾贞 乾寧 乾宁 乾道 乾統 乾统 乾圖 乾图 乾曆 乾陵 乾縣 乾县 乾州 乾務鎮 乾务镇 乾安縣 "
        "乾安县 乾闥婆 乾闼婆 李乾順 李乾顺 李乾德 崔乾祐 常乾坤 朱乾 承乾 張乾 张乾 王乾 馮乾 冯乾 蕭乾 萧乾 潘乾 "
        "葉乾 乾學 乾学 汪乾"
    ),
    # zhǐ, a note of the scale, and three people; elsewhere 徵 becomes 征
    "徵": "魏徵 文徵明 顏徵在 颜徵在 徵羽 角徵 變徵 变徵 徵音 角、徵 徵、羽 清徵 流徵 徵聲 徵声",
    # yū, wū: people and places; elsewhere 於 becomes 于
    "於": "樊於期 於菟 於潛 於潜 商於之地 於夫羅 於夫罗 於梨華 於梨华 於陵子",
    # phrases of OpenCC that break good words: 打坏 → 打坯, 颠覆文化 → 颠复文化
    "坏": "坏",
    "覆": "顛覆 颠覆 傾覆 倾覆",
    "昇": "畢昇 毕昇",
}
# Misspelt by many an editor, or printed otherwise on the mainland than `t2s` has it.
REPLACED = {
    "後羿": "后羿",
    "後稷": "后稷",
    "皇天後土": "皇天后土",
    "皇太後": "皇太后",
    "辭彙": "词汇",
    "鍾馗": "钟馗",
    "鍾繇": "钟繇",
    "餘乾縣": "余干县",
    "髣髴": "仿佛",
    "彷佛": "仿佛",
    "彷彿": "仿佛",
    "徬徨": "彷徨",
}

# Surname, given name, 乾 at the end: 高拱乾, 鄧浩乾. Not 黃豆乾, 溫度乾: what is eaten, or what a sentence says of it.
SURNAMES = (
    "高王張张李趙赵陳陈劉刘楊杨吳吴徐孫孙胡朱郭何林羅罗鄭郑梁謝谢宋許许鄧邓馮冯韓韩曹曾彭蕭萧蔡潘袁董蘇苏呂吕丁沈姚"
    "盧卢傅鍾钟戴崔廖陸陆郝邵顧顾孟薛賀贺倪湯汤尹段錢钱阮龔龚"
)
NOT_GIVEN = (
    "溫温度豆魚鱼肉果菜筍笋餅饼麵面葡萄已未不很太也都半全就會会可易更最度把被用以要再先吹曬晒烘烤擦風风陰阴的是有在若"
)
DRY_AFTER = "燥旱淨净涸枯脆杯洗貨货糧粮冰濕湿爹媽妈娘草柴裂季咳嘔呕癟瘪瘦酪電电屍尸船眼爽熱热冷粉飯饭果菜薑姜了掉透"

# Old forms that OpenCC leaves alone and that printed simplified editions resolve. One character, one meaning only.
VARIANTS = str.maketrans(
    "劒隠慙徧疎踈鶑鸎罇浄斾媿猨鬰櫂橤蘂睠顦顇簷毬粧濬鬬鬭褭襃牋羃覩燄煖巵搆迺敍嚬緜檝嬾雝荅彊麞"
    "嚻蕚棃汚暎畧蠭飜懃僊歛頼鼇姪隄臯皐箎頳碁躭毘藂懽牓瓌遯煑輭匳澘盌珤賸敭謩効筭欵頴煕壍鵶笻拏"
    "揜噉竝隣籐呪惣剉尅潄旛蔕騣麤狥髩愬衞鴈埽珮瑯磵筯勑裏"
    "寳彞睪堿痲蔴鵞踫搾糭痺癎暱讃氷砲枱従歳逺髙葢陁",
    "剑隐惭遍疏疏莺莺樽净旆愧猿郁棹蕊蕊眷憔悴檐球妆浚斗斗袅褒笺幂睹焰暖卮构乃叙颦绵楫懒雍答强獐"
    "嚣萼梨污映略蜂翻勤仙敛赖鳌侄堤皋皋篪赪棋耽毗丛欢榜瑰遁煮软奁潸碗宝剩扬谟效算款颖熙堑鸦筇拿"
    "掩啖并邻藤咒总锉克漱幡蒂鬃粗徇鬓诉卫雁扫佩琅涧箸敕里"
    "宝彝睾碱麻麻鹅碰榨粽痹痫昵赞冰炮台从岁远高盖陀",
)
# Modern prose only: pronouns of Taiwan and Hong Kong, and elements that have another character there.
MODERN = dict(zip("妳牠衹喫矽鈽鎝鉲祇祢", "你它只吃硅钚锝锎只你", strict=True))
