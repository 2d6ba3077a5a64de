"""The page of `stats`: one self-contained HTML file, readable on a phone, light and dark; plots are inline SVG."""

from __future__ import annotations

import html
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from converters.profiles import Profile, in_all, quantiles
from converters.stats import Group, Reached, groups, most_common

WIDTH, HEIGHT = 360, 120
TOP, FOOT = 14, 16  # room for the highest count, and for the lengths under the bars
SHOWN = 8  # rows of a ranking
# lengths spread over orders of ten: two bins a doubling, of whole numbers
EDGES = sorted({0, *(round(2 ** (half / 2)) for half in range(64))})

STYLE = """
:root{color-scheme:light dark;--ink:#1c1e21;--soft:#5f6771;--line:#e2e5e9;--paper:#fff;--bar:#2f6f9f;--other:#c8742a;
--good:#3b8a5a}
@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--soft:#a3abb5;--line:#363b41;--paper:#16181b;--bar:#6fb1df;
--other:#e2a862;--good:#6cc08b}}
body{font:15px/1.55 system-ui,"Noto Sans CJK SC","PingFang SC",sans-serif;color:var(--ink);background:var(--paper);
margin:0 auto;max-width:76rem;padding:1rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1.05rem;margin:0 0 .4rem}p{margin:.2rem 0}
h3{font-size:.85rem;margin:0;color:var(--soft);font-weight:600}a{color:inherit}
section{border-top:1px solid var(--line);padding:1rem 0;margin-top:1rem}.soft{color:var(--soft);font-size:.85rem}
.plots{columns:17rem;column-gap:2rem}.plots>div{break-inside:avoid;padding-bottom:1rem}
.scroll{overflow-x:auto}table{border-collapse:collapse}
td,th{text-align:right;padding:.2rem .4rem;border-bottom:1px solid var(--line);white-space:nowrap}
td:first-child,th:first-child{text-align:left;padding-left:0}th{font-size:.85rem;color:var(--soft)}
svg{width:100%;height:auto;display:block}svg rect{fill:var(--bar)}svg text{fill:var(--soft);font-size:10px}
svg line{stroke:var(--line)}
.bar{display:grid;grid-template-columns:9.5rem 1fr 5.5rem;gap:.5rem;align-items:center;font-size:.85rem;line-height:1.3;
margin:.25rem 0}.bar span{overflow-wrap:anywhere}.bar span:last-child{text-align:right}
.bar i{display:block;height:.7rem;background:var(--bar);border-radius:2px}
.wide .bar{grid-template-columns:6rem 1fr 10rem}.short i{background:var(--other)}.full i{background:var(--good)}
"""


def page(profiles: Sequence[Profile], reached: Sequence[Reached], note: str) -> str:
    body = [
        f"<h1>What the datasets hold</h1>{soft(note)}",
        section("The plan, by family", "wide", map(_plan_bar, reached)),
        section("The groups, by tokens of answers", "wide", map(_group_bar, groups(profiles))),
        section("Datasets", "scroll", [_overview(profiles)]),
        soft(TWINS),
        *map(_dataset, profiles),
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>converters stats</title><style>{STYLE}</style>{''.join(body)}</html>\n"
    )


def section(heading: str, kind: str, parts: Iterable[str], anchor: str = "") -> str:
    return f'<section id="{anchor}"><h2>{heading}</h2><div class="{kind}">{"".join(parts)}</div></section>'


def soft(text: str) -> str:
    return f'<p class="soft">{html.escape(text)}</p>' if text else ""


def _plan_bar(row: Reached) -> str:
    note, kind = f"{row.have:,} of {row.least:,}–{row.most:,}", "full" if row.have >= row.least else "short"
    return bar(row.name, row.have / row.most, note, kind)


def _group_bar(group: Group) -> str:
    return bar(group.name, group.share, f"{group.examples:,} examples · {group.share:.0%}")


def bar(name: str, share: float, note: str, kind: str = "") -> str:
    width = 100 * min(1.0, max(share, 0.0))
    return (
        f'<div class="bar {kind}"><span>{html.escape(name)}</span><span><i style="width:{width:.1f}%"></i></span>'
        f'<span class="soft">{html.escape(note)}</span></div>'
    )


HEADINGS = (
    *("dataset", "group", "examples", "held out", "rejected", "characters", "tokens", "language", "script"),
    *("duplicates", "templates"),
)
TWINS = (
    "Duplicates have the letters, digits and ideographs of another conversation, earlier in the dataset (within) or in "
    "another one (elsewhere). python -m converters dedupe removes them, and near ones too."
)


