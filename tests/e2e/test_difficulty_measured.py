"""What difficulty measures is what a loop over one conversation at a time measures, and what the model says alone."""

import json
import math
from typing import Any

import pytest
import torch
from _tiny import World

from converters.__main__ import main
from converters.quality.difficulty.demonstrated import Demonstrated, demonstrated
from converters.quality.difficulty.facts import Span
from converters.quality.difficulty.measuring import Reader, answers, parts, references
from converters.quality.difficulty.parameters import parameters
from converters.quality.difficulty.shots import shots_for
from converters.quality.models.batched import batched
from converters.quality.models.settings import ModelSettings
from converters.quality.rows import Row, opened


def silent(count: int) -> None: ...


@pytest.fixture(scope="module")
def reader(world: World) -> Reader:
    keys = {"model_name_or_path": str(world.folder / "base"), "template": "gemma2", "cutoff_len": 256}
    return Reader.of(ModelSettings(keys, device="cpu"))


@pytest.fixture(scope="module")
def rows(world: World) -> list[Row]:
    with opened(world.folder / "data", "talk") as found:
        return [found[number] for number in range(12)]


def loop(reader: Reader, ids: Any, positions: Any) -> list[float]:
    """−log p of each token, one conversation at a time, from all logits."""
    with torch.no_grad():
        logits = reader.model.model(input_ids=torch.tensor([ids])).logits[0].double()
    return [-torch.log_softmax(logits[at - 1], dim=-1)[ids[at]].item() for at in positions]


def test_losses_of_references_are_those_of_a_loop(reader: Reader, rows: list[Row]) -> None:
    found, unscored = references(reader, "talk", rows, silent)
    for row, nats, tokens in zip(rows, found.nats, found.tokens, strict=True):
        encoded = reader.encoder.encode(row.turns)
        by_hand = loop(reader, encoded.ids, encoded.answer)
        assert (nats, tokens) == (pytest.approx(sum(by_hand), rel=1e-4), len(by_hand))
    assert not unscored
    assert found.perplexity == pytest.approx(math.exp(sum(found.nats) / sum(found.tokens)))
    assert found.bytes[0] == len(rows[0].turns[-1].content.encode())


def test_behind_examples_only_the_last_answer_counts_and_facts_apart(reader: Reader, rows: list[Row]) -> None:
    item, shots = rows[0], shots_for(rows[0], rows, 2)
    first_two = [Span(0, 2)]
    one = demonstrated(reader.encoder, item, shots, first_two, longest=256)
    assert one is not None
    assert one.shots == 2
    (found,) = parts(reader, [one], silent)
    assert found is not None
    by_hand = loop(reader, one.asked.ids, one.asked.positions)
    assert found.fact_nats == pytest.approx(sum(v for v, s in zip(by_hand, one.states, strict=True) if s), rel=1e-4)
    assert found.form_nats == pytest.approx(sum(v for v, s in zip(by_hand, one.states, strict=True) if not s), rel=1e-4)
    told = reader.encoder.tokenizer.decode([t for t, s in zip(one.asked.targets, one.states, strict=True) if s])
    assert item.turns[-1].content[:2] in told
    assert len(by_hand) == found.fact_tokens + found.form_tokens


def test_the_tokens_of_an_item_behind_examples_are_those_of_its_conversation(reader: Reader, rows: list[Row]) -> None:
    one = demonstrated(reader.encoder, rows[0], shots_for(rows[0], rows, 2), [], longest=256)
    assert one is not None
    beginning = reader.encoder.prompt(one.turns)
    assert list(one.asked.ids[: len(beginning)]) == beginning
    assert one.asked.positions[0] == len(beginning)


def test_examples_that_do_not_fit_are_left_out_and_an_item_that_does_not_fit_is_none(
    reader: Reader, rows: list[Row]
) -> None:
    whole = demonstrated(reader.encoder, rows[0], rows[1:5], [], longest=256)
    assert whole is not None
    assert whole.shots == 4
    fewer = demonstrated(reader.encoder, rows[0], rows[1:5], [], longest=len(whole.asked.ids) - 1)
    assert fewer is not None
    assert fewer.shots == 3
    assert demonstrated(reader.encoder, rows[0], rows[1:5], [], longest=5) is None


@pytest.fixture(scope="module")
def shown(reader: Reader, rows: list[Row]) -> list[Demonstrated]:
    """Six items behind none, one or two examples."""
    found = (
        demonstrated(reader.encoder, row, shots_for(row, rows, at % 3), [Span(0, 1)], longest=256)
        for at, row in enumerate(rows[:6])
    )
    return [one for one in found if one is not None]


@pytest.fixture(scope="module")
def alone(reader: Reader, shown: list[Demonstrated]) -> list[tuple[Any, str]]:
    return [(parts(reader, [one], silent)[0], answers(reader, [one], 40, silent)[0]) for one in shown]


