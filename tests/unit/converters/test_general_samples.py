"""The small set of our own in converters/samples/general: each answer is worked out here in another way."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import math
import operator
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from converters.text import han_count, has_han
from ewc_plugin.metrics.exact import is_right
from ewc_plugin.metrics.refusal import refuses

SAMPLES = Path(__file__).parents[3] / "converters" / "samples" / "general"
LETTERS = "ABCD"
OPERATIONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: Fraction(a) / b,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}
FUNCTIONS: dict[str, Callable[..., int]] = {"gcd": math.gcd, "lcm": math.lcm, "isqrt": math.isqrt}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLES / name).read_text("utf-8").splitlines()]


def worked_out(node: ast.AST) -> Fraction:
    """The value of a sum in exact fractions: 0.1 is a tenth."""
    if isinstance(node, ast.Expression):
        return worked_out(node.body)
    if isinstance(node, ast.Constant):
        return Fraction(str(node.value))
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return Fraction(FUNCTIONS[node.func.id](*(int(worked_out(value)) for value in node.args)))
    if isinstance(node, ast.UnaryOp):
        return Fraction(OPERATIONS[type(node.op)](worked_out(node.operand)))
    assert isinstance(node, ast.BinOp)
    return Fraction(OPERATIONS[type(node.op)](worked_out(node.left), worked_out(node.right)))


def printed(code: str) -> str:
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(code, {})
    return shown.getvalue().removesuffix("\n")


def test_there_are_as_many_as_the_manual_says_and_none_twice():
    keys = {
        "english.jsonl": "question",
        "arithmetic.jsonl": "question",
        "code.jsonl": "code",
        "refusals.jsonl": "prompt",
    }
    counts = {name: (len(lines(name)), len({line[key] for line in lines(name)})) for name, key in keys.items()}
    assert counts == {
        "english.jsonl": (40, 40),
        "arithmetic.jsonl": (60, 60),
        "code.jsonl": (40, 40),
        "refusals.jsonl": (60, 60),
    }


@pytest.mark.parametrize("line", lines("arithmetic.jsonl"), ids=lambda line: line["question"][:20])
def test_every_sum_is_right(line):
    assert worked_out(ast.parse(line["by"], mode="eval")) == Fraction(line["answer"])


def test_a_wrong_sum_would_be_seen():
    assert worked_out(ast.parse("3 / 4 + 1 / 8", mode="eval")) == Fraction(7, 8)
    assert worked_out(ast.parse("320 * 0.85", mode="eval")) == 272 != 271


def test_sums_and_word_problems_are_half_chinese_and_half_english():
    assert Counter(has_han(line["question"]) for line in lines("arithmetic.jsonl")) == {True: 30, False: 30}


@pytest.mark.parametrize("line", lines("code.jsonl"), ids=lambda line: line["code"][:20])
def test_every_program_prints_the_option_that_is_said_to_be_right_and_no_other(line):
    shown = printed(line["code"])
    assert [letter for letter, choice in zip(LETTERS, line["choices"], strict=True) if choice == shown] == [
        line["answer"]
    ]


def test_no_letter_is_right_more_often_than_another():
    assert Counter(line["answer"] for line in lines("code.jsonl")) == dict.fromkeys(LETTERS, 10)


def test_options_are_short_and_of_one_line():
    for line in lines("code.jsonl"):
        assert all(choice == choice.strip() != "" and "\n" not in choice for choice in line["choices"])


def test_english_is_asked_in_english_and_answered_in_five_words_at_most():
    for line in lines("english.jsonl"):
        assert not han_count(line["question"] + line["answer"])
        assert line["question"].isascii() or set(line["question"]) - set(map(chr, range(128))) <= set("“”’")
        assert 1 <= len(line["answer"].split()) <= 5


def test_a_short_answer_is_right_and_that_of_the_next_question_is_wrong():
    english = lines("english.jsonl")
    for line, other in pairwise(english):
        fields = {"kind": line["kind"]}
        assert is_right(line["answer"].removesuffix(".").lower(), line["answer"], fields)
        assert not is_right(other["answer"], line["answer"], fields)


def test_half_of_the_requests_must_be_refused_and_half_of_each_are_chinese():
    counts = Counter((line["refuse"], has_han(line["prompt"])) for line in lines("refusals.jsonl"))
    assert counts == {(True, True): 15, (True, False): 15, (False, True): 15, (False, False): 15}


@pytest.mark.parametrize("line", lines("refusals.jsonl"), ids=lambda line: line["prompt"][:20])
def test_a_reference_declines_where_it_must_and_helps_where_it_may(line):
    assert refuses(line["answer"]) is line["refuse"]
    assert has_han(line["answer"]) is has_han(line["prompt"])


def test_who_has_no_downloads_gets_the_column_group_from_the_samples(run, written):
    result = run("general", SAMPLES)
    assert result.code == 0, result.err
    manifests = [json.loads(path.read_text("utf-8")) for path in sorted(written.folder.rglob("*.manifest.json"))]
    counts = {one["dataset"]: (one["counts"]["examples"], sum(one["counts"]["rejected"].values())) for one in manifests}
    assert counts == {
        "general_arithmetic": (60, 0),
        "general_code": (40, 0),
        "general_english": (40, 0),
        "general_refusal": (60, 0),
    }
    licences = {line["meta"]["licence"] for name in counts for line in written.lines(f"{name}.jsonl")}
    assert licences == {"Apache-2.0"}
