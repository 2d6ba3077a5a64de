"""How segments of a document become passages, and how the files that hold them are read."""

from __future__ import annotations

import io

import pytest

from converters.contract import SourceError
from converters.pairs import tmx, wmt
from converters.pairs.parallel import Pair
from converters.pairs.passages import Segment, is_a_list, joined, passages


def segments(*english: str, paragraph: int = 0) -> list[Segment]:
    return [Segment(Pair(text, f"第{n}句。"), str(n), paragraph) for n, text in enumerate(english)]


def test_passages_have_two_to_eight_sentences_and_lose_none():
    run = segments(*[f"This is sentence {n} of the text." for n in range(200)])
    found = list(passages(run))
    assert [segment for passage in found for segment in passage] == run
    sizes = {len(passage) for passage in found}
    assert sizes == {2, 3, 4, 5, 6, 7, 8}


def test_where_a_passage_ends_depends_on_its_first_sentence_alone():
    run = segments(*[f"This is sentence {n} of the text." for n in range(60)])
    first = list(passages(run))
    second = list(passages(run[len(first[0]) :]))
    assert second == first[1:]


def test_a_heading_opens_a_passage_in_a_line_of_its_own():
    run = segments("It was late.", "We went home.", "The next day", "The sun shone.", "We slept.")
    texts = [joined(passage).english for passage in passages(run)]
    assert texts == ["It was late. We went home.", "The next day\nThe sun shone. We slept."]


def test_a_new_paragraph_is_a_new_line_on_both_sides():
    run = [*segments("It was late.", paragraph=1), *segments("We went home.", paragraph=2)]
    pair = joined(run)
    assert (pair.english, pair.chinese) == ("It was late.\nWe went home.", "第0句。\n第0句。")


def test_a_single_sentence_at_the_end_goes_to_the_passage_before():
    for count in range(3, 30):
        run = segments(*[f"Here is line {n} of {count}." for n in range(count)])
        found = [len(passage) for passage in passages(run)]
        # the one before may be full already
        assert min(found) >= 2 or found[-2:] == [8, 1]


def test_long_sentences_fill_a_passage_by_characters():
    first, long = "It rained.", "A" + "b" * 850 + "."
    assert len(next(passages(segments(first, *["It was late."] * 20)))) > 3
    assert len(next(passages(segments(first, *[long] * 20)))) == 3


def test_the_original_of_a_passage_is_whole_when_one_part_was_changed():
    run = [Segment(Pair("One.", "一。", "壹。", ("simplified",)), "1"), Segment(Pair("Two.", "二。"), "2")]
    pair = joined(run)
    assert (pair.original, pair.notes) == ("壹。二。", ("simplified",))


def test_alphabetical_order_makes_a_list_and_a_text_is_none():
    assert is_a_list(segments(*[f"{letter}pple." for letter in "abcdefgh"]))
    assert not is_a_list(
        segments("We ran.", "Then it rained.", "All stopped.", "Birds sang.", "We ate.", "No one came.")
    )
    assert not is_a_list(segments("A.", "B."))


TMX = '<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"><body>{}</body></tmx>'


def unit(tuid: str, **texts: str) -> str:
    variants = "".join(
        f'<tuv xml:lang="{name.replace("_", "-")}"><seg>{text}</seg></tuv>' for name, text in texts.items()
    )
    return f'<tu tuid="{tuid}"><prop type="note">n</prop>{variants}</tu>'


def read_runs(*units: str) -> list[dict[str, object]]:
    return list(tmx.runs(io.BytesIO(TMX.format("".join(units)).encode())))


def test_units_run_on_while_their_numbers_do():
    found = read_runs(*[unit(f"Doc_1:{n}", en="a", zh="甲") for n in (1, 2, 4)], unit("Doc_2:5", en="a", zh="甲"))
    assert [(run["document"], len(run["units"])) for run in found] == [("Doc_1", 2), ("Doc_1", 1), ("Doc_2", 1)]


def test_units_without_a_number_stand_alone():
    assert [len(run["units"]) for run in read_runs(unit("a", en="x", zh="甲"), unit("", en="y", zh="乙"))] == [1, 1]


def test_a_run_ends_before_it_is_a_book():
    found = read_runs(*[unit(f"D:{n}", en="a", zh="甲") for n in range(201)])
    assert [len(run["units"]) for run in found] == [200, 1]


