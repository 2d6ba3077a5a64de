"""Duplicates leave the datasets, within and across, each recorded with what it repeats; evaluation files stay."""

from __future__ import annotations

import json

import pytest

from converters.files import sha256_of

LONG = (
    "江南的春天来得很早，河边的柳树抽出了新芽，孩子们在田埂上放风筝，老人坐在门口晒太阳，远处传来卖花人的叫卖声。"
    "傍晚下了一阵小雨，青石板的路面泛着微光，茶馆里的灯一盏一盏亮起来，说书人拍响了醒木，满屋子的人都静了。"
)

SHARE = ("--eval-share", "0.3")


@pytest.fixture
def two(run, belle_file):
    """`two(first, second)` converts both lists of pairs, as the datasets belle and second, without holding out."""

    def convert(first, second):
        assert run("belle", belle_file(*first), "--eval-share", "0").code == 0
        assert run("belle", belle_file(*second, name="b.json"), "--eval-share", "0", "--name", "second").code == 0

    return convert


def answers(written, dataset):
    return [line["messages"][1]["content"] for line in written.lines(f"{dataset}.jsonl")]


def test_a_conversation_that_another_dataset_has_leaves_the_later_one(run, written, two):
    two(
        [("问题一是什么", "答案甲"), ("问题二是什么", "答案乙")],
        [("问题一是什么？", "答案甲。"), ("问题三是什么", "答案丙")],
    )
    result = run("dedupe", "belle", "second")
    assert result.code == 0
    assert "second: 2 -> 1 (duplicate_elsewhere 1)" in result.out
    assert (answers(written, "belle"), answers(written, "second")) == (["答案甲", "答案乙"], ["答案丙"])


def test_the_order_of_the_names_decides_which_stays(run, written, two):
    two([("问题一是什么", "答案甲"), ("别的问题呢", "别的")], [("问题一是什么", "答案甲"), ("又一个问题", "又一个")])
    run("dedupe", "second", "belle")
    assert (answers(written, "belle"), answers(written, "second")) == (["别的"], ["答案甲", "又一个"])


def test_what_it_repeats_is_recorded_and_the_manifest_still_adds_up(run, written, two):
    two([("写一段春天", LONG)], [("空", ""), ("写一段春天", LONG.replace("柳树", "杨树")), ("别的问题呢", "别的答案")])
    kept = written.lines("belle.jsonl")[0]["id"]
    run("dedupe", "belle", "second")
    before, reject = written.lines("second.rejects.jsonl")
    assert before["reason"] == "empty_answer"
    assert reject["reason"] == "near_duplicate"
    assert reject["detail"].startswith(f"{kept}, similarity 0.9")
    manifest = written.manifest("second")
    counts = manifest["counts"]
    assert counts["outcomes"] == counts["examples"] + sum(counts["rejected"].values())
    assert counts["rejected"]["near_duplicate"] == 1
    assert manifest["answer_characters"] == len("别的答案")
    assert manifest["cleaned"]["dedupe"]["order"] == ["belle", "second"]
    for output in manifest["outputs"].values():
        path = written.folder / "dataset_info" / output["file"]
        assert (sha256_of(path), len(path.read_text("utf-8").splitlines())) == (output["sha256"], output["examples"])


def test_what_is_less_alike_than_the_threshold_stays(run, written, two):
    two(
        [("写一段春天", LONG)],
        [("写一段春天", LONG[:50] + "而北方的冬天还没有过去，屋顶的雪一直积到窗台，河面上的冰厚得可以走马车。")],
    )
    run("dedupe", "belle", "second")
    assert len(answers(written, "second")) == 1


def test_one_template_around_two_short_sentences_makes_no_duplicate(run, written, two):
    template = "请把下面这句英文翻译成通顺自然的现代汉语，注意保持原文的语气和标点符号：\n"
    two([(f"{template}I like cats.", "我喜欢猫。")], [(f"{template}I like dogs.", "我喜欢狗。")])
    run("dedupe", "belle", "second")
    assert (answers(written, "belle"), answers(written, "second")) == (["我喜欢猫。"], ["我喜欢狗。"])


def test_answers_that_differ_stay_however_long_what_is_shared_before_them(run, written, two):
    prompt, answer = f"根据下面的材料写一段话。{LONG * 3}", LONG[:52]
    two([(prompt, answer)], [(prompt, answer.replace("孩子们", "小朋友"))])
    run("dedupe", "belle", "second", "--threshold", "0.75")
    assert len(answers(written, "second")) == 1
    two([(prompt, answer)], [(prompt, answer.replace("孩子们", "小孩们"))])
    run("dedupe", "belle", "second", "--threshold", "0.75")
    assert len(answers(written, "second")) == 0


