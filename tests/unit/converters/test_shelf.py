"""What a conversion does beside copying: caps on kinds, linked texts, names, several examples a record, limits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from converters import registry
from converters.contract import Dataset, Example, Format, Option, Reject, Source, assistant, user

CAPPED = Dataset("toy", "a toy", 1.0, "instruction", caps={"short": 0.2})
SECOND = Dataset("toy_second", "another", 1.0, "instruction")


def convert(record, context):
    """A record is {"say": [answers], "kind": …, "linked": […]}: one example for each answer, or a reject."""
    if not record["say"]:
        return [Reject("toy", "silent")]
    return [
        Example(
            record.get("to", "toy"),
            (user(f"问：{answer}"), assistant(answer)),
            document=record.get("document", answer),
            kind=record.get("kind", ""),
            linked=tuple(record.get("linked", ())),
            title_key=record.get("title", ""),
            notes=("shouted",) if context.option("loud") else (),
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
    records = [{"say": ["长"]}, *[{"say": [f"短{n}"], "kind": "short"} for n in range(9)]]
    toy(*records, words=("--cap", "short=1"))
    assert len(kept(written)) == 10


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
    assert {reason for _, reason in written.rejects("toy")} == {"title_cap"}


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
