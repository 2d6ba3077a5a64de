"""Which option does a written answer choose? Accuracy of multiple choice where no likelihoods are at hand.

Read conservatively: the answer begins with its letter, or says which it is (答案是B, 选 B, the answer is B). Two
letters, or none, are no choice, and no choice is wrong. The text of an option without its letter is none either.
"""

import re
import unicodedata
from collections.abc import Sequence

from ewc_plugin.metrics.score import How, Score, mean_score

VERSION = 1
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_ALONE = r"([A-Z])(?![A-Za-z0-9'’])"
# "B", "(B)", "**B**", "B. 李白", "B 李白", "选项B", but neither the article of "A cat sat" nor "B 错误"
_REJECTED = r"(?!\s*(?:选?项)?\s*(?:是|为|也)?\s*(?:错|不|误|有误|虽))"
_AT_THE_START = re.compile(rf"^[\W_]*(?:选项\s*)?{_ALONE}{_REJECTED}(?=[\W_]*$|[\W_]*\n|\s*[^\w\s]|\s*[^\x00-\x7f])")
_NOT = "".join(f"(?<!{word})" for word in ("不", "别", "非", "未", "不应", "不该", "不应该", "不能", "不会", "不可"))
_SAYS = rf"答案(?:应该?)?(?:就?是|为|选)?|{_NOT}选择?|(?i:answer)(?:\s+is)?"
_SAID = re.compile(rf"(?:{_SAYS})\s*(?:选项|(?i:option))?[\s:*(\[【】「“\"']*{_ALONE}")
_BOXED = re.compile(rf"\\boxed\s*\{{\s*(?:\\text\s*\{{\s*)?{_ALONE}")
_MORE = re.compile(rf"[\s*)\]]*(?:[、,，/&和与或及]|(?i:and|or)\b)[\s*(\[]*{_ALONE}")


def chosen(answer: str, options: int) -> str | None:
    """The one letter that an answer chooses among `options`, else None."""
    plain = unicodedata.normalize("NFKC", answer).strip()
    claims = [found for pattern in (_AT_THE_START, _SAID, _BOXED) for found in pattern.finditer(plain)]
    named = {found[1] for found in claims}
    several = any(_MORE.match(plain, found.end(1)) for found in claims)
    if several or len(named) != 1 or not named <= set(LETTERS[:options]):
        return None
    return named.pop()


def generated(letters: Sequence[str | None], right: Sequence[int], how: How) -> Score:
    """Accuracy in [0, 1] of the letters that were written; `without_letter` counts the answers that chose none."""
    hits = [float(letter == LETTERS[wanted]) for letter, wanted in zip(letters, right, strict=True)]
    extra = {"without_letter": sum(letter is None for letter in letters)}
    return mean_score("accuracy_generated", hits, how, version=VERSION, extra=extra, by="generated letter")
