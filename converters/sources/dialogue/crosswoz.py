"""CrossWOZ: a user plans a day in Beijing, a clerk answers from a database of sights, restaurants, hotels and metro.

The clerk is the assistant. What the database returned is put together from the acts and queries that were recorded with
each of the clerk's turns, and stands in the prompt; an answer that says more than that ends the dialogue before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from converters.contract import Context, Outcome, Reject
from converters.sources.dialogue import clerk, grounding, speech
from converters.sources.dialogue.results import Results
from converters.sources.dialogue.turns import Pair, closed, finished, is_farewell, shortened, spoken, without_tail
from converters.templates import dialogue as templates
from converters.templates import fill

DATASET = "dialogue_service"
LEAST_PAIRS = 2


class Exchange(NamedTuple):
    """What the user said and how the clerk answered: the texts, and the two records they come from."""

    pair: Pair
    user: Mapping[str, Any]
    clerk: Mapping[str, Any]


def matches(record: Any) -> bool:
    messages = record.get("messages") if isinstance(record, dict) else None
    return isinstance(messages, list) and bool(messages) and all(_is_turn(turn) for turn in messages)


def _is_turn(turn: Any) -> bool:
    return (
        isinstance(turn, dict)
        and isinstance(turn.get("content"), str)
        and turn.get("role") in ("usr", "sys")
        and isinstance(turn.get("dialog_act"), list)
        and all(_is_act(act) for act in turn["dialog_act"])
        and all(_is_state(turn.get(state)) for state in ("sys_state", "sys_state_init"))
    )


def _is_act(act: Any) -> bool:
    return isinstance(act, list) and len(act) == 4 and all(isinstance(part, str) for part in act)


def _is_state(state: Any) -> bool:
    """Queries by domain, each with its slots and the entities found; a turn may have none."""
    queries = state.values() if isinstance(state, dict) else [state]
    return all(
        query is None or (isinstance(query, dict) and _are_names(query.get("selectedResults"))) for query in queries
    )


def _are_names(found: Any) -> bool:
    return found is None or (isinstance(found, list) and all(isinstance(name, str) for name in found))


def convert(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    turns = record["messages"]
    roles = [turn["role"] for turn in turns]
    if roles[: len(roles) // 2 * 2] != ["usr", "sys"] * (len(roles) // 2):
        return [Reject(DATASET, "turn_order", "roles: " + ", ".join(roles[:12]))]
    exchanges = [_exchange(*both) for both in zip(turns[::2], turns[1::2], strict=False)]
    ordered = [exchange for exchange in exchanges if not _is_taxi(exchange)]
    good, fault = _answered(ordered)
    pairs = shortened(without_tail([exchange.pair for exchange in good], _is_closing))
    if len(pairs) < LEAST_PAIRS:
        return [Reject(DATASET, *(fault or ("too_short", f"{len(pairs)} exchanges")))]
    notes = ["taxi_turn_removed"] if len(ordered) < len(exchanges) else []
    notes += ["part_of_dialogue"] if fault else []
    known = Results.of(exchange.clerk for exchange in good[: len(pairs)]).rendered()
    prompt = fill("dialogue.SERVICE", templates.SERVICE, by="".join(pair.user for pair in pairs), known=known)
    document = f"dialogue:crosswoz:{context.key or context.file + ':' + str(context.number)}"
    kind = str(record.get("type") or "")
    return [finished(DATASET, prompt, pairs, context, document=document, kind=kind, notes=tuple(notes))]


def _exchange(user: Mapping[str, Any], clerk: Mapping[str, Any]) -> Exchange:
    return Exchange(Pair(spoken(user["content"]), closed(spoken(clerk_text(clerk["content"])))), user, clerk)


# The clerk copied lists out of a table: 小汤山镇, 百丰农场 and 67389898,67383333.
_LIST = re.compile(r"\s*,\s+(?=\S)|(?<=\d{7}),(?=\d{7})|(?<=\d{7}),(?=\d{3,4}-\d{7})")
_END = re.compile(r"[(（][起终]点[)）]\s*")


_SLIPS = {"报歉": "抱歉", "不还意思": "不好意思", "充许": "允许"}


def clerk_text(text: str) -> str:
    for slip, word in _SLIPS.items():
        text = text.replace(slip, word)
    return _LIST.sub("、", _END.sub("", text.replace("\t", " ")))


def _is_taxi(exchange: Exchange) -> bool:
    """The taxi of the data is a placeholder (#CX, #CP): there is nothing to learn from its turn."""
    placeholder = "#C" in exchange.clerk["content"]
    return placeholder or any(act[1] == "出租" for act in exchange.clerk["dialog_act"])


def _is_closing(pair: Pair) -> bool:
    return is_farewell(pair.assistant) or (is_farewell(pair.user) and not re.search(r"\d", pair.assistant))


# ---- which answers stand in what the database returned


def _answered(exchanges: Sequence[Exchange]) -> tuple[Sequence[Exchange], tuple[str, str] | None]:
    """The exchanges before the first that an assistant could not have spoken, and its fault."""
    for number in range(len(exchanges)):
        fault = _fault(exchanges[: number + 1])
        if fault:
            return exchanges[:number], fault
    return exchanges, None


def _fault(exchanges: Sequence[Exchange]) -> tuple[str, str] | None:
    exchange = exchanges[-1]
    user, text = exchange.pair
    results = Results.of(exchange.clerk for exchange in exchanges)
    said = "".join(before.pair.user for before in exchanges)
    known = results.rendered() + "\n" + said
    faults = (
        ("placeholder", "#C" if "#C" in user + text else ""),
        ("persona", speech.persona(text)),
        ("rude", speech.rude(text)),
        ("unclear_result", results.unclear),
        ("ungrounded", grounding.missing(grounding.untallied(text), known)),
        ("embellished", clerk.embellished(text, known)),
        ("unsaid_value", _unsaid(exchange)),
        ("unanswered", _unanswered(exchange)),
        ("absurd_duration", grounding.absurd_visit(text) or grounding.absurd_hours(user)),
        ("unlisted", clerk.unlisted(text, known)),
        ("slip", clerk.slip(text)),
    )
    fault = next((fault for fault in faults if fault[1]), None)
    beyond = "" if fault else clerk.beyond(text, known)
    return ("beyond_results", beyond) if beyond else fault


_NAMES = {"推荐菜", "周边景点", "周边餐馆", "周边酒店", "名称"}


def _unsaid(exchange: Exchange) -> str:
    """A name of the acts that the clerk's words do not hold: the act, or the clerk, has it wrong."""
    text = grounding.bare(exchange.pair.assistant)
    named = [act[3] for act in exchange.clerk["dialog_act"] if act[0] in ("Inform", "Recommend") and act[2] in _NAMES]
    return next((name for name in named if name != "无" and grounding.bare(spoken(name)) not in text), "")


def _unanswered(exchange: Exchange) -> str:
    """The slots that the user asked for and the clerk said nothing of; which one it is, any slot of it may tell."""
    acts = [act for act in exchange.clerk["dialog_act"] if act[0] in ("Inform", "Recommend", "NoOffer")]
    said = {(act[1], act[2]) for act in acts} | {(act[1], "名称") for act in acts}
    none_found = {act[1] for act in acts if act[0] == "NoOffer"}
    asked = [(act[1], act[2]) for act in exchange.user["dialog_act"] if act[0] == "Request"]
    return "、".join(slot for domain, slot in asked if (domain, slot) not in said and domain not in none_found)
