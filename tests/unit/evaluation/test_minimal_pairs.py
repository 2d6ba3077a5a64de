"""Minimal pairs: one place differs, the right side is the text's own, the wrong side breaks one rule."""

import json

import pytest
from test_evaluation_sets import TAGS, entry
from toy_host import chat

from ewc_plugin.evaluation import discover
from ewc_plugin.evaluation.minimal_pairs import Pair, chosen, pairs_of, sentences
from ewc_plugin.evaluation.sets import PAIR_PROMPT, read

BROKEN = [
    ("de", "他慢慢地走进了教室。", "他慢慢得走进了教室。"),
    ("de", "天气变得更加寒冷了。", "天气变地更加寒冷了。"),
    ("de", "这影响了我们的日常生活。", "这影响了我们地日常生活。"),
    ("order", "桌上放着三个大苹果。", "桌上放着个三大苹果。"),
    ("order", "水对人体非常重要。", "水对人体重要非常。"),
    ("order", "这里已经成为旅游胜地。", "这里成为已经旅游胜地。"),
    ("order", "运动可以帮助人们放松。", "运动帮助可以人们放松。"),
]


@pytest.mark.parametrize(("kind", "right", "wrong"), BROKEN)
def test_each_rule_is_broken_in_one_place(kind, right, wrong):
    assert list(pairs_of(right)) == [Pair(kind, right, wrong)]


@pytest.mark.parametrize(
    ("right", "wrongs"),
    [
        ("虽然下着大雨，但是他还是来了。", ("所以", "因此")),
        ("因为路上堵车，所以他迟到了。", ("但是", "而且")),
        ("只要你肯努力，就能学会。", ("才",)),
        ("只有多加练习，才能进步。", ("就", "也")),
        ("无论刮风下雨，他都来上课。", ("就", "才")),
    ],
)
def test_the_second_half_of_a_pair_of_conjunctions_belongs_to_the_first(right, wrongs):
    (pair,) = pairs_of(right)
    assert pair.kind == "conjunction"
    replaced = {word for word in ("但是", "所以", "就", "才", "都") if word in right and pair.wrong.count(word) == 0}
    assert len(replaced) == 1
    assert any(pair.wrong == right.replace(replaced.copy().pop(), wrong, 1) for wrong in wrongs)


@pytest.mark.parametrize("right", ["我昨天买了一本书。", "她养了两只小猫，很可爱。", "门口停着一辆汽车。"])
def test_a_noun_gets_a_measure_word_that_it_does_not_take(right):
    (pair,) = (p for p in pairs_of(right) if p.kind == "measure")
    differing = [(a, b) for a, b in zip(pair.right, pair.wrong, strict=True) if a != b]
    assert len(differing) == 1
    assert differing[0][1] in "辆朵艘首滴顶匹"
    assert list(pairs_of(right)) == list(pairs_of(right)), "the same sentence always gives the same pair"


@pytest.mark.parametrize(
    "plain",
    [
        "土地是农民的根本所在。",  # 地 is part of a word
        "他站在原地方圆十里无人。",
        "这本书店里卖得最好了。",  # 书店 is not counted by 本
        "如果您不舒服，应立即就医。",
        "来过的人有两个或更多吧。",
        "那场比赛他没有来看过。",  # the noun goes on
    ],
)
def test_where_a_rule_does_not_apply_there_is_no_pair_of_it(plain):
    assert list(pairs_of(plain)) == []


def test_lists_formulas_and_quotations_are_no_plain_sentences():
    text = "1. 他慢慢地走。\n他说：“慢慢地走。”\nx = 3，慢慢地。\n他慢慢地走进了教室。短。"
    assert sentences(text) == ["他慢慢地走进了教室。"]


def test_the_same_pairs_are_chosen_whatever_order_the_texts_come_in():
    found = [pair for _, right, _ in BROKEN for pair in pairs_of(right)]
    once, again = chosen(found, 2, seed=0), chosen(found[::-1] + found, 2, seed=0)
    assert once == again
    assert sorted(p.kind for p in once) == ["de", "de", "order", "order"]
    assert chosen(found, 2, seed=1) != once


def write(folder, texts, *, task="instruction"):
    (folder / "data").mkdir()
    rows = [chat("问", text, id=f"b:{i}") for i, text in enumerate(texts)]
    (folder / "data" / "belle_eval.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )
    about = entry("belle_eval", eval={"task": task, "stage": "foundation", "protected": True})
    (folder / "dataset_info.json").write_text(json.dumps({"belle_eval": about}), encoding="ascii")


def many():
    places = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"
    return [f"{a}{b}镇的人们慢慢地走进了会场。" for a in places for b in "东西南"]


def test_held_out_references_of_the_foundation_become_a_protected_set(tmp_path):
    write(tmp_path, many())
    made = discover(tmp_path).sets[-1]
    assert (made.name, made.task, made.stage, made.protected) == ("grammar", "grammar", "foundation", True)
    items = read(made)
    assert len(items) == 60
    assert {item.prompt for item in items} == {PAIR_PROMPT}
    assert all(item.right == 0 and item.reference == item.choices[0] != item.choices[1] for item in items)


def test_too_few_pairs_or_no_prose_make_no_set(tmp_path):
    write(tmp_path, many()[:39])
    assert [s.name for s in discover(tmp_path).sets] == ["belle_eval"]
    other = tmp_path / "other"
    other.mkdir()
    write(other, many(), task="translation")
    assert [s.name for s in discover(other).sets] == ["belle_eval"]


def test_a_user_s_own_pairs_come_in_place_of_ours(tmp_path):
    write(tmp_path, many())
    registry = json.loads((tmp_path / "dataset_info.json").read_text())
    own = entry("own", eval={"task": "grammar", "stage": "general", "protected": True})
    (tmp_path / "dataset_info.json").write_text(json.dumps(registry | {"own": own | {"tags": TAGS}}))
    row = chat("问", "他来了。", choices=["他来了。", "他了来。"]) | {"answer": 0}
    (tmp_path / "data" / "own.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    assert [s.name for s in discover(tmp_path).sets] == ["belle_eval", "own"]
