"""`python -m converters score` on a tiny Gemma-2: its numbers, what it refuses, what it says of rows without one."""

import json
import math
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import _tiny
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from converters.__main__ import main
from converters.contract import SourceError
from converters.quality import host
from converters.quality.rows import opened
from converters.quality.scoring import scores

ASKED, SAID = "春天的花开了。", "flowers bloom in spring."


@dataclass(frozen=True)
class Score:
    """A dataset folder, and `python -m converters score` on it within this process."""

    folder: Path
    base: Path
    capsys: pytest.CaptureFixture[str]

    def rows(self, *conversations: Sequence[str], ids: Sequence[str] = ()) -> None:
        """Register `own`: questions and answers in turn."""
        lines = []
        for number, talk in enumerate(conversations):
            roles = ("user", "assistant")
            messages = [{"role": roles[at % 2], "content": text} for at, text in enumerate(talk)]
            lines.append({"messages": messages, "id": ids[number] if ids else f"own:{number}"})
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (self.folder / "own.jsonl").write_text(text, encoding="utf-8")
        registry = {"own": {"file_name": "own.jsonl", **_tiny.SHAREGPT}}
        (self.folder / "dataset_info.json").write_text(json.dumps(registry), encoding="utf-8")

    def __call__(self, metrics: str, *words: str | Path, code: int = 0, model: Path | None = None) -> str:
        given = ["--metrics", metrics, "--model", model or self.base, *words]
        if "--template" not in words:
            given += ["--template", "gemma2"]
        found = main(["score", "own", *map(str, given), "--dataset-dir", str(self.folder)])
        captured = self.capsys.readouterr()
        assert found == code, captured.err
        return captured.out if not code else captured.err

    def lines(self) -> dict[str, dict[str, Any]]:
        text = (self.folder / "data/own.scores.jsonl").read_text(encoding="utf-8")
        return {line.pop("id"): line for line in map(json.loads, text.splitlines())}

    def about(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "data/own.scores.json").read_text(encoding="utf-8"))
        return found

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.folder / "data").glob("own.scores*")}


