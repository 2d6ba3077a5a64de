"""What is wrong with a passage of an old book as it was scanned, typed and put on a web page?

Each rule names a class of damage that was met in real digital editions; none mends anything. The passage is in
simplified script with punctuation as `converters.text.punctuated` sets it.
"""

from __future__ import annotations

import re

from converters.oldbooks import diction, errata, prose
from converters.text import HAN, is_damaged

Fault = tuple[str, str]

# A place where a character is missing: a box, a geta sign, a rare character written as its two parts.
_HOLE = re.compile(
    r"[□囗〓■○●◇◆△▲☆★＊*]|（）|（[^（）]{1,2}[+/／][^（）]{1,2}）|〈[^〉]{1,4}〉|口口|[刂扌忄氵纟亻讠钅礻衤犭饣艹疒阝灬冫]|[?｛{}]|[”。！]？(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])？(?=[之者的])"
)
# Latin, digits, kana, signs of markup and of mathematics have no place in a text from before 1900.
_FOREIGN = re.compile(rf"[^{HAN}〇\s，。、；：？！…—“”‘’《》〈〉（）·]")
# Readings, glosses and notes of an editor or of a commentator, printed inside the text.
_NOTE = re.compile(
    r"[\[\]【】〖〗［］〔〕①-⑳]|（[^（）]*(?:按|注|疑|原作|一作|音|同“|校|误|缺|出《|即今|公元|[抄刊原稿明]本)[^（）]*）|[()]"
)
# A number of a chapter at the head of a line was glued to its text.
_HEADING = re.compile("(?:^|\n)(?:第[〇零一二三四五六七八九十百]+[回卷]|卷[之第]?[一二三四五六七八九十]+)")
_BROKEN_MARKS = re.compile(
    r"[，、；：]{2}|[，、；：][。！？]|[。！？][，、；：]|“”|‘’|《》|[（《“‘][，。！？；：、]|。。|[\"']|[曰云道言问]：“[^“”]*[\u4e00-\u9fff]”(?=[\u4e00-\u9fff“])"
    rf"|(?<!—)—(?!—)|[子女者人生公翁妇某]曰“|[曰道云叫喝呼说][；。]“|曰[。；！？]|[乎邪哉](?=虽然)|(?<![若阿])耶(?![律稣溪娘])(?=[{HAN}])"
)
_UNQUOTED = re.compile(rf"[说道称曰云叫喊写]：(?=[{HAN}])")
_MOJIBAKE = re.compile("溃骸|骸爸|锛|銆|鈥|锟斤拷")
_WEB_PAGE = re.compile("小说网|书库|扫校|电子版|版权|网站|本站|电子书|下载|全文完|录入")
# Novels copied from one web site have 一 set around the characters that its filter looked for: 二一女一, 一春一风.
_SCRAMBLED = re.compile("一(?:女|春|性|身|床|乳|阴|裸|妇|奸|精|情|欲|淫|胸|腿|吻|激|色|体)一")
# Two bytes of GBK were lost where a full stop follows a character that ends in A1: 病。→ 玻, 住。→ 祝, 啊。→ 埃.
_SWALLOWED = re.compile(
    "玻(?![璃瓈])|[居拿站围按扯抓拦捉绑扶抱拖拉停留挡捆揪坐忍稳擒禁歇扣锁把遮困握]祝(?!寿)|(?:中书|尚书|门下|行)剩"
    "|(?<![尘纤涓浮氛])埃(?![及尘])|龋(?!齿)|[不无难未用耗]荆(?![州棘襄南楚门轲布扉妻])|[挂官将相帅用]樱(?!桃)"
)
# Characters that scanning takes for one another, in words where only one of the two makes sense.
_MISREAD = re.compile(
    "夭(?=下|子|地|上|明|晚|气|兵|师|神|台|宫|曹|色)|(?<!自)己(?=经|毕|久|罢)|而己(?=[，。！？；”矣])|早己|既己|业己"
    "|(?<![争奔相夺纷])竞(?=不|无|是|然|到|被|将|成)"
    "|末(?=知|曾|必|尝|免|及|可)|(?<![期周月年])末到|[今明昨]曰(?![：，])|日：“|看宫|宫司|县宫|判宫|差宫|军宫|宫军|宫兵|诸候|王候|公候|封候"
    "|时侯|等侯|问侯|伺侯|进土|壮土|道土|居土|学土|武土|勇土|将土|隐土|千休|千戈|相千|臼：|[害惧恐可]伯(?![父母爷邑夷仲叔兄])|扳依|人内(?=[，。])|花国(?![色香])"
    "|[跃闯杀冲走趋突驰投拥径步]人(?=[城营门寨帐府厅房室殿宫阵内关洞店])"
    "|(?<![敌贼番金辽宋军汉胡夷蛮他众其令使命])人(?=营见|城来|寨来|帐来|帐见|府来|内来|营来)|杀人重围|惩般|粱王|白己|[甚什怎那]幺|自付"
    # found by comparing each three characters of 440 books with those of all the others
    "|迸(?=[京房内衙门府宫城店])|[走搬送推报抬]迸|自已|找们|(?<![王或学使])者爷|早巳|巳经|巳毕|洒(?=[饭席店楼杯肉菜])|[饮吃美备]洒"
    "|[桌椅娘]于(?=[，。、上里])|恃[女郎立卫从候]|服恃|[登城酒]搂|搂阁|惧(?=[是各皆])|荼(?=[饭酒房坊馆水])|[吃茶]荼"
    "|熙风|风凰|龙风|官娥|官嫔|官闱|东官(?=[太娘，。])"
    "|(?<![开改夸出亲随信满顺还住一张众])口：“|[夙素昭卓]着(?=[，。；])|卓着|着书立|实时|共享|迎一接|捉脏|脏[物款证官]|高梁(?=[地秆米杆酒田])|(?:议论?|图谋|陷害|妒忌|毁谤|责备|轻视|怨恨)已(?=[，。；！？])|[^茶酒一]盅(?=[毒者惑])|[中病毒解]盅|安禄(?!山)|因幼(?=父母|丧)|[役差卒]人去，|[里屯]祝|见札|旬曰|(?<!若)干金|[五六七八九数]干(?=[人两匹兵])"
)
_EXPLICIT = re.compile(
    "未央生|肉蒲团|淫疮|阳物|阳具|阴户|阴门|牝户|牝中|玉茎|龟头|淫水|交媾|交合|行房|鸡奸|颠鸾倒凤|尘柄|麈柄|肉具|春宫|赤身露体|裸体|下体|淫声|淫具|媾"
    "|[行成赴作为兴]云雨(?!气)|云雨(?:之|情|一|已|既|初|才)|巫山云雨|巫山之|房术|御女|采战|春药|破瓜|酥胸|[嫩玉]乳|双乳|乳头|肏|屌|毴|屄|鸡巴|强奸|行奸|求欢|破了身|破身|交欢|猥亵|狎亵|私处|欢毕|云收雨散|阳台之梦|合卺之欢|狎昵|交欢|与之私通|私通|淫毒|秽事|亵衣|胴体|娈童|奸淫|奸宿|奸污|淫妇|淫乐|宣淫|阴茎|精流|骑龙点穴|做那些?事|干那事|那话儿|成其[好美]事|宽衣解带|[脱解]衣上床|亲嘴|脚来?跷起|鱼水之欢|枕席之|耍[够勾]|云雨已毕|奸了|欢娱一番|春兴|兴云布雨"
)

