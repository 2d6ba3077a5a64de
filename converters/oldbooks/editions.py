"""What did the makers of a digital edition of a history do to a passage: notes set into its text, wrong characters.

The notes are those of editors of the Qing (案：……引作……) that lost their brackets on the way. The characters are those
that a conversion of the script left or chose wrongly: 籓 for 藩, 僣 for 僭, 干 for 乾 in names that nothing else has.
"""

from __future__ import annotations

import re

from converters.oldbooks.proofread import Fault

_NOTE = re.compile("[案按][：《]|引作|阙文|今据|据改|殿本|影库本|[一原旧]作[“‘]|疑[脱误][，。；]")
_CHARACTERS = re.compile("[籓硃豊僣爕]")
# The trigram and the names of reigns: 干 (stem, shield) stands for 乾 in none that is printed.
_HEAVEN = re.compile("干(?=[坤卦宁符隆祐兴统亨])|干元(?=[初中末二三元]|殿)|遇干|干为天|干为君")
# 願 went through 愿 to 原: a clause that begins with a wish.
_WISH = re.compile("[，：；“。]原(?=[代得请从往与效乞死]|以[请身死])")


def fault(passage: str) -> Fault | None:
    """The first trace of an editor or of a conversion, as a reason and the place where it stands."""
    for reason, pattern in (("note_in_text", _NOTE), *(("misconverted", each) for each in _WRONG)):
        match = pattern.search(passage)
        if match:
            return reason, passage[max(0, match.start() - 12) : match.end() + 12].replace("\n", " ")
    return None


# What a scanner made of 谓 and of 等 before a number of men, and 党项 without the 党 that a web page took out.
_MISREAD = re.compile(
    "[因乃遂]胃(?=[曰之其])|第[二三四五六七八九十百]+[一二三四五六七八九十]人|(?<!党)项(?=叛|部|来贡|之捷|诸部)"
)
_WRONG = (_CHARACTERS, _HEAVEN, _WISH, _MISREAD)