@pytest.mark.parametrize("tokens", [1, 300, 10_000])
def test_neither_losses_nor_answers_depend_on_the_batch(
    reader: Reader, shown: list[Demonstrated], alone: list[tuple[Any, str]], tokens: int
) -> None:
    small = Reader(reader.model, reader.encoder, tokens)
    for one, (other, _) in zip(parts(small, shown, silent), alone, strict=True):
        assert one is not None
        assert one.fact_nats == pytest.approx(other.fact_nats, rel=1e-4)
        assert one.form_nats == pytest.approx(other.form_nats, rel=1e-4)
    # the longest references have more room than the shortest
    assert answers(small, shown, 40, silent) == [said for _, said in alone]


def test_an_answer_is_the_most_likely_token_after_another(reader: Reader, rows: list[Row]) -> None:
    one = demonstrated(reader.encoder, rows[3], [], [], longest=256)
    assert one is not None
    ids = list(reader.encoder.prompt(one.turns))
    start, stops = len(ids), set(reader.encoder.text.stop_token_ids())
    with torch.no_grad():
        while len(ids) - start < 6:
            ids.append(int(reader.model.model(input_ids=torch.tensor([ids])).logits[0, -1].argmax()))
            if ids[-1] in stops:
                break
    by_hand = [token for token in ids[start:] if token not in stops]
    told = reader.encoder.tokenizer.decode(by_hand, skip_special_tokens=True).strip()
    assert answers(reader, [one], 6, silent) == [told]


def test_where_memory_does_not_suffice_smaller_batches_go_on() -> None:
    seen = list[int]()

    def through(batch: Any) -> Any:
        seen.append(len(batch))
        if len(batch) > 2:
            raise torch.OutOfMemoryError
        return [word.upper() for word in batch]

    words = ["a", "bb", "ccc", "dd", "e"]
    assert batched(words, len, through, tokens=100) == ["A", "BB", "CCC", "DD", "E"]
    assert seen[0] == 5
    assert seen[-1] <= 2


def test_quantised_parameters_count_in_full_and_adapters_not_at_all(reader: Reader) -> None:
    from bitsandbytes.nn import Params4bit
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    plain = sum(parameter.numel() for parameter in reader.model.model.parameters())
    model = AutoModelForCausalLM.from_pretrained(reader.encoder.settings.model)
    assert parameters(get_peft_model(model, LoraConfig(target_modules="all-linear", r=4))) == plain
    packed = torch.nn.Module()
    packed.weight = Params4bit(torch.randn(64, 32), requires_grad=False).to("cpu")
    assert packed.weight.numel() == 64 * 32 / 2
    assert parameters(packed) == 64 * 32


# ---- the command


@pytest.fixture
def study(world: World, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: str) -> tuple[int, str, str]:
        model = ["--model", str(world.folder / "base"), "--template", "gemma2", "--device", "cpu"]
        small = ["--items", "12", "--max-new-tokens", "4", "--dataset-dir", str(world.folder / "data")]
        code = main(["difficulty", "talk", *model, *small, *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_the_command_tells_all_of_it_and_writes_the_same_file_each_time(world: World, study: Any) -> None:
    path = world.folder / "data" / "data" / "talk.difficulty.json"
    path.parent.mkdir(exist_ok=True)
    code, out, _ = study("--reference", "translation")
    assert code == 0
    first = path.read_bytes()
    assert study("--reference", "translation", "--batch-tokens", "64")[0] == 0
    found, again = json.loads(first), json.loads(path.read_bytes())
    assert [item["shots"]["4"]["answer"] for item in found["items"]] == [
        item["shots"]["4"]["answer"] for item in again["items"]
    ]
    assert again["ratio_of_perplexities"]["value"] == pytest.approx(found["ratio_of_perplexities"]["value"], rel=1e-4)
    assert study("--reference", "translation")[0] == 0
    assert path.read_bytes() == first
    for words in (
        "begin with:",
        "contradicts the others",
        "verdict: Train.",
        "general answers (translation)",
        "4 examples",
    ):
        assert words in out
    task, general = found["references"]
    assert (task["examples"], general["name"]) == (12, "translation")
    ratio = math.exp(task["nats"] / task["tokens"] - general["nats"] / general["tokens"])
    assert found["ratio_of_perplexities"]["value"] == pytest.approx(ratio)


def test_a_launcher_of_several_processes_is_refused(study: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    code, _, error = study("--reference", "translation")
    assert (code, "one process" in error) == (2, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--reference NAME"),
        (("--reference", "nothing"), "no such entry"),
        (("--reference", "talk"), "not in the dataset itself"),
        (("--reference", "translation", "--shots", "x"), "as in 0,4"),
        (("--reference", "translation", "--shots-from", "nothing"), "no such entry"),
        (("--reference", "translation", "--thresholds", "2:1"), "EASY:HARD"),
        (("--reference", "translation", "--items", "4"), "at least 10 examples"),
        (("--reference", "translation", "--cutoff-len", "12"), "fit below the cutoff"),
    ],
)
def test_what_cannot_be_measured_says_what_to_do(study: Any, words: tuple[str, ...], told: str) -> None:
    code, _, error = study(*words)
    assert code == 2
    assert told in error
