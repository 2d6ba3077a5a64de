"""What does a reader of a selection see, in which order? One self-contained HTML file, in the form of `stats`."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from converters.quality.page.known import shown
from converters.quality.page.pictures import distributions, map_of, plain
from converters.stats_page import STYLE, bar, section, shares, soft

Told = Mapping[str, Any]
CLUSTERS = 30  # rows of the table
METHODS = {
    "coreset": "First the row nearest to the largest cluster's centre, then always the one furthest from all chosen.",
    "representative": "The rows nearest to the centres of clusters.",
    "quality": "The best by their scores, among those within the limits.",
    "systematic": "Rows at even distances.",
    "random": "Rows by chance.",
    "stratified": "Rows by chance, so many of each stratum.",
    "ifd": "The highest IFD below 1: the instruction helps with the answer, but not much.",
}
MORE_STYLE = """
.finds{margin:.4rem 0;padding-left:1.2rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.6rem 1.5rem}
.cards b{display:block;font-size:1.25rem;font-weight:600}
svg.map{max-width:60rem;border:1px solid var(--line);border-radius:4px}
path.left,path.kept,path.dropped{fill:none;stroke-linecap:round;stroke:var(--soft);stroke-width:3;opacity:.45}
path.kept{stroke:var(--bar);stroke-width:4;opacity:.85}path.dropped{stroke:var(--other);stroke-width:3.5;opacity:.9}
path.cells{fill:var(--soft)}
.names text{fill:var(--ink);font-size:13px;font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:3px}
.plots svg rect{fill:var(--soft);opacity:.45}path.outline{fill:none;stroke:var(--bar);stroke-width:2}
i.all,i.left,i.kept,i.dropped{display:inline-block;width:.7rem;height:.7rem;border-radius:50%;margin-right:.35rem;
background:var(--soft)}i.all{border-radius:0;opacity:.45}i.kept{background:var(--bar)}i.dropped{background:var(--other)}
.legend span{margin-right:1.2rem}
.wide .bar{grid-template-columns:11rem 1fr 9rem}
i.share{display:inline-block;height:.6rem;background:var(--bar);border-radius:2px}
td.like,th:last-child,td:nth-last-child(2):not(:first-child){text-align:left}
td.like{white-space:normal;min-width:14rem;unicode-bidi:isolate}
.sides{columns:24rem;column-gap:2rem}
blockquote{margin:.5rem 0;padding:.1rem 0 .1rem .7rem;border-left:3px solid var(--soft);break-inside:avoid}
blockquote.kept{border-color:var(--bar)}blockquote.dropped{border-color:var(--other)}
blockquote p{overflow-wrap:anywhere;white-space:pre-line;unicode-bidi:isolate}.why{color:var(--other)}
@media(max-width:40rem){.fine{display:none}td.like{min-width:9rem}.wide .bar{grid-template-columns:7rem 1fr 7rem}}
"""
SIDES = {
    "kept": "Kept",
    "left": "Not needed, and the kept row nearest to each",
    "dropped": "Dropped, for a reason",
}


def page(told: Told) -> str:
    title = f"{html.escape(told['dataset'])}: what the selection kept"
    body = [
        f"<h1>{title}</h1>{soft(METHODS.get(told['method'], ''))}",
        f'<ul class="finds">{"".join(f"<li>{html.escape(sentence)}</li>" for sentence in told["findings"])}</ul>',
        section("In all", "cards", _cards(told)),
        _map(told["map"]),
        _distributions(told["distributions"]),
        _clusters(told["clusters"], told["kept"], told["rows"]),
        _coverage(told["coverage"]),
        _dropped(told["dropped"]),
        *(_side(side, told["examples"][side]) for side in SIDES),
        _parameters(told["parameters"]),
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}{MORE_STYLE}</style>{''.join(body)}</html>\n"
    )


def _cards(told: Told) -> list[str]:
    rows = told["rows"]
    return [
        _card(name, f"{number:,}", f"{number / rows:.1%} of the rows")
        for name, number in (("kept", told["kept"]), ("not needed", told["left"]), ("dropped", told["out"]))
    ] + [_card("rows", f"{rows:,}", told["dataset"])]


def _card(name: str, number: str, note: str) -> str:
    return f'<div><span class="soft">{html.escape(name)}</span><b>{number}</b>{soft(note)}</div>'


def _map(told: Told | None) -> str:
    if told is None:
        return section("Map", "wide", [soft("There are no vectors: python -m converters embed makes them.")])
    legend = "".join(
        f'<span><i class="{side}"></i>{name} ({_drawn(told, side)})</span>'
        for side, name in (("kept", "kept"), ("left", "not needed"), ("dropped", "dropped"))
    )
    return section("Map", "map", [f'<p class="legend soft">{legend}</p>', map_of(told), *map(soft, told["notes"])])


def _drawn(told: Told, side: str) -> str:
    rows, dots = told["rows"][side], len(told["dots"][side])
    if dots == rows:
        return f"{rows:,}"
    return f"{rows:,}, as density" if side == "left" else f"{dots:,} of {rows:,} drawn"


def _distributions(told: Told) -> str:
    plots = [distributions(name, told[name]) for name in shown(told)]
    note = "The outermost bins hold what lies beyond them; each side counts as a whole of its own."
    return section("Lengths and scores", "plots", [*plots, soft(note)])


CLUSTER_HEADINGS = ("cluster", "rows", "share", "kept", "share of the kept", "dropped", "", "nearest to its centre")


def _clusters(told: Sequence[Told], kept: int, rows: int) -> str:
    if not told:
        return ""
    head = "".join(f"<th{_fine(heading)}>{heading}</th>" for heading in CLUSTER_HEADINGS)
    lines = "".join(_cluster(cluster, kept, rows) for cluster in told[:CLUSTERS])
    more = f"and {len(told) - CLUSTERS} smaller ones, in the JSON file" if len(told) > CLUSTERS else ""
    note = "The bar is the share of the cluster that was kept. Clusters are numbered by size, the largest is 0."
    table = f'<div class="scroll"><table><tr>{head}</tr>{lines}</table></div>'
    return section(f"Clusters ({len(told)})", "", [soft(note), table, soft(more)])


def _cluster(cluster: Told, kept: int, rows: int) -> str:
    own = cluster["kept"] / cluster["rows"] if cluster["rows"] else 0.0
    cells = (
        str(cluster["cluster"]),
        f"{cluster['rows']:,}",
        f"{cluster['rows'] / rows:.1%}",
        f"{cluster['kept']:,}",
        f"{cluster['kept'] / kept:.1%}" if kept else "–",
        f"{cluster['dropped']:,}",
        f'{own:.{0 if own >= 0.1 or not own else 1}%} <i class="share" style="width:{8 * own:.2f}rem"></i>',
    )
    named = zip(CLUSTER_HEADINGS, cells, strict=False)
    row = "".join(f"<td{_fine(heading)}>{cell}</td>" for heading, cell in named)
    return f'<tr>{row}<td class="like">{html.escape(cluster["like"])}</td></tr>'


def _fine(heading: str) -> str:
    """What a telephone has no room for."""
    return ' class="fine"' if heading in ("share", "share of the kept", "dropped") else ""


def _coverage(told: Told | None) -> str:
    if told is None:
        return ""
    names = {"kept": "this selection", "random": "a random choice of as many"}
    largest = max(told[side]["max"] for side in names)
    bars = [
        bar(f"{what}: {name}", told[side][what] / largest if largest else 0.0, f"{told[side][what]:.3f}")
        for what in ("mean", "95 %", "max")
        for side, name in names.items()
    ]
    note = (
        f"Distance of {told['of']:,} rows to the nearest kept one, √(2 − 2·cosine), from 0 to 2; less covers better. "
        "k-center-greedy makes the largest distance small, often at the cost of the mean; a selection that narrows to "
        "one topic covers the others less well, and should."
    )
    return section("Coverage", "wide", [*bars, soft(note)])


def _dropped(told: Mapping[str, int]) -> str:
    if not any(told.values()):
        return section("Dropped by reason", "wide", [soft("No row was dropped.")])
    return section("Dropped by reason", "plots", [shares("rows", told, sum(told.values()), shown=40)])


def _side(side: str, told: Sequence[Told]) -> str:
    return section(SIDES[side], "sides", [_quote(side, row) for row in told]) if told else ""


def _quote(side: str, row: Told) -> str:
    near = row.get("nearest")
    parts = [
        f'<p class="why">{html.escape(row["why"])}</p>' if row.get("why") else "",
        _conversation(row["turns"]),
        soft(f"{row['id']} {row['source']}".strip()),
        soft(_scores(row["scores"])),
        _nearest(near) if near else "",
    ]
    return f'<blockquote class="{side}">{"".join(parts)}</blockquote>'


def _scores(told: Mapping[str, float]) -> str:
    return " · ".join(f"{name} {plain(value)}" for name, value in told.items())


def _nearest(near: Told) -> str:
    return soft(f"nearest kept, cosine {near['cosine']:.3f}:") + _conversation(near["turns"])


def _conversation(turns: Sequence[Sequence[str]]) -> str:
    said = [(role, html.escape(text)) for role, text in turns]
    return "".join(f"<p><b>{text}</b></p>" if role == "user" else f"<p>{text}</p>" for role, text in said)


def _parameters(told: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><td>{html.escape(str(name))}</td><td class="like">{html.escape(str(value))}</td></tr>'
        for name, value in told.items()
    )
    return section("Parameters", "scroll", [f"<table>{rows}</table>"]) if rows else ""