@pytest.fixture
def score(world: _tiny.World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Score:
    folder = tmp_path / "数据 集"
    folder.mkdir()
    made = Score(folder, world.folder / "base", capsys)
    made.rows(*[(f"{ASKED}{number}" * (1 + number % 4), f"{SAID}{number}" * (1 + number % 3)) for number in range(20)])
    return made


Copy = Callable[[Callable[[Any], None]], Path]


@pytest.fixture
def changed(world: _tiny.World, tmp_path: Path) -> Copy:
    """`changed(act)`: a copy of the model after `act` did something to it."""

    def copy(act: Callable[[Any], None]) -> Path:
        model = AutoModelForCausalLM.from_pretrained(world.folder / "base", attn_implementation="eager")
        act(model)
        model.save_pretrained(tmp_path / "changed")
        for path in (world.folder / "base").glob("*token*"):
            shutil.copy(path, tmp_path / "changed")
        return tmp_path / "changed"

    return copy


def by_hand(model: Any, tokens: Any, before: str, answer: str) -> tuple[float, int]:
    """(Σ −log p of the answer's tokens, their number), from transformers' own loss on one example."""
    ids = [tokens(part, add_special_tokens=False)["input_ids"] for part in (before, answer)]
    labels = [*[-100] * len(ids[0]), *ids[1]]
    with torch.no_grad():
        loss = model(input_ids=torch.tensor([ids[0] + ids[1]]), labels=torch.tensor([labels])).loss.item()
    return loss * len(ids[1]), len(ids[1])


def test_perplexity_and_ifd_are_those_of_a_loop_over_texts_written_out_by_hand(score: Score) -> None:
    score("perplexity,ifd")
    found = score.lines()
    tokens = AutoTokenizer.from_pretrained(score.base)
    model = AutoModelForCausalLM.from_pretrained(score.base, attn_implementation="eager").eval()
    for number in range(20):
        asked, said = f"{ASKED}{number}" * (1 + number % 4), f"{SAID}{number}" * (1 + number % 3)
        before = f"<bos><start_of_turn>user\n{asked}<end_of_turn>\n<start_of_turn>model\n"
        ends = f"{said}<end_of_turn>\n<eos>"
        given, count = by_hand(model, tokens, before, ends)
        by_itself, same = by_hand(model, tokens, "<bos>", ends)
        instruction, _ = by_hand(model, tokens, "<bos>", before.removeprefix("<bos>"))
        line = found[f"own:{number}"]
        assert (line["perplexity"]["tokens"], same) == (count, count)
        assert line["perplexity"]["nll"] == pytest.approx(given, rel=1e-4)
        assert line["perplexity"]["perplexity"] == pytest.approx(math.exp(given / count), rel=1e-4)
        assert line["perplexity"]["instruction"]["nll"] == pytest.approx(instruction, rel=1e-4)
        assert line["ifd"]["ifd"] == pytest.approx(given / by_itself, rel=1e-4)
        assert line["ifd"]["perplexity_ratio"] == pytest.approx(math.exp((given - by_itself) / count), rel=1e-4)


def numbers(of: Any) -> list[float]:
    if isinstance(of, dict):
        return [number for key in sorted(of) for number in numbers(of[key])]
    return [float(of)] if isinstance(of, int | float) else []


@pytest.mark.parametrize("tokens", ["1", "64", "700"])
def test_numbers_do_not_depend_on_the_size_of_batches(score: Score, tokens: str) -> None:
    score("perplexity,ifd")
    before = score.lines()
    score("perplexity,ifd", "--batch-tokens", tokens, "--again")
    for identity, line in score.lines().items():
        assert numbers(line) == pytest.approx(numbers(before[identity]), rel=1e-4)


def test_numbers_do_not_depend_on_the_order_of_the_data(score: Score) -> None:
    score("length,perplexity,ifd")
    before = score.lines()
    lines = (score.folder / "own.jsonl").read_text(encoding="utf-8").splitlines()
    (score.folder / "own.jsonl").write_text("\n".join(lines[::-1]) + "\n", encoding="utf-8")
    score("length,perplexity,ifd", "--again")
    assert list(score.lines()) == list(before)[::-1]
    for identity, line in score.lines().items():
        assert numbers(line) == pytest.approx(numbers(before[identity]), rel=1e-4)


def test_lengths_are_of_what_training_reads_and_of_the_texts(score: Score) -> None:
    score.rows(("一二三", "四五六七"), ("你好" * 100, "好" * 100))
    score("length", "--cutoff-len", "64")
    short, long = score.lines().values()
    assert (short["length"]["prompt_characters"], short["length"]["answer_characters"]) == (3, 4)
    assert not short["length"]["truncated"]
    assert short["length"]["prompt"] + short["length"]["answer"] == short["length"]["whole"] - 0
    assert long["length"]["truncated"]
    assert long["length"]["prompt"] + long["length"]["answer"] == 64 < long["length"]["whole"]


def test_lengths_ask_no_model(score: Score, tmp_path: Path) -> None:
    for path in score.base.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / "words").mkdir(exist_ok=True)
            shutil.copy(path, tmp_path / "words")
    score("length", model=tmp_path / "words")
    assert len(score.lines()) == 20


def test_another_metric_is_added_to_the_lines(score: Score) -> None:
    score("perplexity,ifd")
    together = score.files()
    shutil.rmtree(score.folder / "data")
    score("perplexity")
    score("ifd")
    assert score.files() == together
    score("length")
    assert set(score.lines()["own:0"]) == {"length", "perplexity", "ifd"}


def test_what_is_scored_already_is_not_scored_again(score: Score) -> None:
    score("perplexity")
    before = score.files()
    assert "scored already: perplexity" in score("perplexity")
    assert score.files() == before


def test_other_scores_of_a_metric_are_refused_with_what_differs(score: Score) -> None:
    score("perplexity", "--cutoff-len", "64")
    before = score.files()
    told = score("perplexity", "--cutoff-len", "32", code=2)
    assert "cutoff_len: 64 there, 32 now" in told
    assert "--again" in told
    assert score.files() == before
    score("perplexity", "--cutoff-len", "32", "--again")
    assert score.about()["metrics"]["perplexity"]["signature"]["cutoff_len"] == 32


def test_other_weights_are_another_model_and_the_same_elsewhere_are_not(
    score: Score, changed: Copy, tmp_path: Path
) -> None:
    score("perplexity")
    shutil.copytree(score.base, tmp_path / "moved")
    assert "scored already" in score("perplexity", model=tmp_path / "moved")
    other = changed(lambda model: model.model.norm.weight.data.add_(0.5))
    assert "weights: " in score("perplexity", model=other, code=2)


