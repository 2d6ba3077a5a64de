"""What should a reader of a selection know first? Sentences, each read off a number of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converters.quality.page.known import shown
from converters.quality.page.pictures import plain

Told = Mapping[str, Any]
FAVOURED, FEW = 3.0, 5  # times its share, and kept rows, from which a cluster is named
FAR = 1.25  # a median that is so many times that of all rows, or one in so many, is worth a sentence


def findings(told: Told) -> list[str]:
    return [_counts(told), *_coverage(told["coverage"]), *_clusters(told), *_medians(told["distributions"])]


def _counts(told: Told) -> str:
    return (
        f"{told['kept']:,} of {told['rows']:,} rows were kept ({told['kept'] / told['rows']:.1%}) by {told['method']}; "
        f"{told['out']:,} could not be chosen, {told['left']:,} were not needed."
    )


def _coverage(told: Told | None) -> list[str]:
    if told is None:
        return []
    own, chance = told["kept"], told["random"]
    return [
        f"A row lies at most {own['max']:.3f} from the nearest kept one, {own['mean']:.3f} on average; in a random "
        f"choice of as many it would be {chance['max']:.3f} and {chance['mean']:.3f}."
    ]


def _clusters(told: Told) -> list[str]:
    clusters = told["clusters"]
    if not clusters:
        return []
    empty = [cluster for cluster in clusters if cluster["rows"] and not cluster["kept"]]
    rows = sum(cluster["rows"] for cluster in empty)
    without = f"Clusters without a kept row: {len(empty)} of {len(clusters)}, with {rows:,} rows."
    return [without if empty else f"Each of the {len(clusters)} clusters has a kept row.", *_favoured(told)]


def _favoured(told: Told) -> list[str]:
    """The cluster whose share of the kept is furthest above its share of the rows, if that is far."""
    rows, kept = told["rows"], told["kept"]
    ratios = [(each["kept"] / each["rows"] * rows / kept, each) for each in told["clusters"] if each["rows"] and kept]
    if not ratios:
        return []
    ratio, most = max(ratios, key=lambda pair: pair[0])
    if ratio < FAVOURED or most["kept"] < FEW:
        return []
    return [
        f"Cluster {most['cluster']} ({most['like']}) has {most['rows'] / rows:.1%} of the rows and "
        f"{most['kept'] / kept:.1%} of the kept; --within cluster would leave each its share."
    ]


def _medians(told: Told) -> list[str]:
    """Which numbers the selection shifted: a selection for one thing often selects another with it."""
    found = []
    for name in shown(told):
        every, kept = told[name]["all_quantiles"], told[name]["kept_quantiles"]
        if every is None or kept is None or every[1] <= 0 or kept[1] <= 0:
            continue
        ratio = kept[1] / every[1]
        if ratio >= FAR or ratio <= 1 / FAR:
            more = "higher" if ratio > 1 else "lower"
            medians = f"{plain(kept[1])} against {plain(every[1])} of all rows"
            found.append(f"The kept have a {more} median of {name}: {medians}.")
    return found


def map_notes(told: Told) -> list[str]:
    """How to read the map, and what it does not show."""
    way = (
        "Two principal components of the unit vectors"
        if told["way"] == "pca"
        else "UMAP of the unit vectors by cosine; distances between far groups mean nothing"
    )
    shown_share = told["variance_shown"]
    more = f", which hold {shown_share:.0%} of their variance" if shown_share is not None else ""
    notes = [f"{way}{more}. The axes have no unit. Numbers are clusters, at the median place of their rows."]
    drawn = {side: (len(told["dots"][side]), rows) for side, rows in told["rows"].items()}
    parts = [f"{dots:,} of {rows:,} {side}" for side, (dots, rows) in drawn.items() if 0 < dots < rows]
    if parts:
        notes.append(f"Too many to draw each: dots at even distances ({', '.join(parts)}).")
    if told["cells"]:
        most = max(count for _, _, count in told["cells"])
        notes.append(f"The grey shade is the number of rows that were not needed, at most {most:,} in a cell.")
    if told["beyond_the_frame"]:
        notes.append(f"Drawn on the border, since they are further out: {told['beyond_the_frame']:,}.")
    if told["without_a_place"]:
        notes.append(f"Without a vector: {told['without_a_place']:,}.")
    return notes
