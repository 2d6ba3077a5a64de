"""Public sets to measure with: multiple choice, open questions, translations. Nothing of them is ever trained on.

Texts stay as they are: no script is converted and no punctuation mended, because the distinction may be the question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from converters import tmx, wmt
from converters.contract import (
    Companion,
    Context,
    Dataset,
    Example,
    Format,
    Outcome,
    Reject,
    Source,
    assistant,
    user,
)
from converters.templates import evaluation as templates
from converters.text import has_han, word_count

LETTERS = ("A", "B", "C", "D")
_PLACES = re.compile(r"\{(\w+)\}")


def _filled(template: str, **values: str) -> str:
    # in one pass: a question may hold braces
    return _PLACES.sub(lambda match: values[match[1]], template)


# ---- multiple choice


def _is_choice(record: Any, question: str, answer: str = "") -> bool:
    return isinstance(record, dict) and {question, *LETTERS} <= set(record) and (not answer or answer in record)


def _is_cmmlu(record: Any) -> bool:
    return _is_choice(record, "Question", "Answer") and ("" in record or "Unnamed: 0" in record)


def _is_aclue(record: Any) -> bool:
    return _is_choice(record, "Question", "Answer") and not _is_cmmlu(record)


def _is_ceval(record: Any) -> bool:
    return _is_choice(record, "question") and "id" in record


def from_cmmlu(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    return [_choice("cmmlu", record, ("Question", "Answer"), templates.CMMLU_SUBJECTS, context)]


def from_aclue(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    # the names of its files are the subjects, in Chinese
    subject, _ = subject_and_split(context.file)
    return [_choice("aclue", record, ("Question", "Answer"), {subject: subject} if has_han(subject) else {}, context)]


def from_ceval(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    outcome = _choice("ceval", record, ("question", "answer"), templates.CEVAL_SUBJECTS, context)
    if isinstance(outcome, Example):
        # few-shot examples explain theirs; every row has the key
        outcome = replace(outcome, extra={**outcome.extra, "explanation": _text(record, "explanation")})
    return [outcome]


def _choice(
    dataset: str, record: Mapping[str, Any], names: tuple[str, str], subjects: Mapping[str, str], context: Context
) -> Outcome:
    question, answer = _text(record, names[0]), _text(record, names[1]).upper()
    choices = [_text(record, letter) for letter in LETTERS]
    if answer not in LETTERS:
        return Reject(dataset, "no_answer", f"expected A, B, C or D; found {answer or 'nothing'}")
    if not question or not all(choices):
        return Reject(dataset, "empty_option", question[:80])
    subject, split = subject_and_split(context.file)
    options = "\n".join(f"{letter}. {choice}" for letter, choice in zip(LETTERS, choices, strict=True))
    named = subjects.get(subject, "")
    template = templates.CHOICE_OF_SUBJECT if named else templates.CHOICE
    return Example(
        dataset,
        (user(_filled(template, subject=named, question=question, options=options)), assistant(answer)),
        document=f"{dataset}:{subject}:{context.number}",
        title=named or subject,
        same_as=_place(context),
        extra={"choices": choices, "answer": answer, "subject": subject, "split": split},
    )


def _place(context: Context, section: str = "") -> str:
    """What makes an item itself: a question that stands twice in a set is asked twice, as in the published scores."""
    return f"{context.file}\t{context.number}\t{section}"


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value.strip() if isinstance(value, str) else ""


_SPLITS = {"dev": "dev", "test": "test", "val": "val", "validation": "val", "train": "dev"}
_SPLIT_FILE = re.compile(r"(train|dev|val|validation|test)(?:-\d+-of-\d+)?")
_SPLIT_ENDING = re.compile(r"(.+)_(dev|val|test)")


def subject_and_split(file: str) -> tuple[str, str]:
    """test/ancient_chinese.csv, test/law_test.csv and law/test-00000-of-00001.parquet all say both."""
    path = PurePosixPath(file)
    stem = path.name.split(".")[0]
    if whole := _SPLIT_FILE.fullmatch(stem):
        return path.parent.name, _SPLITS[whole[1]]
    if ending := _SPLIT_ENDING.fullmatch(stem):
        return ending[1], ending[2]
    folders = [_SPLITS[part] for part in reversed(path.parts[:-1]) if part in _SPLITS]
    return stem, folders[0] if folders else ""


# ---- open questions with a reference


def _is_alignbench(record: Any) -> bool:
    return isinstance(record, dict) and {"question", "reference", "category"} <= set(record)


def from_alignbench(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    evidences = record.get("evidences") or []
    quoted = [f"{item.get('url', '').strip()}\n{item.get('quote', '').strip()}" for item in evidences]
    extra = {
        "question_id": str(record.get("question_id", "")),
        "category": _text(record, "category"),
        "subcategory": _text(record, "subcategory"),
        "evidences": "\n\n".join(quoted),
    }
    return [_open("alignbench", _text(record, "question"), _text(record, "reference"), extra, context)]


def _is_belle(record: Any) -> bool:
    return isinstance(record, dict) and {"question", "std_answer", "class"} <= set(record)


def from_belle(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    # the class is written with a no-break space (closed qa)
    kind = " ".join(_text(record, "class").split())
    return [_open("belle_bench", _text(record, "question"), _text(record, "std_answer"), {"class": kind}, context)]


def _open(dataset: str, question: str, reference: str, extra: Mapping[str, str], context: Context) -> Outcome:
    if not question:
        return Reject(dataset, "empty_prompt")
    if not reference:
        return Reject(dataset, "no_reference", f"nothing to compare an answer with: {question[:80]}")
    return Example(
        dataset,
        (user(question), assistant(reference)),
        document=f"{dataset}:{context.number}",
        same_as=_place(context),
        extra=extra,
    )


# ---- translations

_ASKED = {"en2zh": templates.TO_CHINESE, "en2zh_tw": templates.TO_TRADITIONAL, "zh2en": templates.TO_ENGLISH}


def _translation(
    dataset: str, source: str, references: Sequence[str], context: Context, *, document: str, section: str
) -> Outcome:
    """One segment, the unit of the published scores; `references` are all there are, the first is the answer."""
    source, references = source.strip(), [text.strip() for text in references if text.strip()]
    if not source or not references:
        return Reject(dataset, "no_reference" if source else "empty_prompt", f"{document}, {section}")
    asked = _filled(_ASKED[dataset.split("_", 1)[1]], text=source)
    return Example(
        dataset,
        (user(asked), assistant(references[0])),
        document=f"{dataset.split('_')[0]}:{document}",
        section=section,
        same_as=_place(context, f"{document}\t{section}"),
        extra={"references": references},
    )


def _lines(value: Mapping[str, Any], role: str) -> list[str]:
    text = value.get(role, "")
    return text if isinstance(text, list) else [text]


def _are_lines(value: Any) -> bool:
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


def _is_flores(record: Any) -> bool:
    return isinstance(record, dict) and set(_FLORES_COLUMNS) <= set(record)


def from_flores_record(record: Mapping[str, Any], context: Context) -> Sequence[Outcome]:
    english, chinese = (_text(record, name) for name in _FLORES_COLUMNS)
    document, section = _text(record, "URL") or f"record {context.number}", str(record.get("id", ""))
    return [
        _translation("flores_en2zh", english, [chinese], context, document=document, section=section),
        _translation("flores_zh2en", chinese, [english], context, document=document, section=section),
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


def _begins_wmt(head: bytes) -> bool:
    return wmt.is_xml(tmx.head_text(head))


def _is_sgm(value: Any) -> bool:
    return wmt.is_sgm(value["text"])


def _anything(_: Any) -> bool:
    return True


NTREX, WMT, FLORES = ("ntrex_en2zh", "ntrex_zh2en"), ("wmt_en2zh", "wmt_zh2en"), ("flores_en2zh", "flores_zh2en")
BY_NC_SA, BY_SA = "CC-BY-NC-SA-4.0", "CC-BY-SA-4.0"


def _asked_choices(name: str, group: Any) -> Dataset:
    return Dataset(name, "choose one of four answers", 0, "multiple_choice", group=group, purpose="evaluation")


def _asked_question(name: str) -> Dataset:
    return Dataset(name, "answer an open question", 0, "instruction", group="foundation", purpose="evaluation")


def _asked_translation(name: str) -> Dataset:
    return Dataset(name, f"translate, {name.split('_', 1)[1]}", 0, "translation", group="task", purpose="evaluation")


SOURCE = Source(
    name="evaluation",
    group="task",
    licence="LicenseRef-research-only",
    origin="https://github.com/haonan-li/CMMLU, https://huggingface.co/datasets/ceval/ceval-exam, "
    "https://github.com/isen-zhang/ACLUE, https://github.com/THUDM/AlignBench, https://github.com/LianjiaTech/BELLE, "
    "https://github.com/MicrosoftTranslator/NTREX, https://github.com/facebookresearch/flores, https://www2.statmt.org",
    formats=(
        Format(
            "cmmlu",
            "CMMLU's csv: (unnamed), Question, A, B, C, D, Answer",
            "record",
            _is_cmmlu,
            from_cmmlu,
            datasets=("cmmlu",),
            licence=BY_NC_SA,
        ),
        Format(
            "aclue",
            "ACLUE's csv: Question, A, B, C, D, Answer",
            "record",
            _is_aclue,
            from_aclue,
            datasets=("aclue",),
            licence=BY_NC_SA,
        ),
        Format(
            "ceval",
            "C-Eval's csv: id, question, A, B, C, D, answer, explanation",
            "record",
            _is_ceval,
            from_ceval,
            datasets=("ceval",),
            licence=BY_NC_SA,
        ),
        Format(
            "alignbench",
            "AlignBench: question_id, category, subcategory, question, reference, evidences",
            "record",
            _is_alignbench,
            from_alignbench,
            datasets=("alignbench",),
            licence="MIT",
        ),
        Format(
            "belle_eval",
            "BELLE's eval_set.json: question, std_answer, class",
            "record",
            _is_belle,
            from_belle,
            datasets=("belle_bench",),
            licence="ODC-By-1.0 AND LicenseRef-research-only",
        ),
        Format(
            "ntrex",
            "NTREX-128/newstest2019-ref.zho-CN.txt, beside newstest2019-src.eng.txt",
            "aligned",
            _are_lines,
            from_ntrex,
            datasets=NTREX,
            companions=ntrex_files,
            licence=BY_SA,
        ),
        Format(
            "ntrex_taiwan",
            "NTREX-128/newstest2019-ref.zho-TW.txt, beside newstest2019-src.eng.txt",
            "aligned",
            _are_lines,
            from_ntrex_taiwan,
            datasets=("ntrex_en2zh_tw",),
            companions=ntrex_taiwan_files,
            licence=BY_SA,
        ),
        Format(
            "flores",
            "FLORES' zho_Hans.dev or .devtest, beside eng_Latn",
            "aligned",
            _are_lines,
            from_flores,
            datasets=FLORES,
            companions=flores_files,
            licence=BY_SA,
        ),
        Format(
            "flores_columns",
            "FLORES on the hub: sentence_eng_Latn, sentence_zho_Hans",
            "record",
            _is_flores,
            from_flores_record,
            datasets=FLORES,
            licence=BY_SA,
        ),
        Format(
            "wmt_xml",
            "WMT's XML: src, ref and hyp of each doc",
            "stream",
            _anything,
            from_wmt_document,
            datasets=WMT,
            begins=_begins_wmt,
            records=wmt.documents,
        ),
        Format(
            "wmt_sgm",
            "WMT's sgm: x-src.en.sgm beside x-ref.zh.sgm",
            "document",
            _is_sgm,
            from_sgm,
            datasets=WMT,
            companions=wmt_sgm_files,
        ),
        Format(
            "wmt_lines",
            "WMT's lines: x-src.en.txt beside x-ref.zh.txt, or x.src.en beside x.ref.A.zh",
            "aligned",
            _are_lines,
            from_wmt_lines,
            datasets=WMT,
            companions=wmt_line_files,
        ),
    ),
    datasets=(
        _asked_choices("cmmlu", "foundation"),
        _asked_choices("ceval", "foundation"),
        _asked_choices("aclue", "domain"),
        _asked_question("alignbench"),
        _asked_question("belle_bench"),
        _asked_translation("ntrex_en2zh"),
        _asked_translation("ntrex_zh2en"),
        _asked_translation("ntrex_en2zh_tw"),
        _asked_translation("flores_en2zh"),
        _asked_translation("flores_zh2en"),
        _asked_translation("wmt_en2zh"),
        _asked_translation("wmt_zh2en"),
    ),
    wanted=(
        "CMMLU's, C-Eval's or ACLUE's data/ folder",
        "AlignBench's data_v1.1_release.jsonl",
        "BELLE's eval_set.json",
        "NTREX's folder",
        "FLORES' dev and devtest",
        "WMT's xml, sgm or lines",
    ),
)
