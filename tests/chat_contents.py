"""What would a good model answer? Items cut out of the passage's own sentences, in the form that is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def good(body: Mapping[str, Any]) -> str:
    return json.dumps(
        {"items": [{"question": "问", "answer": body["messages"][-1]["content"][:40]}]}, ensure_ascii=False
    )
