"""What is a model evaluated on? The registry's evaluation sets, and the same items after every stage."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ewc_plugin.errors import EwcError
from ewc_plugin.evaluation import minimal_pairs

REGISTRY = "dataset_info.json"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# tasks whose items carry `choices` and `answer`, and are answered by likelihood
CHOICE_TASKS = frozenset({"multiple_choice", "grammar"})
PROSE_TASKS = frozenset({"instruction", "summary", "continuation"})  # whose references are modern Chinese prose
PAIRS, FEWEST_PAIRS = 60, 40  # minimal pairs of each kind at most, and of all at least
PAIR_PROMPT = "请写一句通顺的话。"


class EvaluationError(EwcError):
    """An evaluation set, its registry or its items cannot be used as they are."""


@dataclass(frozen=True)
class EvaluationSet:
    """One entry of `dataset_info.json` with an `eval` key; `protected` sets must not get worse.

    made_from: the sets whose references a set without a file of its own is made of (grammar).
    """

    name: str
    task: str
    stage: str
    protected: bool
    path: Path
    formatting: str = "sharegpt"
    messages_column: str = "conversations"
    role_tag: str = "from"
    content_tag: str = "value"
    user_tag: str = "human"
    assistant_tag: str = "gpt"
    system_tag: str = "system"
    made_from: tuple["EvaluationSet", ...] = ()


@dataclass(frozen=True)
class Discovery:
    """`absent`: registered, but not built, or built without an item; named in every result, never silently lost."""

    sets: tuple[EvaluationSet, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """One conversation whose last turn, the assistant's, is the reference; `fields` are the line's other keys.

    `choices` and `right` (which of them) are those of a multiple choice or a minimal pair, else empty.
    """

    id: str
    messages: tuple[Mapping[str, str], ...]
    fields: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    right: int = 0

    @property
    def reference(self) -> str:
        return self.messages[-1]["content"]

    @property
    def prompt(self) -> str:
        """For a reader: the question alone, or all turns with their roles."""
        before = self.messages[:-1]
        if len(before) == 1 and before[0]["role"] == "user":
            return before[0]["content"]
        return "\n".join(f"[{m['role']}] {m['content']}" for m in before)


def discover(dataset_dir: Path) -> Discovery:
    """All entries with an `eval` key, in the registry's order. Raises with all faulty entries at once."""
    registry = dataset_dir / REGISTRY
    entries = {name: e for name, e in _registered(registry).items() if isinstance(e, dict) and "eval" in e}
    faults = [fault for name, entry in entries.items() if (fault := _fault(name, entry))]
    if faults:
        raise EvaluationError(
            str(registry),
            expected='"eval": {"task": "…", "stage": "…", "protected": true or false} and a file_name',
            found="; ".join(faults),
            remedy="Write the registry again: python -m converters catalog.",
        )
    sets = [_set(name, entry, dataset_dir) for name, entry in entries.items()]
    built = tuple(s for s in sets if s.path.is_file() and s.path.stat().st_size)
    return Discovery(
        sets=(*built, *_grammar(built, registry)),
        absent=tuple(
            f"{s.name} (nothing was held out)" if s.path.is_file() else s.name for s in sets if s not in built
        ),
    )


def _grammar(sets: Sequence[EvaluationSet], registry: Path) -> tuple[EvaluationSet, ...]:
    """A set of minimal pairs from the held-out references of the foundation; none where they give too few."""
    sources = tuple(s for s in sets if s.stage == "foundation" and s.task in PROSE_TASKS)
    if any(s.task == "grammar" for s in sets) or not sources:
        return ()
    made = EvaluationSet("grammar", "grammar", "foundation", True, registry, made_from=sources)
    try:
        enough = len(read(made)) >= FEWEST_PAIRS
    except EvaluationError:  # said where that set itself is read
        return ()
    return (made,) if enough else ()


