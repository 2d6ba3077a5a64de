"""Translation sets, one segment an item, which is the unit of the published scores; and the files that hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import orjson

from converters.contract import Companion, Context, Example, Outcome, Reject, assistant, user
from converters.pairs import tmx, wmt
from converters.sources.evaluation.questions import filled, place_of, text_of
from converters.templates import evaluation as templates
from converters.text import has_han, word_count

_ASKED = {"en2zh": templates.TO_CHINESE, "en2zh_tw": templates.TO_TRADITIONAL, "zh2en": templates.TO_ENGLISH}


def _translation(
    dataset: str, source: str, references: Sequence[str], context: Context, *, document: str, section: str
) -> Outcome:
    """One segment, the unit of the published scores; `references` are all there are, the first is the answer."""
    source, references = source.strip(), [text.strip() for text in references if text.strip()]
    if not source or not references:
        return Reject(dataset, "no_reference" if source else "empty_prompt", f"{document}, {section}")
    asked = filled(_ASKED[dataset.split("_", 1)[1]], text=source)
    return Example(
        dataset,
        (user(asked), assistant(references[0])),
        document=f"{dataset.split('_')[0]}:{document}",
        section=section,
        same_as=place_of(context, f"{document}\t{section}"),
        extra={"references": references, "source_text": source},
    )


def _lines(value: Mapping[str, Any], role: str) -> list[str]:
    text = value.get(role, "")
    return text if isinstance(text, list) else [text]


def are_lines(value: Any) -> bool:
    if not isinstance(value, dict) or "text" not in value:
        return False
    return any(map(has_han, _lines(value, "text"))) or any(word_count(line) for line in _lines(value, "text"))


def _from_lines(value: Mapping[str, Any], context: Context, set_name: str, directions: Sequence[str]) -> list[Outcome]:
    """`text` is the Chinese side, `english` the other; a document where the set says which line belongs to which."""
    chinese, english = _lines(value, "text"), _lines(value, "english")
    document = str(value.get("document") or f"record {context.number}")
    outcomes = []
    for number, (zh, en) in enumerate(zip(chinese, english, strict=True), start=1):
        for direction in directions:
            asked, answer = (zh, en) if direction == "zh2en" else (en, zh)
            name = f"{set_name}_{direction}"
            outcomes.append(_translation(name, asked, [answer], context, document=document, section=f"line {number}"))
    return outcomes


def from_ntrex(value: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    return _from_lines(value, context, "ntrex", ("en2zh", "zh2en"))


def from_ntrex_taiwan(value: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    return _from_lines(value, context, "ntrex", ("en2zh_tw",))


def from_flores(value: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    return _from_lines(value, context, "flores", ("en2zh", "zh2en"))


def _ntrex(variant: str, path: PurePosixPath) -> Sequence[Companion]:
    if path.name != f"newstest2019-ref.{variant}.txt":
        return ()
    return (
        Companion("english", path.with_name("newstest2019-src.eng.txt")),
        Companion("document", path.parent.parent / "DOCUMENT_IDS.tsv", optional=True),
    )


def ntrex_files(path: PurePosixPath) -> Sequence[Companion]:
    return _ntrex("zho-CN", path)


def ntrex_taiwan_files(path: PurePosixPath) -> Sequence[Companion]:
    return _ntrex("zho-TW", path)


_FLORES_ENGLISH = {"zho_Hans": "eng_Latn", "zho_simpl": "eng", "cmn_Hans": "eng_Latn"}


def flores_files(path: PurePosixPath) -> Sequence[Companion]:
    """dev/zho_Hans.dev beside dev/eng_Latn.dev; FLORES-101 says zho_simpl and eng."""
    language, _, split = path.name.partition(".")
    if language not in _FLORES_ENGLISH or split not in ("dev", "devtest"):
        return ()
    return (Companion("english", path.with_name(f"{_FLORES_ENGLISH[language]}.{split}")),)


_FLORES_COLUMNS = ("sentence_eng_Latn", "sentence_zho_Hans")


def is_flores(record: Any) -> bool:
    return isinstance(record, dict) and set(_FLORES_COLUMNS) <= set(record)


def from_flores_record(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    english, chinese = (text_of(record, name) for name in _FLORES_COLUMNS)
    document, section = text_of(record, "URL") or f"record {context.number}", str(record.get("id", ""))
    return [
        _translation("flores_en2zh", english, [chinese], context, document=document, section=section),
        _translation("flores_zh2en", chinese, [english], context, document=document, section=section),
    ]


# FLORES+ on the hub: a file for each language, an object on each line, in one order and with the same ids.
_PLUS = {"id", "iso_639_3", "iso_15924", "text"}
_PLUS_NAME = re.compile(r"(?:cmn|zho)_Hans\.(?:jsonl|parquet)")


def flores_plus_files(path: PurePosixPath) -> Sequence[Companion]:
    """dev/cmn_Hans.jsonl beside dev/eng_Latn.jsonl, or both as Parquet."""
    english = path.with_name(f"eng_Latn{path.suffix}")
    return (Companion("english", english),) if _PLUS_NAME.fullmatch(path.name) else ()


def is_flores_plus(value: Any) -> bool:
    return isinstance(value, dict) and all(_plus_row(value.get(side)) for side in ("text", "english"))


def are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(side), str) for side in ("text", "english"))


def is_flores_plus_row(record: Any) -> bool:
    return isinstance(record, dict) and set(record) >= _PLUS


def _plus_row(line: Any) -> dict[str, Any]:
    try:
        row = orjson.loads(line)
    except (orjson.JSONDecodeError, TypeError):
        return {}
    return row if is_flores_plus_row(row) else {}


def from_flores_plus(value: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    chinese, english = _plus_row(value["text"]), _plus_row(value["english"])
    if not chinese or not english or chinese["id"] != english["id"]:
        detail = f"line {context.number}: ids {chinese.get('id')} and {english.get('id')}"
        return [Reject(name, "misaligned", detail) for name in ("flores_en2zh", "flores_zh2en")]
    zh, en = text_of(chinese, "text"), text_of(english, "text")
    document, section = text_of(english, "url") or f"record {context.number}", str(chinese["id"])
    return [
        _translation("flores_en2zh", en, [zh], context, document=document, section=section),
        _translation("flores_zh2en", zh, [en], context, document=document, section=section),
    ]


def from_wmt_document(document: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    """From the source to its references only: a test set is of the direction in which it was written."""
    sources = [side for side in document["sides"] if side["role"] == "src"]
    language = _language(sources[0]) if sources else ""
    direction = {"en": "en2zh", "zh": "zh2en"}.get(language, "")
    wanted = {"en2zh": "zh", "zh2en": "en"}.get(direction, "")
    references = [side for side in document["sides"] if side["role"] == "ref" and _language(side) == wanted]
    if not wanted or not references:
        detail = f"{document['document']}: from {language or 'nothing'}, {len(references)} references"
        return [Reject(f"wmt_{direction or 'en2zh'}", "no_reference", detail)]
    texts = [{segment["id"]: segment["text"] for segment in side["segments"]} for side in references]
    return [
        _translation(
            f"wmt_{direction}",
            segment["text"],
            [text.get(segment["id"], "") for text in texts],
            context,
            document=document["document"],
            section=segment["id"],
        )
        for segment in sources[0]["segments"]
    ]


def _language(side: Mapping[str, Any]) -> str:
    return str(side["language"]).lower().split("-")[0]


def from_sgm(value: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    documents = wmt.sgm_documents(value["text"], value["ref"])
    outcomes = [outcome for document in documents for outcome in from_wmt_document(document, context)]
    return outcomes or [Reject("wmt_en2zh", "empty", "no <doc> in it")]


def from_wmt_lines(value: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    references = [text for role, text in value.items() if role.startswith("ref")]
    direction = "zh2en" if has_han(value["text"]) else "en2zh"
    line = f"line {context.number}"
    return [_translation(f"wmt_{direction}", value["text"], references, context, document=line, section=line)]


_OTHER = {"en": "zh", "zh": "en"}


def wmt_line_files(path: PurePosixPath) -> Sequence[Companion]:
    """newstest2020-enzh-src.en.txt -> -ref.zh.txt; wmttest2022.en-zh.src.en -> .ref.A.zh, .ref.B.zh."""
    older = re.fullmatch(r"(.+)-src\.(en|zh)(\.txt)?", path.name)
    if older:
        return [Companion("ref", path.with_name(f"{older[1]}-ref.{_OTHER[older[2]]}{older[3] or ''}"))]
    newer = re.fullmatch(r"(.+)\.src\.(en|zh)", path.name)
    names = [f"{newer[1]}.ref.{which}.{_OTHER[newer[2]]}" for which in "AB"] if newer else []
    return [Companion(f"ref {name[-4]}", path.with_name(name), optional=True) for name in names]


def wmt_sgm_files(path: PurePosixPath) -> Sequence[Companion]:
    found = re.fullmatch(r"(.*)-src\.(en|zh)(\.sgml?)", path.name)
    return [Companion("ref", path.with_name(f"{found[1]}-ref.{_OTHER[found[2]]}{found[3]}"))] if found else ()


def begins_wmt(head: bytes) -> bool:
    return wmt.is_xml(tmx.head_text(head))


def is_sgm(value: Any) -> bool:
    return wmt.is_sgm(value["text"])
