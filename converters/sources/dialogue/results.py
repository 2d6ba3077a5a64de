"""What CrossWOZ's database returned in a dialogue, put together from the clerk's acts and queries.

An act names a slot and its value, the query the entity it belongs to (`selectedResults`) and what that entity fulfils.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from converters.sources.dialogue.turns import spoken

_SELECTED = "selectedResults"
_FACILITY = "酒店设施"
_NEAR_METRO = "附近地铁站"
_METRO = {"出发地附近地铁站": "起点", "目的地附近地铁站": "终点"}
_METRO_END = re.compile(r"[(（]([起终]点)[)）]\s*(.*)")
# The queries lost a character here: 酒店设施 费国内长途电话.
_FREE = re.compile(r"(?<!免)费(?=国内|市内)")
_LISTED = re.compile(r"(?<=\d),(?=\d)")
# A slot that holds many values keeps what the query asked for beside what was said.
_MANY = {"推荐菜", _FACILITY, "周边景点", "周边餐馆", "周边酒店"}


class Results:
    """Entities by domain and name, each with its slots; and the queries that found nothing."""

    def __init__(self) -> None:
        self.entities: dict[tuple[str, str], dict[str, list[str]]] = {}
        self.asked: dict[tuple[str, str], dict[str, str]] = {}
        self.nothing: list[str] = []
        self.unclear = ""

    @classmethod
    def of(cls, turns: Iterable[Mapping[str, Any]]) -> Results:
        results = cls()
        for turn in turns:
            results._add(turn)
        return results

    def _add(self, turn: Mapping[str, Any]) -> None:
        state = turn.get("sys_state") or {}
        for intent, domain, slot, value in turn["dialog_act"]:
            query = state.get(domain) or {}
            if intent == "NoOffer":
                self._found_nothing(domain, (turn.get("sys_state_init") or {}).get(domain) or {})
            elif intent in ("Inform", "Recommend") and domain == "地铁":
                self._add_metro(query.get(_SELECTED) or (), slot, value)
            elif intent in ("Inform", "Recommend"):
                self._add_value(domain, query, slot, value)

    def _add_metro(self, selected: Iterable[str], slot: str, value: str) -> None:
        ends = {match[1]: match[2] for name in selected if (match := _METRO_END.match(name.strip()))}
        name = ends.get(_METRO.get(slot, ""), "")
        if not name:
            self.unclear = self.unclear or f"地铁 {slot} {value}"
            return
        domain = next((domain for domain, known in self.entities if known == name.strip()), "")
        self._put(domain, name.strip(), _NEAR_METRO, value)

    def _add_value(self, domain: str, query: Mapping[str, Any], slot: str, value: str) -> None:
        selected = query.get(_SELECTED) or []
        if slot == "名称":
            self._entity(domain, value, query)
        elif len(selected) == 1:
            self._entity(domain, selected[0], query)
            self._put(domain, selected[0], slot, value)
        else:
            self.unclear = self.unclear or f"{domain} {slot} {value}: {len(selected)} results"

    def _entity(self, domain: str, name: str, query: Mapping[str, Any]) -> None:
        self.entities.setdefault((domain, name), {})
        if name in (query.get(_SELECTED) or ()):
            fulfilled = {slot: value for slot, value in query.items() if isinstance(value, str) and value}
            self.asked.setdefault((domain, name), {}).update(fulfilled)

    def _put(self, domain: str, name: str, slot: str, value: str) -> None:
        if slot.startswith(_FACILITY + "-"):
            slot, value = _FACILITY, slot.split("-", 1)[1] + ("" if value == "是" else "（无）")
        values = self.entities.setdefault((domain, name), {}).setdefault(slot, [])
        if value not in values:
            values.append(value)

    def _found_nothing(self, domain: str, query: Mapping[str, Any]) -> None:
        asked = "，".join(
            f"{slot}：{_shown(value)}" for slot, value in query.items() if isinstance(value, str) and value
        )
        line = f"没有查到符合条件的{domain}" + (f"（{asked}）" if asked else "")
        if line not in self.nothing:
            self.nothing.append(line)

    def near_itself(self) -> str:
        """An entity that stands among what is around it: the clerk looked up another than was asked about, or ""."""
        return next(
            (
                name
                for (_, name), slots in self.entities.items()
                if any(name in values for slot, values in slots.items() if slot.startswith("周边"))
            ),
            "",
        )

    def rendered(self) -> str:
        """One paragraph for each entity, then what was not found."""
        return "\n".join([*(self._paragraph(*key) for key in self.entities), *self.nothing])

    def _paragraph(self, domain: str, name: str) -> str:
        slots = {slot: list(values) for slot, values in self.entities[domain, name].items()}
        for slot, value in self.asked.get((domain, name), {}).items():
            wanted = value.split() if slot in (_FACILITY, "推荐菜") else [value]
            if slot in _MANY and slot in slots:
                slots[slot] += [
                    each for each in wanted if each not in slots[slot] and each + "（无）" not in slots[slot]
                ]
            elif slot != "名称":
                slots.setdefault(slot, wanted)
        head = f"【{spoken(name)}】" + (f"（{domain}）" if domain else "")
        return "\n".join([head, *(f"{slot}：" + "、".join(map(_shown, values)) for slot, values in slots.items())])


def _shown(value: str) -> str:
    return spoken(_FREE.sub("免费", _LISTED.sub("、", value)))
