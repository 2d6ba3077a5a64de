"""The page of `stats`: one self-contained HTML file, readable on a phone, light and dark; plots are inline SVG."""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Mapping, Sequence

from converters.stats import TEMPLATES_SHOWN, Profile, Reached, in_all, quantiles

WIDTH, HEIGHT = 360, 120
BINS_PER_DOUBLING = 2

STYLE = """
:root{--ink:#1c1e21;--soft:#6b7280;--line:#e5e7eb;--paper:#fff;--bar:#2f6f9f;--other:#d98b3a;--good:#3b8a5a}
@media(prefers-color-scheme:dark){:root{--ink:#e6e6e6;--soft:#9aa3ad;--line:#33373c;--paper:#16181b;--bar:#6fb1df;
--other:#e2a862;--good:#6cc08b}}
body{font:15px/1.55 system-ui,"Noto Sans CJK SC","PingFang SC",sans-serif;color:var(--ink);background:var(--paper);
margin:0 auto;max-width:76rem;padding:1rem}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin:0}section{border-top:1px solid var(--line);padding:1rem 0}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem 2rem}
.soft{color:var(--soft)}table{border-collapse:collapse;width:100%}
td,th{text-align:right;padding:.15rem .5rem;border-bottom:1px solid var(--line)}
td:first-child,th:first-child{text-align:left}.scroll{overflow-x:auto}svg{width:100%;height:auto;display:block}
svg rect{fill:var(--bar)}svg text{fill:var(--soft);font-size:10px}svg line{stroke:var(--line)}
.bar{display:grid;grid-template-columns:10rem 1fr 6rem;gap:.5rem;align-items:center;font-size:.85rem;margin:.15rem 0}
.bar span:first-child{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.bar i{display:block;height:.7rem;background:var(--bar);border-radius:2px}.short i{background:var(--other)}
.full i{background:var(--good)}
h3{font-size:.85rem;margin:.2rem 0;color:var(--soft);font-weight:600}
"""


def page(profiles: Sequence[Profile], reached: Sequence[Reached]) -> str:
    body = [
        "<h1>What the datasets hold</h1>",
        _plan(reached),
        _overview(profiles),
        *(_dataset(profile) for profile in profiles),
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>converters stats</title><style>{STYLE}</style>{''.join(body)}</html>\n"
    )


def _plan(reached: Sequence[Reached]) -> str:
    rows = [
        _bar(
            item.name,
            item.have / item.most,
            f"{item.have:,} / {item.least:,}",
            "full" if item.have >= item.least else "short",
        )
        for item in reached
    ]
    return f"<section><h2>The plan, by family</h2>{''.join(rows)}</section>"


def _bar(name: str, share: float, note: str, kind: str = "") -> str:
    width = 100 * min(1.0, max(share, 0.0))
    label = html.escape(name)
    return (
        f'<div class="bar {kind}"><span title="{label}">{label}</span><span><i style="width:{width:.1f}%"></i></span>'
        f'<span class="soft">{html.escape(note)}</span></div>'
    )


def _overview(profiles: Sequence[Profile]) -> str:
    head = "".join(
        f"<th>{name}</th>"
        for name in ("dataset", "group", "examples", "held out", "rejected", "answer, median", "tokens", "duplicates")
    )
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(profile))}</tr>" for profile in profiles)
    return f'<section class="scroll"><h2>Datasets</h2><table><tr>{head}</tr>{rows}</table></section>'


def _cells(profile: Profile) -> tuple[str, ...]:
    return (
        html.escape(profile.name),
        html.escape(profile.group),
        f"{profile.examples:,}",
        f"{profile.held_out:,}",
        f"{sum(profile.rejected.values()):,}",
        f"{quantiles(profile.answers)[1]:,}",
        f"{in_all(profile.tokens):,}" if profile.tokens else "–",
        f"{profile.repeated:,} within, {profile.elsewhere:,} elsewhere",
    )


def _dataset(profile: Profile) -> str:
    plots = [
        _histogram("characters of prompts", profile.prompts),
        _histogram("characters of answers", profile.answers),
        *([_histogram("tokens of answers", profile.tokens)] if profile.tokens else []),
        _shares("language of answers", profile.languages),
        _shares("script of answers", profile.scripts),
        _shares("turns", Counter({f"{turns} of the user": count for turns, count in sorted(profile.turns.items())})),
        _shares("kinds", profile.kinds),
        _shares("instruction templates", profile.templates),
        _shares("licences", profile.licences),
        _shares("rejected", Counter(profile.rejected)),
    ]
    title = f"<h2>{html.escape(profile.name)} <span class='soft'>{profile.examples:,} examples</span></h2>"
    return f'<section>{title}<div class="grid">{"".join(plot for plot in plots if plot)}</div></section>'


def _shares(title: str, counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    if not total:
        return ""
    ranked = Counter(counts).most_common()
    rows = [_bar(name, count / total, f"{count:,} · {count / total:.0%}") for name, count in ranked[:TEMPLATES_SHOWN]]
    more = len(ranked) - TEMPLATES_SHOWN
    rest = f'<p class="soft">and {more} more</p>' if more > 0 else ""
    return f"<div><h3>{html.escape(title)} ({len(ranked)})</h3>{''.join(rows)}{rest}</div>"


def bins(lengths: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """(from, below, count) with edges that double every BINS_PER_DOUBLING bins: lengths spread over orders of ten."""
    if not lengths:
        return []
    counted = Counter[int]()
    for length, count in lengths.items():
        counted[int(BINS_PER_DOUBLING * math.log2(max(length, 1)))] += count
    return [(_edge(number), _edge(number + 1), counted[number]) for number in range(min(counted), max(counted) + 1)]


def _edge(number: int) -> int:
    return round(2 ** (number / BINS_PER_DOUBLING))


def _histogram(title: str, lengths: Mapping[int, int]) -> str:
    found = bins(lengths)
    if not found:
        return ""
    highest, width = max(count for _, _, count in found), WIDTH / len(found)
    bars = "".join(
        f'<rect x="{at * width + 1:.1f}" y="{HEIGHT - 18 - (HEIGHT - 30) * count / highest:.1f}" '
        f'width="{max(width - 2, 1):.1f}" height="{(HEIGHT - 30) * count / highest:.1f}">'
        f"<title>{start:,}–{below:,}: {count:,}</title></rect>"
        for at, (start, below, count) in enumerate(found)
    )
    step = max(1, len(found) // 6)
    labels = "".join(
        f'<text x="{at * width:.1f}" y="{HEIGHT - 4}">{start:,}</text>'
        for at, (start, _, _) in enumerate(found)
        if at % step == 0
    )
    low, middle, high = quantiles(lengths)
    note = f"5 % {low:,} · median {middle:,} · 95 % {high:,}"
    return (
        f"<div><h3>{html.escape(title)}</h3>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(note)}">'
        f'<line x1="0" x2="{WIDTH}" y1="{HEIGHT - 18}" y2="{HEIGHT - 18}"/>{bars}{labels}</svg>'
        f'<p class="soft">{note}</p></div>'
    )
