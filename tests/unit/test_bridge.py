"""Which examples does the Fisher pass get, and how are they encoded? By the host's own encoders, with tiny data."""

import importlib.util
import json
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from datasets import Dataset

from ewc_plugin import host, mixture
from ewc_plugin.bridge import Bridge, Context, HostParts
from ewc_plugin.encoding import encode_row
from ewc_plugin.fisher import FisherError

TEXTS = [
    "春天的花开了。",
    "请给我一杯热水。",
    "他每天早上六点起床。",
    "我们一起去图书馆读书吧。",
    "hello, how are you?",
]
TINY = Path(__file__).parents[2] / "recipes" / "smoke" / "tiny_model.py"


@pytest.fixture(scope="module")
def tokens() -> Any:
    spec = importlib.util.spec_from_file_location("tiny_model", TINY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.tokenizer(TEXTS * 3)


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    from llamafactory.data.processor import (
        PairwiseDatasetProcessor,
        PretrainDatasetProcessor,
        SupervisedDatasetProcessor,
    )
    from llamafactory.data.processor.processor_utils import infer_seqlen
    from llamafactory.data.template import get_template_and_fix_tokenizer

    processors = {"sft": SupervisedDatasetProcessor, "rm": PairwiseDatasetProcessor, "pt": PretrainDatasetProcessor}
    return {"cut": infer_seqlen, "processors": processors, "template": get_template_and_fix_tokenizer}


def row(prompt: str, *answers: str) -> dict[str, Any]:
    """A row as the host aligns it."""
    return {
        "_prompt": [{"role": "user", "content": prompt}],
        "_response": [{"role": "assistant", "content": answer} for answer in answers],
        **{"_system": "", "_tools": "", "_images": None, "_videos": None, "_audios": None},
    }


class World:
    """A bridge over datasets in memory."""

    def __init__(self, tokens: Any, parts: dict[str, Any], datasets: dict[str, list[dict[str, Any]]], **given: Any):
        stage, packing = given.pop("stage", "sft"), given.pop("packing", False)
        fisher, template = given.pop("fisher", ()), given.pop("collator_template", True)
        cutoff = given.pop("cutoff_len", 64)
        self.asked: list[tuple[list[str], str]] = []
        data = SimpleNamespace(
            dataset=list(datasets)[:1],
            dataset_dir="nowhere",
            template="gemma2",
            cutoff_len=cutoff,
            packing=packing,
            preprocessing_num_workers=None,
            eval_dataset=None,
            **dict.fromkeys(("train_on_prompt", "mask_history"), False),
            **dict.fromkeys(("tool_format", "default_system", "enable_thinking", "preserve_thinking")),
        )
        model = SimpleNamespace(model_name_or_path="base", adapter_name_or_path=None)
        training = SimpleNamespace(main_process_first=lambda desc: nullcontext(), seed=0)
        finetuning = SimpleNamespace(stage=stage)

        def load(names: list[str], *_: Any) -> Dataset:
            self.asked.append((list(names), _[-1]))
            return Dataset.from_list([r for name in names for r in datasets[name]])

        made = parts["template"](tokens, data)
        collator = SimpleNamespace(template=made) if template else SimpleNamespace()
        trainer = SimpleNamespace(processing_class=tokens, data_collator=collator)
        plan: Any = SimpleNamespace(fisher_datasets=tuple(fisher))
        context = Context(model, data, training, finetuning, SimpleNamespace(max_new_tokens=8), plan, cutoff)
        self.bridge = Bridge(trainer, context, HostParts(load_aligned=load, **parts))


def supervised(tokens: Any, example: Any) -> str:
    return str(tokens.decode([example.labels[p] for p in example.targets]))


def test_the_record_of_a_stage_has_the_cutoff_of_the_recipe_though_packing_takes_one_off(
    tokens: Any, parts: dict[str, Any]
) -> None:
    world = World(tokens, parts, {"talk": [row("hello", TEXTS[0])]}, cutoff_len=64, packing=True)
    world.bridge._context.data.cutoff_len = 63  # as the host leaves it
    assert world.bridge.recipe_keys["cutoff_len"] == 64


# -- the three kinds of data -----------------------------------------------------------------------------------


def test_conversations_supervise_the_answer(tokens: Any, parts: dict[str, Any]) -> None:
    world = World(tokens, parts, {"talk": [row("hello", TEXTS[0])]})
    (example,) = world.bridge.fisher_examples(1)
    assert supervised(tokens, example).startswith(TEXTS[0])
    assert "hello" in tokens.decode(example.ids)


def test_preferences_supervise_the_chosen_answer_after_its_prompt(tokens: Any, parts: dict[str, Any]) -> None:
    world = World(tokens, parts, {"pairs": [row("hello", TEXTS[0], TEXTS[1])]}, stage="dpo")
    (example,) = world.bridge.fisher_examples(1)
    assert world.asked == [(["pairs"], "rm")]
    assert supervised(tokens, example).startswith(TEXTS[0])
    assert TEXTS[1] not in tokens.decode(example.ids)
    assert world.bridge.fisher_tokens == "chosen answers"


def test_preferences_are_not_counted_as_trained_on(tokens: Any, parts: dict[str, Any]) -> None:
    world = World(tokens, parts, {"pairs": [row("hello", TEXTS[0], TEXTS[1])]}, stage="dpo")
    assert world.bridge.encoded_rows() is None


@pytest.mark.parametrize("packing", [False, True])
def test_raw_text_is_one_document_with_its_end_token_however_training_packs(
    tokens: Any, parts: dict[str, Any], packing: bool
) -> None:
    texts = {"raw": [row(text) for text in TEXTS]}
    world = World(tokens, parts, texts, stage="pt", packing=packing, collator_template=False)
    found = world.bridge.fisher_examples(5)
    by_hand = [(*tokens(text, add_special_tokens=False)["input_ids"], tokens.eos_token_id) for text in TEXTS]
    assert [example.ids for example in found] == by_hand
    assert [example.labels for example in found] == by_hand
    assert [len(example.targets) for example in found] == [len(ids) - 1 for ids in by_hand]


def test_a_long_document_is_cut_and_says_so(tokens: Any, parts: dict[str, Any]) -> None:
    world = World(tokens, parts, {"raw": [row(TEXTS[3] * 9)]}, stage="pt", cutoff_len=10, collator_template=False)
    encoded = encode_row(world.bridge._processor("pt"), "pt", True, row(TEXTS[3] * 9))
    assert (len(encoded["ids"]), encoded["truncated"], encoded["dropped"]) == (10, True, False)
    short = encode_row(world.bridge._processor("pt"), "pt", True, row("花"))
    assert short["truncated"] is False


def test_a_pad_token_in_raw_text_is_not_supervised_as_in_training(tokens: Any, parts: dict[str, Any]) -> None:
    from transformers import DataCollatorForLanguageModeling

    world = World(tokens, parts, {"raw": [row(f"花{tokens.pad_token}花")]}, stage="pt", collator_template=False)
    (example,) = world.bridge.fisher_examples(1)
    batch = DataCollatorForLanguageModeling(tokens, mlm=False)([{"input_ids": list(example.ids)}])
    assert list(example.labels) == batch["labels"][0].tolist()
    assert -100 in example.labels


def test_without_a_collators_template_evaluation_has_that_of_the_recipe(tokens: Any, parts: dict[str, Any]) -> None:
    before = tokens.get_vocab(), tokens.chat_template
    with_one, without = (
        World(tokens, parts, {"raw": [row("花")]}, stage="pt", collator_template=given).bridge
        for given in (True, False)
    )
    messages = [{"role": "user", "content": "花"}, {"role": "assistant", "content": "开了"}]
    assert without.encoder.encode(messages) == with_one.encoder.encode(messages)
    assert (tokens.get_vocab(), tokens.chat_template) == before


# -- which examples --------------------------------------------------------------------------------------------


def test_examples_are_spread_evenly_over_the_data(tokens: Any, parts: dict[str, Any]) -> None:
    rows = [row("hello", str(number)) for number in range(10)]
    found = World(tokens, parts, {"talk": rows}).bridge.fisher_examples(4)
    assert [supervised(tokens, e)[0] for e in found] == ["0", "2", "5", "7"]


@pytest.mark.parametrize("named", [(), ("talk",)])
def test_rows_that_the_host_drops_are_never_chosen(tokens: Any, parts: dict[str, Any], named: tuple[str, ...]) -> None:
    rows = [row("hello"), row("hello", "1"), row("hello"), row("hello", "2")]
    found = World(tokens, parts, {"talk": rows}, fisher=named).bridge.fisher_examples(9)
    assert [supervised(tokens, e)[0] for e in found] == ["1", "2"]


@pytest.mark.parametrize("stage", ["sft", "dpo", "pt"])
def test_other_datasets_can_be_named_for_the_fisher_pass_in_every_stage(
    tokens: Any, parts: dict[str, Any], stage: str
) -> None:
    datasets = {
        "own": [row("hello", "x", "y")] * 5,
        "a": [row("hello", "1")] * 6,
        "b": [row("hello", "2")] * 3,
    }
    world = World(tokens, parts, datasets, stage=stage, fisher=["a", "b"])
    found = world.bridge.fisher_examples(3)
    assert [supervised(tokens, e)[0] for e in found] == ["1", "1", "2"]
    assert world.asked == [(["a"], "sft"), (["b"], "sft")]
    assert world.bridge.fisher_tokens == "answers"
    assert list(world.bridge.dataset_hashes()) == ["a", "b"]


def test_the_stages_own_examples_are_the_same_with_and_without_their_name(tokens: Any, parts: dict[str, Any]) -> None:
    rows = {"talk": [row("hello", text) for text in TEXTS]}
    named = World(tokens, parts, rows, fisher=["talk"]).bridge.fisher_examples(3)
    assert named == World(tokens, parts, rows).bridge.fisher_examples(3)


def test_a_second_look_encodes_nothing_again(tokens: Any, parts: dict[str, Any]) -> None:
    world = World(tokens, parts, {"talk": [row("hello", "1")]})
    assert world.bridge.fisher_examples(1) == world.bridge.fisher_examples(1)
    assert len(world.asked) == 1


def test_data_without_a_supervised_token_are_refused_by_name(tokens: Any, parts: dict[str, Any]) -> None:
    bridge = World(tokens, parts, {"raw": [row("花"), row("开")]}).bridge
    with pytest.raises(FisherError, match=r"Fisher data raw: expected at least one supervised token.*0 examples"):
        bridge.fisher_examples(2)


# -- names that cannot be used ---------------------------------------------------------------------------------


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    entries = {
        "talk": {"file_name": "talk.jsonl"},
        "pairs": {"file_name": "talk.jsonl", "ranking": True},
        "absent": {"file_name": "absent.jsonl"},
        "hub": {"hf_hub_url": "someone/something"},
    }
    (tmp_path / "dataset_info.json").write_text(json.dumps(entries), encoding="utf-8")
    (tmp_path / "talk.jsonl").touch()
    return tmp_path


def test_datasets_that_exist_are_fit(registry: Path) -> None:
    assert mixture.unfit_for_fisher(["talk", "hub"], registry) == []


def test_an_unknown_dataset_is_named_with_those_that_there_are(registry: Path) -> None:
    (sentence,) = mixture.unfit_for_fisher(["talk", "tlak"], registry)
    assert "tlak is not in" in sentence
    assert "did you mean talk?" in sentence
    assert sentence.endswith("it has talk, absent, hub")  # preferences could not be used


def test_preferences_and_datasets_that_are_not_built_are_refused(registry: Path) -> None:
    first, second = mixture.unfit_for_fisher(["pairs", "absent"], registry)
    assert "pairs holds preferences" in first
    assert "absent has not been built" in second


# -- the cutoff of the recipe ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "stage"),
    [
        ({}, "sft"),
        ({"packing": True}, "sft"),
        ({"neat_packing": True}, "sft"),
        ({"packing": False}, "sft"),
        ({}, "pt"),
        ({"packing": True}, "pt"),
        ({"packing": False}, "pt"),
        ({"packing": None, "neat_packing": False}, "pt"),
    ],
)
@pytest.mark.parametrize("command_line", [False, True])
def test_evaluation_has_the_recipes_own_cutoff_however_the_host_packs(
    given: dict[str, Any], stage: str, command_line: bool
) -> None:
    from llamafactory.hparams.data_args import DataArguments

    data = DataArguments(cutoff_len=128, **given)
    data.packing = data.packing if data.packing is not None else stage == "pt"  # as the host's parser does
    words = [f"--{key.replace('_', '-')}={value}" for key, value in given.items() if value is not None]
    assert host.cutoff_of(data, host.keys_of(words if command_line else given)) == 128
