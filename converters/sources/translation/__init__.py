"""English–Chinese pairs from sentence lists, memories, line-aligned files and shared tasks, in both directions.

What is wrong with a pair is decided in `converters.pairs.pair_checks`. Sets that translation is measured with are not
trained on: they belong to the source `evaluation`.
"""

from __future__ import annotations

from typing import Any

from converters.contract import ByHand, Dataset, Download, Format, GitHub, Hub, Option, Source, Web
from converters.pairs import tmx, wmt
from converters.sources.translation import readers
from converters.sources.translation.examples import TO_CHINESE, TO_ENGLISH, TRADITIONAL
from converters.sources.translation.readers import CRAWLED, TATOEBA

SHORT_SHARE = 0.20
CRAWLED_SHARE = 0.05  # what was collected from the web, one in six of it bad whatever is checked
TRADITIONAL_SHARE = 0.01
_CAPS = {"short": SHORT_SHARE, CRAWLED: CRAWLED_SHARE, TRADITIONAL: TRADITIONAL_SHARE}
MEASURING = "a split to measure with"
USE_EVALUATION = "a set to measure with, never to train on: python -m converters evaluation"


def _anything(_: Any) -> bool:
    return True


SOURCE = Source(
    name="translation",
    group="task",
    licence="LicenseRef-unstated",
    origin="https://www.manythings.org/anki/ (Tatoeba), https://opus.nlpl.eu, https://www2.statmt.org",
    # of formats that fit alike the first is taken: the sets to measure with stand before those to train on
    formats=(
        Format(
            "test_lines",
            "a file of a test set (newstest, FLORES, NTREX)",
            "aligned",
            _anything,
            companions=readers.test_lines,
            unsupported=USE_EVALUATION,
        ),
        Format(
            "test_xml",
            "WMT's XML of a test set",
            "stream",
            _anything,
            begins=readers.begins_test_xml,
            unsupported=USE_EVALUATION,
        ),
        Format(
            "test_sgm",
            "WMT's sgm of a test set",
            "document",
            readers.is_test_sgm,
            companions=readers.sgm_reference,
            unsupported=USE_EVALUATION,
        ),
        Format(
            "news_commentary",
            "News Commentary's tsv: English and Chinese by a tab, articles divided by blank lines",
            "block",
            readers.is_article,
            readers.from_article,
            has_columns=lambda block: isinstance(block, str) and "\t" in block,
        ),
        Format(
            "tatoeba",
            "Tatoeba's cmn.txt, or any two columns: English, Chinese and perhaps an attribution, by tabs",
            "line",
            readers.is_tatoeba_line,
            readers.from_tatoeba_line,
            has_columns=readers.has_two_columns,
        ),
        Format(
            "tatoeba_export",
            "Tatoeba's export of pairs: id, sentence, id, translation, by tabs",
            "line",
            readers.is_tatoeba_export,
            readers.from_tatoeba_export,
            licence=TATOEBA,
        ),
        Format(
            "tmx",
            "a translation memory (TMX)",
            "stream",
            _anything,
            readers.from_tmx_run,
            begins=tmx.is_tmx,
            records=tmx.runs,
        ),
        Format(
            "moses",
            "two files whose lines correspond: x.en and x.zh",
            "aligned",
            readers.is_line_pair,
            readers.from_line_pair,
            has_columns=readers.is_two_lines,
            companions=readers.chinese_lines,
        ),
        Format(
            "wmt_xml",
            "WMT's XML: dataset, doc, src and ref, p, seg",
            "stream",
            _anything,
            readers.from_wmt_document,
            begins=readers.begins_training_xml,
            records=wmt.documents,
        ),
        Format(
            "wmt_sgm",
            "WMT's sgm: x-src.en.sgm and x-ref.zh.sgm",
            "document",
            readers.is_training_sgm,
            readers.from_sgm,
            companions=readers.sgm_reference,
        ),
        Format(
            "translation2019zh",
            "translation2019zh: english, chinese",
            "record",
            readers.is_crawled,
            readers.from_crawled,
            licence="MIT",
        ),
        Format(
            "columns",
            "hub or table: translation {en, zh}, or columns en and zh",
            "record",
            readers.is_record,
            readers.from_record,
        ),
    ),
    datasets=(
        Dataset(TO_CHINESE, "translate English into Chinese", 0.19, "translation", caps=_CAPS),
        Dataset(TO_ENGLISH, "translate Chinese into English", 0.19, "translation", caps=_CAPS),
    ),
    wanted=("cmn.txt (from cmn-eng.zip)", "*.tmx", "x.en and x.zh", "translation2019zh_train.json", "*.parquet"),
    ignored={"test-*.parquet": MEASURING, "validation-*.parquet": MEASURING, "dev-*.parquet": MEASURING},
    options=(Option("licence", "SPDX id of the licence of files that do not state theirs"),),
    downloads=(
        Download(
            "tatoeba",
            Web("https://www.manythings.org/anki/cmn-eng.zip", "https://www.manythings.org/anki/"),
            TATOEBA,
            size=1_400_000,
        ),
        Download(
            "tico-19",
            GitHub("tico-19/tico-19.github.io", paths=("data/TM/all.en-zh.tmx",)),
            "CC0-1.0",
            size=1_450_000,
        ),
        Download(
            "opus-100",
            Hub("Helsinki-NLP/opus-100", files=("en-zh/train-*.parquet",)),
            "LicenseRef-unstated",
            "from subtitles, software and laws",
            usual=False,
        ),
        Download(
            "wmt19",
            Hub("wmt/wmt19", files=("zh-en/train-*.parquet",)),
            "LicenseRef-unstated",
            "UN, news commentary and what was collected from the web",
            size=3_600_000_000,
            usual=False,
        ),
        Download(
            "translation2019zh",
            ByHand("it is on drives that need an account", "https://github.com/brightmart/nlp_chinese_corpus"),
            "MIT",
        ),
        Download(
            "UM-Corpus",
            ByHand("it is given on request, for research only", "http://nlp2ct.cis.umac.mo/um-corpus/"),
            "LicenseRef-research-only",
        ),
    ),
)