# A full stop where a comma was: after 及…, 比…, 每…, after …时, after a time alone, and before a courtesy name.
_STOP_FOR_COMMA = re.compile(
    "(?:^|[。！？”\n])(?:及|比|每)[^，。！？；：“”\n]{1,8}。(?!”)|[^，。！？；：“”其何几一]时。(?!”)|。字[^，。]{1,3}，"
    "|(?:^|[。！？”\n])(?:[其是此当次明后]|[满逾过]?[一二三四五六七八九十数]+)[年月日夕夜岁]。(?!”)"
)

STOPS_FOR_A_COMMA = 2  # more of them, and every pause was printed as a full stop


def fault(passage: str) -> Fault | None:
    """The first class of damage that the passage shows, as a reason and the place where it stands."""
    found = damage(passage)
    place = errata.suspect(passage) if found is None else None
    return found if place is None else ("misread", _around(passage, place))


def damage(passage: str) -> Fault | None:
    """What shows without knowing the edition: all but the misreadings that `errata` suspects."""
    if is_damaged(passage):
        return "lost_character", passage[:40]
    for reason, pattern in _RULES:
        match = pattern.search(passage)
        if match:
            return reason, _around(passage, match.start())
    if passage.count("。") > STOPS_FOR_A_COMMA * (1 + passage.count("，")):
        return "broken_marks", passage[:40]
    if diction.sounds_modern(passage):
        return "modern_text", passage[:60]
    return None


