"""What a conversion does beside copying: caps on kinds, linked texts, names, several examples a record, limits."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from converters import registry
from converters.contract import Dataset, Example, Format, Option, Reject, Source, assistant, user
from converters.digests import digest64
from converters.engine import holdout

CAPPED = Dataset("toy", "a toy", 1.0, "instruction", caps={"short": 0.2})
SECOND = Dataset("toy_second", "another", 1.0, "instruction")
REJECTED_IN = "toy"


def convert(record, context):
    """A record is {"say": [answers], "kind": …, "linked": […]}: one example for each answer, or a reject."""
    if not record["say"]:
        return [Reject(REJECTED_IN, "silent")] * record.get("times", 1)
    return [
        Example(
            record.get("to", "toy"),
            (user(f"问：{answer}"), assistant(answer)),
            document=record.get("document", answer),
            kind=record.get("kind", ""),
            linked=tuple(record.get("linked", ())),
            title_key=record.get("title", ""),
            same_as=record.get("same", ""),
            notes=("shouted",) if context.option("loud") or record.get("loud") else (),
        )
        for answer in record["say"]
    ]


def source(**changes) -> Source:
    shape = Format("toy", "a toy's say", "record", lambda record: "say" in record, convert)
    return Source("toy", "task", "MIT", "nowhere", (shape,), (CAPPED, SECOND), ("toy.json",), **changes)


@pytest.fixture
def toy(run, monkeypatch, write_lines):
    """`toy(records, *words)` converts them by a source named toy."""

    def make(*records, words=(), **changes):
        own = source(**changes)
        for module in ("converters.registry", "converters.__main__", "converters.catalog"):
            monkeypatch.setattr(f"{module}.SOURCES", (own,))
        assert registry.source_named("toy") == own
        result = run("toy", write_lines("toy.jsonl", *records), "--eval-share", "0", *words)
        assert result.code == 0, result.err
        return result

    return make


def kept(written, dataset="toy"):
    return [line["messages"][1]["content"] for line in written.lines(f"{dataset}.jsonl")]


def test_a_record_gives_several_examples_and_all_are_counted(toy, written):
    toy({"say": ["一", "二"]}, {"say": []}, {"say": ["三"], "to": "toy_second"})
    first, second = written.manifest("toy")["counts"], written.manifest("toy_second")["counts"]
    assert (first["records"], first["outcomes"], first["examples"], first["rejected"]) == (2, 3, 2, {"silent": 1})
    assert (second["records"], second["outcomes"]) == (1, 1)


def test_a_capped_kind_has_at_most_its_share_and_the_rest_is_recorded(toy, written):
    toy(*[{"say": [f"长{n}"]} for n in range(40)], *[{"say": [f"短{n}"], "kind": "short"} for n in range(40)])
    counts = written.manifest("toy")["counts"]
    assert (counts["examples"], counts["kinds"], counts["rejected"]) == (50, {"short": 10}, {"cap_short": 30})
    assert Counter(line["meta"]["kind"] for line in written.lines("toy.jsonl")) == {"": 40, "short": 10}
    assert {reason for _, reason in written.rejects("toy")} == {"cap_short"}
    assert written.manifest("toy")["answer_characters"] == sum(map(len, kept(written)))


def test_which_of_a_capped_kind_stay_does_not_depend_on_their_order(toy, written):
    long, short = [{"say": [f"长{n}"]} for n in range(8)], [{"say": [f"短{n}"], "kind": "short"} for n in range(9)]
    toy(*long, *short)
    first = set(kept(written))
    toy(*short[::-1], *long)
    assert set(kept(written)) == first


def test_a_cap_is_raised_on_the_command_line(toy, written):
    records = [*[{"say": [f"短{n}"], "kind": "short"} for n in range(9)], {"say": ["长"]}]
    toy(*records, words=("--cap", "short=1"))
    assert kept(written) == [*(f"短{n}" for n in range(9)), "长"]  # none of them had to wait


def test_all_caps_are_lifted_at_once_but_for_those_that_are_named(toy, written):
    records = [*[{"say": [f"短{n}"], "kind": "short"} for n in range(9)], {"say": ["长"]}]
    toy(*records, words=("--cap", "all=1"))
    assert len(kept(written)) == 10
    toy(*records, words=("--cap", "short=0", "--cap", "all=1"))
    assert kept(written) == ["长"]


def test_who_loses_more_to_caps_than_is_kept_is_told_how_to_lift_them(run, toy, written):
    records = [*[{"say": [f"短{n}"], "kind": "short"} for n in range(9)], {"say": ["长"]}]
    ran = toy(*records)
    assert f"toy: {10 - len(kept(written))} were left out because their kind may only have a small share" in ran.out
    assert "--cap all=1" not in toy(*records, words=("--cap", "short=1")).out


@pytest.mark.parametrize("words", [("--cap", "long=0.5"), ("--cap", "short=2"), ("--cap", "short")])
def test_a_cap_of_no_kind_or_no_share_is_an_error(run, monkeypatch, write_lines, words):
    monkeypatch.setattr("converters.__main__.SOURCES", (source(),))
    monkeypatch.setattr("converters.registry.SOURCES", (source(),))
    assert run("toy", write_lines("toy.jsonl", {"say": ["一"]}), *words).code == 2


def test_a_training_example_that_shares_a_text_with_a_held_out_one_leaves(toy, written):
    records = [{"say": [f"甲{n}"], "linked": [f"共{n}"]} for n in range(60)]
    records += [{"say": [f"乙{n}"], "linked": [f"共{n}"]} for n in range(60)]
    toy(*records, words=("--eval-share", "0.2"))
    evaluation = {line["messages"][1]["content"][1:] for line in written.lines("toy_eval.jsonl")}
    assert evaluation
    assert not evaluation & {answer[1:] for answer in kept(written)}
    counts = written.manifest("toy")["counts"]
    assert counts["rejected"] == {"linked_to_evaluation": 120 - counts["examples"]}
    assert counts["train"] == len(kept(written))
    assert list(written.folder.rglob(".*")) == []  # the file as it was before has gone


def test_a_link_reaches_from_one_dataset_into_the_other(toy, written):
    inside, outside = document_where(held_out=True), document_where(held_out=False)
    toy(
        {"say": ["甲"], "document": next(outside), "linked": ["共"]},
        {"say": ["乙"], "document": next(outside)},
        {"say": ["丙"], "document": next(inside), "linked": ["共"], "to": "toy_second"},
        words=("--eval-share", "0.5"),
    )
    assert kept(written) == ["乙"]
    assert written.rejects("toy") == [("1", "linked_to_evaluation")]


def test_a_new_name_stands_in_files_ids_and_registry(toy, written):
    toy({"say": ["一"]}, {"say": ["二"], "to": "toy_second"}, words=("--name", "mine"))
    assert kept(written, "mine") == ["一"]
    assert written.lines("mine_second.jsonl")[0]["id"].startswith("mine_second:")
    assert {"mine", "mine_eval", "mine_second"} <= set(written.registry())


def test_two_conversions_under_two_names_stay_apart(toy, written):
    toy({"say": ["一"]}, words=("--name", "one"))
    toy({"say": ["二"]}, words=("--name", "two"))
    assert (kept(written, "one"), kept(written, "two")) == (["一"], ["二"])
    assert {"one", "two"} <= set(written.registry())


def test_an_option_of_a_source_reaches_its_records_and_the_manifest(toy, written):
    toy({"say": ["一"]}, words=("--loud", "yes"), options=(Option("loud", "shout"),))
    manifest = written.manifest("toy")
    assert manifest["counts"]["changed"] == {"shouted": 1}
    assert manifest["options"]["options"] == {"loud": "yes"}
    assert "--loud yes" in manifest["created_by"]


def test_a_duplicate_is_told_by_file_and_record(toy, written):
    toy({"say": ["一"]}, {"say": ["二"]}, {"say": ["一"]})
    (reject,) = written.lines("toy.rejects.jsonl")
    assert (reject["record"], reject["detail"]) == ("3", "the same as toy.jsonl, record 1")


def test_a_title_has_at_most_its_cap(toy, written):
    toy(*[{"say": [f"{n}"], "title": "春"} for n in range(5)], title_cap=3)
    assert kept(written) == ["0", "1", "2"]
    assert {reason for _, reason in written.rejects("toy")} == {"cap_alike"}


def test_an_evaluation_set_is_one_file_and_never_takes_part_in_a_mixture(toy, written, monkeypatch):
    monkeypatch.setattr("test_shelf.CAPPED", replace(CAPPED, purpose="evaluation", caps={}))
    toy({"say": ["一"]}, {"say": ["二"]})
    entry = written.registry()["toy"]
    assert kept(written) == ["一", "二"]
    assert (entry["eval"]["task"], "mix" in entry, "toy_eval" in written.registry()) == ("instruction", False, False)


def test_a_corpus_of_one_format_does_not_empty_the_dataset_of_another(toy, written, monkeypatch):
    toy({"say": ["一"]}, {"say": ["二"], "to": "toy_second"})
    before = kept(written, "toy_second")
    only = replace(source(), formats=(replace(source().formats[0], datasets=("toy",)),))
    monkeypatch.setattr("test_shelf.source", lambda **changes: only)
    toy({"say": ["三"]})
    assert (kept(written), kept(written, "toy_second")) == (["三"], before)


# ---- nothing is lost, and nothing of what is held out is learned


def test_a_text_that_a_title_cap_refused_may_come_under_another_title(toy, written):
    toy({"say": ["一"], "title": "春"}, {"say": ["二"], "title": "春"}, {"say": ["二"], "title": "秋"}, title_cap=1)
    assert kept(written) == ["一", "二"]
    assert written.rejects("toy") == [("2", "cap_alike")]


def test_a_title_is_counted_from_chunk_to_chunk(toy, written, monkeypatch):
    monkeypatch.setattr("converters.reading.encodings.BLOCK", 1)
    toy(*[{"say": [f"{n}"], "title": "春秋"[n % 2]} for n in range(9)], title_cap=2)
    assert kept(written) == ["0", "1", "2", "3"]
    assert {reason for _, reason in written.rejects("toy")} == {"cap_alike"}


def test_a_duplicate_does_not_count_under_its_title(toy, written):
    records = [{"say": [say], "title": "春"} for say in ("一", "一", "二", "三")]
    toy(*records, title_cap=2)
    assert kept(written) == ["一", "二"]
    assert written.rejects("toy") == [("2", "duplicate"), ("4", "cap_alike")]


def document_where(held_out: bool) -> Iterator[str]:
    """Names of documents that are candidates at --eval-share 0.5, or are none."""
    names = (f"d{number}" for number in itertools.count())
    return (name for name in names if (digest64(name.encode()) < holdout.bound(0.5)) is held_out)


def test_a_text_of_a_held_out_document_is_not_trained_on_under_another_document(toy, written):
    inside, outside = next(document_where(held_out=True)), next(document_where(held_out=False))
    toy(
        {"say": ["同一首诗"], "document": outside},
        {"say": ["同一首诗", "它的另一句"], "document": inside},
        {"say": ["别的"], "document": outside},
        words=("--eval-share", "0.5"),
    )
    assert [line["messages"][1]["content"] for line in written.lines("toy_eval.jsonl")] == ["它的另一句"]
    assert kept(written) == ["别的"]
    assert written.rejects("toy") == [("2", "duplicate"), ("1", "linked_to_evaluation")]


@pytest.mark.parametrize("block", [1, 150, 1 << 20])
def test_the_right_lines_leave_however_they_came_in(toy, written, monkeypatch, block):
    monkeypatch.setattr("converters.reading.encodings.BLOCK", block)
    inside, outside = document_where(held_out=True), document_where(held_out=False)
    say = [{"say": [f"甲{n}"], "document": next(outside), "linked": [f"共{n % 5}"]} for n in range(20)]
    say += [{"say": [f"乙{n}"], "document": next(outside)} for n in range(20)]
    say += [{"say": [f"乙{n}", f"丙{n}"], "document": next(inside)} for n in (3, 17)]
    say += [{"say": ["丁"], "document": next(inside), "linked": ["共4"]}]
    toy(*say, words=("--eval-share", "0.5"))
    left = [f"甲{n}" for n in range(20) if n % 5 == 4] + ["乙3", "乙17"]
    evaluation = [line["messages"][1]["content"] for line in written.lines("toy_eval.jsonl")]
    assert evaluation == ["丙3", "丙17", "丁"]
    assert kept(written) == [record["say"][0] for record in say[:40] if record["say"][0] not in left]


def test_a_duplicate_of_a_document_that_is_not_held_out_after_all_changes_nothing(toy, written):
    inside, outside = next(document_where(held_out=True)), next(document_where(held_out=False))
    records = [{"say": ["同"], "document": outside}, {"say": ["同", "另"], "document": inside}]
    toy(*records, words=("--eval-share", "0.5", "--max-eval", "0"))
    assert kept(written) == ["同", "另"]


def test_what_is_dropped_again_leaves_the_counts_too(toy, written):
    records = [{"say": [f"甲{n}"], "linked": [f"共{n}"], "kind": "long", "loud": True} for n in range(60)]
    records += [{"say": [f"乙{n}"], "linked": [f"共{n}"], "kind": "long", "loud": True} for n in range(60)]
    toy(*records, words=("--eval-share", "0.2"))
    counts = written.manifest("toy")["counts"]
    assert counts["rejected"]["linked_to_evaluation"] > 0
    assert counts["kinds"] == {"long": counts["examples"]}
    assert counts["changed"] == {"shouted": counts["examples"]}


def test_what_a_cap_drops_leaves_the_counts_too(toy, written):
    toy(
        *[{"say": [f"长{n}"]} for n in range(40)],
        *[{"say": [f"短{n}"], "kind": "short", "loud": True} for n in range(40)],
    )
    counts = written.manifest("toy")["counts"]
    assert (counts["kinds"], counts["changed"]) == ({"short": 10}, {"shouted": 10})


def test_preferences_on_a_document_that_is_held_out_are_not_learned(toy, written, monkeypatch):
    monkeypatch.setattr("test_shelf.SECOND", replace(SECOND, purpose="preference"))
    records = [{"say": [f"{n}"], "document": f"d{n}"} for n in range(60)]
    toy(*records, *[record | {"to": "toy_second"} for record in records], words=("--eval-share", "0.3"))
    held_out = {line["meta"]["document"] for line in written.lines("toy_eval.jsonl")}
    assert held_out
    assert not held_out & {line["meta"]["document"] for line in written.lines("toy_second.jsonl")}
    counts = written.manifest("toy_second")["counts"]
    assert counts["rejected"] == {"linked_to_evaluation": len(held_out)}
    assert (counts["examples"], counts["train"]) == (60 - len(held_out), 60 - len(held_out))


def test_preferences_have_no_part_in_what_is_held_out(toy, written, monkeypatch):
    monkeypatch.setattr("test_shelf.SECOND", replace(SECOND, purpose="preference"))
    documents = [next(names) for names in [document_where(held_out=True)] for _ in range(3)]
    records = [{"say": [document], "document": document} for document in documents]
    pairs = [
        {"say": [f"{document}{n}"], "document": document, "to": "toy_second"}
        for document in documents
        for n in range(9)
    ]
    toy(*records, *pairs, {"say": ["别的"], "to": "toy_second"}, words=("--eval-share", "0.5", "--max-eval", "2"))
    assert len(written.lines("toy_eval.jsonl")) == 2
    assert written.manifest("toy_second")["counts"]["rejected"] == {"linked_to_evaluation": 18}


def test_an_evaluation_set_keeps_what_is_linked_to_what_is_held_out(toy, written, monkeypatch):
    monkeypatch.setattr("test_shelf.SECOND", replace(SECOND, purpose="evaluation"))
    records = [{"say": [f"{n}"], "document": f"d{n}", "linked": [f"{n}"]} for n in range(60)]
    toy(*records, *[record | {"to": "toy_second"} for record in records], words=("--eval-share", "0.3"))
    assert written.lines("toy_eval.jsonl")
    assert len(kept(written, "toy_second")) == 60


def test_an_outcome_for_a_dataset_that_its_format_does_not_feed_is_an_error_of_ours(toy, monkeypatch):
    only = replace(source(), formats=(replace(source().formats[0], datasets=("toy",)),))
    monkeypatch.setattr("test_shelf.source", lambda **changes: only)
    with pytest.raises(RuntimeError, match="toy_second"):
        toy({"say": ["一"]}, {"say": ["二"], "to": "toy_second"})


def test_where_all_is_rejected_the_reasons_of_every_dataset_are_told(run, monkeypatch, write_lines):
    monkeypatch.setattr("converters.__main__.SOURCES", (source(),))
    monkeypatch.setattr("converters.registry.SOURCES", (source(),))
    monkeypatch.setattr("test_shelf.REJECTED_IN", "toy_second")
    result = run("toy", write_lines("toy.jsonl", {"say": []}, {"say": []}))
    assert "2 records, all rejected (silent 2)" in result.err


@pytest.mark.parametrize("name", ["other", "foundation_mix", "other_eval"])
def test_a_new_name_that_something_else_has_is_refused(toy, run, written, monkeypatch, name):
    other = replace(source(), name="other", datasets=(replace(SECOND, name="other"),))
    toy({"say": ["一"]})
    for module in ("converters.registry", "converters.__main__", "converters.catalog"):
        monkeypatch.setattr(f"{module}.SOURCES", (source(), other))
    before = written.bytes()
    result = run("toy", "toy.jsonl", "--name", name)
    assert (result.code, f"--name {name}: expected a name that nothing else has" in result.err) == (2, True)
    assert written.bytes() == before


def test_a_new_name_under_which_another_source_wrote_is_refused(toy, run, written, monkeypatch):
    toy({"say": ["一"]}, words=("--name", "mine"))
    toy({"say": ["二"]}, words=("--name", "mine"))  # its own source may
    other = replace(source(), name="other", datasets=(replace(CAPPED, name="other"),))
    monkeypatch.setattr("test_shelf.REJECTED_IN", "other")
    for module in ("converters.registry", "converters.__main__", "converters.catalog"):
        monkeypatch.setattr(f"{module}.SOURCES", (source(), other))
    assert "found mine, which another source wrote" in run("other", "toy.jsonl", "--name", "mine").err


def test_rejects_stand_in_the_order_of_their_records(toy, written):
    toy({"say": ["一"]}, {"say": []}, {"say": ["一"]}, {"say": []}, {"say": ["一"]})
    assert written.rejects("toy") == [("2", "silent"), ("3", "duplicate"), ("4", "silent"), ("5", "duplicate")]


@pytest.mark.parametrize("size", [1, 300])
def test_the_size_of_chunks_changes_no_byte(toy, written, monkeypatch, size):
    say = [{"say": [f"{n}" for n in range(start, start + 3)], "kind": "short" * (start % 2)} for start in range(40)]
    records = [*say, {"say": []}, *say[::-1], {"say": []}]
    toy(*records, words=("--eval-share", "0.3"))
    before = written.bytes()
    monkeypatch.setattr("converters.reading.encodings.BLOCK", size)
    toy(*records, words=("--eval-share", "0.3"))
    assert written.bytes() == before


@pytest.mark.parametrize("most", [1, 7])
def test_an_array_gives_the_same_lines_whatever_the_size_of_chunks(toy, run, written, tmp_path, monkeypatch, most):
    say = [{"say": [f"{n}" for n in range(start, start + 3)], "kind": "short" * (start % 2)} for start in range(40)]
    records = [*say, {"say": []}, *say[::-1]]
    toy(*records, words=("--eval-share", "0.3"))
    before = {name: data for name, data in written.bytes().items() if "manifest" not in name}
    (tmp_path / "toy.jsonl").write_text(json.dumps(records), "utf-8")
    monkeypatch.setattr("converters.engine.chunks.CHUNK_RECORDS", most)
    assert run("toy", "toy.jsonl", "--eval-share", "0.3").code == 0
    assert {name: data for name, data in written.bytes().items() if "manifest" not in name} == before


@pytest.mark.parametrize("words", [(), ("--workers", "1")])
@pytest.mark.parametrize("few", [1, 4, 64])
def test_a_limit_is_reached_at_the_same_record_whatever_the_size_of_chunks(toy, written, monkeypatch, few, words):
    say = [{"say": [f"{n}" for n in range(start, start + 3)], "kind": "short" * (start % 2)} for start in range(40)]
    second = [{"say": [f"{n}"], "to": "toy_second"} for n in range(9)]
    records = [*say[:5], {"say": []}, *second[:2], *say, *second, {"say": []}, *say[::-1]]
    monkeypatch.setattr("converters.engine.chunks.FEW_RECORDS", few)
    toy(*records, words=("--limit", "7", "--eval-share", "0.3", *words))
    first, other = written.manifest("toy")["counts"], written.manifest("toy_second")["counts"]
    assert (first["records"], first["outcomes"], first["rejected"]["duplicate"]) == (5, 15, 8)
    assert (other["records"], other["examples"], other["rejected"]) == (9, 7, {"duplicate": 2})


def test_what_follows_the_last_example_of_a_limit_is_not_counted(toy, written):
    toy({"say": ["一"]}, {"say": ["二"]}, {"say": []}, words=("--limit", "2"))
    counts = written.manifest("toy")["counts"]
    assert (counts["records"], counts["outcomes"], counts["rejected"]) == (2, 2, {})


def test_nothing_is_read_beyond_a_limit_that_all_have_reached(toy, written):
    toy(
        {"say": ["一"]},
        {"say": ["一", "二"], "to": "toy_second"},
        *[{"say": [f"{n}"]} for n in range(500)],
        words=("--limit", "1"),
    )
    assert written.manifest("toy")["counts"]["records"] == 1
    assert written.manifest("toy_second")["counts"]["outcomes"] == 1


def test_a_dataset_that_no_record_had_anything_for_is_not_written(toy, written):
    toy({"say": ["一"]})
    data = written.folder / "dataset_info" / "data"
    assert sorted(path.name for path in data.iterdir()) == [
        "toy.jsonl", "toy.manifest.json", "toy.rejects.jsonl", "toy_eval.jsonl",
    ]  # fmt: skip


def test_what_an_earlier_conversion_wrote_there_is_replaced(toy, written):
    toy({"say": ["一"]}, {"say": ["二"], "to": "toy_second"})
    toy({"say": ["三"]})
    assert kept(written, "toy_second") == []
    assert written.manifest("toy_second")["counts"]["records"] == 0


def test_a_record_is_shown_in_the_first_of_its_rejects_alone(run, toy, written):
    toy({"say": [], "times": 3}, {"say": ["一", "一", "一"]}, {"say": [], "times": 2})
    shown = [(line["record"], line["reason"], bool(line["raw"])) for line in written.lines("toy.rejects.jsonl")]
    assert shown == [
        *(("1", "silent", first) for first in (True, False, False)),
        *(("2", "duplicate", first) for first in (True, False)),
        *(("3", "silent", first) for first in (True, False)),
    ]
    audited = run("audit", "toy", "--rejects")
    assert audited.out.count("times: 3") == 3
