"""Preference pairs: what is sampled and graded, which answers make a pair, and that none is of what is held out."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from expansion_journal import BRIDGE, PASSAGE, answer, asked_and_answered, question, request, say

from converters.chat import Endpoint, FailedError
from converters.expansion.journal import Journal
from converters.expansion.pair_rows import PairPlan, rows
from converters.expansion.pairing import Rewarder
from converters.expansion.pairs import fault, pairs, sample_requests, score_requests, spoken, write_pairs
from converters.expansion.scoring import chat_template, grade, grounded, reward_body, reward_request, reward_text

WHEN = question("青石桥建于何时？", "明代万历十二年。")
WHO = question("青石桥是谁主持修造的？", "石匠陈守义主持修造。")
SAMPLED = PairPlan("small", samples=3)
GRADED = PairPlan("small", samples=2, score="judge", judge="large")


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "expansion" / "wiki.journal.jsonl"
    asked_and_answered(path, (request(), [WHEN]))
    with Journal(path) as opened:
        yield opened


def graded(journal, plan, samples, grades):
    say(journal, sample_requests(journal, plan), *samples)
    asked = list(score_requests(journal, plan))
    say(journal, asked, *(json.dumps({"reason": "…", "score": number}) for number in grades))
    return list(pairs(journal, plan))


def test_samples_are_asked_with_the_rows_own_request(journal):
    asked = list(sample_requests(journal, SAMPLED))
    assert [one.ordinal for one in asked] == [0, 1, 2]
    assert len({one.id for one in asked}) == 3
    ((row,),) = ([*rows(journal, SAMPLED)],)
    assert asked[0].messages == tuple({"role": turn.role, "content": turn.content} for turn in row.messages)
    assert BRIDGE in asked[0].messages[-1]["content"]
    assert {one.model for one in asked} == {"small"}


def test_samples_that_stand_in_the_journal_are_the_same_requests(journal):
    before = [one.id for one in sample_requests(journal, SAMPLED)]
    say(journal, sample_requests(journal, SAMPLED), "甲", "乙", "丙")
    assert [one.id for one in sample_requests(journal, SAMPLED)] == before
    assert [one.id for one in sample_requests(journal, replace(SAMPLED, samples=4))][:3] == before


def test_the_reference_is_chosen_against_the_sample_that_is_worst_grounded(journal):
    samples = ("明代万历十二年修造。", "清代康熙三年，由知县王大成主持。", "清代。")
    say(journal, sample_requests(journal, SAMPLED), *samples)
    (pair,) = pairs(journal, SAMPLED)
    assert (pair["chosen"], pair["rejected"]) == ("明代万历十二年。", "清代康熙三年，由知县王大成主持。")
    assert pair["scores"]["rejected"] < pair["scores"]["chosen"] == 1
    assert pair["margin"] == pytest.approx(pair["scores"]["chosen"] - pair["scores"]["rejected"])


def test_what_the_user_adds_to_each_request_is_added_here_too(journal):
    plan = replace(GRADED, extra={"enable_thinking": False, "temperature": None})
    say(journal, sample_requests(journal, plan), "明代。", "清代。")
    for asked in (next(sample_requests(journal, plan)), next(score_requests(journal, plan))):
        assert asked.parameters["enable_thinking"] is False
        assert asked.parameters["temperature"] is None


def test_one_wrong_number_of_two_halves_what_an_answer_is_worth():
    right, wrong = (grounded(f"桥长{length}米，宽五米。", PASSAGE, "") for length in ("四十二", "九十九"))
    assert right == 1
    assert wrong <= 0.5


def test_an_answer_in_which_nothing_can_be_looked_for_has_no_score(tmp_path):
    assert grounded("是。", PASSAGE, "青石桥是明代的吗？") is None
    path = tmp_path / "yes.journal.jsonl"
    asked_and_answered(path, (request(), [WHEN]))
    with Journal(path) as journal:
        say(journal, sample_requests(journal, SAMPLED), "是。", "是的。", "民国五年。")
        (pair,) = pairs(journal, SAMPLED)
    assert pair["rejected"] == "民国五年。"


def test_a_judge_grades_every_different_answer_alone(journal):
    say(journal, sample_requests(journal, GRADED), "明代。", "明代")
    asked = list(score_requests(journal, GRADED))
    assert [one.about["answer"] for one in asked] == ["明代万历十二年。", "明代。"]
    shown = asked[1].messages[1]["content"]
    assert shown.count("【待评回答】\n明代。") == 1
    assert BRIDGE in shown
    assert "【要求】\n青石桥建于何时？" in shown
    assert {one.model for one in asked} == {"large"}


def test_braces_in_a_text_are_a_text(journal):
    say(journal, sample_requests(journal, GRADED), "{passage}", "{answer}")
    shown = [one.messages[1]["content"] for one in score_requests(journal, GRADED)]
    assert [text.count(BRIDGE) for text in shown] == [1, 1, 1]


def test_without_samples_nothing_is_graded(journal):
    assert list(score_requests(journal, GRADED)) == []
    assert [record["fault"] for record in pairs(journal, GRADED)] == ["no_other_answer"]


def test_the_margin_is_the_difference_of_the_grades(journal):
    (pair,) = graded(journal, GRADED, ("明代。", "不知道。"), (9, 7, 1))
    assert (pair["chosen"], pair["rejected"], pair["margin"]) == ("明代万历十二年。", "不知道。", 8)


def test_a_sample_that_is_better_is_never_rejected(journal):
    (record,) = graded(journal, GRADED, ("建于明代万历十二年。", "明代。"), (6, 9, 5))
    assert record["fault"] == "no_worse_answer"
    assert record["detail"] == "6 against 9, 5"


def test_the_margin_that_is_wanted_can_be_said(journal):
    (pair,) = graded(journal, replace(GRADED, min_margin=1), ("建于明代万历十二年。", "明代。"), (6, 9, 5))
    assert (pair["rejected"], pair["margin"]) == ("明代。", 1)


@pytest.mark.parametrize("margin", [0, -5])
def test_whatever_the_margin_an_equal_answer_is_not_worse(journal, margin):
    plan = replace(GRADED, min_margin=margin, chosen="best")
    (record,) = graded(journal, plan, ("建于明代万历十二年。", "明代。"), (9, 9, 9))
    assert record["fault"] == "no_worse_answer"


def test_the_best_answer_is_chosen_where_that_is_wanted(journal):
    plan = replace(GRADED, chosen="best")
    (pair,) = graded(journal, plan, ("建于明代万历十二年。", "明代。"), (6, 9, 5))
    assert (pair["chosen"], pair["chosen_is"], pair["margin"]) == ("建于明代万历十二年。", "sample", 4)


def test_the_best_answer_must_pass_as_a_reference_would(journal):
    plan = replace(GRADED, chosen="best")
    (pair,) = graded(journal, plan, ("清代康熙三年，由知县王大成主持。", "明代。"), (8, 10, 2))
    assert (pair["chosen"], pair["rejected"]) == ("明代万历十二年。", "明代。")


@pytest.mark.parametrize(
    "sample", ["", "<think>想一想。</think>", "<think>想一想", "明代万历十二年", " 明代，万历十二年。\n"]
)
def test_an_empty_answer_or_the_same_again_makes_no_pair(journal, sample):
    say(journal, sample_requests(journal, replace(SAMPLED, samples=1)), sample)
    (record,) = pairs(journal, replace(SAMPLED, samples=1))
    assert record["fault"] == "no_other_answer"


def test_what_was_cut_off_or_refused_makes_no_pair(journal):
    first, second = sample_requests(journal, replace(SAMPLED, samples=2))
    answer(journal, first, "清代康熙三年，由知县", finish="length", fault="truncated")
    journal.refused(second, journal.sent(second, 10), 400, "too long")
    assert [record["fault"] for record in pairs(journal, SAMPLED)] == ["no_other_answer"]


def test_of_equally_bad_answers_the_one_of_the_nearest_length_is_rejected(journal):
    (pair,) = graded(journal, GRADED, ("不知道，也无从得知，因为我没有去过那里。", "清代雍正十二年。"), (9, 1, 1))
    assert pair["rejected"] == "清代雍正十二年。"


def test_a_question_without_its_passage_is_not_weighed_by_grounding(tmp_path):
    path = tmp_path / "closed.journal.jsonl"
    asked_and_answered(path, (request(closed=1.0), [WHEN]))
    with Journal(path) as journal:
        ((row,),) = ([*rows(journal, GRADED)],)
        assert row.messages[0].content == "青石桥建于何时？"
        assert list(sample_requests(journal, SAMPLED)) == []


def test_most_limits_the_rows_and_more_only_adds_some(tmp_path):
    path = tmp_path / "many.journal.jsonl"
    passages = [replace(PASSAGE, document=f"wiki:{number}", text=f"{BRIDGE}编号{number}。") for number in range(20)]
    asked_and_answered(path, *((request(passage), [WHEN]) for passage in passages))
    with Journal(path) as journal:
        found = {most: {row.id for row in rows(journal, replace(SAMPLED, most=most))} for most in (5, 9, 50)}
    assert [len(ids) for ids in found.values()] == [5, 9, 20]
    assert found[5] < found[9] < found[50]


def test_an_answer_that_cannot_be_used_is_asked_for_again(journal):
    sample = next(sample_requests(journal, SAMPLED))
    say(journal, sample_requests(journal, GRADED), "明代。", "清代。")
    score = next(score_requests(journal, GRADED))
    assert [fault(sample, "明代。", "stop"), fault(sample, "<think>嗯", "stop")] == ["", "empty_answer"]
    assert [fault(sample, "明", "length"), fault(sample, "", "content_filter")] == ["truncated", "content_filter"]
    assert [fault(score, '{"score": 7}', "stop"), fault(score, "很好。", "stop")] == ["", "no_score"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('{"reason": "属实", "score": 8}', 8),
        ('```json\n{"reason": "原文说 3 人", "score": 4}\n```', 4),
        ('<think>{"score": 2}？不对</think>{"reason": "", "score": "9"}', 9),
        ('<think>"score": 2？</think>说不好。', None),
        ('{"score": 11}', None),
        ("8 分", None),
        ("", None),
    ],
)
def test_grades_are_read_from_what_judges_write(text, number):
    assert grade(text) == number


def test_thoughts_are_no_part_of_an_answer():
    assert [spoken("<think>\n嗯\n</think>\n\n明代。"), spoken("嗯</think>明代。"), spoken("明代。")] == ["明代。"] * 3


def test_lengths_tell_whether_length_alone_would_do(journal, tmp_path):
    say(journal, sample_requests(journal, SAMPLED), "民国五年。", "民国五年", "民国五年")
    found = write_pairs(journal, SAMPLED, tmp_path / "wiki.pairs.jsonl").as_json()
    assert found["mean_characters"] == {"chosen": 8, "rejected": 5}
    assert (found["pairs"], found["chosen_longer"], found["chosen_is_reference"]) == (1, 1, 1)


# ---- from the journal to a dataset


@pytest.fixture
def many(tmp_path):
    """A journal of forty documents with a question and a bad sample each, and its pairs."""
    path = tmp_path / "expansion" / "wiki.journal.jsonl"
    passages = [replace(PASSAGE, document=f"wiki:{number}", text=f"{BRIDGE}编号{number}。") for number in range(40)]
    asked_and_answered(path, *((request(passage), [WHEN, WHO]) for passage in passages))
    plan = replace(SAMPLED, samples=1)
    with Journal(path) as journal:
        say(journal, list(sample_requests(journal, plan)), *["清代康熙三年，由知县王大成主持。"] * 80)
        found = write_pairs(journal, plan, path.with_name("wiki.pairs.jsonl"))
    assert found.pairs == 80
    return "expansion/wiki.journal.jsonl", "expansion/wiki.pairs.jsonl"


def test_pairs_become_a_preference_dataset_that_keeps_margin_and_licence(run, written, many):
    result = run("expansion", *many, "--name", "wiki", "--eval-share", "0")
    assert result.code == 0, result.err
    lines = written.lines("wiki_preference.jsonl")
    assert len(lines) == 80
    line = lines[0]
    assert line["rejected"] == {"role": "assistant", "content": "清代康熙三年，由知县王大成主持。"}
    assert line["messages"][-1]["role"] == "user"
    assert line["margin"] > 0.2
    assert (line["meta"]["licence"], line["meta"]["title"]) == ("CC-BY-SA-4.0", "青石桥")
    assert {one["meta"]["document"] for one in lines} == {f"wiki:{number}" for number in range(40)}
    entry = written.registry()["wiki_preference"]
    assert entry["ranking"] is True
    assert entry["columns"]["chosen"] == "chosen"


def test_no_pair_is_of_a_document_that_is_held_out(run, written, many):
    assert run("expansion", *many, "--name", "wiki", "--eval-share", "0.3").code == 0
    held_out = {line["meta"]["document"] for line in written.lines("wiki_qa_eval.jsonl")}
    learned = {line["meta"]["document"] for line in written.lines("wiki_preference.jsonl")}
    assert len(held_out) > 3
    assert not held_out & learned
    assert (
        len(written.rejects("wiki_preference")) == 2 * len(held_out) == 80 - len(written.lines("wiki_preference.jsonl"))
    )


def test_why_a_row_has_no_pair_stands_in_the_rejects(run, written, tmp_path, many):
    path = tmp_path / many[1]
    first, *rest = path.read_text("utf-8").splitlines(keepends=True)
    record = json.loads(first)
    for name in ("chosen", "rejected", "margin"):
        del record[name]
    faulty = json.dumps({**record, "fault": "no_worse_answer", "detail": "1 against 0.9"}, ensure_ascii=False)
    path.write_text(faulty + "\n" + "".join(rest), "utf-8")
    assert run("expansion", *many, "--name", "wiki", "--eval-share", "0").code == 0
    assert written.rejects("wiki_preference") == [("1", "no_worse_answer")]


# ---- a reward model


def test_a_reward_model_is_shown_whole_conversations_in_its_own_template(journal):
    plan = replace(
        GRADED, score="reward", chat=lambda turns: "".join(f"<{one['role']}>{one['content']}" for one in turns)
    )
    say(journal, sample_requests(journal, plan), "清代。", "明代。")
    asked = list(score_requests(journal, plan))
    (row,) = rows(journal, plan)
    assert reward_body(asked[1]) == {
        "model": "large",
        "messages": [f"<user>{row.messages[0].content}<assistant>清代。"],
    }
    say(journal, asked, *(reward_text({"scores": [number]}) for number in (0.25, -1.5, 0.5)))
    (pair,) = pairs(journal, plan)
    assert (pair["rejected"], pair["margin"]) == ("清代。", 1.75)


@pytest.mark.parametrize("reply", [{}, {"scores": []}, {"scores": ["x"]}, {"scores": [float("nan")]}, {"error": "no"}])
def test_a_reply_without_a_rating_is_asked_for_again(journal, reply):
    plan = replace(GRADED, score="reward", chat=str)
    say(journal, sample_requests(journal, plan), "清代。", "明代。")
    asked = next(score_requests(journal, plan))
    assert fault(asked, reward_text(reply), "stop") == "no_score"


class Rater(BaseHTTPRequestHandler):
    """LLaMA-Factory's address of ratings: the length of each text is its rating; busy the first time."""

    asked: ClassVar[list[tuple[str, dict[str, object]]]] = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, body))
        reply = {"scores": [float(len(text)) for text in body["messages"]]} if len(self.asked) > 1 else {}
        data = json.dumps(reply).encode()
        self.send_response(200 if reply else 503)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def test_a_rating_is_posted_to_the_address_of_ratings_and_fails_as_a_chat_does():
    server = HTTPServer(("127.0.0.1", 0), Rater)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asked = reward_request([{"role": "user", "content": "问"}], model="rm", chat=lambda turns: "四个字呢", about={})

    async def ask():
        async with Rewarder(Endpoint(f"http://127.0.0.1:{server.server_port}/v1")) as rewarder:
            with pytest.raises(FailedError, match="503"):
                await rewarder.ask(asked, 1, lambda: None)
            return await rewarder.ask(asked, 1, lambda: None)

    try:
        reply = asyncio.run(ask())
    finally:
        server.shutdown()
        server.server_close()
    assert (reply.text, reply.finish, reply.usage) == ("4.0", "stop", None)
    assert Rater.asked[1] == ("/v1/score/evaluation", {"model": "rm", "messages": ["四个字呢"]})


def test_texts_end_where_the_reward_model_learned_to_rate(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({"<eos>": 0, "<unk>": 1}, unk_token="<unk>"))
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<eos>", unk_token="<unk>")
    turns = [{"role": "user", "content": "问"}, {"role": "assistant", "content": "答"}]
    for end, expected in (("<end>\n", "问<end>\n答<end>\n<eos>"), ("<eos>\n", "问<eos>\n答<eos>\n")):
        tokenizer.chat_template = (
            "{% for m in messages %}{{ m['content'] + '" + end.replace("\n", "\\n") + "' }}{% endfor %}"
        )
        tokenizer.save_pretrained(tmp_path)
        assert chat_template(str(tmp_path))(turns) == expected
