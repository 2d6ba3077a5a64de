"""Public sets to measure with: multiple choice, open questions, translations. Nothing of them is ever trained on.

Texts stay as they are: no script is converted and no punctuation mended, because the distinction may be the question.
"""

from __future__ import annotations

from typing import Any

from converters.contract import ByHand, Dataset, Download, Format, GitHub, Hub, Source
from converters.pairs import wmt
from converters.sources.evaluation import questions, translations


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
            questions.is_cmmlu,
            questions.from_cmmlu,
            datasets=("cmmlu",),
            licence=BY_NC_SA,
        ),
        Format(
            "aclue",
            "ACLUE's csv: Question, A, B, C, D, Answer",
            "record",
            questions.is_aclue,
            questions.from_aclue,
            datasets=("aclue",),
            licence=BY_NC_SA,
        ),
        Format(
            "ceval",
            "C-Eval's csv: id, question, A, B, C, D, answer, explanation",
            "record",
            questions.is_ceval,
            questions.from_ceval,
            datasets=("ceval",),
            licence=BY_NC_SA,
        ),
        Format(
            "alignbench",
            "AlignBench: question_id, category, subcategory, question, reference, evidences",
            "record",
            questions.is_alignbench,
            questions.from_alignbench,
            datasets=("alignbench",),
            licence="MIT",
        ),
        Format(
            "belle_eval",
            "BELLE's eval_set.json: question, std_answer, class",
            "record",
            questions.is_belle,
            questions.from_belle,
            datasets=("belle_bench",),
            licence="ODC-By-1.0 AND LicenseRef-research-only",
        ),
        Format(
            "ntrex",
            "NTREX-128/newstest2019-ref.zho-CN.txt, beside newstest2019-src.eng.txt",
            "aligned",
            translations.are_lines,
            translations.from_ntrex,
            datasets=NTREX,
            companions=translations.ntrex_files,
            licence=BY_SA,
        ),
        Format(
            "ntrex_taiwan",
            "NTREX-128/newstest2019-ref.zho-TW.txt, beside newstest2019-src.eng.txt",
            "aligned",
            translations.are_lines,
            translations.from_ntrex_taiwan,
            datasets=("ntrex_en2zh_tw",),
            companions=translations.ntrex_taiwan_files,
            licence=BY_SA,
        ),
        Format(
            "flores",
            "FLORES' zho_Hans.dev or .devtest, beside eng_Latn",
            "aligned",
            translations.are_lines,
            translations.from_flores,
            datasets=FLORES,
            companions=translations.flores_files,
            licence=BY_SA,
        ),
        Format(
            "flores_plus",
            "FLORES+ on the hub: cmn_Hans.jsonl or .parquet beside eng_Latn, id, iso_639_3, text, …",
            "aligned",
            translations.is_flores_plus,
            translations.from_flores_plus,
            has_columns=translations.are_texts,
            datasets=FLORES,
            licence=BY_SA,
            companions=translations.flores_plus_files,
        ),
        Format(
            "flores_plus_alone",
            "FLORES+ of one language alone",
            "record",
            translations.is_flores_plus_row,
            unsupported="one language is half of the set: put cmn_Hans and eng_Latn of one split beside each "
            "other, both .jsonl or both .parquet",
        ),
        Format(
            "flores_columns",
            "FLORES on the hub: sentence_eng_Latn, sentence_zho_Hans",
            "record",
            translations.is_flores,
            translations.from_flores_record,
            datasets=FLORES,
            licence=BY_SA,
        ),
        Format(
            "wmt_xml",
            "WMT's XML: src, ref and hyp of each doc",
            "stream",
            _anything,
            translations.from_wmt_document,
            datasets=WMT,
            begins=translations.begins_wmt,
            records=wmt.documents,
        ),
        Format(
            "wmt_sgm",
            "WMT's sgm: x-src.en.sgm beside x-ref.zh.sgm",
            "document",
            translations.is_sgm,
            translations.from_sgm,
            datasets=WMT,
            companions=translations.wmt_sgm_files,
        ),
        Format(
            "wmt_lines",
            "WMT's lines: x-src.en.txt beside x-ref.zh.txt, or x.src.en beside x.ref.A.zh",
            "aligned",
            translations.are_lines,
            translations.from_wmt_lines,
            datasets=WMT,
            companions=translations.wmt_line_files,
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
    downloads=(
        Download("CMMLU", GitHub("haonan-li/CMMLU"), BY_NC_SA),
        Download("ceval-exam", Hub("ceval/ceval-exam", files=("*.zip", "*.parquet")), BY_NC_SA, size=1_550_000),
        Download("ACLUE", GitHub("isen-zhang/ACLUE"), BY_NC_SA),
        Download("AlignBench", GitHub("THUDM/AlignBench", paths=("data/data_v1.1_release.jsonl",)), "MIT"),
        Download(
            "BELLE-eval",
            GitHub("LianjiaTech/BELLE", paths=("eval/eval_set.json",)),
            "ODC-By-1.0 AND LicenseRef-research-only",
        ),
        Download("NTREX", GitHub("MicrosoftTranslator/NTREX"), BY_SA),
        Download(
            "flores_plus",
            Hub(
                "openlanguagedata/flores_plus",
                files=tuple(f"{split}/{name}.*" for split in ("dev", "devtest") for name in ("cmn_Hans", "eng_Latn")),
            ),
            BY_SA,
            "its terms must be accepted, and HF_TOKEN set",
            usual=False,
        ),
        Download(
            "WMT",
            ByHand("no licence is stated with its test sets", "https://github.com/wmt-conference"),
            "LicenseRef-unstated",
        ),
    ),
)
