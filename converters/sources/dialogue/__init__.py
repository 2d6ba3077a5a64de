"""Chinese dialogues: KdConv, DuConv, NaturalConv, CrossWOZ, LCCC and MOSS, one speaker of each the assistant.

What the assistant knows stands in the prompt as 已知信息; what only a person can say is cut, or the dialogue with it.
"""

from __future__ import annotations

from converters.contract import ByHand, Dataset, Download, Format, GitHub, Hub, Source
from converters.sources.dialogue import crosswoz, duconv, kdconv, lccc, moss, naturalconv

NAME = "dialogue"

# The repository's licence, and what its README adds about the data.
_LCCC_LICENCE = "MIT AND LicenseRef-research-only"
# DATA_LICENSE of the repository; the card on the hub says CC-BY-4.0, and the narrower one is safe.
_MOSS_LICENCE = "CC-BY-NC-4.0"

SOURCE = Source(
    name=NAME,
    group="task",
    licence="Apache-2.0",
    origin="https://github.com/thu-coai/KdConv",
    formats=(
        Format(
            "kdconv",
            "KdConv: messages with attrs, no roles",
            "record",
            kdconv.matches,
            kdconv.convert,
            datasets=(kdconv.DATASET,),
        ),
        Format(
            "duconv",
            "DuConv: goal, triples of knowledge, conversation cut into words",
            "record",
            duconv.matches,
            duconv.convert,
            datasets=(kdconv.DATASET,),
            licence="LicenseRef-research-only",
        ),
        Format(
            "naturalconv",
            "NaturalConv: content, with the article as document",
            "record",
            naturalconv.matches,
            naturalconv.convert,
            datasets=(naturalconv.DATASET,),
            licence="LicenseRef-research-only",
        ),
        Format(
            "crosswoz",
            "CrossWOZ: messages of usr and sys with acts and database queries",
            "record",
            crosswoz.matches,
            crosswoz.convert,
            datasets=(crosswoz.DATASET,),
        ),
        Format(
            "moss",
            "MOSS: chat of turn_1, turn_2, …",
            "record",
            moss.matches_turns,
            moss.from_turns,
            datasets=(moss.DATASET,),
            licence=_MOSS_LICENCE,
        ),
        Format(
            "moss_pairs",
            "moss-003-sft as mirrored: conversation of human and assistant",
            "record",
            moss.matches_pairs,
            moss.from_pairs,
            datasets=(moss.DATASET,),
            licence=_MOSS_LICENCE,
        ),
        Format(
            "moss_plain",
            "moss-002-sft: plain_text of [Human]: and [MOSS]:",
            "record",
            moss.matches_plain,
            moss.from_plain,
            datasets=(moss.DATASET,),
            licence=_MOSS_LICENCE,
        ),
        Format(
            "lccc",
            "LCCC: arrays of spaced utterances, bare or by split",
            "record",
            lccc.matches_dialogue,
            lccc.from_dialogue,
            datasets=(lccc.DATASET,),
            licence=_LCCC_LICENCE,
        ),
        Format(
            "lccc_hub",
            "LCCC on the hub: {dialog: [utterances]}",
            "record",
            lccc.matches_hub,
            lccc.from_hub,
            datasets=(lccc.DATASET,),
            licence=_LCCC_LICENCE,
        ),
        Format(
            "lccc_lines",
            "LCCC's toy text: post, tab, response",
            "line",
            lccc.matches_line,
            lccc.from_line,
            datasets=(lccc.DATASET,),
            licence=_LCCC_LICENCE,
        ),
    ),
    datasets=(
        Dataset(kdconv.DATASET, "talk about films, songs and sights from given facts", 0.04, "dialogue"),
        Dataset(crosswoz.DATASET, "serve a traveller from database results", 0.11, "dialogue"),
        Dataset(lccc.DATASET, "small talk between friends", 0.14, "dialogue"),
        Dataset(
            moss.DATASET,
            "give advice over several turns, without any model's name",
            0.31,
            "dialogue",
            caps={"harmless": 0.15},
        ),
    ),
    wanted=(
        "KdConv: data/{film,music,travel}/train.json",
        "DuConv: train.txt",
        "CrossWOZ: data/crosswoz/train.json.zip",
        "LCCC-base.json or lccc_base_train.jsonl.gz",
        "MOSS: moss-003-sft-no-tools.jsonl.zip, or the folder SFT_data/conversations",
    ),
    ignored={
        "**/kb_*.json": "KdConv's knowledge bases: the dialogues carry the facts they use",
        "**/database/*.json": "CrossWOZ's database: the dialogues carry what was found in it",
        "**/*_da_voc.json": "CrossWOZ's vocabulary of acts",
        "**/document_url_release.json": "NaturalConv's addresses of articles, without their text",
    },
    downloads=(
        Download("KdConv", GitHub("thu-coai/KdConv"), "Apache-2.0"),
        Download(
            "CrossWOZ",
            GitHub(
                "thu-coai/CrossWOZ", paths=tuple(f"data/crosswoz/{part}.json.zip" for part in ("train", "val", "test"))
            ),
            "Apache-2.0",
        ),
        Download(
            "LCCC",
            Hub("silver/lccc", files=("lccc_base_train.jsonl.gz",)),
            _LCCC_LICENCE,
            "lccc_base",
            size=370_000_000,
        ),
        Download("MOSS-samples", GitHub("OpenLMLab/MOSS"), _MOSS_LICENCE, "620 conversations, and MOSS's own code"),
        Download(
            "MOSS",
            Hub("fnlp/moss-003-sft-data", files=("moss-003-sft-no-tools.jsonl.zip",)),
            _MOSS_LICENCE,
            "moss-003-sft-no-tools",
            size=2_680_000_000,
            usual=False,
        ),
        Download(
            "DuConv",
            ByHand("its owner asks for a form", "https://github.com/PaddlePaddle/Research"),
            "LicenseRef-research-only",
        ),
        Download(
            "NaturalConv",
            ByHand("its owner asks to agree to terms", "https://github.com/naturalconv/NaturalConvDataSet"),
            "LicenseRef-research-only",
        ),
    ),
)
