"""The prompts of a task: which versions there are, and what one of them says about a passage.

A prompt is a file <folder>/<task>/<number>.md: a head of `key: value` lines (task, version, new), then sections under
`## name`:

    system         the first message
    user           the second one
    form           what {form} in it becomes: the form of the answer
    answer_first   what {form} becomes instead where the answer is to be written before its question
    kinds          one a line: {kinds} becomes as many as there are items, chosen by the hash of the passage

{passage}, {title} and {items} are filled too, once and from left to right, so that a passage may hold braces and what
looks like a placeholder. A line that wants the title of a passage without one is left out.

Ours are never changed: who has a better wording adds a version, and old answers keep theirs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from converters.contract import SourceError
from converters.expansion.contract import Passage
from converters.expansion.tasks import can_answer_first, task_named

SHIPPED = Path(__file__).resolve().parent / "prompts"
SECTIONS = ("system", "user", "form", "answer_first", "kinds")
OPTIONAL = ("answer_first", "kinds")
HEAD = ("task", "version", "new")
# which placeholders may stand where
PLACES: Mapping[str, frozenset[str]] = {
    "system": frozenset({"items"}),
    "user": frozenset({"passage", "title", "items", "form", "kinds"}),
    "form": frozenset({"items", "kinds"}),
    "answer_first": frozenset({"items", "kinds"}),
    "kinds": frozenset(),
}
_PLACE = re.compile(r"\{([A-Za-z_]+)\}")
_SECTION = re.compile(r"^## (.*)$", re.MULTILINE)
_NUMBER = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True)
class Prompt:
    """`version` is "2" for ours; for a user's own file "2-" and eight digits of its hash, so that editing it shows."""

    task: str
    version: str
    new: str
    path: Path
    text: str
    sections: Mapping[str, str]

    def messages(
        self, passage: Passage, *, items: int, answer_first: bool = False
    ) -> tuple[dict[str, str], dict[str, str]]:
        """The system's and the user's message. A task that knows no other order is asked as ever.

        Raises SourceError where the task can be asked for the answer first and this prompt does not say how.
        """
        kinds = self._kinds(passage, items)
        values = {"items": str(items), "kinds": kinds}
        form = _filled(self.sections[self._form(answer_first)], values)
        title = " · ".join(part for part in (passage.title, passage.section) if part)
        values |= {"form": form, "passage": passage.text, "title": title}
        return (
            {"role": "system", "content": _filled(self.sections["system"], values)},
            {"role": "user", "content": _filled(self.sections["user"], values)},
        )

    def _form(self, answer_first: bool) -> str:
        if not answer_first or not can_answer_first(task_named(self.task)):
            return "form"
        if "answer_first" not in self.sections:
            raise SourceError(
                str(self.path),
                expected="a section '## answer_first', which says how the answer is written before its question",
                found=", ".join(self.sections),
                remedy=f"Add it (see {SHIPPED / self.task}), or ask without --answer-first.",
            )
        return "answer_first"

    def _kinds(self, passage: Passage, number: int) -> str:
        """The lines whose hash together with that of the passage is smallest: the same anywhere, even over passages."""
        lines = [line for line in self.sections.get("kinds", "").split("\n") if line]

        def place(line: str) -> bytes:
            return hashlib.sha256(f"{passage.text}\0{line}".encode("utf-8", "surrogatepass")).digest()

        return "\n".join(sorted(lines, key=place)[:number])


def versions(task: str, folder: Path | None = None) -> list[str]:
    """The numbers of a task's prompts, the newest last. Files of other names are nobody's prompts."""
    place = (folder or SHIPPED) / task_named(task).name
    found = [path.stem for path in place.glob("*.md") if _NUMBER.fullmatch(path.stem)]
    return sorted(found, key=int)


