"""The report of an expansion: each number against a second count of the journal, lines read anew and loops alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace

import pytest
from expansion_journal import BRIDGE, PASSAGE, answer, question, request

from converters.contract import Settings
from converters.expansion.acceptance import acceptance
from converters.expansion.budget import Prices
from converters.expansion.contract import Request
from converters.expansion.journal import Journal
from converters.expansion.report import write_report

PRICES = Prices(2.0, 8.0)
GOOD = [
    question("青石桥建于何时？", "明代万历十二年。"),
    question("青石桥是谁主持修造的？", "石匠陈守义主持修造。", kind="谁"),
    question("青石桥全长多少米？", "桥长四十二米。", kind="多少", difficulty="hard"),
]
WRONG = question("青石桥为什么重修？", "因为康熙三年的地震震塌了桥拱。", kind="为什么")


def items(*found):
    return json.dumps({"items": found}, ensure_ascii=False)


def about(number, **more):
    return request(replace(PASSAGE, document=f"wiki:{number}", text=f"{BRIDGE}编号{number}。"), **more)


@pytest.fixture
def journal(tmp_path):
    """Two prompt versions, and everything that can happen to a request."""
    path = tmp_path / "expansion" / "wiki.journal.jsonl"
    with Journal(path) as journal:
        answer(journal, about(1), items(*GOOD))
        answer(journal, about(2), items(GOOD[0], WRONG), usage=None)
        answer(journal, about(3, version="2"), items(*GOOD[:2]), usage={"prompt": 200, "completion": 50})
        answer(journal, about(4), "", fault="empty_answer")
        again = about(5)
        for cause in ("429", "timeout"):
            journal.failed(again, journal.sent(again, 310), cause, "")
        body = {"text": "{", "finish": "stop", "usage": {"prompt": 300, "completion": 7}, "seconds": 1}
        journal.answered(again, journal.sent(again, 310), body, final=False, fault="broken_json")
        answer(journal, again, items(GOOD[0]))
        refused = about(6)
        journal.refused(refused, journal.sent(refused, 310), 400, "content")
        journal.sent(about(7), 310)  # killed here
        sample = Request("sample", "1", "small", ({"role": "user", "content": "问"},), {}, about={"of": "x"})
        answer(journal, sample, "答", usage={"prompt": 11, "completion": 3})
    return path


@pytest.fixture
def told(journal, tmp_path):
    found, page = write_report(journal, tmp_path / "data", "wiki", prices=PRICES)
    assert (found.name, page.name) == ("wiki.expansion.json", "wiki.expansion.html")
    return json.loads(found.read_text("utf-8")) | {"page": page.read_text("utf-8")}


def events(journal, name):
    lines = map(json.loads, journal.read_text("utf-8").split("\n")[:-1])
    return [line for line in lines if line["event"] == name]


def test_every_attempt_is_counted_by_what_became_of_it(told, journal):
    totals = told["totals"]
    assert totals["attempts"] == len(events(journal, "sent")) == 11
    assert totals["answered"] == len(events(journal, "answered")) == 7
    assert totals["failed"] == dict(Counter(line["cause"] for line in events(journal, "failed")))
    assert (totals["refused"], totals["lost"], totals["asked_again"]) == (1, 1, {"broken_json": 1})
    assert totals["requests"] == {"settled": 7, "unsettled": 1}


def test_reported_estimated_and_uncertain_tokens_are_told_apart_and_sum_to_the_journals_count(told, journal):
    usages = [line["usage"] for line in events(journal, "answered") if line["usage"]]
    tokens = told["totals"]["tokens"]
    assert tokens["reported"] == {name: sum(usage[name] for usage in usages) for name in ("prompt", "completion")}
    assert tokens["estimated"] == {"prompt": 310, "completion": len(items(GOOD[0], WRONG))}
    assert tokens["uncertain"] == {"prompt": 930, "by_cause": {"429": 310, "timeout": 310, "lost": 310}}
    with Journal(journal) as opened:
        assert opened.totals.tokens == sum(
            sum(value for value in kind.values() if isinstance(value, int))
            for kind in (tokens["reported"], tokens["estimated"], tokens["uncertain"])
        )


def test_what_was_paid_is_split_by_what_it_was_for(told):
    uses = told["totals"]["tokens"]["uses"]
    whole = Counter()
    for used in uses.values():
        whole.update(used)
    tokens = told["totals"]["tokens"]
    assert whole["completion"] == tokens["reported"]["completion"] + tokens["estimated"]["completion"]
    assert uses["asked_again"] == {"prompt": 300, "completion": 7}
    assert uses["pairs"] == {"prompt": 11, "completion": 3}
    # one of its two items was accepted, so half of it; all of the answer without any
    half = len(items(GOOD[0], WRONG)) / 2
    assert uses["rejected"] == {"prompt": round(310 / 2 + 300), "completion": round(half + 80)}


def test_costs_are_tokens_times_prices_and_rejects_are_dear(told):
    cost, uses = told["totals"]["cost"], told["totals"]["tokens"]["uses"]
    assert cost["asked_again"] == pytest.approx((300 * 2 + 7 * 8) / 1e6)
    assert cost["failed"] == pytest.approx(930 * 2 / 1e6)
    certain = [use for use in uses if use != "failed"]
    assert cost["total"] == pytest.approx(sum(cost[use] for use in certain), abs=1e-5)
    for_items = sum(cost[use] for use in ("accepted", "rejected", "asked_again"))
    assert told["cost_per_accepted"] == pytest.approx(for_items / told["accepted"], abs=1e-6)


def test_without_prices_there_is_no_cost(journal, tmp_path):
    found, _ = write_report(journal, tmp_path / "data", "wiki")
    told = json.loads(found.read_text("utf-8"))
    assert (told["totals"]["cost"], told["cost_per_accepted"]) == (None, None)


def test_items_are_accepted_or_have_a_reason_by_prompt_version(told):
    first, second = told["prompts"]
    assert [(one["task"], one["version"], one["model"]) for one in (first, second)] == [
        ("qa", "1", "teacher"),
        ("qa", "2", "teacher"),
    ]
    assert (first["answers"], first["items"], first["accepted"]) == (5, 6, 5)
    assert (second["answers"], second["items"], second["accepted"]) == (1, 2, 2)
    assert first["accepted"] + sum(first["reasons"].values()) == 6 + 2  # two answers offered nothing
    assert first["reasons"]["empty_answer"] == first["reasons"]["refused_request"] == 1


def test_the_reasons_are_those_of_the_conversion(told, run, written):
    assert run("expansion", "expansion/wiki.journal.jsonl", "--name", "wiki", "--eval-share", "0").code == 0
    counts = written.manifest("wiki_qa")["counts"]
    reasons = Counter()
    for prompt in told["prompts"]:
        reasons.update(prompt["reasons"])
    assert {**reasons} == {name: count for name, count in counts["rejected"].items() if name != "duplicate"}
    assert told["accepted"] == counts["examples"] + counts["rejected"].get("duplicate", 0)


def test_a_frequent_reason_has_three_examples_with_what_was_missing(tmp_path):
    path = tmp_path / "x.journal.jsonl"
    with Journal(path) as journal:
        for number in range(10, 19):
            answer(journal, about(number), items(WRONG))
    found, page = write_report(path, tmp_path / "data", "x")
    (prompt,) = json.loads(found.read_text("utf-8"))["prompts"]
    ((reason, examples),) = prompt["examples"].items()
    assert prompt["reasons"] == {reason: 9}
    assert len({example["id"] for example in examples}) == 3
    assert examples[0]["question"] == WRONG["question"]
    assert examples[0]["answer"] == WRONG["answer"]
    assert (reason, examples[0]["missing"]) == ("unknown_number", "三年")
    assert WRONG["answer"] in page.read_text("utf-8")


def test_the_examples_do_not_depend_on_the_order_of_the_answers(tmp_path):
    shown = []
    for order in (range(10, 19), reversed(range(10, 19))):
        path = tmp_path / f"{len(shown)}.journal.jsonl"
        with Journal(path) as journal:
            for number in order:
                answer(journal, about(number), items(WRONG))
        found, _ = write_report(path, tmp_path / "data", "x")
        shown.append(json.loads(found.read_text("utf-8"))["prompts"][0]["examples"])
    assert shown[0] == shown[1]


def test_other_thresholds_give_another_acceptance_without_a_request(journal, tmp_path):
    strict = Settings(options={"thresholds": "qa.shortest=8"})
    found, _ = write_report(journal, tmp_path / "data", "wiki", settings=strict)
    told = json.loads(found.read_text("utf-8"))
    assert told["accepted"] < 7
    assert told["settings"]["thresholds"] == "qa.shortest=8"


def test_all_prompts_are_compared_whichever_the_datasets_are_made_of(journal, tmp_path, told):
    one = Settings(options={"versions": "qa=2", "model": "teacher"})
    found, _ = write_report(journal, tmp_path / "data", "wiki", settings=one, prices=PRICES)
    assert json.loads(found.read_text("utf-8"))["prompts"] == told["prompts"]


def test_prompts_diff_reads_what_is_written_here(told, tmp_path):
    (by_version,) = acceptance(tmp_path, "qa").values()
    assert [(version, found.items, found.accepted) for version, found in by_version.items()] == [
        ("1", 6, 5),
        ("2", 2, 2),
    ]


def test_questions_and_answers_of_accepted_items_are_measured(told):
    task = told["tasks"]["qa"]
    assert task["diversity"]["questions"] == 7
    assert task["diversity"]["types"] == {"when": 4, "who": 2, "how_many": 1}
    assert task["difficulty"]["labels"] == {"easy": 6, "hard": 1}
    assert sum(task["difficulty"]["sentences_drawn_on"].values()) == 7


def test_a_term_to_explain_is_no_question(tmp_path):
    path = tmp_path / "x.journal.jsonl"
    term = {"term": "青石", "explanation": "青石是修造青石桥所用的石料，桥身全用它砌成。"}
    with Journal(path) as journal:
        answer(journal, replace(about(1), task="explain"), items(term))
    found, _ = write_report(path, tmp_path / "data", "x")
    task = json.loads(found.read_text("utf-8"))["tasks"]["explain"]
    assert (task["diversity"]["questions"], task["diversity"]["types"]) == (0, {})
    assert sum(task["difficulty"]["lengths"].values()) == 1


def test_a_torn_last_line_is_passed_over(journal, tmp_path, told):
    with journal.open("ab") as stream:
        stream.write(b'{"event":"answered","id":"00')
    found, _ = write_report(journal, tmp_path / "data", "wiki", prices=PRICES)
    again = json.loads(found.read_text("utf-8"))
    assert again == {name: value for name, value in told.items() if name != "page"}


def test_the_page_stands_alone_and_escapes_what_models_say(tmp_path):
    path = tmp_path / "x.journal.jsonl"
    evil = "<script>alert(1)</script>康熙三年的地震震塌了九个桥拱。"
    with Journal(path) as journal:
        answer(journal, about(1, model="<b>m</b>", version="<i>"), items(question("<u>为什么？", evil), GOOD[0]))
    _, page = write_report(path, tmp_path / "data", "<x>")
    text = page.read_text("utf-8")
    assert not re.search(r"<(script|u>|b>m|i>|x)", text)
    assert not re.search(r'(src|href)="(?!#)', text)
    assert "&lt;b&gt;m" in text
    assert "&lt;script&gt;" in text


def test_an_expansion_of_nothing_has_a_report(tmp_path):
    path = tmp_path / "x.journal.jsonl"
    with Journal(path):
        pass
    found, page = write_report(path, tmp_path / "data", "x", prices=PRICES)
    told = json.loads(found.read_text("utf-8"))
    assert (told["accepted"], told["prompts"], told["findings"]) == (0, [], [])
    assert "Nothing stands out." in page.read_text("utf-8")


def test_what_stands_out_is_said(tmp_path):
    path = tmp_path / "x.journal.jsonl"
    with Journal(path) as journal:
        for number in range(30):
            answer(journal, about(number), items(question(f"青石桥编号{number}建于何时？", "明代万历十二年。")))
    found, _ = write_report(path, tmp_path / "data", "x")
    said = "\n".join(json.loads(found.read_text("utf-8"))["findings"])
    assert "100% of the questions are of the type 何时 (when)" in said
    assert "100% of the questions begin with 青石" in said
    assert "the model calls 100% of them easy" in said
    assert "100% of the answers have 20 characters or fewer" in said
    assert "draw on a single sentence" in said
    assert "first three tenths" in said
