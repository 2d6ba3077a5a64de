"""Classical verse as text: editors' marks, verses, sentences, couplets, titles, and form as far as counting proves it.

Tones and rhymes are not looked at: eight verses of five characters are 五言八句, not yet a 五律 (see `prosody`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from converters.script import simplified
from converters.text import HAN

_NUMERALS = "零一二三四五六七八九十"
_ORDINALS = _NUMERALS[1:] + "百廿卅○〇零"
METRES = {3: "三言", 4: "四言", 5: "五言", 6: "六言", 7: "七言"}

_OPENS, _CLOSES = "（(〔[【", "）)〕］]】"
# What an editor says of a reading stands in brackets, often after the words that it is about: (谈讌 一作：谈宴).
_READING = re.compile(
    r"[（(〔【][^（）()〔〕【】]{0,12}(?:一作|又作|或作|亦作|一云|一本|[本集]作|原作|原本|校|當作|当作|疑作|音|同[“「])"
    r"[^（()）〔〕【】]*[)）〕】]"
)
_EMENDED = re.compile(r"[\[〔]([^\[\]〔〕]{1,6})[\]〕]")
# {艹/尔} describes a character that the copyist had no type for: nearly all are beyond any font, so it counts as a gap.
_MISSING = re.compile("[□■○◯●〇\ufffd]|[{｛][^{}｛｝]*[}｝]|\\?(?=[^\\s”’」』])")
_CUT = re.compile(r"\.{2,}|…")
_NOTE = re.compile(r"[（()）〔〕\[\]【】<>＜＞]")
_EDITOR = re.compile(
    "作者不[詳详]|[詩诗][題题]：|首句：|存目|此[詩诗][^，。]{0,8}[見见作]|《全[唐宋]|以[上下].{0,6}整理|校[記记]|按：|(?:老人|居士|道人|散人)[書书題题識识]。?$"
)
_RARE = re.compile("[\U00020000-\U0003ffff\ue000-\uf8ff\U000f0000-\U0010ffff]")
_VERSE = re.compile("[^，。？！；：]+")
_NOT_HAN = re.compile(f"[^{HAN}]")
_FIRST_VERSE = re.compile("[^，。？！；：]+[，。？！；：]+")
_SENTENCE = re.compile("[^。？！；]+[。？！；]*[”’」』》]*")
_ONLY_VERSE = re.compile(f"[{HAN}，。？！；：、·“”‘’「」『』《》—\\s]*")
_WIDER = str.maketrans(",!;:．﹐︰､｡", "，！；：。，：、。")
_ASKED = re.compile(r"\?(?=[”’」』]*$|[”’」』]?[，。])")
_QUOTED = re.compile('"([^"]*)"')
_DOUBLED = re.compile("([。？！；，])[。，；]+")


def cleaned(line: str) -> str:
    """Other readings （一作…） go, an emended character [爽] stays without its brackets; no space, full-width marks."""
    bare = re.sub(r"\s+", "", _EMENDED.sub(r"\1", _READING.sub("", line)))
    return _QUOTED.sub(r"“\1”", _DOUBLED.sub(r"\1", _ASKED.sub("？", bare.translate(_WIDER))))


def closed(line: str, mark: str = "。") -> str:
    """A line with its last mark: some collections print none."""
    return line + mark if line and re.search(f"[{HAN}]$", line) else line


def fault(lines: Sequence[str]) -> tuple[str, str] | None:
    """Why a text is no poem that can be learned: missing characters, an editor's words, other scripts."""
    text = "".join(lines)
    for reason, pattern in (
        ("missing_characters", _MISSING),
        ("cut_text", _CUT),
        ("editor_note", _NOTE),
        ("editor_note", _EDITOR),
        ("rare_character", _RARE),
    ):
        found = pattern.search(text)
        if found:
            return reason, f"{found[0]} in {text[:60]}"
    if not _ONLY_VERSE.fullmatch(text):
        return "odd_characters", text[:60]
    return None if verses(text) else ("empty_text", "")


def verses(text: str) -> list[str]:
    """The verses of a text: a source's line is a sentence pair, and the pair is divided at its punctuation."""
    return [verse for verse in (_NOT_HAN.sub("", piece) for piece in _VERSE.findall(text)) if verse]


def sentences(line: str) -> list[str]:
    """A stanza as its sentences, each with its mark."""
    return _SENTENCE.findall(line)


