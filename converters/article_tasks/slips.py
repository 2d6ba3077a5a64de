"""Slips of the pen that nobody wants to learn: a word written twice, a full stop of another script.

Only answers are searched for them: what stands in a request is what people paste.
"""

from __future__ import annotations

import re

_HAN = "\u4e00-\u9fff"
_SLIP = re.compile(
    "|".join(
        (
            # 植物植物分类学; but 一层一层, 说着说着, 越来越
            f"(?![一越])([{_HAN}]{{2,4}})(?<!着)\\1",
            "在在(?!处)(?<![现存正所实潜旨内外自]在在)",
            "于于|被被|大都都",
            f"(?<=[{_HAN}])\\.(?=[{_HAN}])",
        )
    )
)


def slip(text: str) -> str:
    """The first slip with the characters around it, or ""."""
    match = _SLIP.search(text)
    return text[max(0, match.start() - 6) : match.end() + 6] if match else ""
