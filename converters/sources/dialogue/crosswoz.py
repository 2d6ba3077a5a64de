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
LEAST_PAIRS, MOST_PAIRS = 2, 6  # of a dialogue; the longer it is, the surer one of its answers is wrong


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
    pairs = shortened(without_tail([exchange.pair for exchange in good], _is_closing), most=MOST_PAIRS)
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
    return Exchange(
        Pair(_ASKED.sub("？", spoken(user["content"])), closed(spoken(clerk_text(clerk["content"])))), user, clerk
    )


_ASKED = re.compile(r"(?<=[吗呢吧])/$")

# The clerk copied lists out of a table: 小汤山镇, 百丰农场 and 67389898,67383333.
_LIST = re.compile(r"\s*,\s+(?=\S)|(?<=\d{7}),(?=\d{7})|(?<=\d{7}),(?=\d{3,4}-\d{7})")
_END = re.compile(r"[(（][起终]点[)）]\s*")


_SPACE = re.compile(r"\s+(?=[，。；！？]|$)")
_STOP = re.compile(r"(?<=\d)\.$|(?<=[)）])$")  # a stop, or its absence, after a name

_SLIPS = {"报歉": "抱歉", "不还意思": "不好意思", "充许": "允许"}


def clerk_text(text: str) -> str:
    for slip, word in _SLIPS.items():
        text = text.replace(slip, word)
    return _STOP.sub("。", _LIST.sub("、", _END.sub("", _SPACE.sub("", text.replace("\t", " ")))))


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
        ("embellished", clerk.embellished(text, results.rendered())),
        ("inexact", clerk.inexact(text, results.rendered())),
        ("relaxed", _relaxed(exchange)),
        ("other_kind", _other_kind(exchange)),
        ("stranger", _stranger(exchanges, results)),
        ("unanswered", _unanswered(exchange)),
        ("unrecorded", _unrecorded(exchange)),
        ("no_dish", clerk.no_dish(user) or clerk.no_dish(text)),
        ("glued", clerk.glued(text, results.rendered())),
        ("two_minded", clerk.two_minded(text)),
        ("contradicted", clerk.contradicted(text, _facilities(exchange))),
        ("misplaced", clerk.misplaced(text, _recommended(exchange))),
        ("unsaid_value", _unsaid(exchange)),
        (
            "absurd_duration",
            grounding.absurd_visit(text) or grounding.absurd_hours(user) or clerk.days(results.rendered()),
        ),
        ("unlisted", clerk.unlisted(text, known)),
        ("slip", clerk.slip(text, [spoken(name) for _, name in results.entities]) or clerk.user_slip(user)),
    )
    fault = next((fault for fault in faults if fault[1]), None)
    beyond = "" if fault else clerk.beyond(text, known)
    return ("beyond_results", beyond) if beyond else fault


def _unrecorded(exchange: Exchange) -> str:
    """What the clerk said though no act holds it: a service, any answer at all, or that no place named fits; or ""."""
    text, acts = exchange.pair.assistant, exchange.clerk["dialog_act"]
    told = {act[0] for act in acts}
    if told <= {"General"} and any(act[0] != "General" for act in exchange.user["dialog_act"]):
        return text
    none_fits = "NoOffer" not in told and _recommended(exchange) and clerk.denies_all(text)
    return none_fits or clerk.unrecorded(text, [act[2] for act in acts])


def _facilities(exchange: Exchange) -> list[str]:
    return [act[3] for act in exchange.clerk["dialog_act"] if act[0] == "Inform" and act[2].startswith("酒店设施-")]


_OWNS_UP = re.compile(r"抱歉|不好意思|对不起|没有|没找到|没查到|不过|但|只是|最接近|偏[低高]|略[低高]|可惜|不巧")


def _relaxed(exchange: Exchange) -> str:
    """A wish of the user that was left out of the query without a word, or ""; the place may not fulfil it."""
    acts = exchange.clerk["dialog_act"]
    state = exchange.clerk.get("sys_state") or {}
    told = {(act[1], act[2]) for act in acts if act[0] == "Inform"}
    for intent, domain, named, value in exchange.user["dialog_act"]:
        slot, _, facility = named.partition("-")
        asked = str((state.get(domain) or {}).get(slot) or "")
        wished = intent == "Inform" and slot != "名称" and value != "不免费" and domain in _recommended(exchange)
        if wished and (domain, named) not in told and not all(part in asked for part in (facility or value).split()):
            return "" if _OWNS_UP.search(exchange.pair.assistant) else f"{slot}：{facility or value}"
    return ""


def _stranger(exchanges: Sequence[Exchange], results: Results) -> str:
    """A place that nobody has named, or that is near itself: what the database told of it is told of another, or ""."""
    said = grounding.bare("".join(exchange.pair.user + exchange.pair.assistant for exchange in exchanges))
    near = results.near_itself()
    return near or next((name for _, name in results.entities if grounding.bare(spoken(name)) not in said), "")


_THIS = re.compile(r"(?:这[两几三]?[个家]|^|，)(酒店|餐馆|景点)(?=的|周边|附近|哪)")


def _other_kind(exchange: Exchange) -> str:
    """A hotel that the user calls a sight (这个景点的地址), or ""."""
    asked = {act[1] for act in exchange.user["dialog_act"] if act[0] in ("Request", "Inform")}
    called = [
        found for found in _THIS.findall(exchange.pair.user) if asked and asked <= _DOMAINS and found not in asked
    ]
    typed = _HOTEL_TYPE.search(exchange.pair.user)
    return typed[0] if typed else called[0] if called else ""


_HOTEL_TYPE = re.compile("(?:豪华|高档|舒适|经济)型的?(?:餐|景)")
_DOMAINS = {"酒店", "餐馆", "景点"}


def _recommended(exchange: Exchange) -> set[str]:
    acts = exchange.clerk["dialog_act"]
    return {act[1] for act in acts if act[0] in ("Inform", "Recommend") and act[2] == "名称"}


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