def _overview(profiles: Sequence[Profile]) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(profile))}</tr>" for profile in profiles)
    return f"<table><tr>{head}</tr>{rows}</table>"


def _cells(profile: Profile) -> tuple[str, ...]:
    name = html.escape(profile.name)
    numbers = (
        *(profile.examples, profile.held_out, sum(profile.rejected.values())),
        *(in_all(profile.answers), in_all(profile.tokens)),
    )
    return (
        f'<a href="#{name}">{name}</a>',
        html.escape(profile.group),
        *(f"{number:,}" for number in numbers),
        most_common(profile.languages),
        most_common(profile.scripts),
        *(f"{number:,}" for number in (profile.repeated + profile.elsewhere, len(profile.templates))),
    )


def _dataset(profile: Profile) -> str:
    examples = profile.examples
    twins = {"within": profile.repeated, "elsewhere": profile.elsewhere}
    turns = {f"{turns} of the user": count for turns, count in sorted(profile.turns.items())}
    plots = [
        histogram("characters of prompts", profile.prompts),
        histogram("characters of answers", profile.answers),
        histogram("tokens of answers", profile.tokens),
        shares("language of answers", profile.languages, examples),
        shares("script of answers", profile.scripts, examples),
        shares("turns", turns, examples),
        shares("duplicates", twins if any(twins.values()) else {}, examples),
        shares("kinds", profile.kinds, examples),
        shares("instruction templates", profile.templates, examples),
        shares("licences", profile.licences, examples),
        shares("rejected", profile.rejected, sum(profile.rejected.values())),
    ]
    name = html.escape(profile.name)
    return section(f"{name} <span class='soft'>{examples:,} examples</span>", "plots", plots, name)


def shares(title: str, counts: Mapping[str, int], whole: int, shown: int = SHOWN) -> str:
    """The most frequent, each with its share of the whole; "" of nothing."""
    if not counts:
        return ""
    ranked = Counter(counts).most_common()
    rows = [bar(name, count / whole, f"{count:,} · {count / whole:.0%}") for name, count in ranked[:shown]]
    more = f"and {len(ranked) - shown} more" if len(ranked) > shown else ""
    return f"<div><h3>{html.escape(title)} ({len(ranked)})</h3>{''.join(rows)}{soft(more)}</div>"


def bins(lengths: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """(from, below, count), without a gap, between those of EDGES that hold all lengths."""
    counted = Counter[int]()
    for length, count in lengths.items():
        counted[bisect(EDGES, length) - 1] += count
    numbers = range(min(counted), max(counted) + 1) if counted else range(0)
    return [(EDGES[number], EDGES[number + 1], counted[number]) for number in numbers]


def histogram(title: str, lengths: Mapping[int, int]) -> str:
    found = bins(lengths)
    if not found:
        return ""
    low, middle, high = quantiles(lengths)
    note = f"5 % {low:,} · median {middle:,} · 95 % {high:,}"
    foot = HEIGHT - FOOT
    return (
        f"<div><h3>{html.escape(title)}</h3>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(note)}">'
        f'<line x1="0" x2="{WIDTH}" y1="{foot}" y2="{foot}"/>{_columns(found)}</svg>{soft(note)}</div>'
    )


def _columns(found: Sequence[tuple[int, int, int]]) -> str:
    """A bar for each bin, the lowest length under some of them, and the highest count over its bar."""
    highest, width = max(count for _, _, count in found), WIDTH / len(found)
    step = -(-len(found) // 8)
    parts = []
    for at, (start, below, count) in enumerate(found):
        height = (HEIGHT - TOP - FOOT) * count / highest
        y, middle = HEIGHT - FOOT - height, (at + 0.5) * width
        parts.append(
            f'<rect x="{at * width + 1:.1f}" y="{y:.1f}" width="{max(width - 2, 1):.1f}" height="{height:.1f}">'
            f"<title>{start:,}–{below - 1:,}: {count:,}</title></rect>"
        )
        if at % step == 0:
            parts.append(f'<text x="{at * width + 1:.1f}" y="{HEIGHT - 4}">{start:,}</text>')
        if count == highest:
            parts.append(f'<text x="{middle:.1f}" y="{TOP - 4}" text-anchor="middle">{count:,}</text>')
    return "".join(parts)