def test_what_is_only_like_one_that_goes_stays(run, written, belle_file):
    second = LONG.replace("柳树抽出", "杨树长出")
    third = second.replace("老人坐在", "老伯站在")
    run("belle", belle_file(("写一段春天", LONG), ("写一段春天", second), ("写一段春天", third)), "--eval-share", "0")
    run("dedupe", "--threshold", "0.8")
    assert answers(written, "belle") == [LONG, third]


@pytest.mark.parametrize("batch", [1, 2, 1024])
def test_the_size_of_a_batch_changes_nothing(run, written, belle_file, monkeypatch, batch):
    monkeypatch.setattr("converters.dedupe.BATCH", batch)
    pairs = [(f"第{n}个问题是什么", f"第{n}个答案") for n in range(7)]
    again = [("第1个问题是什么？", "第1个答案！"), ("写一段春天", LONG), ("写一段春天", LONG.replace("柳树", "杨树"))]
    run("belle", belle_file(*pairs, *again), "--eval-share", "0")
    run("dedupe")
    assert answers(written, "belle") == [*(answer for _, answer in pairs), LONG]


def test_a_system_prompt_makes_no_other_conversation(run, written, write_lines):
    lines = [
        {"system": told, "prompt": "春天去哪里玩？", "answer": "去江南看花吧。"}
        for told in ("你是导游。", "你是老师。")
    ]
    assert run("custom", write_lines("mine.jsonl", *lines), "--eval-share", "0").code == 0
    assert len(written.lines("custom.jsonl")) == 2
    run("dedupe", "custom")
    assert len(written.lines("custom.jsonl")) == 1


def test_exact_leaves_near_duplicates_alone(run, written, two):
    two([("写一段春天", LONG)], [("写一段春天", LONG.replace("柳树", "杨树"))])
    run("dedupe", "belle", "second", "--exact")
    assert len(answers(written, "second")) == 1


def test_of_three_alike_in_a_row_the_first_stays(run, written, belle_file):
    pairs = [
        ("写一段春天", LONG),
        ("写一段春天", LONG.replace("柳树", "杨树")),
        ("写一段春天", LONG.replace("孩子", "小孩")),
    ]
    run("belle", belle_file(*pairs), "--eval-share", "0")
    run("dedupe")
    assert answers(written, "belle") == [LONG]


def test_a_preview_changes_nothing(run, written, two):
    two([("问题一是什么", "答案甲")], [("问题一是什么", "答案甲"), ("别的问题呢", "别的")])
    before = written.bytes()
    assert "second: 2 -> 1" in run("dedupe", "belle", "second", "--preview").out
    assert written.bytes() == before


def test_a_second_run_finds_nothing_more(run, written, two):
    two([("写一段春天", LONG)], [("写一段春天", LONG.replace("柳树", "杨树")), ("别的问题呢", "别的答案")])
    run("dedupe", "belle", "second")
    before = written.bytes()
    assert "nothing to remove" in run("dedupe", "belle", "second").out
    assert written.bytes() == before


def test_what_is_held_out_is_not_touched(run, written, belle_file):
    pairs = [("写一段春天", LONG.replace("风筝", f"风筝{number}")) for number in range(40)]
    run(
        "belle", belle_file(*[(f"{number}：{prompt}", answer) for number, (prompt, answer) in enumerate(pairs)]), *SHARE
    )
    held_out = written.lines("belle_eval.jsonl")
    assert held_out
    run("dedupe")
    assert written.lines("belle_eval.jsonl") == held_out
    assert len(answers(written, "belle")) == 1


def test_a_file_that_was_edited_since_is_refused(run, written, two):
    two([("问题一是什么", "答案甲")], [("别的问题呢", "别的")])
    path = written.folder / "dataset_info/data/second.jsonl"
    path.write_text(path.read_text("utf-8") * 2, "utf-8")
    result = run("dedupe", "belle", "second")
    assert result.code == 2
    assert "Convert it again: python -m converters belle" in result.err


def test_an_unknown_name_is_an_error(run, two):
    two([("问题一是什么", "答案甲")], [("别的问题呢", "别的")])
    result = run("dedupe", "nonsense")
    assert (result.code, "nonsense: expected a dataset that a converter wrote" in result.err) == (2, True)


def test_without_names_the_rarer_group_keeps_its_own(run, written, two):
    two([("问题一是什么", "答案甲"), ("别的问题呢", "别的")], [("问题一是什么", "答案甲")])
    registry = json.loads((written.folder / "dataset_info/dataset_info.json").read_text())
    registry["second"]["mix"]["group"] = "domain"
    (written.folder / "dataset_info/dataset_info.json").write_text(json.dumps(registry))
    run("dedupe")
    assert (answers(written, "belle"), answers(written, "second")) == (["别的"], ["答案甲"])