_RULES = (
    ("wrong_encoding", _MOJIBAKE),
    ("web_page", _WEB_PAGE),
    ("scrambled", _SCRAMBLED),
    ("hole", _HOLE),
    ("note_in_text", _NOTE),
    ("foreign_signs", _FOREIGN),
    ("broken_marks", _BROKEN_MARKS),
    ("broken_marks", _STOP_FOR_COMMA),
    ("heading_in_text", _HEADING),
    ("misread", _SWALLOWED),
    ("misread", _MISREAD),
    ("explicit", _EXPLICIT),
)

# Characters whose second byte in GBK is A1: lost bytes make one character of each of them and a full stop after it.
_HALVED = "".join(bytes((lead, 0xA1)).decode("gb2312") for lead in range(0xB0, 0xF8))
_BEFORE_COMMA, _BEFORE_STOP = re.compile(f"[{_HALVED}]，"), re.compile(f"[{_HALVED}]。")

FEWEST_COMMAS = 12  # after such characters: less, and it may be chance that no full stop stands after one
MOST_MISREADINGS = 3  # in ten thousand characters; more of them means that others, which no rule knows, abound
MOST_SWALLOWED = 1
SHORT_PAGE = 500  # characters: on less, two names would be many


def unquoted(passage: str) -> Fault | None:
    """Speech without quotation marks in a story that has them elsewhere; in a history much is quoted without them."""
    match = _UNQUOTED.search(passage) if "“" in passage else None
    return ("broken_marks", _around(passage, match.start())) if match else None


def is_badly_scanned(chapter: str) -> bool:
    misread = 10_000 * len(_MISREAD.findall(chapter)) > MOST_MISREADINGS * max(len(chapter), 5000)
    return misread or len(_SWALLOWED.findall(chapter)) > MOST_SWALLOWED or loses_full_stops(chapter)


def loses_full_stops(chapter: str) -> bool:
    """A comma stands after 小, 住 or 病 again and again, and a full stop never."""
    return len(_BEFORE_COMMA.findall(chapter)) >= FEWEST_COMMAS and not _BEFORE_STOP.search(chapter)


def rare_share(text: str) -> float:
    """How many different characters outside GB 2312 a text has, for each of its characters.

    Names and rare words are some in a thousand; a name that comes up again and again counts once.
    """
    written = prose.without_marks(text)
    return sum(not is_in_gb2312(character) for character in set(written)) / max(len(written), SHORT_PAGE)


def is_in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def is_scrambled(chapter: str) -> bool:
    return len(_SCRAMBLED.findall(chapter)) >= 2


def _around(text: str, place: int) -> str:
    return text[max(0, place - 15) : place + 15].replace("\n", " ")