def is_couplet(line: str) -> bool:
    """Two verses of one length: a line of regular verse."""
    pair = verses(line)
    return len(pair) == 2 and len(pair[0]) == len(pair[1])


def halves(couplet: str) -> tuple[str, str]:
    """A couplet as its two verses, each with the punctuation that follows it."""
    first = _FIRST_VERSE.match(couplet)
    cut = first.end() if first else len(couplet)
    return couplet[:cut], couplet[cut:]


def metre(lines: Sequence[str]) -> str:
    """五言 when all verses have five characters; "" when they differ."""
    lengths = {len(verse) for verse in verses("".join(lines))}
    return METRES.get(lengths.pop(), "") if len(lengths) == 1 else ""


def form(lines: Sequence[str]) -> str:
    """「五言四句」 when all verses have one length, else "". Never a name that tones must confirm."""
    count = len(verses("".join(lines)))
    return f"{metre(lines)}{numeral(count)}句" if metre(lines) and count >= 2 else ""


def is_uneven(lines: Sequence[str]) -> bool:
    """True when one verse of a regular poem is longer or shorter than all others: a slip of the copy.

    In a poem of four or eight verses by two at most; in others by one, for songs have verses like 岂如道人青奴元不恶.
    """
    counts = Counter(len(verse) for verse in verses("".join(lines)))
    if len(counts) != 2 or counts.total() < 4:
        return False
    (common, _), (other, times) = counts.most_common()
    return times == 1 and common in (5, 7) and abs(common - other) <= (2 if counts.total() in (4, 8) else 1)


def is_cut(line: str) -> bool:
    """True when a line of several verses ends with a comma: the copy lost the verse that it goes on with."""
    return line.rstrip().endswith("，") and len(verses(line)) > 1


def numeral(number: int) -> str:
    """1…999 in Chinese."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    if hundreds:
        below = numeral(rest) if tens > 1 or not rest else f"一{numeral(rest)}" if tens else f"零{numeral(rest)}"
        return _NUMERALS[hundreds] + "百" + (below if rest else "")
    if tens == 0:
        return _NUMERALS[ones]
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[ones] if ones else "")


# ---- titles

_CATEGORY = re.compile(
    "^(?:郊廟|燕射|鼓吹曲|橫吹曲|相和歌|清商曲|舞曲歌|琴曲歌|雜曲歌|近代曲|雜歌謠|新樂府|郊庙|横吹曲|杂曲歌|杂歌谣|新乐府)"
    "[歌辭辞曲]*[\\s：]+"
)
_ORDINAL = re.compile(
    f"\\s*(?:[其之][{_ORDINALS}]+|第[{_ORDINALS}]+[首章]?)$|\\s[{_ORDINALS}]+$|[（(][{_ORDINALS}]+首[）)]$"
)
_RHYMES = re.compile(f"(?:各[为為]|[共得])?[{_ORDINALS}]+[韵韻]$")
# What an editor writes where the poet gave no title.
_GENERIC = re.compile(
    "^(?:[詩诗歌偈頌颂銘铭贊赞曲辭辞詞词題题]|[五七四六]言[詩诗]?|[絕绝]句|古[詩诗风風]|[律聯联雜杂][詩诗句])$"
)
_NUMBER_ALONE = re.compile(f"^[其之第]?[{_ORDINALS}]+$")
_COUNT = re.compile(f"[{_ORDINALS}]+[首章]$")
_FRAGMENT = re.compile("^(?:句|逸句|殘句|残句|佚句|斷句|断句|存目|補|补|失[調调]名)(?:$|\\s)")
_UNTITLED = re.compile("^(?:失題|失题|闕題|阙题|缺題|缺题|佚題|佚题|□+)(?:$|\\s)")
_RITUAL = re.compile(
    "郊[廟庙祀]|[樂乐]章|燕射|[廟庙][樂乐歌舞]|祭[祀天地]|祀[^，。]{0,6}[樂乐]|[導导]引|降仙[臺台]|奉禋歌|合宫歌|朝[會会][樂乐]|"
    "鼓吹[鐃铙]歌|封禪|封禅"
)
_CHANT = re.compile("偈|[頌颂]古|佛[贊赞]|[禪禅][師师].*[贊赞頌颂]|上堂|示[眾众]$")
# An answer to somebody's poem keeps its rhymes or its subject: without that poem nobody can be asked for it.
_ANSWER = re.compile(
    "^[和酬](?![平氏州靖])|[次依用和][^，]{0,8}[韻韵]|[奉恭][和酬]|[應应][制詔诏令教]|[見见][寄贈赠示惠]|原[韻韵]|[疊叠][前韻韵]|[又復复再更重答]和"
)
# 又賦如山 stands after another poem of that title
_AGAIN = re.compile("^又(?=.)")
LONGEST_TITLE = 14  # characters; longer ones are prefaces, and nobody asks for a poem with one


def title_parts(title: str) -> list[str]:
    """A title without its collection, number in a series and count of the series: 「帝京篇十首 一」 → [帝京篇]."""
    bare = _CATEGORY.sub("", _EMENDED.sub(r"\1", _READING.sub("", title)).strip())
    bare = _without_ordinals(_AGAIN.sub("", bare))
    parts = [_COUNT.sub("", part.strip("”“\"'，。")) or part for part in re.split("[\\s・·/]+", bare) if part]
    named = [_without_ordinals(part) for part in parts if not _NUMBER_ALONE.match(part)]
    return named or parts


def _without_ordinals(title: str) -> str:
    shorter = _RHYMES.sub("", _ORDINAL.sub("", title))
    return title if shorter in (title, "") else _without_ordinals(shorter)


def in_series(title: str) -> bool:
    """True where the title alone does not name one poem: 「古風五十九首 其一」."""
    return _ORDINAL.search(title.strip()) is not None or _COUNT.search(title.strip()) is not None


def is_fragment(title: str) -> bool:
    """True for 句 and 存目: single lines that survived in other books, with the editor's notes among them."""
    return _FRAGMENT.match(title.strip()) is not None


