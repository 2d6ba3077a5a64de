"""Names of templates of the Chinese Wikipedia, by what they show: nothing, one argument, a symbol, a box.

In lower case with spaces; `_` and the case of the source do not matter. What is in no table leaves a hole.
"""

from __future__ import annotations

import re

from converters.wikitext.marks import PIPE, literal


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for line in text.splitlines() for name in line.split("|") if name.strip())


NOTHING = _names(
    # notes, sources and doubts about them
    """
    r|rp|ref|ref label|reflist|references|notelist|notefoot|noteend|notes|refn|notetag|note|efn|efn-ua|efn-la|efn-lr
    efn2|sfn|sfnp|sfnm|sfn-m|harv|harvnb|harvtxt|citation|cite|wayback|webarchive|dead link|deadlink|dl|fact|facts|cn
    citation needed|來源請求|来源请求|source|clarify|clarifyme|vague|who|whom|by whom|which|when|where|why|dubious
    可疑|verify source|verify credibility|better source|nonspecific|page needed|page number|需要頁碼|fv|rs|or
    failed verification|verification needed|need quotation|original research inline|or-inline|peacock term
    weasel inline|undue inline|pov-statement|primary source inline|self-published inline|request quotation|#tag:ref
    subscription required|registration required|pdf|doc
    """
    # what the reader does not see, or sees elsewhere on the page
    """
    anchor|anchors|錨點|锚点|clear|clr|-|clearleft|clearright|clear left|clear right|break|toc|toclimit|tocright|tocleft
    notoc|shy|wbr|zwsp|zwj|zwnj|word joiner|short description|displaytitle|italic title|italictitle|lowercase
    lowercase title|defaultsort|authority control|normdaten|portal|portal bar|portalbar|subject bar|commonscat
    commonscat-inline|wikiquote|wiktionary|wikispecies|wikinews|wikibooks|wikiversity|sister project links|sisterlinks
    coord missing|taxonbar|cc|unreferenced|refimprove|more citations needed|copyedit|expand|cleanup|good article|ga|fa
    featured article|protected|dynamic list|main|main list|see|see also|seealso|details|further|further information
    about|about2|otheruses|other uses|other people|dablink|hatnote|redirect|redirect2|distinguish|distinguish2
    not to be confused with|for|主条目|主條目|link fa|link ga|flagicon|flag icon|flagicon image|rtl|ltr|lrm|rlm|pad
    """
    # the language of a link
    """
    zh icon|en icon|ja icon|ko icon|fr icon|de icon|es icon|ru icon|it icon|en|zh|ja|ko|fr|de|es|ru|it|la|pt|ar|zh-hans
    zh-hant|zh-tw|zh-cn|zh-hk|link language|languageicon
    """
)
NOTHING_BEGINS = (
    *("cite ", "citation ", "defaultsort:", "default sort:", "displaytitle:", "pp-", "efn", "sfn", "refn", "harv"),
    *("commons", "wikisource", "use "),
    *("ipa-", "ipac-", "audio", "pronunciation", "發音", "发音"),  # how a name sounds, behind its spelling
)

FIRST_ARGUMENT = _names(
    """
    nowrap|nobr|nobreak|j|small|smaller|smalldiv|resize|big|larger|large|huge|strong|em|b|bold|i|italic|mono|code|tt|kbd
    samp|var|u|underline|ul|s-underline|ins|ipa|ipa2|abbr|abbrlink|tooltip|hover title|unicode|uni|僻字|罕用字|生僻字
    專名|专名|專名號|书名号|着重号|著重號|強調|强调|拼音|pinyin|py|visible anchor|vanchor|linktext|lj|noitalic|noitalics
    nobold|normal|not italic|zhuyin|bopomofo|dfn|mvar|serif|sans-serif|kai|楷体|楷體|宋体|宋體|標楷體|formatnum|spell
    lc|uc|lcfirst|ucfirst|highlight|hl
    """
)
SECOND_ARGUMENT = _names(
    "lang|transl|rtl-lang|color|colour|font color|fontcolor|fc|background color|bg|bgcolor|fgcolor|textcolor"
)
# links to an article that another Wikipedia has and ours has not; what is shown is an argument
LINKED_FIRST = _names(
    "le|ill|illm|interlanguage link|interlanguage link multi|internal link helper|多語言連結|仮リンク"
)
LINKED_THIRD = _names("tsl|translink|translated link|liw|not translated")
LINK_HELPER = re.compile(r"(?:link-[a-z-]+|[a-z]{2,3}-link|(?:internal link helper|ilh|link)/[a-z-]+)$")

# a quotation or verse that stands apart from the text
APART = _names(
    "quote|cquote|quotation|blockquote|bquote|rquote|quote box|引文|引用|pullquote|centered pull quote|poem|verse"
)
BOX = re.compile(
    r"infobox|taxobox|speciesbox|geobox|navbox|sidebar|box$|-stub$|stub$|小作品|信息框|資訊框|信息盒|导航|導航|列表$"
    r"|succession|navigation|s-(?:start|bef|ttl|aft|end)|^end$|图表|圖表|timeline|family tree|chart|表格|^columns?"
)
_LANGUAGES = """
    en 英语|ja 日语|ko 韩语|fr 法语|de 德语|es 西班牙语|it 意大利语|la 拉丁语|el 希腊语|grc 古希腊语|ar 阿拉伯语
    pt 葡萄牙语|nl 荷兰语|ru 俄语|sv 瑞典语|da 丹麦语|no 挪威语|nb 书面挪威语|fi 芬兰语|cs 捷克语|pl 波兰语
    ro 罗马尼亚语|uk 乌克兰语|tr 土耳其语|he 希伯来语|hi 印地语|sa 梵语|th 泰语|vi 越南语|id 印尼语|ms 马来语
    mn 蒙古语|bo 藏语|ug 维吾尔语|fa 波斯语|bg 保加利亚语|sr 塞尔维亚语|hr 克罗地亚语|ca 加泰罗尼亚语
    ga 爱尔兰语|hu 匈牙利语
"""
LANGUAGES = {code: language for code, _, language in (entry.partition(" ") for entry in _names(_LANGUAGES))}
SYMBOLS = {
    **{"!": PIPE, "=": "=", "'": "'", "·": "·", "•": "·", "dot": "·", "bull": "·", "middot": "·", "--": "——"},
    **{"—": "——", "mdash": "——", "ndash": "–", "spaced ndash": " – ", "snd": " – ", "spaces": " ", "nbsp": " "},
    **{"space": " ", "sp": " ", "(": literal("{"), ")": literal("}"), "pound": "£", "yen": "¥", "euro": "€", "$": "$"},
    **{"indent": "", "asterisk": literal("*"), "tilde": "~", "ellipsis": "……", "′": "′", "″": "″", "°": "°"},
}
MONEY = {
    **{"us$": "US$", "usd": "US$", "nt$": "NT$", "ntd": "NT$", "hk$": "HK$", "hkd": "HK$"},
    **{"gbp": "£", "eur": "€", "€": "€"},
}
