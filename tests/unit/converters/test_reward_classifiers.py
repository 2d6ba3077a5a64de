"""Any sequence classification model rates, in its own form, with its own numbers, whatever is in the batch."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma2ForSequenceClassification,
    PreTrainedTokenizerFast,
)

from converters.contract import SourceError
from converters.mixing.leakage import Turn
from converters.quality.rewards import reward

CLOSE = 1e-5
TEMPLATE = "{{ bos_token }}{% for m in messages %}{{ m['role'][0] }}{{ m['content'] }}{{ eos_token }}{% endfor %}"
SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>"]
TALK = [
    (
        Turn("user", "天气好吗" * n),
        Turn("assistant", "今天天气很好" * (5 - n)),
        Turn("user", "谢谢"),
        Turn("assistant", "不谢"),
    )
    for n in range(1, 5)
]


def tokenizer(folder: Path, template: str = TEMPLATE, **special: Any) -> PreTrainedTokenizerFast:
    pieces = dict.fromkeys([*SPECIAL, *"usa天气好吗今很谢不\n"])
    words = Tokenizer(models.WordLevel({piece: number for number, piece in enumerate(pieces)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    names = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>", **special}
    built = PreTrainedTokenizerFast(tokenizer_object=words, **names)
    built.chat_template = template
    built.save_pretrained(folder)
    return built


def gemma(folder: Path, labels: int = 1, kind: Any = Gemma2ForSequenceClassification, **more: Any) -> Any:
    torch.manual_seed(0)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "head_dim": 8, "vocab_size": 32}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 64}
    ends = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2, "initializer_range": 0.5}
    config = Gemma2Config(**{**small, **heads, **ends, "num_labels": labels, **more})
    model = kind(config).eval()
    model.save_pretrained(folder)
    return model


def settings(folder: Path, **more: Any) -> reward.Settings:
    return reward.Settings(str(folder), device="cpu", **more)


def rated(model: reward.RewardModel, conversations: Any = TALK) -> list[float]:
    return model.scores([model.encode(turns) for turns in conversations])


def test_a_reward_is_the_number_at_the_last_token_of_the_chat_template(tmp_path: Path) -> None:
    words, model = tokenizer(tmp_path), gemma(tmp_path)
    expected = []
    for turns in TALK:
        text = "<bos>" + "".join(f"{turn.role[0]}{turn.content}<eos>" for turn in turns)
        ids = torch.tensor([words(text, add_special_tokens=False)["input_ids"]])
        states = model.model(input_ids=ids).last_hidden_state
        expected.append((states[0, -1] @ model.score.weight[0]).item())
    assert rated(reward.load(settings(tmp_path))) == pytest.approx(expected, rel=CLOSE)


@pytest.mark.parametrize("pad", [0, None])
def test_batch_order_and_padding_change_nothing(tmp_path: Path, pad: int | None) -> None:
    """Also of models without a token for padding, whose batches transformers refuses."""
    tokenizer(tmp_path)
    gemma(tmp_path, pad_token_id=pad)
    model = reward.load(settings(tmp_path))
    alone = [rated(model, [turns])[0] for turns in TALK]
    assert rated(model) == pytest.approx(alone, rel=CLOSE)
    assert rated(model, TALK[::-1]) == pytest.approx(alone[::-1], rel=CLOSE)
    assert len(set(alone)) == len(TALK)


def test_of_several_labels_one_has_to_be_named(tmp_path: Path) -> None:
    tokenizer(tmp_path)
    gemma(tmp_path, labels=2, id2label={0: "bad", 1: "good"}, label2id={"bad": 0, "good": 1})
    with pytest.raises(SourceError, match=r"--reward-label chooses one: bad, good"):
        reward.load(settings(tmp_path))
    with pytest.raises(SourceError, match="none that is best"):
        reward.load(settings(tmp_path, label="best"))
    good, bad = (rated(reward.load(settings(tmp_path, label=label))) for label in ("good", "0"))
    assert [math.exp(one) + math.exp(other) for one, other in zip(good, bad, strict=True)] == pytest.approx([1.0] * 4)


def test_the_number_of_an_independent_label_is_taken_as_it_is(tmp_path: Path) -> None:
    words = tokenizer(tmp_path)
    model = gemma(tmp_path, labels=3, problem_type="regression")
    ids = words(words.apply_chat_template([t._asdict() for t in TALK[0]], tokenize=False), add_special_tokens=False)
    expected = model(input_ids=torch.tensor([ids["input_ids"]])).logits[0, 2].item()
    assert rated(reward.load(settings(tmp_path, label="LABEL_2")), TALK[:1]) == pytest.approx([expected], rel=CLOSE)


def test_a_model_whose_head_would_be_random_is_refused(tmp_path: Path) -> None:
    tokenizer(tmp_path / "causal")
    model = gemma(tmp_path / "causal", kind=Gemma2ForCausalLM)
    with pytest.raises(SourceError, match="Gemma2ForCausalLM without a value head"):
        reward.load(settings(tmp_path / "causal"))
    model.config.architectures = ["Gemma2ForSequenceClassification"]
    model.config.save_pretrained(tmp_path / "causal")
    with pytest.raises(SourceError, match=r"no weights for score\.weight"):
        reward.load(settings(tmp_path / "causal"))


def test_a_model_without_a_chat_template_wants_one_named(tmp_path: Path) -> None:
    tokenizer(tmp_path, template="")
    gemma(tmp_path)
    with pytest.raises(SourceError, match="--reward-template"):
        reward.load(settings(tmp_path))


def test_an_adapter_on_a_sequence_classifier_brings_its_head(tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    tokenizer(tmp_path / "adapter")
    gemma(tmp_path / "base", kind=Gemma2ForCausalLM)
    base = AutoModelForSequenceClassification.from_pretrained(tmp_path / "base", num_labels=1)
    wish = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False, task_type="SEQ_CLS")
    model = get_peft_model(base, wish).eval()
    model.save_pretrained(tmp_path / "adapter")
    found = reward.load(settings(tmp_path / "adapter"))
    expected = [model(input_ids=torch.tensor([found.encode(turns)])).logits.item() for turns in TALK]
    assert rated(found) == pytest.approx(expected, rel=CLOSE)


def test_an_encoder_is_given_question_and_answer_as_two_texts(tmp_path: Path) -> None:
    told = ["input_ids", "token_type_ids", "attention_mask"]
    words = tokenizer(tmp_path, template="", sep_token="<eos>", model_input_names=told)
    words.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", pair="<bos> $A <eos> $B:1 <eos>:1", special_tokens=[("<bos>", 2), ("<eos>", 1)]
    )
    words.save_pretrained(tmp_path)
    torch.manual_seed(0)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(vocab_size=32, num_labels=1, initializer_range=0.5, pad_token_id=0, **small)
    model = BertForSequenceClassification(config).eval()
    model.save_pretrained(tmp_path)
    expected = []
    for turns in TALK:
        *before, last = (turn.content for turn in turns)
        given = words("\n".join(before), last, return_tensors="pt")
        assert given["token_type_ids"].sum() == 3
        expected.append(model(**given).logits.item())
    assert rated(reward.load(settings(tmp_path, template="pair"))) == pytest.approx(expected, rel=CLOSE)


def test_what_is_longer_than_the_model_or_refused_by_its_template_has_no_rating(tmp_path: Path) -> None:
    refuses = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE
    tokenizer(tmp_path, template=refuses)
    gemma(tmp_path)
    model = reward.load(settings(tmp_path))
    with pytest.raises(reward.Unrated, match="longer_than_the_model"):
        model.encode([Turn("user", "天" * 70), Turn("assistant", "好")])
    with pytest.raises(reward.Unrated, match="no system"):
        model.encode([Turn("system", "天"), *TALK[0]])


def test_the_signature_names_the_weights_and_not_their_place(tmp_path: Path) -> None:
    for name in ("one", "other"):
        tokenizer(tmp_path / name)
        gemma(tmp_path / name)
    one, other = (reward.signature_of(settings(tmp_path / name)) for name in ("one", "other"))
    assert {**one, "model": ""} == {**other, "model": ""}
    gemma(tmp_path / "other", labels=2)
    assert reward.signature_of(settings(tmp_path / "other"))["weights"] != one["weights"]
