"""Misreadings: found by comparing a book with the others, known again by their fingerprints."""

from __future__ import annotations

import numpy as np
import pytest

from converters.oldbooks import errata, proofread
from converters.oldbooks.errata import learn

# written for these tests
LINE = "阿莲把椅子放在桌子旁边，请沈彦坐下。"
WRONG = LINE.replace("椅子", "椅于")
ALIKE = {ord("于"): (ord("子"),), ord("子"): (ord("于"),)}


def suspects(book: str, *others: str) -> list[str]:
    everywhere = learn.in_books(learn.codes_of(text) for text in (book, *others))
    return list(learn.suspects(learn.codes_of(book), everywhere, ALIKE))


def test_a_character_is_suspected_where_other_books_have_its_look_alike():
    assert suspects(WRONG, *[LINE] * 4) == ["把椅于放在"]
    assert suspects(LINE, *[LINE] * 4) == []


def test_three_books_are_too_few():
    assert suspects(WRONG, *[LINE] * 3) == []


def test_the_twin_of_a_book_proves_nothing_and_two_other_books_do():
    assert suspects(WRONG, WRONG, *[LINE] * 4) == ["把椅于放在"]
    assert suspects(WRONG, WRONG, WRONG, *[LINE] * 4) == []


def test_what_a_book_has_again_and_again_is_a_name():
    assert suspects(WRONG * 2, *[LINE] * 4) == ["把椅于放在"] * 2
    assert suspects(WRONG * 3, *[LINE] * 4) == []


def test_a_look_alike_is_every_other_character_of_a_group():
    alike = learn.lookalikes()
    assert ord("子") in alike[ord("于")]
    assert all(character not in others for character, others in alike.items())


def test_a_passage_with_a_known_misreading_is_at_fault(monkeypatch):
    monkeypatch.setattr(errata, "_known", lambda: frozenset({errata.fingerprint("张椅于放在")}))
    assert errata.suspect("他把一张椅于放在门口。") == 5
    assert errata.suspect("他把一张椅子放在门口。") is None
    assert proofread.fault("阿莲把一张椅于放在门口。") == ("misread", "阿莲把一张椅于放在门口。")


def test_fingerprints_are_the_same_on_every_machine_and_the_table_is_there():
    assert errata.fingerprint("把椅于放在") == 1546154975
    assert errata.KNOWN.stat().st_size % 4 == 0
    assert errata.KNOWN.stat().st_size > 100_000


def test_a_library_is_read_page_by_page_without_headings(tmp_path):
    book = tmp_path / "resources" / "世态人情" / "柳桥记"
    book.mkdir(parents=True)
    for number, page in enumerate((f"<h1>柳桥</h1>{LINE}<br>", LINE)):
        (book / f"{number}.html").write_text(page, encoding="utf-8")
    assert learn.library(tmp_path) == {"柳桥记": f"{LINE}\n{LINE}"}


def test_learning_writes_the_fingerprints_and_shows_each_book(tmp_path, monkeypatch, capsys):
    for name in "甲乙丙丁戊":
        book = tmp_path / "resources" / "世态人情" / f"{name}记"
        book.mkdir(parents=True)
        (book / "0.html").write_text(WRONG if name == "甲" else LINE, encoding="utf-8")
    monkeypatch.setattr(learn, "KNOWN", tmp_path / "known.bin")
    learn.main(tmp_path)
    known = np.frombuffer((tmp_path / "known.bin").read_bytes(), dtype="<u4").tolist()
    assert known == [errata.fingerprint("把椅于放在")]
    shown = capsys.readouterr().out
    assert "555.56 in ten thousand  甲记" in shown
    assert "  0.00 in ten thousand  乙记" in shown


def test_all_suspects_are_found_each_on_its_own_line(monkeypatch):
    known = {errata.fingerprint(five) for five in ("张椅于放在", "\n\n于是乎")}
    monkeypatch.setattr(errata, "_known", lambda: frozenset(known))
    assert list(errata.suspects("一张椅于放在门口。\n于是乎去。")) == [3, 10]
    assert list(errata.suspects("一张椅于放。\n在门口，于是乎去。")) == []


@pytest.mark.parametrize(
    ("five", "expected"),
    [
        ("甲乙丙丁戊", {"甲乙丙丁戊"}),
        ("甲\n丙丁戊", {"\n\n丙丁戊"}),
        ("甲乙丙\n戊", {"甲乙丙\n\n"}),
        ("。乙丙丁戊", {"。乙丙丁戊", "\n乙丙丁戊"}),
        ("甲乙丙。戊", {"甲乙丙。戊", "甲乙丙。\n"}),
        ("。乙丙。戊", {"。乙丙。戊", "\n乙丙。戊", "。乙丙。\n", "\n乙丙。\n"}),
    ],
)
def test_a_suspect_is_known_where_a_passage_is_cut_beside_it(five, expected):
    assert learn.cuts(five) == expected


def test_suspects_that_were_found_in_another_way_are_added(tmp_path, monkeypatch):
    monkeypatch.setattr(learn, "KNOWN", tmp_path / "known.bin")
    monkeypatch.setattr(learn, "library", lambda folder: {"甲记": LINE})
    (tmp_path / "more").write_text("甲乙丙丁戊\0己庚辛壬癸", encoding="utf-8")
    learn.main(tmp_path, tmp_path / "more")
    known = np.frombuffer((tmp_path / "known.bin").read_bytes(), dtype="<u4").tolist()
    assert sorted(known) == sorted(map(errata.fingerprint, ("甲乙丙丁戊", "己庚辛壬癸")))


@pytest.mark.parametrize("text", ["", "一", "一二三四"])
def test_a_text_shorter_than_five_characters_is_never_suspected(text):
    assert errata.suspect(text) is None
