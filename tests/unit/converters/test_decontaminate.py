"""What an evaluation set holds leaves the training files, recorded with the item and the run of characters."""

from __future__ import annotations

import json

import pytest

from converters.decontaminate import pieces

POEM = "山雨初停燕子飞，渔舟一叶傍江归。炊烟散入斜阳里，犹带菱花满客衣。"
OTHER = (
    "城里的图书馆每天早上九点开门，下午五点关门，周一休息，读者凭身份证办理借书证，每人每次最多借五本，三十天内归还。"
)


@pytest.fixture
def world(run, written, belle_file):
    """`world(pairs, items)`: a converted dataset, and an evaluation set of (question, answer, document)."""

    def make(pairs, items):
        assert run("belle", belle_file(*pairs), "--eval-share", "0").code == 0
        folder = written.folder / "dataset_info"
        registry = json.loads((folder / "dataset_info.json").read_text())
        tags = registry["belle"]["tags"]
        columns = {"messages": "messages"}
        registry["bench"] = {
            "file_name": "data/bench.jsonl", "formatting": "sharegpt", "columns": columns, "tags": tags,
            "eval": {"task": "verse"},
        }  # fmt: skip
        (folder / "dataset_info.json").write_text(json.dumps(registry))
        lines = [
            {
                "messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}],
                "id": f"bench:{number}",
                "meta": {"document": document},
            }
            for number, (question, answer, document) in enumerate(items)
        ]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / "data/bench.jsonl").write_text(text, "utf-8")

    return make


def reasons(written):
    return {line["reason"]: line["detail"] for line in written.lines("belle.rejects.jsonl")}


def test_a_text_that_a_question_quotes_leaves_training(run, written, world):
    world([("说说江边的景色", POEM), ("图书馆几点开门", OTHER)], [(f"“{POEM[:16]}”的下一句是什么？", "甲", "d1")])
    result = run("decontaminate")
    assert result.code == 0
    assert "belle: 2 -> 1 (contains_evaluation_text 1)" in result.out
    assert [line["messages"][1]["content"] for line in written.lines("belle.jsonl")] == [OTHER]
    assert reasons(written)["contains_evaluation_text"].startswith("bench:0: ")
    assert written.manifest("belle")["cleaned"]["decontaminate"]["against"] == {"belle_eval": 0, "bench": 1} | {
        name: 0 for name in written.manifest("belle")["cleaned"]["decontaminate"]["against"] if name.endswith("_eval")
    }


def test_the_same_conversation_and_a_near_one_leave_training(run, written, world):
    world(
        [("图书馆几点开门", OTHER), ("图书馆几点开门", OTHER.replace("五本", "四本")), ("天气好吗", "很好。")],
        [("图书馆几点开门", OTHER, "d1")],
    )
    run("decontaminate", "--ngram", "0")
    assert reasons(written) == {"in_evaluation_set": "bench:0", "near_duplicate_of_evaluation": "bench:0"}
    assert len(written.lines("belle.jsonl")) == 1


def test_a_shared_run_shorter_than_asked_for_stays(run, written, world):
    world([("说说江边的景色", POEM), ("天气好吗", "很好。")], [(f"请赏析“{POEM[:16]}”。", "略", "d1")])
    assert run("decontaminate", "--ngram", "15").code == 0
    assert len(written.lines("belle.jsonl")) == 2
    run("decontaminate", "--ngram", "14")
    assert len(written.lines("belle.jsonl")) == 1


def test_an_instruction_that_items_of_three_documents_share_is_no_leak(run, written, world):
    asked = "阅读下面这段文字，从四个选项中选出最恰当的一项，只回答选项前面的字母：\n"
    items = [(f"{asked}第{number}段{chr(0x4E00 + 50 * number) * 3}", "A", f"d{number}") for number in range(3)]
    world([(f"{asked}完全是另外一段文字。", "B"), ("天气好吗", "很好。")], items)
    run("decontaminate")
    assert len(written.lines("belle.jsonl")) == 2


def test_words_count_as_one_in_latin_script_and_characters_in_chinese(run, written, world):
    quoted = "the old man and his dog walked along the quiet river every morning"
    world([("Translate", f"Yes: {quoted}."), ("天气好吗", "很好。")], [(f"翻译：{quoted}", "略", "d1")])
    run("decontaminate", "--ngram", "14")
    assert len(written.lines("belle.jsonl")) == 2
    run("decontaminate", "--ngram", "13")
    assert len(written.lines("belle.jsonl")) == 1


