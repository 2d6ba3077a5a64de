"""The page of an expansion's report: one self-contained HTML file, in the form of the page of `stats`."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from converters.expansion.difficulty import SHORT
from converters.expansion.diversity import TYPES
from converters.stats_page import STYLE, bar, histogram, section, shares, soft

Told = Mapping[str, Any]
MORE_STYLE = """
.finds{margin:.4rem 0;padding-left:1.2rem}details{margin:.3rem 0}summary{cursor:pointer}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(14rem,1fr));gap:.6rem 1.5rem}
.cards b{display:block;font-size:1.25rem;font-weight:600}
.wide .bar{grid-template-columns:11rem 1fr 9rem}
blockquote{margin:.5rem 0;padding:.1rem 0 .1rem .7rem;border-left:3px solid var(--line)}
blockquote p{overflow-wrap:anywhere}.why{color:var(--other)}
"""
REASONS = 6  # with examples
USES = {
    "accepted": "accepted items",
    "rejected": "rejected items",
    "asked_again": "unreadable, asked again",
    "pairs": "samples and scores for pairs",
    "failed": "failed attempts, perhaps charged",
}
COLOURS = {"accepted": "full", "pairs": ""}
MANY = 6  # sentences from which on they are counted together
TENTHS = [f"{10 * tenth}–{10 * tenth + 10} %" for tenth in range(10)]


def page(told: Told) -> str:
    body = [
        f"<h1>The expansion {html.escape(told['name'])}</h1>",
        _findings(told["findings"]),
        section("In all", "cards", _cards(told)),
        section("What the tokens were spent on", "wide", _uses(told["totals"])),
        section("Attempts that failed, and answers that were asked for again", "plots", _failures(told["totals"])),
        section("Prompts", "scroll", [_prompts(told["prompts"])]),
        *map(_prompt, told["prompts"]),
        *(_task(name, numbers) for name, numbers in told["tasks"].items()),
        _pairs(told["pairs"]),
    ]
    title = f"{html.escape(told['name'])}: expansion"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}{MORE_STYLE}</style>{''.join(body)}</html>\n"
    )


def _findings(findings: Sequence[str]) -> str:
    if not findings:
        return soft("Nothing stands out.")
    return f'<ul class="finds">{"".join(f"<li>{html.escape(sentence)}</li>" for sentence in findings)}</ul>'


def _cards(told: Told) -> list[str]:
    totals, tokens = told["totals"], told["totals"]["tokens"]
    offered = sum(prompt["items"] for prompt in told["prompts"])
    reported, estimated, uncertain = tokens["reported"], tokens["estimated"], tokens["uncertain"]["prompt"]
    cards = [
        _card("items accepted", f"{told['accepted']:,}", f"of {offered:,} offered"),
        _card("requests settled", f"{totals['requests']['settled']:,}", f"{totals['requests']['unsettled']:,} open"),
        _card("attempts", f"{totals['attempts']:,}", f"{sum(totals['failed'].values()) + totals['lost']:,} failed"),
        _card("tokens of prompts", f"{reported['prompt']:,}", f"and {estimated['prompt']:,} estimated"),
        _card("tokens of answers", f"{reported['completion']:,}", f"and {estimated['completion']:,} estimated"),
        _card("perhaps charged", f"{uncertain:,}", "tokens of attempts that failed"),
    ]
    if totals["cost"] is not None:
        each = told["cost_per_accepted"]
        note = "none was accepted" if each is None else f"{each:.6g} for each accepted item"
        cards.append(_card("cost", f"{totals['cost']['total']:,.2f}", note))
        lost = totals["cost"]["rejected"] + totals["cost"]["asked_again"]
        cards.append(_card("of that for nothing", f"{lost:,.2f}", f"perhaps {totals['cost']['failed']:,.2f} more"))
    return cards


def _card(name: str, number: str, note: str) -> str:
    return f'<div><span class="soft">{html.escape(name)}</span><b>{number}</b>{soft(note)}</div>'


def _uses(totals: Told) -> list[str]:
    paid = {use: sum(tokens.values()) for use, tokens in totals["tokens"]["uses"].items()}
    whole = max(sum(paid.values()), 1)
    return [
        bar(USES[use], tokens / whole, f"{tokens:,} · {tokens / whole:.0%}", COLOURS.get(use, "short"))
        for use, tokens in paid.items()
        if tokens
    ]


def _failures(totals: Told) -> list[str]:
    failed = {**totals["failed"], **({"killed under way": totals["lost"]} if totals["lost"] else {})}
    found = [
        shares("failed attempts", failed, sum(failed.values())),
        shares("asked again", totals["asked_again"], sum(totals["asked_again"].values())),
    ]
    return found if any(found) else [soft("None.")]


HEADINGS = (
    "task",
    "prompt",
    "model",
    "answers",
    "items",
    "accepted",
    "share",
    "tokens per accepted",
    "cost per accepted",
)


def _prompts(prompts: Sequence[Told]) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(prompt))}</tr>" for prompt in prompts)
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cells(prompt: Told) -> tuple[str, ...]:
    accepted = prompt["accepted"]
    tokens = sum(sum(used.values()) for used in prompt["spent"]["tokens"]["uses"].values())
    each = prompt["cost_per_accepted"]
    return (
        f'<a href="#{_anchor(prompt)}">{html.escape(prompt["task"])}</a>',
        html.escape(prompt["version"]),
        html.escape(prompt["model"]),
        f"{prompt['answers']:,}",
        f"{prompt['items']:,}",
        f"{accepted:,}",
        f"{accepted / prompt['items']:.0%}" if prompt["items"] else "–",
        f"{tokens / accepted:,.0f}" if accepted else "–",
        "–" if each is None else f"{each:.6g}",
    )


def _anchor(prompt: Told) -> str:
    return html.escape(f"{prompt['task']}-{prompt['version']}-{prompt['model']}").replace(" ", "_")


def _prompt(prompt: Told) -> str:
    """Reasons, and examples of the frequent ones."""
    heading = f"{html.escape(prompt['task'])} <span class='soft'>prompt {html.escape(prompt['version'])}, "
    heading += f"{html.escape(prompt['model'])}</span>"
    counts = {"accepted": prompt["accepted"], **prompt["reasons"]}
    whole = max(sum(counts.values()), 1)
    bars = [
        bar(name, count / whole, f"{count:,} · {count / whole:.1%}", "full" if name == "accepted" else "short")
        for name, count in counts.items()
    ]
    shown = list(prompt["examples"].items())[:REASONS]
    return section(heading, "wide", [*bars, *(_reason(name, examples) for name, examples in shown)], _anchor(prompt))


def _reason(name: str, examples: Sequence[Told]) -> str:
    quotes = "".join(map(_quote, examples))
    return f"<details><summary>{html.escape(name)}: examples</summary>{quotes}</details>"


def _quote(example: Told) -> str:
    parts = [
        f'<p class="why">{html.escape(example["missing"])}</p>' if example["missing"] else "",
        f"<p><b>{html.escape(example['question'])}</b></p>" if example["question"] else "",
        f"<p>{html.escape(example['answer'])}</p>",
        soft(f"{example['title']} {example['passage']}".strip()),
    ]
    return f"<blockquote>{''.join(parts)}</blockquote>"


def _task(name: str, numbers: Told) -> str:
    asked, hard = numbers["diversity"], numbers["difficulty"]
    count, answers = asked["questions"], sum(hard["lengths"].values())
    types = {f"{TYPES[kind][0]} {kind}": number for kind, number in _ranked(asked["types"])}
    said = {} if set(hard["labels"]) == {"unsaid"} else hard["labels"]
    plots = [
        shares("what is asked for", types, count, shown=len(TYPES)),
        shares("how questions begin", asked["openings"], max(count, 1)),
        shares("kinds, as the model names them", numbers["kinds"], answers) if any(numbers["kinds"]) else "",
        _variety(asked) if count else "",
        shares("difficulty, as the model names it", said, answers),
        histogram("characters of answers", Counter({int(length): found for length, found in hard["lengths"].items()})),
        _in_order("sentences of the passage that an answer draws on", _sentences(hard["sentences_drawn_on"])),
        _in_order(
            f"one run of the passage, as a share of answers over {SHORT} characters", _tenths(hard["copied_in_tenths"])
        ),
        _in_order("where in the passage the answer is found", _tenths(hard["evidence_in_tenths"])),
    ]
    heading = f"{html.escape(name)} <span class='soft'>{answers:,} accepted items</span>"
    return section(heading, "plots", plots)


def _in_order(title: str, counts: Mapping[str, int]) -> str:
    """Bars in their own order, not by frequency."""
    whole = max(sum(counts.values()), 1)
    bars = "".join(bar(name, count / whole, f"{count:,} · {count / whole:.0%}") for name, count in counts.items())
    return f"<div><h3>{html.escape(title)}</h3>{bars}</div>"


def _ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return Counter(counts).most_common()


def _sentences(counts: Mapping[str, int]) -> dict[str, int]:
    found = Counter[str]()
    for number, count in counts.items():
        found["none" if number == "0" else number if int(number) < MANY else f"{MANY} and more"] += count
    return dict(found)


def _tenths(counts: Sequence[int]) -> dict[str, int]:
    return dict(zip(TENTHS, counts, strict=True))


def _variety(asked: Told) -> str:
    of = f"of {asked['distinct_of']:,} questions"
    most = asked["most_entropy"]
    return (
        "<div><h3>variety</h3>"
        + bar("entropy of types", asked["entropy"] / most, f"{asked['entropy']:.2f} of {most:.2f} bits")
        + bar("distinct-1", asked["distinct_1"], f"{asked['distinct_1']:.3f}")
        + bar("distinct-2", asked["distinct_2"], f"{asked['distinct_2']:.3f}")
        + bar("near-duplicates", asked["near_duplicates"], f"{asked['near_duplicates']:.1%}", "short")
        + soft(f"distinct-n {of}; {asked['different_openings']:,} different beginnings")
        + "</div>"
    )


def _pairs(pairs: Told | None) -> str:
    if not pairs or "rows" not in pairs:
        return ""
    lengths, rows = pairs["mean_characters"], max(pairs["rows"], 1)
    counts = {"pairs": pairs["pairs"], **pairs["faults"]}
    bars = [bar(name, count / rows, f"{count:,} · {count / rows:.0%}") for name, count in counts.items()]
    note = (
        f"Better answers have {lengths['chosen']:,.0f} characters on average, worse ones {lengths['rejected']:,.0f}; "
        f"in {pairs['chosen_longer']:.0%} of the pairs the better one is longer, and in "
        f"{pairs['chosen_is_reference']:.0%} it is the reference. Mean margin: {pairs['mean_margin']:g}."
    )
    return section("Preference pairs", "wide", [*bars, soft(note)])