def test_a_dataset_that_is_named_twice_is_not_its_own_duplicate(run, written, two):
    two([("问题一是什么", "答案甲"), ("别的问题呢", "别的")], [("又一个问题", "又一个")])
    assert run("dedupe", "belle", "belle").code == 0
    assert answers(written, "belle") == ["答案甲", "别的"]


def test_kinds_are_counted_anew(run, written, belle_file):
    sums = [("计算3+4等于多少？", "3+4=7。"), ("计算5+6等于多少？", "5+6=11。")]
    words = ("--eval-share", "0", "--cap", "arithmetic=1", "--cap", "curt=1")
    run("belle", belle_file(sums[0]), *words)
    run("belle", belle_file(*sums, ("写一段春天", LONG), name="b.json"), *words, "--name", "second")
    assert written.manifest("second")["counts"]["kinds"]["arithmetic"] == 2
    run("dedupe", "belle", "second")
    counts = written.manifest("second")["counts"]
    assert (counts["kinds"]["arithmetic"], counts["examples"]) == (1, 2)


@pytest.mark.parametrize("threshold", ["0.3", "0", "80", "nan", "-1"])
def test_a_threshold_that_too_few_would_be_found_at_is_refused(run, two, threshold):
    two([("问题一是什么", "答案甲")], [("别的问题呢", "别的")])
    result = run("dedupe", "belle", "--threshold", threshold)
    assert (result.code, "expected a similarity from 0.7 to 1" in result.err) == (2, True)


@pytest.fixture
def pairs(run, write_lines):
    def convert(*records):
        lines = [{"prompt": prompt, "chosen": chosen, "rejected": rejected} for prompt, chosen, rejected in records]
        assert run("preference", write_lines("pairs.jsonl", *lines)).code == 0

    return convert


def test_pairs_on_one_question_stay_and_the_same_pair_leaves(run, written, pairs):
    pairs(
        ("春天里适合去哪里玩？", "可以去江南看花。", "不知道。"),
        ("春天里适合去哪里玩？", "可以去北方踏青。", "随便吧。"),
        ("春天里适合去哪里玩？", "可以去江南看花！", "不知道！"),
    )
    assert run("dedupe", "preference").code == 0
    assert [line["chosen"]["content"] for line in written.lines("preference.jsonl")] == [
        "可以去江南看花。",
        "可以去北方踏青。",
    ]
    assert written.manifest("preference")["counts"]["rejected"] == {"duplicate_elsewhere": 1}


def test_an_evaluation_set_is_never_thinned(run, written, belle_file, write_lines):
    run("belle", belle_file(("问题一是什么", "答案甲"), ("别的问题呢", "别的")), "--eval-share", "0")
    item = {"question_id": 7, "category": "专业能力", "question": "隋朝的大运河以哪里为中心？", "reference": "洛阳。"}
    assert (
        run("evaluation", write_lines("test.jsonl", item, item | {"question_id": 8, "question": "洛阳在哪里？"})).code
        == 0
    )
    name = next(
        path.name.split(".")[0]
        for path in (written.folder / "dataset_info/data").glob("*.manifest.json")
        if "belle" not in path.name
    )
    for command in ("dedupe", "decontaminate"):
        result = run(command, "belle", name)
        assert (result.code, f"{name}: expected a dataset to train on; found an evaluation set" in result.err) == (
            2,
            True,
        )


def test_a_manifest_of_an_older_version_says_to_convert_again(run, written, two):
    two([("问题一是什么", "答案甲")], [("别的问题呢", "别的")])
    path = written.folder / "dataset_info/data/second.manifest.json"
    manifest = written.manifest("second")
    path.write_text(json.dumps({key: value for key, value in manifest.items() if key not in ("family", "purpose")}))
    for command in (("dedupe", "second"), ("decontaminate", "second"), ("stats", "second"), ("audit", "second")):
        result = run(*command)
        assert result.code == 2, command
        assert "found one of an older version" in result.err
        assert "Convert it again: python -m converters belle" in result.err


def test_a_training_file_that_is_gone_says_to_convert_again(run, written, two):
    two([("问题一是什么", "答案甲")], [("别的问题呢", "别的")])
    (written.folder / "dataset_info/data/second.jsonl").unlink()
    result = run("dedupe", "belle", "second")
    assert (result.code, "found no such file" in result.err) == (2, True)


def test_what_to_type_next_is_said_unless_nothing_was_changed(run, belle_file):
    run("belle", belle_file(("问题", "答案。"), ("别的", "别的")), "--dataset-dir", "elsewhere", "--eval-share", "0")
    folder = ("--dataset-dir", "elsewhere")
    assert run("dedupe", *folder).out.endswith("next: python -m converters decontaminate --dataset-dir elsewhere\n")
    assert "next:" not in run("dedupe", *folder, "--preview").out