def test_a_run_never_reaches_from_the_instruction_into_the_text():
    assert [piece for piece in pieces("请把下面的英文翻译成中文：\nIf you come") if piece] == [
        "请把下面的英文翻译成中文",
        "If you come",
    ]
    assert pieces("白日依山尽，\n黄河入海流。") == ["白日依山尽，黄河入海流。"]
    long = "请把下面这几行诗抄写一遍，再用自己的话说一说它们的意思"
    assert pieces(f"{long}\n白日依山尽，\n黄河入海流。") == [long, "白日依山尽，黄河入海流。"]
    assert pieces(f"白日依山尽，\n{long}") == ["白日依山尽，", long]


def test_an_instruction_that_many_training_documents_share_is_no_leak(run, written, world):
    asked = "请根据下面给出的材料写一段通顺的说明文字："
    pairs = [(f"{asked}第{number}份材料{chr(0x4E00 + 50 * number) * 9}", f"说明{number}") for number in range(10)]
    world(pairs, [(f"{asked}别的材料", "别的", "d1")])
    run("decontaminate")
    assert len(written.lines("belle.jsonl")) == 10


def test_an_instruction_that_few_training_documents_share_is_one(run, written, world):
    asked = "请根据下面给出的材料写一段通顺的说明文字："
    pairs = [(f"{asked}第{number}份材料{chr(0x4E00 + 50 * number) * 9}", f"说明{number}") for number in range(9)]
    world([*pairs, ("天气好吗", "很好。")], [(f"{asked}别的材料", "别的", "d1")])
    run("decontaminate")
    assert len(written.lines("belle.jsonl")) == 1


def test_a_run_that_several_items_of_one_document_share_is_a_leak(run, written, world):
    items = [(f"{POEM}第{number}问：说说{number}的意思", "略", "one poem") for number in range(5)]
    world([("说说江边的景色", POEM), ("天气好吗", "很好。")], items)
    run("decontaminate")
    assert len(written.lines("belle.jsonl")) == 1


def test_without_an_evaluation_item_it_is_an_error(run, belle_file):
    run("belle", belle_file(("天气好吗", "很好。"), ("去哪里", "去公园。")), "--eval-share", "0")
    result = run("decontaminate")
    assert result.code == 2
    assert "expected at least one evaluation set" in result.err


def test_a_turn_that_an_item_shares_is_told_with_the_item(run, written, world):
    world(
        [("图书馆几点开门", OTHER), ("天气好吗", "很好。")],
        [("山雨如何", POEM, "d0"), (f"图书馆几点开门{'？' * 3}", OTHER, "d1")],
    )
    run("decontaminate", "--ngram", "0")
    assert reasons(written) == {"in_evaluation_set": "bench:1"}


def test_pairs_to_choose_from_are_cleaned_too(run, written, world, write_lines):
    world([("天气好吗", "很好。")], [(f"“{POEM[:16]}”的下一句是什么？", "甲", "d1"), ("图书馆几点开门", OTHER, "d2")])
    records = [
        {"prompt": "说说江边的景色", "chosen": POEM, "rejected": "不好说。"},
        {"prompt": "说说山里的景色", "chosen": "山里很美，很安静。", "rejected": POEM},
        {"prompt": "图书馆几点开门", "chosen": OTHER, "rejected": "我不知道。"},
        {"prompt": "图书馆里可以说话吗", "chosen": "最好不要大声说话。", "rejected": "可以的。"},
    ]
    assert run("preference", write_lines("pairs.jsonl", *records)).code == 0
    result = run("decontaminate")
    assert result.code == 0, result.err
    assert [line["messages"][0]["content"] for line in written.lines("preference.jsonl")] == ["图书馆里可以说话吗"]
    assert written.manifest("preference")["counts"]["rejected"] == {
        "contains_evaluation_text": 2,
        "in_evaluation_set": 1,
    }


def test_a_set_of_the_users_own_may_be_an_array_and_what_cannot_be_read_is_told(run, written, world):
    world([("说说江边的景色", POEM), ("天气好吗", "很好。")], [("图书馆几点开门", OTHER, "d1")])
    path = written.folder / "dataset_info/data/bench.jsonl"
    items = [
        {
            "messages": [
                {"role": "user", "content": f"“{POEM[:16]}”的下一句是什么？"},
                {"role": "assistant", "content": "甲"},
            ]
        }
    ]
    (written.folder / "dataset_info/data/bench.json").write_text(json.dumps([*items, {"messages": "none"}]), "utf-8")
    registry = written.registry()
    registry["bench"]["file_name"] = "data/bench.json"
    registry["hub"] = registry["bench"] | {"file_name": "data"}  # a folder is no file of items
    (written.folder / "dataset_info/dataset_info.json").write_text(json.dumps(registry))
    path.unlink()
    result = run("decontaminate")
    assert result.code == 0, result.err
    assert "bench: 1 item cannot be read as a conversation" in result.out
    assert len(written.lines("belle.jsonl")) == 1
