"""Which stories of chinese-novel have a second witness? Learns `collated.bin` from other editions.

    python -m converters.oldbooks.collation.learn FOLDER WITNESS…   (FOLDER holds `resources`)

A witness is a text file or a folder of them: juan of the Kanseki Repository, or plain text. The file that is shipped
was learnt from the Siku quanshu prints of 太平廣記 (KR3l0118) and of collections that it quotes (KR3l0099 搜神記,
KR3l0114 稽神錄 and others), and from the 世说新语 of Classical-Modern (古文原文). A text that copies the mistakes of
chinese-novel proves nothing: the 太平广记 of Classical-Modern has them all, and so has its 阅微草堂笔记.

A woodblock print writes 㑹 for 会: where a character outside GB 2312 stands for one inside it in several contexts, the
two are forms of one character (`forms`). The file holds fingerprints, and nothing of the text.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from converters.oldbooks import kanripo, novels, prose, tales
from converters.oldbooks.books import COLLATED
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.collation import KNOWN, fingerprint
from converters.oldbooks.proofread import is_in_gb2312
from converters.script import simplified

ANCHOR, STEP = 8, 3  # characters that place a story in a witness, and how far apart they are tried
MARGIN = 8  # characters of the witness on either side
FEWEST_CONTEXTS = 3  # different neighbours on either side of a form

Difference = tuple[str, str]


def main(folder: Path, *witnesses: Path) -> None:
    pool = "\n".join(witness_text(path) for witness in witnesses for path in _files(witness))
    found = {name: list(stories_of(folder, name)) for name in sorted(COLLATED)}
    known = confirmed([story for stories in found.values() for story in stories], pool)
    for name, stories in found.items():
        print(f"{sum(story in known for story in stories):6,} of {len(stories):6,}  {name}")
    KNOWN.write_bytes(np.array(sorted(map(fingerprint, known)), dtype="<u8").tobytes())


def _files(witness: Path) -> list[Path]:
    return sorted(witness.rglob("*.txt")) if witness.is_dir() else [witness]


def witness_text(path: Path) -> str:
    """The characters alone; of a woodblock print without its small print."""
    text = path.read_text(encoding="utf-8")
    return prose.without_marks(simplified(kanripo.main_text(text) if kanripo.is_juan(text) else text))


def stories_of(folder: Path, book: str) -> Iterator[str]:
    for page in sorted(folder.glob(f"resources/*/{book}/*.html")):
        info = (page.parent / "info.json").read_text(encoding="utf-8")
        file = page.relative_to(folder).as_posix()
        chapter = novels.chapter(page.read_text(encoding="utf-8", errors="replace"), info, file)
        if isinstance(chapter, Chapter):
            yield from (prose.without_marks(story.text) for story in tales.stories(chapter))


def confirmed(stories: Iterable[str], pool: str) -> set[str]:
    """Stories that the witnesses have in the same characters, or in other forms of them.

    A story that is itself printed in such a form (悮 for 误) is not in simplified script.
    """
    found = {story: difference for story in stories if (difference := differences(story, pool)) is not None}
    same = forms(found)
    old = {form for _, form in same}
    agreed = (story for story, differs in found.items() if all(differs[place] in same for place in differs))
    return {story for story in agreed if not old & set(story)}


def differences(story: str, pool: str) -> Mapping[int, Difference] | None:
    """What stands there and in the witness, by its place in the story; None where no witness has the story."""
    if story in pool:
        return {}
    place = _place(story, pool)
    if place is None:
        return None
    witness = pool[max(0, place - MARGIN) : place + len(story) + MARGIN]
    found: dict[int, Difference] = {}
    for tag, start, end, first, last in SequenceMatcher(None, story, witness, autojunk=False).get_opcodes():
        is_beside = tag == "insert" and start in (0, len(story))
        if tag == "replace" and end - start == last - first:
            pairs = enumerate(zip(story[start:end], witness[first:last], strict=True), start)
            found.update((place, pair) for place, pair in pairs if pair[0] != pair[1])
        elif tag != "equal" and not is_beside:
            found[start] = story[start:end], witness[first:last]
    return found


def _place(story: str, pool: str) -> int | None:
    """Where the story begins in the pool, by the first of its stretches that stands there once."""
    for start in range(0, len(story) - ANCHOR, STEP):
        anchor = story[start : start + ANCHOR]
        place = pool.find(anchor)
        if place >= 0 and pool.find(anchor, place + 1) < 0:
            return place - start
    return None


def forms(found: Mapping[str, Mapping[int, Difference]]) -> set[Difference]:
    """Pairs of a character and its form in the witness: a misreading does not come again beside other neighbours."""
    beside: dict[Difference, list[tuple[str, str]]] = defaultdict(list)
    for story, differs in found.items():
        for place, (here, there) in differs.items():
            if len(here) == len(there) == 1 and is_in_gb2312(here) and not is_in_gb2312(there):
                beside[here, there].append((story[place - 1 : place], story[place + 1 : place + 2]))
    # a form is of one character, the one that it stands for most often
    ranked = sorted(beside, key=lambda pair: len(beside[pair]))
    of = {there: here for here, there in ranked}
    return {pair for pair in beside if of[pair[1]] == pair[0] and _varies(beside[pair])}


def _varies(neighbours: Sequence[tuple[str, str]]) -> bool:
    return all(len({pair[side] for pair in neighbours}) >= FEWEST_CONTEXTS for side in (0, 1))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