def is_untitled(title: str) -> bool:
    return not title.strip() or _UNTITLED.match(title.strip()) is not None


def is_generic(title: str) -> bool:
    return _GENERIC.match(title) is not None


def is_ritual(title: str) -> bool:
    """True for hymns of the state cult: half of the first Tang file."""
    return _RITUAL.search(title) is not None


def is_chant(title: str) -> bool:
    """True for gāthās and other sayings of Chan masters in the form of verse."""
    return _CHANT.search(title) is not None


def answers_a_poem(title: str) -> bool:
    return _ANSWER.search(title) is not None


# ---- script

# 沈 is a surname in modern print and 沉 everywhere else; in verse it is nearly always the latter.
_SINK = re.compile("沈(?![郎约約腰宋谢謝隐隱侯炼煉休佺園园東东君公氏])")
_SINK_IN_TITLE = re.compile("沈(?=[香水沈醉吟浮檀])|(?<=[浮升低陸陆])沈")  # other titles name a 沈
# Forms of old prints that OpenCC leaves alone, beyond those in `script`. One character, one meaning in verse.
_OLD_FORMS = str.maketrans(
    "髪髙秪秖廻缾堦栢絜祐妬桮鑪壻鏁鎻䜩羇覊逈讐裀纒崄諠呌徴椀怱筦俛蹔馿寛眀倂氊欝廐麄羗謌嚢崕瑠螘虵犂勅飡湌槩鳯飇飈戯"
    "悮輙刼秔澁穉薫繋蛬犇鼈罏畊竚璚鬪鬦闘牎牕窻窓璅箒羮濳閴揺掲嗸趂賷齎墖啣韈菓蕋蘃恠怳甞甎甖皷鼔盃眎碪竸簑絃緫縧繮韁"
    "纎翫舘艣艪菴蓴蘓虗蜨蟁蠏蠒袵觧譁讚賛貎躰輓迯迴遶邨醻詶鈎鉤銕鐡鍳闇隂鞾頽餙饑駈髥鬂鲙鳬鶏麫黙溼獘珎瓈甆畆祕窂竪綵"
    "縚罸聦胷艸茘莭蒭蝯裠覔覇貍遡醖鎗闗闚陁隟霑靑鞵顋齅馀恡恊慙懴扵拕挿搯撡攷斈旹昬曵朶杦栁桒梹椶楳榘檝欎歳毎氷沍涷淸"
    "渇湥澂濶瀒瀬灔灧炁烱煗熈爼牀牗瑤畵餠閙慇鉏峩袴虀斲斵邉艶翺懐寜穏様塲逰囘醤勲脇倣歴凖籖帬柟釡耡嵓専聨彜覧痩帯臙駞"
    "昻劔壊冩撃捜荘舩戸凴攅涙蔾巓鰕膓朞槖駮葅巌餽穽偪柂蠧憇衒倐醆琖幙寘廼淛臈徃傚糢囓颕僣甦澣瞇譍喣欬蹏啗蟇畱嘷厓頬鵶"
    "皁篛轝埜緐竢冦宼壷濵稾槀疉増聫聮劵筞尙帀呑朙収児関両穨頺譛譲鉄銭閗圎圑蔵夲竒琹廹兎兠悋悤惽愬抝搥摠擕樷歩洿涖滛漥"
    "塼皃穂稺稲簮羙肎肻脗蜋衺觕諌賔賖趍辠逓逥郷醼鑛陿靁靣鞌韮頟頫飃飰餧餻騘驘髣髴鬀鬽鷰鹻鼃勗朂吿咲囏坵垜塩婬寃宻寕尠"
    "尭幈廏徤揷敺昇爕瘉矴硏禩稭窰筩籓粃紏糺縁缻罋羢耼荳虣螾衘觔詧讁豓躶錬閧陗隷饍鱓黒圗鑚顣蹵譌譔缷聴斮鸜驩",
    "发高只只回瓶阶柏洁佑妒杯炉婿锁锁宴羁羁迥仇茵缠险喧叫征碗匆管俯暂驴宽明并毡郁厩粗羌歌囊崖琉蚁蛇犁敕餐餐概凤飙飙戏"
    "误辄劫粳涩稚薰系蛩奔鳖垆耕伫琼斗斗斗窗窗窗窗琐帚羹潜阒摇揭嗷趁赍赍塔衔袜果蕊蕊怪恍尝砖罂鼓鼓杯视砧竞蓑弦总绦缰缰"
    "纤玩馆橹橹庵莼苏虚蝶蚊蟹茧衽解哗赞赞貌体挽逃回绕村酬酬钩钩铁铁鉴暗阴靴颓饰饥驱髯鬓脍凫鸡面默湿弊珍璃瓷亩秘牢竖彩"
    "绦罚聪胸草荔节刍猿裙觅霸狸溯酝枪关窥陀隙沾青鞋腮嗅余吝协惭忏于拖插掐操考学时昏曳朵杉柳桑槟棕梅矩楫郁岁每冰冱冻清"
    "渴深澄阔涩濑滟滟气炯暖熙俎床牖瑶画饼闹殷锄峨裤齑斫斫边艳翱怀宁稳样场游回酱勋胁仿历准签裙楠釜锄岩专联彝览瘦带胭驼"
    "昂剑坏写击搜庄船户凭攒泪藜巅虾肠期橐驳菹岩馈阱逼舵蠹憩炫倏盏盏幕置乃浙腊往效模啮颖僭苏浣眯应煦咳蹄啖蟆留嗥崖颊鸦"
    "皂箬舆野繁俟寇寇壶滨稿槁叠增联联券策尚匝吞明收儿关两颓颓谮让铁钱斗圆团藏本奇琴迫兔兜吝匆昏诉拗捶总携丛步污莅淫洼"
    "砖貌穗稚稻簪美肯肯吻螂邪粗谏宾赊趋罪递回乡宴矿狭雷面鞍韭额俯飘饭喂糕骢骡仿佛剃魅燕碱蛙勖勖告笑艰丘垛盐淫冤密宁鲜"
    "尧屏厩健插驱升燮愈碇研祀秸窑筒藩秕纠纠缘缶瓮绒聃豆暴蚓衔斤察谪艳裸炼哄峭隶膳鳝黑图钻蹙蹴讹撰卸听斫鸲欢",
)
# 祇 is only 只, but for the god of the earth and the garden of Jetavana; 徵 is 征 but for the note of the scale.
_ONLY = re.compile("(?<![神地靈灵百])[祇衹](?![園园樹树苑])")
_MARCH = re.compile("(?<![羽魏角清流])徵(?![羽音招])")


# 柰 is a fruit, and 奈 in 柰何; 閒 is 闲, and 间 after words that have nothing idle.
_HOW = re.compile("柰(?=[何他此尔爾])|(?<=[無无争爭怎不叵])柰")
_BETWEEN = re.compile("(?<=[世其之此])閒")


def simplified_verse(line: str) -> str:
    return _printed_today(_SINK.sub("沉", line))


def simplified_title(title: str) -> str:
    return _printed_today(_SINK_IN_TITLE.sub("沉", title))


def _printed_today(line: str) -> str:
    line = _HOW.sub("奈", _BETWEEN.sub("間", line))
    return simplified(_ONLY.sub("只", _MARCH.sub("征", line))).translate(_OLD_FORMS)