@pytest.mark.parametrize(
    ("texts", "chosen"),
    [
        ({"en": "x", "zh": "中"}, "中"),
        ({"en_US": "x", "zh_TW": "臺", "zh_CN": "大"}, "大"),
        ({"EN": "x", "zh_TW": "臺"}, "臺"),
        ({"en": "x", "zh_XX": "别"}, "别"),
        ({"en": "x", "fr": "y"}, ""),
    ],
)
def test_mainland_chinese_is_preferred_among_the_variants(texts, chosen):
    (run,) = read_runs(unit("a", **texts))
    assert (run["units"][0]["en"], run["units"][0]["zh"]) == ("x", chosen)


def test_inline_codes_go_and_marked_text_stays():
    (run,) = read_runs(
        unit("a", en='Press <hi>OK</hi> <bpt i="1">{b}</bpt>now<ept i="1">{/b}</ept>.', zh="按<ph/>确定。")
    )
    assert (run["units"][0]["en"], run["units"][0]["zh"]) == ("Press OK now.", "按确定。")


def test_a_memory_in_utf_16_is_recognised():
    assert tmx.is_tmx(TMX.encode("utf-16"))
    assert not tmx.is_tmx(b"<html></html>")


@pytest.mark.parametrize("broken", [TMX.format("<tu>"), '<!DOCTYPE tmx [<!ENTITY a "b">]><tmx><body/></tmx>'])
def test_broken_xml_and_declared_entities_are_errors(broken):
    with pytest.raises(SourceError):
        list(tmx.runs(io.BytesIO(broken.encode())))


WMT = """<dataset id="d"><collection id="c"><doc id="n1" origlang="en">
<src lang="en"><p><seg id="1">A.</seg></p><p><seg id="2">B.</seg></p></src>
<ref lang="zh" translator="A"><p><seg id="1">甲。</seg></p><p><seg id="2">乙。</seg></p></ref>
<hyp system="x" language="zh"><p><seg id="1">错。</seg></p></hyp></doc></collection></dataset>"""


def test_the_xml_of_a_shared_task_gives_sides_with_paragraphs_and_no_system():
    (document,) = wmt.documents(io.BytesIO(WMT.encode()))
    assert [(side["role"], side["language"]) for side in document["sides"]] == [("src", "en"), ("ref", "zh")]
    assert document["sides"][1]["segments"][1] == {"id": "2", "paragraph": 2, "text": "乙。"}


def test_sgm_may_hold_bare_ampersands_and_documents_in_another_order():
    bare = '<doc docid="1"><seg id=1></doc><DOC docid="2"><hl><seg id="1">R & D</seg></hl></DOC>'
    source = f'<srcset setid="s" srclang="en">{bare}</srcset>'
    reference = (
        '<refset setid="s" trglang="zh"><doc docid="2" sysid="r"><seg id="1">研发 &amp; 其他</seg></doc></refset>'
    )
    document = wmt.sgm_documents(source, reference)[1]
    assert [side["segments"][0]["text"] for side in document["sides"]] == ["R & D", "研发 & 其他"]
    assert document["sides"][0]["language"] == "en"


def test_sgm_of_any_language_is_read_by_its_script_and_has_each_of_its_references():
    source = '<srcset setid="s" srclang="any"><doc docid="1"><seg id="1">The rain stopped.</seg></doc></srcset>'
    docs = "".join(f'<doc docid="1" sysid="ref{by}"><seg id="1">雨{how}了。</seg></doc>' for by, how in ("A停", "B住"))
    (document,) = wmt.sgm_documents(source, f'<refset setid="s" srclang="any" trglang="zh">{docs}</refset>')
    assert [side["language"] for side in document["sides"]] == ["en", "zh", "zh"]
    assert [side["translator"] for side in document["sides"]] == ["", "refA", "refB"]
    (document,) = wmt.sgm_documents(source.replace("The rain stopped.", "雨停了。"), "")
    assert document["sides"][0]["language"] == "zh"


@pytest.mark.parametrize(
    ("name", "is_test"),
    [
        ("newstest2019-src.eng.txt", True),
        ("newsdev2017-zhen-src.zh.sgm", True),
        ("wmttest2022.en-zh.src.en", True),
        ("flores101_dataset/devtest/eng.devtest", True),
        ("NTREX-128/x.txt", True),
        ("eng_Latn.dev", True),
        ("news-commentary-v18.en-zh.en", False),
        ("UNv1.0.en-zh.en", False),
        ("train.tags.en-zh.en", False),
        ("wmt23-training.en", False),
    ],
)
def test_sets_to_measure_with_are_known_by_their_names(name, is_test):
    assert (wmt.TEST_SET.search(name) is not None) is is_test
