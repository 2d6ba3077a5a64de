"""XML is streamed: wanted elements one by one, in constant memory; bombs and cut files are refused."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from reading_world import found, shape

from converters.contract import SourceError
from converters.reading import xml_events
from converters.reading.readers import read
from converters.reading.xml_events import LANGUAGE, elements

TMX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header creationtool="x"/><body>
<tu tuid="1"><prop type="note">n</prop><tuv xml:lang="en"><seg>He said &lt;b&gt;<bpt i="1">x</bpt> yes.</seg></tuv>
<tuv xml:lang="zh"><seg>他说是。</seg></tuv></tu><tu tuid="2"/></body></tmx>"""


def read_all(text, *tags, label=""):
    stream = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    return list(elements(stream, tags, label))


def test_wanted_elements_come_whole_with_their_language(tmp_path):
    first, second = read_all(TMX, "tu")
    assert [tuv.get(LANGUAGE) for tuv in first.iter("tuv")] == ["en", "zh"]
    assert ["".join(seg.itertext()) for seg in first.iter("seg")] == ["He said <b>x yes.", "他说是。"]
    assert second.get("tuid") == "2"


def test_namespaces_are_no_part_of_names():
    text = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/"><page><title>数学</title></page></mediawiki>'
    (page,) = read_all(text, "page")
    assert (page.tag, page.findtext("title")) == ("page", "数学")


def test_inside_a_wanted_element_no_other_is_looked_for():
    assert [found.tag for found in read_all("<a><doc><p><seg/></p></doc><seg/></a>", "doc", "seg")] == ["doc", "seg"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "big5"])
def test_the_declared_encoding_is_read(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><a><seg>漢字</seg></a>'
    assert [seg.text for seg in read_all(text.encode(encoding), "seg")] == ["漢字"]


LAUGHS = '<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;&l;&l;">]><a><seg>&m;</seg></a>'
FOREIGN = '<!DOCTYPE a [<!ENTITY l SYSTEM "file:///etc/hostname">]><a><seg>&l;</seg></a>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % l SYSTEM "http://example.org/x"> %l;]><a><seg/></a>'


@pytest.mark.parametrize("text", [LAUGHS, FOREIGN, PARAMETER])
def test_declarations_of_entities_are_refused(text):
    with pytest.raises(SourceError, match="expected XML without entity declarations"):
        read_all(text, "seg")


def test_entities_of_html_are_known_where_a_dtd_declares_them_and_others_are_an_error():
    text = '<!DOCTYPE a SYSTEM "x.dtd"><a><seg>A&nbsp;&eacute;</seg><seg>&own;</seg></a>'
    with pytest.raises(SourceError, match="after record 1: expected entities of XML or HTML; found &own;"):
        read_all(text, "seg")
    assert read_all(text.replace("&own;", ""), "seg")[0].text == "A\u00a0é"


def test_a_cut_file_names_the_last_good_element():
    text = "<a>" + "<seg>句</seg>" * 3 + "<seg>半"
    with pytest.raises(SourceError, match=r"x\.xml, after record 3: expected XML that is whole"):
        read_all(text, "seg", label="x.xml")


@pytest.mark.parametrize("end", [b"<s>", b"<<<", b"<s>&x;</s>"])
def test_elements_before_an_error_are_delivered(end):
    stream = elements(io.BytesIO(b"<a><s>1</s><s>2</s>" + end), ("s",))
    assert [next(stream).text, next(stream).text] == ["1", "2"]
    with pytest.raises(SourceError, match="after record 2"):
        next(stream)


@pytest.mark.parametrize("text", ["句" * 1001, "<seg/>" * 40, "<seg>" * 40])
def test_an_element_that_never_ends_is_refused_before_it_fills_the_memory(monkeypatch, text):
    monkeypatch.setattr(xml_events, "LONGEST_VALUE", 1000)
    with pytest.raises(SourceError, match="expected elements of at most 1,000 characters"):
        read_all("<a>" + text, "a")


def test_elements_deeper_than_any_corpus_are_refused():
    with pytest.raises(SourceError, match="at most 256 deep"):
        read_all("<a>" * 100_000, "b")


def test_memory_does_not_grow_with_the_file():
    page = "<other><x>y</x></other><seg a='1'>" + "句子" * 100 + "</seg>tail\n"

    class Endless(io.RawIOBase):
        """<a> and pages without end, up to 30 MB."""

        given = 0

        def read(self, count=-1):
            self.given += 1
            return b"<a>" if self.given == 1 else (page * 1000).encode() if self.given < 50 else b""

    tracemalloc.start()
    with pytest.raises(SourceError, match="after record 48000"):
        for _ in elements(Endless(), ("seg",)):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 << 20


def test_a_stream_names_its_file_and_the_last_good_record(tmp_path):
    path = tmp_path / "a.tmx"
    path.write_text(TMX[:-20], "utf-8")
    tmx = shape(
        "tmx",
        "stream",
        begins=lambda head: b"<tmx" in head,
        records=lambda stream: (dict(unit.attrib) for unit in elements(stream, ("tu",))),
    )
    (item,) = found(path, formats=(tmx,)).inputs
    with pytest.raises(SourceError, match=r"a\.tmx, after record 1"):
        list(read(item))
