"""Can a reader begin with a paragraph? 不过…, 在这些情况下…, 他初与权臣周旋时… go on from what is not shown."""

from __future__ import annotations

import re

_BACK = (
    # of what was said before
    "这(?!样的人)|那(?!不勒斯|霸|曲|波里)|此(?!花|君)|该|其(?!他|它)|之|上述|上文|前述|以上|前者|后者|两者|二者|与之|对此|为此|因此|由此|从此|除此|如此|至此"
    "|在(?:这|那|此|其|该|当时|上述|同)|对于?(?:这|那|此|其)|由于(?:这|此|其)|根据(?:这|此|其)|经过(?:这|此)|自此|于是|就此|据此"
    # a conjunction that joins on to a sentence
    "|不过|但(?!丁|泽|尼)|但是|然而|可是|而(?!今)|所以|因而|故(?![宫事乡居土])|另(?!类)|此外|同样|同时|也(?!门|速)|亦|还(?!魂|原|珠)|又(?!称|名)|并|再|更|反之|相反|相比|相对而言|例如|比如|譬如|总之|综上|可见"
    "|事实上|实际上|具体|换言之|换句话说|尽管如此|即便如此|即使|甚至|特别是|尤其|其中|当中|首先|其次|最后|第[一二三四五]，"
    # a time that the sentence before gives
    "|后来|随后|之后|其后|接着|接下来|不久|次[年月日]|翌[年日]|同[年月日]|当[时年日]|这时|结果|最终|期间|目前|现在|如今"
    # somebody who was named there
    "|[他她它](?!是谁)|他们|她们|它们|两人|二人|双方|本[书片剧作校站线村镇乡区市县省种属科州国]"
)
_REFERS_BACK = re.compile(f"[“（《]?(?:{_BACK})")
# 从他的思想中发展而成的多种运动。: a thing is named and nothing is said of it
_FRAGMENT = re.compile("[^，。；：是有为被将把会能可了指以]{4,40}的[^，。；：的是有]{2,10}。")


# 他于1954年…, 该镇…: whoever knows the title knows whom and what
_SUBJECT = re.compile("[他她它该](?!们|是谁)|本[书片剧作校站线村镇乡区市县省种属科州国]|其(?!中|他|它|余|次|后|实|间)")


def goes_on(text: str) -> bool:
    """The same of a text whose title is told."""
    return _REFERS_BACK.match(text) is not None and not _SUBJECT.match(text)


def hangs(text: str) -> bool:
    """True for a paragraph that nobody can begin with."""
    return _REFERS_BACK.match(text) is not None or _FRAGMENT.match(text) is not None