def load(task: str, version: str | None = None, folder: Path | None = None) -> Prompt:
    """A prompt of ours, or of a user's `folder`; the newest unless a version is named. Raises SourceError."""
    there = versions(task, folder)
    place = (folder or SHIPPED) / task
    if not there:
        raise SourceError(
            str(place),
            expected="prompts: files 1.md, 2.md, …",
            found="none",
            remedy=f"Copy one to begin with: {SHIPPED / task}",
        )
    number = there[-1] if version is None else version
    if number not in there:
        raise SourceError(
            f"prompt version {task}={number}", expected=f"one of {', '.join(there)}", found=number, remedy=str(place)
        )
    return _read(place / f"{number}.md", task, number, own=folder is not None)


def _read(path: Path, task: str, number: str, *, own: bool) -> Prompt:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(str(path), expected="a text file in UTF-8", found=str(error)) from error
    begun, *rest = _SECTION.split(text)
    head = _head(path, begun, {"task": task, "version": number})
    sections = {name.strip(): body.strip() for name, body in zip(rest[::2], rest[1::2], strict=True)}
    if len(sections) * 2 != len(rest):
        raise _fault(path, "each section once", ", ".join(rest[::2]))
    _check_sections(path, sections)
    version = f"{number}-{_digest(sections)}" if own else number
    return Prompt(task, version, head["new"], path, text, sections)


def _head(path: Path, begun: str, wanted: Mapping[str, str]) -> dict[str, str]:
    lines = [line.partition(":") for line in begun.strip().split("\n")]
    head = {key.strip(): value.strip() for key, _, value in lines}
    if set(head) != set(HEAD):
        raise _fault(path, f"a head of lines with {', '.join(HEAD)}", ", ".join(key for key in head if key) or "none")
    for key, value in wanted.items():
        if head[key] != value:
            raise _fault(path, f"'{key}: {value}', as its name says", f"'{key}: {head[key]}'")
    return head


def _check_sections(path: Path, sections: Mapping[str, str]) -> None:
    for name in sections:
        if name not in SECTIONS:
            raise _fault(
                path, f"sections {', '.join(SECTIONS)}", f"'## {name}'", "Headings inside of a text begin with ###."
            )
    missing = [name for name in SECTIONS if not sections.get(name) and (name not in OPTIONAL or name in sections)]
    if missing:
        raise _fault(path, "a text in each section", f"none in {', '.join(missing)}")
    used = {name: set(_PLACE.findall(body)) for name, body in sections.items()}
    for name, places in used.items():
        if places - PLACES[name]:
            raise _fault(
                path,
                f"in the section {name} no placeholder but {_shown(PLACES[name])}",
                _shown(places - PLACES[name]),
            )
    _check_used(path, used)


def _check_used(path: Path, used: Mapping[str, set[str]]) -> None:
    if missing := {"passage", "form"} - used["user"]:
        raise _fault(path, f"{_shown(missing)} in the section user", "none")
    everywhere = set().union(*used.values())
    if "items" not in everywhere:
        raise _fault(path, "{items}, how many are asked for", "none", "--per-passage would do nothing.")
    if ("kinds" in used) != ("kinds" in everywhere):
        raise _fault(path, "a section kinds and the place {kinds} where it goes, or neither", "one of them")


def _shown(places: set[str] | frozenset[str]) -> str:
    return ", ".join(f"{{{place}}}" for place in sorted(places)) or "none"


def _fault(path: Path, expected: str, found: str, remedy: str = "") -> SourceError:
    return SourceError(str(path), expected=expected, found=found, remedy=remedy)


def _digest(sections: Mapping[str, str]) -> str:
    text = "\0".join(f"{name}\0{sections.get(name, '')}" for name in SECTIONS)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _filled(text: str, values: Mapping[str, str]) -> str:
    lines = (line for line in text.split("\n") if all(values[place] for place in _PLACE.findall(line)))
    return _PLACE.sub(lambda match: values[match[1]], "\n".join(lines))
