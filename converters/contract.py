"""The types that all else speaks: Example, Reject and Record pass through a conversion; Source declares one.

Nothing here reads, writes or decides; a source file builds these values and `convert` carries them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any, Literal, TypeVar, dataclass_transform

import orjson
import xxhash

from converters.passage import PASSAGE, Lengths, Passages

T = TypeVar("T")
# general: what is measured only, so that its loss is seen; no mixture is made of it
Group = Literal["foundation", "task", "domain", "general"]
GROUPS: tuple[Group, ...] = ("foundation", "task", "domain")

# Arrow infers one struct type per file and stops at the first row that differs: every line carries
# every key, in this order, and an unknown value is "".
META_KEYS = (
    "file",
    "record",
    "document",
    "licence",
    "attribution",
    "author",
    "title",
    "section",
    "original",
    "kind",
    "template",
)


class SourceError(Exception):
    """A user's mistake or an input that cannot be read: where, what was expected, what was found, what to do."""

    def __init__(self, where: str, *, expected: str, found: str, remedy: str = "") -> None:
        self.where, self.expected, self.found, self.remedy = where, expected, found, remedy
        super().__init__(where, expected, found, remedy)

    def __str__(self) -> str:
        first = f"{self.where}: expected {self.expected}; found {self.found}."
        return f"{first}\n{self.remedy}" if self.remedy else first

    def __reduce__(self) -> tuple[object, ...]:
        # raised in a worker process, shown by the parent: keyword-only arguments need help to travel
        return _rebuild_error, (self.where, self.expected, self.found, self.remedy)


def _rebuild_error(where: str, expected: str, found: str, remedy: str) -> SourceError:
    return SourceError(where, expected=expected, found=found, remedy=remedy)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(kind: type[T]) -> type[T]:
    """A frozen dataclass to whoever checks types, and a plain one when it runs.

    Freezing makes each field a call when a value is made, which for one of eighteen fields is more than parsing its
    record costs.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


@value
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


def system(content: str) -> Message:
    return Message("system", content)


def user(content: str) -> Message:
    return Message("user", content)


def assistant(content: str) -> Message:
    return Message("assistant", content)


def canonical(messages: Sequence[Message]) -> bytes:
    """The bytes that an id is a hash of, and that stand in the file: roles and contents only, never provenance."""
    return orjson.dumps([{"role": message.role, "content": message.content} for message in messages])


@value
class Example:
    """One conversation for one dataset.

    `document` is what is held out as a whole: examples that share it never straddle training and evaluation.
    `linked` are other texts that must not stand on both sides either (the Chinese sentence of a pair that is held out
    by its English one): a training example that shares one with a held-out example is rejected.
    `same_as` replaces the messages as the duplicate key (a poem printed under two titles is one poem).
    `title_key`, when set, is what a cap on examples per title counts.
    `kind` is what a dataset's `caps` limit to a share (short pairs, ritual hymns, arithmetic), and what `stats` shows.
    `licence`, when set, is that of this record alone; `attribution` names whom it obliges to name, or a URL.
    `template` names the instruction template (`Filled.label`), so that `stats` can count them.
    `chosen` and `rejected` make preference data; the messages then end with the user's turn.
    `extra` adds keys to the line, the same keys in every example of the dataset (options of a multiple choice).
    `source_text` is what a translation is asked for, as it stands in the first message: a held-out line, and only that,
    has it under this name, for measures that want the text without its request.
    `notes` name what was changed on the way and is counted in the manifest (a trimmed last turn, a script).
    """

    dataset: str
    messages: tuple[Message, ...]
    document: str
    licence: str = ""
    attribution: str = ""
    author: str = ""
    title: str = ""
    section: str = ""
    original: str = ""
    kind: str = ""
    template: str = ""
    same_as: str = ""
    linked: tuple[str, ...] = ()
    title_key: str = ""
    chosen: Message | None = None
    rejected: Message | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    source_text: str = ""
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return example_id(self.dataset, canonical(self.messages))

    @property
    def answer_characters(self) -> int:
        """Characters of the assistant's turns: what the loss will see, before any tokenizer is known."""
        characters = 0
        for message in self.messages:
            if message.role == "assistant":
                characters += len(message.content)
        return characters


