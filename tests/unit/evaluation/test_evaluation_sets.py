"""Reading the registry and the items of evaluation sets."""

import json

import pytest
from toy_host import chat

from ewc_plugin.evaluation.sets import EvaluationError, choose, discover, fingerprint, read

TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}


def entry(name, **changes):
    kept = {
        "file_name": f"data/{name}.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": TAGS,
        "eval": {"task": "instruction", "stage": "foundation", "protected": True},
    }
    return kept | changes


@pytest.fixture
def registry(tmp_path):
    def write(entries, built=()):
        (tmp_path / "data").mkdir()
        (tmp_path / "dataset_info.json").write_text(json.dumps(entries), encoding="ascii")
        for name in built:
            line = json.dumps(chat("问", "答", id=name), ensure_ascii=False)
            (tmp_path / "data" / f"{name}.jsonl").write_text(line + "\n", encoding="utf-8")
        return tmp_path

    return write


def test_only_entries_with_an_eval_key_are_evaluation_sets(registry):
    training = {"file_name": "data/belle.jsonl", "mix": {"group": "foundation"}}
    folder = registry({"belle": training, "belle_eval": entry("belle_eval")}, built=["belle", "belle_eval"])
    [found] = discover(folder).sets
    assert (found.name, found.task, found.stage, found.protected) == ("belle_eval", "instruction", "foundation", True)
    assert read(found)[0].reference == "答"


def test_a_set_that_was_not_built_is_named(registry):
    folder = registry({"a_eval": entry("a_eval"), "b_eval": entry("b_eval")}, built=["a_eval"])
    found = discover(folder)
    assert [s.name for s in found.sets] == ["a_eval"]
    assert found.absent == ("b_eval",)


def test_a_set_of_which_nothing_was_held_out_counts_as_not_built(registry):
    folder = registry({"a_eval": entry("a_eval"), "b_eval": entry("b_eval")}, built=["a_eval", "b_eval"])
    (folder / "data" / "b_eval.jsonl").write_text("")
    found = discover(folder)
    assert [s.name for s in found.sets] == ["a_eval"]
    assert found.absent == ("b_eval (nothing was held out)",)


def test_all_faulty_entries_are_named_at_once(registry):
    wrong = entry("b", eval={"task": "x", "stage": 3, "protected": "yes"})
    folder = registry({"a": entry("a", eval="instruction"), "b": wrong, "c": entry("c")})
    with pytest.raises(EvaluationError, match=r"a: no file_name.*b: eval has no usable stage, protected"):
        discover(folder)


@pytest.mark.parametrize("content", [None, "{torn"])
def test_a_registry_that_is_absent_or_torn_says_how_to_write_it(tmp_path, content):
    if content:
        (tmp_path / "dataset_info.json").write_text(content)
    with pytest.raises(EvaluationError, match="python -m converters catalog"):
        discover(tmp_path)


def test_the_host_tags_are_the_default_of_a_sharegpt_set(registry):
    folder = registry({"x": entry("x", columns={}, tags={})})
    line = {"conversations": [{"from": "human", "value": "问"}, {"from": "gpt", "value": "答"}]}
    (folder / "data" / "x.jsonl").write_text(json.dumps(line))
    assert read(discover(folder).sets[0])[0].reference == "答"


def test_an_alpaca_set_fails_with_the_reason(registry):
    folder = registry({"x": entry("x", formatting="alpaca")}, built=["x"])
    with pytest.raises(EvaluationError, match=r"expected formatting sharegpt.*found alpaca"):
        read(discover(folder).sets[0])


def test_the_prompt_of_several_turns_shows_who_said_what(write_set):
    turns = [
        {"role": r, "content": c} for r, c in [("system", "简"), ("user", "问"), ("assistant", "答"), ("user", "再")]
    ]
    [item] = read(write_set(records=[{"messages": [*turns, {"role": "assistant", "content": "好"}]}]))
    assert item.prompt == "[system] 简\n[user] 问\n[assistant] 答\n[user] 再"
    assert item.reference == "好"
    assert item.id == "belle_eval:1"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("{torn", "line 2: JSONDecodeError"),
        ('{"text": "a"}', "line 2: KeyError: 'messages'"),
        ('{"messages": [{"role": "bot", "content": "a"}]}', "line 2: KeyError: 'bot'"),
        ('{"messages": [{"role": "user", "content": "a"}]}', "line 2: none"),
        ('{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": " "}]}', "line 2: none"),
        ('{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null}]}', "not text"),
        ('{"messages": [{"role": "assistant", "content": "a"}]}', "only an answer"),
        ("[1]", "line 2: TypeError"),
    ],
)
def test_a_broken_line_fails_the_set_and_is_named(write_set, broken, said):
    chosen = write_set(records=[chat("问", "答")])
    chosen.path.write_text(chosen.path.read_text() + broken + "\n")
    with pytest.raises(EvaluationError, match=r"set belle_eval") as caught:
        read(chosen)
    assert said in str(caught.value)


def test_an_empty_file_and_a_file_in_gbk_are_errors(write_set):
    chosen = write_set()
    with pytest.raises(EvaluationError, match="an empty file"):
        read(chosen)
    chosen.path.write_bytes("问题".encode("gbk"))
    with pytest.raises(EvaluationError, match="UTF-8"):
        read(chosen)


def test_repeated_ids_are_told_apart(write_set):
    items = read(write_set(records=[chat("a", "b", id="x"), chat("c", "d", id="x"), chat("e", "f", id="y")]))
    assert [item.id for item in items] == ["x", "x#2", "y"]


def test_the_subset_is_the_same_every_time_and_stays_in_order(write_set):
    items = read(write_set(records=[chat("q", "a", id=str(i)) for i in range(50)]))
    chosen = choose(items, 10, seed=1)
    assert chosen == choose(items, 10, seed=1) != choose(items, 10, seed=2)
    assert [int(item.id) for item in chosen] == sorted(int(item.id) for item in chosen)
    assert len(chosen) == 10
    assert choose(items, None, seed=1) == choose(items, 99, seed=1) == items


def test_a_smaller_subset_is_part_of_a_larger_one_and_does_not_depend_on_the_files_order(write_set):
    items = read(write_set(records=[chat("q", "a", id=str(i)) for i in range(50)]))
    small = {item.id for item in choose(items, 10, seed=1)}
    assert small < {item.id for item in choose(items, 20, seed=1)}
    assert small == {item.id for item in choose(items[::-1], 10, seed=1)}


def test_the_fingerprint_changes_with_any_word_of_any_item(write_set):
    first = fingerprint(read(write_set(records=[chat("q", "a", id="1"), chat("q", "b", id="2")])))
    again = fingerprint(read(write_set(records=[chat("q", "a", id="1"), chat("q", "b", id="2")])))
    other = fingerprint(read(write_set(records=[chat("q", "a", id="1"), chat("q", "c", id="2")])))
    assert first == again != other
