"""What is left in running text of a footnote, of a link into another language, or of a list whose names are gone.

A reader sees that something else stood there; unlike in `holes`, it is what stands there that tells.
"""

from __future__ import annotations

import re

from converters.wikitext.alternatives import HAN

# whose kin or founder somebody is: a description without a name before it
_RELATION = (
    "父亲|母亲|祖父|祖母|爷爷|奶奶|外公|外婆|姑丈|姑姑|姑妈|舅舅|舅父|叔叔|伯父|姨妈|哥哥|弟弟|姐姐|妹妹|兄长|妻子|丈夫|儿子|女儿"
    "|孙子|孙女|同学|朋友|老师|上司|部下|助手|秘书|搭档|邻居|恋人|女友|男友|创办人|负责人|成员"
)
_NAMELESS = re.compile(f"。[^，。；：]{{1,12}}的(?:{_RELATION})(?:，[^，。；：]{{1,14}}){{0,2}}(?=。)")
FEWEST_NAMELESS = 2

_RESIDUE = re.compile(
    "|".join(
        (
            # numbers and letters of footnotes: 象征革命3715。 光速。2当今 淮海路d，
            f"\\d(?<=[{HAN}]\\d)(?<![年第号元前达为约的是有于在至到型比歼]\\d)\\d{{2,3}}(?:[-–]\\d{{3,4}})?(?=。)",
            "。\\d{1,2}(?=[当这该在此其由因然而但不虽从自对与也就])",
            f"[a-h](?=[，。；])(?<=[{HAN}][a-h])",
            # Forced abortion, Right to a fair trial: the article of another language stood in a link
            f"[A-Z](?<=[{HAN}、，。][A-Z])[a-z]+ (?:[a-z]+ )*[a-z]{{3,}}(?=[{HAN}、，。])",
            # a book in the midst of a sentence
            "[a-z]\\.。|\\bch\\. ?\\d|\\bpp?\\. ?\\d",
            "[ \u00a0\u3000]{2,}",
        )
    )
)


def find(text: str) -> str:
    """The first remainder with the characters around it, or ""."""
    match = _RESIDUE.search(text)
    if match:
        return text[max(0, match.start() - 8) : match.end() + 8]
    nameless = _NAMELESS.findall(f"。{text}")
    return nameless[0] if len(nameless) >= FEWEST_NAMELESS else ""


_PARTED = re.compile(f"(?<=[{HAN}]) (?=[{HAN}])")


def parted(line: str) -> bool:
    """阴蒂 会完全闭合: where a template without a mark left its space between two characters."""
    return _PARTED.search(line) is not None
