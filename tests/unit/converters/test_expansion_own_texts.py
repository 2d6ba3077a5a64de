"""A user's own texts, plain, in Markdown or in a column of a table, as passages."""

from __future__ import annotations

import csv
import json

import pytest
from conftest import json_lines
from hypothesis import given
from hypothesis import strategies as st
from test_expansion_passages import WATER, gathered, text

from converters.contract import SourceError
from converters.expansion.documents import is_text, sections, title_of
from converters.expansion.own_texts import passages_of_text
from converters.expansion.packing import packed
from converters.passage import Lengths, Passage, Refusal
from converters.text import key

SHORT = Lengths(20, 200)
OTHER = "石磨由两块圆石组成，下面的一块固定不动，上面的一块由水力带动，谷物从中间的孔里倒进去，磨成粉末从四周流出。"


def found(written: str, lengths: Lengths = SHORT, title: str = "水车") -> list[tuple[str, str]]:
    """(section, text) of passages, ("!reason", detail) of what is refused."""
    about = Passage("", "file:水车.md", "custom", title)
    return [
        (f"!{each.reason}", each.detail) if isinstance(each, Refusal) else (each.section, each.text)
        for each in passages_of_text(written, about, lengths)
    ]


def texts(written: str, lengths: Lengths = SHORT) -> list[str]:
    return [each for section, each in found(written, lengths) if not section.startswith("!")]


def reasons(written: str, lengths: Lengths = SHORT) -> list[str]:
    return [section[1:] for section, _ in found(written, lengths) if section.startswith("!")]


# ---- Markdown


def test_a_passage_has_the_headings_that_it_stands_under():
    assert found(f"# 水车\n\n{WATER}\n\n## 石磨\n\n{OTHER}\n\n### 石料\n\n{WATER}\n") == [
        ("", WATER),
        ("石磨", OTHER),
        ("石磨 / 石料", WATER),
    ]


def test_the_first_heading_is_the_title():
    assert title_of(f"---\na: b\n---\n# 水车的历史 #\n\n{WATER}") == "水车的历史"
    assert title_of(f"## 水车\n\n{WATER}") == title_of(WATER) == ""


def test_marks_of_markdown_go_and_their_words_stay():
    written = (
        "水车**借助**[水流](https://a.b/c_(d))推动*水斗*，`转轮`随之转动[^1]<br>。![图](a.png)把河水提到高处的农田。"
    )
    assert texts(written) == ["水车借助水流推动水斗，转轮随之转动。把河水提到高处的农田。"]


def test_code_tables_and_contents_are_no_text_and_part_what_is_beside_them():
    code, table = "```\nx = 1\n\n# 不是标题\n```", "| 级 | 数 |\n|---|---|\n| 一 | 3 |"
    written = f"{WATER}\n\n{code}\n\n{OTHER}\n\n{table}\n\n{WATER}\n第一章 水车……………3\n"
    assert texts(written) == [WATER, OTHER, WATER]
    assert reasons(written) == ["code", "table", "table_of_contents"]


def test_what_speaks_of_a_table_that_is_gone_goes_with_it():
    written = f"| 级 | 数 |\n| 一 | 3 |\n\n以上各级由村里的人轮流看管，每年入冬之前拆下叶片。\n\n{OTHER}"
    assert texts(written) == [OTHER]
    assert reasons(written) == ["table", "refers_elsewhere"]


def test_a_list_stands_with_what_announces_it():
    written = "水车分为以下几个部分：\n\n- 转轮，由硬木制成；\n- 叶片，挂在外缘；\n- 水斗。\n\n" + OTHER
    (whole,) = texts(written)
    assert whole == f"水车分为以下几个部分：\n- 转轮，由硬木制成；\n- 叶片，挂在外缘；\n- 水斗。\n{OTHER}"


def test_what_announces_nothing_is_refused():
    assert found(f"水车分为以下几个部分：\n\n# 石磨\n\n{OTHER}")[0] == ("!no_full_stop", "水车分为以下几个部分：")


def test_short_sections_that_are_neighbours_are_one_text_with_their_headings():
    written = f"# 水车\n\n{WATER}\n\n## 事假\n\n须提前一天申请。\n\n## 病假\n\n可以当日补办手续。\n\n## 石磨\n\n{OTHER}"
    assert found(written) == [("", WATER), ("", "事假\n须提前一天申请。\n病假\n可以当日补办手续。"), ("石磨", OTHER)]


# ---- plain text


def test_chapters_of_a_plain_text_are_its_sections():
    written = f"第一章　水车\n\n第一条　{WATER}\n第二条　{OTHER}\n\n第二章　附则\n第三条　{WATER}\n"
    assert found(written) == [
        ("第一章 水车", f"第一条 {WATER}\n第二条 {OTHER}"),
        ("第二章 附则", f"第三条 {WATER}"),
    ]


def test_a_line_that_stops_in_mid_air_goes_on_in_the_next():
    wrapped = "\n".join(WATER[place : place + 18] for place in range(0, len(WATER), 18))
    assert texts(f"　　{wrapped}\n　　{OTHER}") == [f"{WATER}\n{OTHER}"]