def test_scores_of_other_data_are_refused_and_not_loaded(score: Score) -> None:
    score("length")
    score.rows(("问", "答"))
    assert "another text" in score("perplexity", code=2)
    with opened(score.folder, "own") as rows, pytest.raises(SourceError, match="another text"):
        scores.load(score.folder, rows)
    score("perplexity", "--again")
    assert next(iter(score.lines().values())).keys() == {"perplexity"}


def test_an_example_whose_loss_is_not_a_number_is_told_and_spoils_no_other(score: Score, changed: Copy) -> None:
    score.rows((ASKED, SAID), (ASKED, "春天"), (ASKED, "<unk>" + SAID), (ASKED * 3, SAID * 2))
    before = (score("perplexity,ifd"), score.lines())[1]

    def breaks_at_unk(model: Any) -> None:  # where it is read; where it is predicted, every softmax would break
        model.config.tie_word_embeddings = False
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
        model.model.embed_tokens.weight.data[3].fill_(float("nan"))

    broken = changed(breaks_at_unk)
    out = score("perplexity,ifd", "--again", model=broken)
    found = score.lines()
    assert found["own:2"] == {"unscored": {"perplexity": "not_a_number", "ifd": "not_a_number"}}
    assert "perplexity, not scored: not_a_number 1" in out
    assert score.about()["metrics"]["perplexity"]["unscored"] == {"not_a_number": 1}
    assert "NaN" not in (score.folder / "data/own.scores.jsonl").read_text(encoding="utf-8")
    del before["own:2"], found["own:2"]
    assert numbers(found) == pytest.approx(numbers(before), rel=1e-4)


def test_an_example_of_which_the_cutoff_leaves_no_answer_is_told(score: Score) -> None:
    score.rows((ASKED * 9, "是"), ("问", "答" * 30))
    score("length,perplexity", "--template", "alpaca", "--cutoff-len", "3")
    assert score.lines()["own:0"]["unscored"] == {"perplexity": "nothing_supervised"}
    assert score.lines()["own:0"]["length"]["answer"] == 0
    assert score.about()["metrics"]["perplexity"]["scored"] == 1


def test_rows_that_are_no_conversation_are_counted(score: Score) -> None:
    score.rows((ASKED, SAID), (ASKED,), (ASKED, "  "))
    out = score("length")
    assert "2 rows are no conversation (line 2" in out
    assert score.about()["data"]["unusable"] == 2


def test_an_example_longer_than_the_model_is_told(score: Score, changed: Copy) -> None:
    short = changed(lambda model: model.config.update({"max_position_embeddings": 64}))
    score.rows((ASKED, SAID), (ASKED * 20, SAID * 20))
    score("perplexity", "--cutoff-len", "256", model=short)
    assert score.lines()["own:1"] == {"unscored": {"perplexity": "longer_than_the_model"}}


def test_an_id_has_one_line_and_an_id_of_several_texts_no_number(score: Score) -> None:
    score.rows((ASKED, SAID), ("一", "二"), (ASKED, SAID), ("一", "三"), ids=["a", "b", "a", "b"])
    assert "2 rows repeat the id" in score("perplexity")
    assert list(score.lines()) == ["a", "b"]
    assert score.lines()["a"]["perplexity"]
    assert score.lines()["b"] == {"unscored": {"perplexity": "id_of_several_texts"}}


def test_every_answer_of_a_conversation_counts(score: Score) -> None:
    score.rows(("一", "甲", "二", "乙"), ("一", "甲"))
    score("length,perplexity,ifd", "--template", "alpaca")
    two, one = score.lines().values()
    assert (two["length"]["turns"], one["length"]["turns"]) == (2, 1)
    assert two["perplexity"]["answers"] == 2
    assert two["perplexity"]["tokens"] > one["perplexity"]["tokens"]
    assert two["ifd"]["tokens"] == two["perplexity"]["tokens"]


def test_a_template_that_begins_with_nothing_leaves_the_first_token_out_on_both_sides(
    score: Score, tmp_path: Path
) -> None:
    tokens = AutoTokenizer.from_pretrained(score.base)
    shutil.copytree(score.base, tmp_path / "no_bos")
    tokens.bos_token = None
    tokens.save_pretrained(tmp_path / "no_bos")
    score.rows((ASKED, SAID))
    score("perplexity,ifd", "--template", "alpaca", model=tmp_path / "no_bos")
    (line,) = score.lines().values()
    model = AutoModelForCausalLM.from_pretrained(score.base, attn_implementation="eager").eval()
    first, *rest = tokens(f"{SAID}", add_special_tokens=False)["input_ids"]
    assert line["ifd"]["tokens"] == line["perplexity"]["tokens"] - 1
    end = [tokens.eos_token_id, *tokens("\n\n", add_special_tokens=False)["input_ids"]]
    ids = [first, *rest, *end]
    with torch.no_grad():
        loss = model(input_ids=torch.tensor([ids]), labels=torch.tensor([ids])).loss.item()
    assert line["ifd"]["alone"] == pytest.approx(loss, rel=1e-4)