def _registered(registry: Path) -> dict[str, Any]:
    try:
        found = json.loads(registry.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise EvaluationError(
            str(registry),
            expected="a JSON object of datasets",
            found=str(problem),
            remedy="Write it with: python -m converters catalog, or point dataset_dir at its folder.",
        ) from problem
    return found if isinstance(found, dict) else {}


def _fault(name: str, entry: Mapping[str, Any]) -> str:
    """Empty when the entry can be used."""
    wanted = entry["eval"]
    if not isinstance(wanted, dict) or not isinstance(entry.get("file_name"), str):
        return f"{name}: no file_name, or eval is not an object"
    unusable = [key for key in ("task", "stage") if not isinstance(wanted.get(key), str) or not wanted[key]]
    if not isinstance(wanted.get("protected", False), bool):
        unusable.append("protected")
    return f"{name}: eval has no usable {', '.join(unusable)}" if unusable else ""


def _set(name: str, entry: Mapping[str, Any], dataset_dir: Path) -> EvaluationSet:
    wanted, tags, columns = entry["eval"], entry.get("tags", {}), entry.get("columns", {})
    names = ("role_tag", "content_tag", "user_tag", "assistant_tag", "system_tag")
    known = {key: tags[key] for key in names if key in tags}
    return EvaluationSet(
        name=name,
        task=wanted["task"],
        stage=wanted["stage"],
        protected=wanted.get("protected", False),
        path=dataset_dir / entry["file_name"],
        # the host's own defaults where the registry says nothing
        formatting=entry.get("formatting", "alpaca"),
        messages_column=columns.get("messages", "conversations"),
        **known,
    )


def read(chosen: EvaluationSet) -> list[Item]:
    """Every item of the set. One broken line fails the set: its score would be of other items than before."""
    if chosen.made_from:
        return _pairs([item.reference for source in chosen.made_from for item in read(source)])
    if chosen.formatting != "sharegpt":
        raise EvaluationError(
            f"evaluation set {chosen.name}",
            expected="formatting sharegpt (a list of messages per line)",
            found=chosen.formatting,
            remedy="Convert the set to messages, or take its eval key out of the registry.",
        )
    try:
        items = [_item(number, line, chosen) for number, line in _lines(chosen.path)]
    except (OSError, UnicodeDecodeError) as problem:
        raise _unreadable(chosen, "readable UTF-8 text", str(problem)) from problem
    if not items:
        raise _unreadable(chosen, "at least one item", "an empty file")
    return _with_distinct_ids(items)


def _pairs(texts: Sequence[str]) -> list[Item]:
    found = minimal_pairs.chosen([p for text in texts for p in minimal_pairs.pairs_of(text)], PAIRS, seed=0)
    return [_pair(pair) for pair in found]


def _pair(pair: minimal_pairs.Pair) -> Item:
    messages = ({"role": "user", "content": PAIR_PROMPT}, {"role": "assistant", "content": pair.right})
    name = hashlib.sha256(f"{pair.right}\n{pair.wrong}".encode()).hexdigest()[:12]
    return Item(f"grammar:{pair.kind}:{name}", messages, {"kind": pair.kind}, (pair.right, pair.wrong), 0)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8-sig") as stream:
        yield from ((number, line) for number, line in enumerate(stream, start=1) if line.strip())


def _item(number: int, line: str, chosen: EvaluationSet) -> Item:
    where = f"line {number}"
    try:
        record = json.loads(line)
        messages = tuple(_message(m, chosen) for m in record[chosen.messages_column])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        found = f"{where}: {type(problem).__name__}: {problem}"
        raise _unreadable(chosen, f"a JSON object with a list '{chosen.messages_column}'", found) from problem
    if not messages or messages[-1]["role"] != "assistant" or not messages[-1]["content"].strip():
        raise _unreadable(chosen, "a last turn by the assistant that is not empty", f"{where}: none")
    if len(messages) == 1:
        raise _unreadable(chosen, "a question before the answer", f"{where}: only an answer")
    fields = {key: value for key, value in record.items() if key not in ("id", chosen.messages_column)}
    choices, right = _choices(fields, where, chosen) if chosen.task in CHOICE_TASKS else ((), 0)
    return Item(str(record.get("id") or f"{chosen.name}:{number}"), messages, fields, choices, right)


def _choices(fields: Mapping[str, Any], where: str, chosen: EvaluationSet) -> tuple[tuple[str, ...], int]:
    """The options and which is right: a letter (B) or its number from 0."""
    choices, answer = fields.get("choices"), fields.get("answer")
    texts = tuple(choices) if isinstance(choices, list) and all(isinstance(c, str) for c in choices) else ()
    right = LETTERS.find(answer) if isinstance(answer, str) and len(answer) == 1 else answer
    if len(texts) < 2 or not all(texts) or type(right) is not int or not 0 <= right < len(texts):
        found = f"{where}: choices {str(choices)[:80]}, answer {answer!r}"
        raise _unreadable(chosen, 'two or more "choices" and an "answer" among them (a letter or a number)', found)
    return texts, right


def _message(found: Mapping[str, Any], chosen: EvaluationSet) -> Mapping[str, str]:
    roles = {chosen.user_tag: "user", chosen.assistant_tag: "assistant", chosen.system_tag: "system"}
    role, content = roles[found[chosen.role_tag]], found[chosen.content_tag]
    if not isinstance(content, str):
        raise TypeError(f"content is {type(content).__name__}, not text")
    return {"role": role, "content": content}


def _unreadable(chosen: EvaluationSet, expected: str, found: str) -> EvaluationError:
    return EvaluationError(
        f"evaluation set {chosen.name}, {chosen.path}",
        expected=expected,
        found=found,
        remedy="Convert the set again; the other sets are not affected.",
    )


def _with_distinct_ids(items: Sequence[Item]) -> list[Item]:
    # rows are compared item by item, so that two items may not share an id
    seen: Counter[str] = Counter()
    distinct = []
    for item in items:
        seen[item.id] += 1
        again = seen[item.id] > 1
        distinct.append(replace(item, id=f"{item.id}#{seen[item.id]}") if again else item)
    return distinct


def choose(items: Sequence[Item], samples: int | None, *, seed: int) -> list[Item]:
    """The `samples` items whose hash with the seed is smallest, in the file's order; all when None.

    By hash and not by position: items added to the set later do not change which of the old ones are chosen
    first.
    """
    if samples is None or samples >= len(items):
        return list(items)
    hashes = [hashlib.sha256(f"{seed}:{item.id}".encode()).digest() for item in items]
    ranked = sorted(range(len(items)), key=hashes.__getitem__)
    return [items[i] for i in sorted(ranked[:samples])]


def fingerprint(items: Sequence[Item]) -> str:
    """16 hex digits that change when any chosen item changes; enters every signature as `subset`."""
    digest = hashlib.sha256()
    for item in items:
        options = [[*item.choices, item.right]] if item.choices else []
        digest.update(json.dumps([item.id, [dict(m) for m in item.messages], *options], ensure_ascii=True).encode())
    return digest.hexdigest()[:16]