def test_a_short_line_that_stops_was_not_wrapped_there():
    assert found(f"电话：12345\n{WATER}") == [("!no_full_stop", "电话：12345"), ("", WATER)]


def test_numbers_of_pages_are_passed_over():
    head, tail = WATER[:30], WATER[30:]
    assert texts(f"{OTHER}\n— 12 —\n第 13 页 共 20 页\n{WATER}") == [f"{OTHER}\n{WATER}"]
    assert texts(f"{head}\n{tail}") == [WATER]


def test_what_is_no_sentence_is_refused_with_its_reason():
    assert reasons(f"联系人：张三，电话\n\n{OTHER}\n\nThe quick brown fox jumps over the lazy dog.") == [
        "no_full_stop",
        "not_chinese",
    ]


def test_of_an_empty_text_it_is_said():
    assert found(" \n") == [("!empty", "")]


# ---- lengths


def test_paragraphs_are_joined_to_parts_of_about_one_length():
    paragraphs = [WATER] * 7
    parts = packed(paragraphs, Lengths(20, 260))
    assert "\n".join(parts) == "\n".join(paragraphs)
    assert [part.count("\n") + 1 for part in parts] == [4, 3]
    assert packed(paragraphs, Lengths(20, 5000)) == ["\n".join(paragraphs)]


def test_a_long_paragraph_is_cut_between_sentences_and_not_within_a_quotation():
    speech = "他说：“" + "水车转了。" * 8 + "”众人都笑了。"
    parts = packed([speech * 3], Lengths(20, 60))
    assert "".join(parts) == speech * 3
    assert all(part.count("“") == part.count("”") and part.endswith("。") for part in parts)
    assert max(map(len, parts)) <= 60


def test_a_quotation_longer_than_any_passage_is_cut_all_the_same():
    parts = packed(["“" + "水车转了。" * 50 + "”"], Lengths(20, 100))
    assert max(map(len, parts)) <= 100


def test_a_rest_that_is_too_short_goes_to_the_part_before_where_there_is_room():
    first, second, rest = ("水" * (length - 1) + "。" for length in (100, 131, 18))
    assert packed([first, second, rest], Lengths(20, 150)) == [first, f"{second}\n{rest}"]
    assert packed([first, second, rest], Lengths(20, 149)) == [first, second, rest]


def test_a_quotation_that_never_ends_is_cut_between_sentences():
    parts = packed(["他说：“" + "水车转了。" * 50], Lengths(20, 100))
    assert max(map(len, parts)) <= 100
    assert all(part.endswith("。") for part in parts)


@pytest.mark.parametrize(("shortest", "kept"), [(len(WATER), 1), (len(WATER) + 1, 0)])
def test_a_passage_is_as_long_as_is_asked_for(shortest, kept):
    assert len(texts(WATER, Lengths(shortest, 200))) == kept


def test_a_long_text_is_held_out_in_parts():
    long = "\n\n".join(text(number) for number in range(300))
    about = Passage("", "file:书.txt", "custom", "书")
    passages = [each for each in passages_of_text(long, about, Lengths()) if isinstance(each, Passage)]
    documents = list(dict.fromkeys(each.document for each in passages))
    assert documents == ["file:书.txt#1", "file:书.txt#2", "file:书.txt#3", "file:书.txt#4"]
    assert "\n".join(each.text for each in passages) == long.replace("\n\n", "\n")
    short = [each for each in passages_of_text(text(1), about, Lengths()) if isinstance(each, Passage)]
    assert [each.document for each in short] == ["file:书.txt"]


# ---- files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_file_may_have_any_encoding_and_a_chinese_name(tmp_path, encoding):
    path = tmp_path / "我的 文档" / "水车 说明.txt"
    path.parent.mkdir()
    path.write_text(f"{text(1)}\n\n{text(2)}\n", encoding=encoding)
    (passage,) = gathered([path], tmp_path / "x.passages.jsonl").passages()
    assert passage == Passage(
        f"{text(1)}\n{text(2)}", "file:水车 说明.txt", "custom", "水车 说明", licence="LicenseRef-unstated"
    )


def test_a_folder_of_texts_and_tables_is_read_as_a_whole(tmp_path):
    folder = tmp_path / "数据"
    json_lines(folder / "a.jsonl", {"正文": text(1), "标题": "甲", "来源": "https://a.b/1"}, {"正文": text(2)})
    (folder / "b.md").write_text(f"# 乙\n\n{text(3)}\n", encoding="utf-8")
    (folder / "c.json").write_text(json.dumps([{"content": text(4), "author": "丁"}]), encoding="utf-8")
    with (folder / "d.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([["编号", "全文"], [1, f"{text(5)}\n{text(6)}"]])
    passages = list(gathered([folder], tmp_path / "x.passages.jsonl", options={"licence": "MIT"}).passages())
    assert {(each.text, each.title, each.author, each.attribution) for each in passages} == {
        (text(1), "甲", "", "https://a.b/1"),
        (text(2), "", "", ""),
        (text(3), "乙", "", ""),
        (text(4), "", "丁", ""),
        (f"{text(5)}\n{text(6)}", "", "", ""),
    }
    assert {each.licence for each in passages} == {"MIT"}


def test_parquet_with_a_column_of_texts(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"段落": [text(1), text(2)], "号": [1, 2]}), tmp_path / "x.parquet")
    found = gathered([tmp_path / "x.parquet"], tmp_path / "x.passages.jsonl", options={"columns": "text=段落"})
    assert {passage.text for passage in found.passages()} == {text(1), text(2)}