def test_a_recipe_names_model_template_and_cutoff(score: Score, world: _tiny.World, capsys: Any) -> None:
    recipe = world.recipe("scoring", cutoff_len=48, train_on_prompt=None)
    words = ["--metrics", "perplexity", "--recipe", str(recipe), "--dataset-dir", str(score.folder)]
    assert main(["score", "own", *words]) == 0
    signature = score.about()["metrics"]["perplexity"]["signature"]
    assert (signature["template"], signature["cutoff_len"]) == ("gemma2", 48)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--metrics", "perplexity"], "--recipe"),
        (["--metrics", "perplexity", "--model", "{base}"], "--template"),
        (["--metrics", "perplexity", "--model", "{base}", "--template", "gemma3000"], "gemma3000"),
        (["--metrics", "perplexity", "--model", "/nowhere", "--template", "gemma2"], "/nowhere"),
        (["--metrics", "perplexity", "--recipe", "nowhere.yaml"], "nowhere.yaml"),
        (["--metrics", "reward"], "--reward-model"),
        (["--model", "{base}", "--template", "gemma2", "--device", "cuda"], "a GPU"),
    ],
)
def test_what_is_asked_for_wrongly_is_said_in_a_line(score: Score, capsys: Any, words: list[str], told: str) -> None:
    given = [word.format(base=score.base) for word in words]
    assert main(["score", "own", *given, "--dataset-dir", str(score.folder)]) == 2
    assert told in capsys.readouterr().err
    assert not (score.folder / "data/own.scores.jsonl").exists()


def test_a_name_that_the_host_no_longer_has_is_said(score: Score, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "NAMES", (*host.NAMES, ("llamafactory.data.template", "Template.gone", ())))
    assert "no llamafactory.data.template.Template.gone" in score("length", code=2)


@pytest.fixture(scope="module")
def rater(world: _tiny.World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rater")
    torch.manual_seed(1)
    model = AutoModelForSequenceClassification.from_pretrained(world.folder / "base", num_labels=1)
    model.save_pretrained(folder)
    tokens = AutoTokenizer.from_pretrained(world.folder / "base")
    tokens.chat_template = (
        "{% for m in messages %}<start_of_turn>{{ m['role'] }} {{ m['content'] }}<end_of_turn>{% endfor %}"
    )
    tokens.save_pretrained(folder)
    return folder


def test_a_reward_is_added_and_is_that_of_the_model_alone(score: Score, rater: Path, capsys: Any) -> None:
    score("length")
    words = ["--metrics", "reward", "--reward-model", str(rater), "--batch-tokens", "128"]
    assert main(["score", "own", *words, "--dataset-dir", str(score.folder)]) == 0
    tokens = AutoTokenizer.from_pretrained(rater)
    model = AutoModelForSequenceClassification.from_pretrained(rater).eval()
    with opened(score.folder, "own") as rows:
        for row in rows:
            messages = [{"role": turn.role, "content": turn.content} for turn in row.turns]
            text = tokens.apply_chat_template(messages, tokenize=False)
            ids = tokens(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
            with torch.no_grad():
                wanted = model(input_ids=ids).logits.item()
            assert score.lines()[row.id]["reward"]["reward"] == pytest.approx(wanted, rel=1e-4, abs=1e-6)
    assert set(score.lines()["own:0"]) == {"length", "reward"}


def test_a_template_whose_tokens_the_model_has_not_is_refused(score: Score) -> None:
    told = score("perplexity", "--template", "qwen", code=2)
    assert "it adds <|im_end|>" in told
    assert not score.files()


def test_parts_that_a_killed_run_left_behind_its_scores_go(score: Score) -> None:
    score("perplexity")
    (score.folder / "data/own.scores.conditional.part0.jsonl").write_text('{"of": "before"}\n', encoding="utf-8")
    score("perplexity")
    assert set(score.files()) == {"own.scores.json", "own.scores.jsonl"}


def test_what_is_started_afterwards_hears_the_host_as_ever() -> None:
    host.check()
    assert "LLAMAFACTORY_VERBOSITY" not in os.environ