def example_id(dataset: str, canonical_messages: bytes) -> str:
    """Stable on any machine: the dataset and the 64-bit XXH3 of the messages as they stand in the file."""
    return f"{dataset}:{xxhash.xxh3_64_hexdigest(canonical_messages)}"


@value
class Reject:
    """Why a record or a part of it gave no example in one dataset: `reason` is counted, `detail` is for the reader."""

    dataset: str
    reason: str
    detail: str = ""


Outcome = Example | Reject


@dataclass(frozen=True, slots=True)
class Settings:
    """What a record function may know of the command line; `options` are those that its source declares."""

    script: Literal["simplified", "original"] = "simplified"
    options: Mapping[str, str] = field(default_factory=dict)


@value
class Context:
    """Where a record stands: `file` is the path inside the folder that the user named, with forward slashes.

    `number` counts from 1; `key` is the key under which the record stood in a JSON object (an id or a split), or "".
    """

    settings: Settings = field(default_factory=Settings)
    file: str = ""
    number: int = 0
    key: str = ""

    @property
    def script(self) -> Literal["simplified", "original"]:
        return self.settings.script

    def option(self, name: str) -> str:
        return self.settings.options.get(name, "")


Container = Literal["record", "line", "block", "document", "aligned", "stream"]


@dataclass(frozen=True, slots=True)
class Companion:
    """Another file that belongs to a file: its text becomes `value[role]`. An absent one is "" if it is optional."""

    role: str
    path: PurePosixPath
    optional: bool = False


@dataclass(frozen=True)
class Format:
    """One on-disk shape of a source.

    `container` says what one record is, and so what `matches` and `convert` are given:

    ==========  =====================================================================================================
    record      a parsed value (mostly a dict): a line of JSON Lines; an element of a JSON array; a value of an object
                whose values are all objects or all lists (`Context.key` is its key); the whole of any other object;
                a row of CSV or TSV with a header (all texts), of Parquet or Arrow
    line        a line of text, without its line break
    block       the lines of text between two blank lines, as one text
    document    {"text": the whole file, role: the whole companion, …}
    aligned     {"text": a line, role: the same line of a companion, …}; with a companion in the role "document" (a
                document id on each line) one record for each run of equal ids: {"document": id, "text": [lines],
                role: [lines], …}
    stream      whatever `records` yields from the decompressed bytes
    ==========  =====================================================================================================

    `matches` looks at one record and is how a file is recognised; of a document or block it may see the head only.
    `has_columns` is what every later record must fulfil, where that is less than `matches`.
    `convert` gives at least one Outcome for each record, and as many as it wants for any of `datasets`.
    `datasets` are the datasets that this format feeds, all of the source if empty: what a record that cannot be
    read is counted in.
    `companions` names the files that belong to a file by its path, and () if the path is not the first of its kind.
    `begins` recognises a stream by its first bytes (decompressed, up to 1 MiB); `records` reads it: each value must
    be what JSON can hold, and a damaged stream raises SourceError.
    `licence`, when set, replaces that of the source.
    A shape that is known but cannot be converted says why in `unsupported`.
    `passages` gives the clean texts of a record that questions may be asked about (`converters.expansion`); without it
    they are the long answers of its examples.
    """

    name: str
    description: str
    container: Container
    matches: Callable[[Any], bool]
    convert: Callable[[Any, Context], Sequence[Outcome]] | None = None
    passages: Callable[[Any, Context, Lengths], Passages] | None = None
    has_columns: Callable[[Any], bool] | None = None
    datasets: tuple[str, ...] = ()
    companions: Callable[[PurePosixPath], Sequence[Companion]] | None = None
    begins: Callable[[bytes], bool] | None = None
    records: Callable[[IO[bytes]], Iterator[Any]] | None = None
    licence: str = ""
    unsupported: str = ""

    def accepts(self, record: Any) -> bool:
        return (self.has_columns or self.matches)(record)