def test_a_mapping_says_which_column_is_the_text_and_what_is_held_out_together(tmp_path):
    rows = [{"body": {"zh": text(n)}, "书": "水经"} for n in (1, 2)]
    path = json_lines(tmp_path / "x.jsonl", *rows)
    columns = "text=body.zh,document=书,title=书,author==佚名"
    passages = list(gathered([path], tmp_path / "x.passages.jsonl", options={"columns": columns}).passages())
    assert {(each.document, each.title, each.author) for each in passages} == {("水经", "水经", "佚名")}
    assert len(passages) == 2


def test_a_table_without_a_column_of_texts_says_how_to_name_it(tmp_path):
    path = json_lines(tmp_path / "x.jsonl", {"段落": text(1)}, {"段落": text(2)})
    with pytest.raises(SourceError, match=r"--columns text=COLUMN") as caught:
        gathered([path], tmp_path / "x.passages.jsonl")
    assert "x.jsonl, record 1: expected a column of texts; found 段落" in str(caught.value)


def test_a_conversion_of_texts_without_questions_points_to_expand(run, tmp_path):
    json_lines(tmp_path / "x.jsonl", {"正文": text(1)}, {"正文": text(2)})
    (tmp_path / "x.txt").write_text(text(1), encoding="utf-8")
    for name in ("x.jsonl", "x.txt"):
        result = run("custom", tmp_path / name)
        assert result.code == 2
        assert "python -m converters expand custom" in result.err


def test_rows_of_questions_and_answers_give_their_long_answers(tmp_path):
    rows = [{"问题": f"{n}号水车怎么保养？", "回答": text(n)} for n in (1, 2)] + [{"问题": "几号？", "回答": "三号。"}]
    found = gathered([json_lines(tmp_path / "x.jsonl", *rows)], tmp_path / "x.passages.jsonl")
    assert {passage.text for passage in found.passages()} == {text(1), text(2)}


def test_traditional_texts_are_simplified_unless_the_original_is_asked_for(tmp_path):
    path = tmp_path / "水車.txt"
    path.write_text("這架水車借助水流推動轉輪，把河水提到高處的農田。" * 5, encoding="utf-8")
    (passage,) = gathered([path], tmp_path / "x.passages.jsonl").passages()
    assert passage.text == "这架水车借助水流推动转轮，把河水提到高处的农田。" * 5
    (passage,) = gathered([path], tmp_path / "y.passages.jsonl", script="original").passages()
    assert passage.text == "這架水車借助水流推動轉輪，把河水提到高處的農田。" * 5


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (WATER, True),
        (f"第一章\n{WATER}", True),
        (f"# 水车\n{WATER}", True),
        (f"prompt,response\n{WATER}", False),
        (f"问题\t答案\n{WATER}", False),
        (f"text\n{WATER}", False),
        (f"<html>\n{WATER}", False),
        ("The water wheel turns. " * 9, False),
    ],
)
def test_what_is_a_text_and_no_table(head, expected):
    assert is_text(head) == expected


def test_every_character_of_the_text_is_in_a_piece_or_in_a_refusal():
    written = f"{WATER}\n\n未完的一行，没有句号\n\n{OTHER}\n\n1. 第一步；\n2. 第二步。\n"
    pieces = [piece for section in sections(written) for piece in section.pieces]
    said = "".join(piece.detail if isinstance(piece, Refusal) else piece for piece in pieces)
    assert "".join(said.split()) == "".join(written.split())


MARKDOWN = ["# 标题", "## 小节", "- 一项；", "1. 第一步：", "| 甲 | 乙 |", "```", "---", "第一章 总则", "— 3 —"]
LINES = st.sampled_from([WATER, OTHER, "", "以上如此。", *MARKDOWN]) | st.text(
    "水车。，：；“”（）*[]<>#-|1 \u3000\t", max_size=20
)


@given(st.lists(LINES, max_size=20).map("\n".join), st.sampled_from([SHORT, Lengths(), Lengths(10, 60)]))
def test_whatever_is_written_a_passage_has_nothing_that_was_not_written(written, lengths):
    """Punctuation apart, and one mark for all points of lists."""
    about = Passage("", "file:x", "custom", "x")
    for passage in passages_of_text(written, about, lengths):
        if isinstance(passage, Passage):
            assert len(passage.text) >= lengths.shortest
            assert not set(key(passage.text)) - set(key(written))