@dataclass(frozen=True)
class Option:
    """A command line option of one source: `--name`, always a text; `choices` limits it.

    Of a `file` the user names the path, and the value is the text that it holds. The names "group" and "weight" are
    understood by the catalogue: they place the source's datasets in the mixtures.
    """

    name: str
    help: str
    default: str = ""
    choices: tuple[str, ...] = ()
    file: bool = False


@dataclass(frozen=True)
class Dataset:
    """One source and task: it has its own files and its own weight inside the group.

    `group` and `family`, when empty, are the source's (a story found in BELLE is of the group task and the family
    story). `caps` limits a kind to a share of the dataset. An evaluation dataset has no training file.
    """

    name: str
    task: str
    weight: float
    eval_task: str
    group: Group | Literal[""] = ""
    family: str = ""
    purpose: Literal["train", "evaluation", "preference"] = "train"
    caps: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Hub:
    """A dataset of Hugging Face and, under its own id, of ModelScope: the files whose path fits a pattern."""

    huggingface: str
    modelscope: str = ""
    files: tuple[str, ...] = ("*.json", "*.jsonl", "*.parquet")


@dataclass(frozen=True)
class Wikimedia:
    """Files of the newest dump of a wiki, by the names in its list of checksums; `look` is one of its small parts."""

    wiki: str
    file: str
    look: str = ""


@dataclass(frozen=True)
class GitHub:
    """A repository as an archive, or single `paths` of it."""

    repository: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Web:
    """An address that has stayed the same for years, and the page that tells where it has gone when it has not."""

    url: str
    page: str


@dataclass(frozen=True)
class ByHand:
    """What cannot be fetched by a program: why, and the page where a person gets it."""

    why: str
    page: str


@dataclass(frozen=True)
class Download:
    """Something that `--download` fetches into raw/<source>/<name>/.

    `size` is about how many bytes it has, for sets whose server does not say before it sends them. Without a name only
    the `usual` ones are fetched.
    """

    name: str
    where: Hub | Wikimedia | GitHub | Web | ByHand
    licence: str
    note: str = ""
    size: int = 0
    usual: bool = True

    @property
    def page(self) -> str:
        """Where a person reads about it, and fetches it by hand."""
        where = self.where
        if isinstance(where, Hub):
            return f"https://huggingface.co/datasets/{where.huggingface}"
        if isinstance(where, Wikimedia):
            return f"https://dumps.wikimedia.org/{where.wiki}/"
        return f"https://github.com/{where.repository}" if isinstance(where, GitHub) else where.page


@dataclass(frozen=True)
class Source:
    """What a source declares; `documents` are names of files that are data here and mere documentation elsewhere.

    `ignored` maps a glob over the path inside a folder to the reason for passing over.

    Datasets of a source that is not `catalogued` have no entry before something was converted: what they are is the
    user's to say, and a mixture must not ask for them.
    """

    name: str
    group: Group
    licence: str
    origin: str
    formats: tuple[Format, ...]
    datasets: tuple[Dataset, ...]
    wanted: tuple[str, ...]
    ignored: Mapping[str, str] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    title_cap: int = 0
    catalogued: bool = True
    least_eval: int = 0
    passage_lengths: Lengths = PASSAGE
    passages_per_document: int = 3
    documents: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()

    @property
    def readable(self) -> tuple[Format, ...]:
        return tuple(shape for shape in self.formats if shape.convert is not None)

    def fed_by(self, shape: Format) -> tuple[str, ...]:
        return shape.datasets or tuple(dataset.name for dataset in self.datasets)

    def group_of(self, dataset: Dataset) -> Group:
        return dataset.group or self.group

    def family_of(self, dataset: Dataset) -> str:
        return dataset.family or self.name
