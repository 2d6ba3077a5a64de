"""A tiny model that can read and knows nothing: it finds an answer in the text before the question, or guesses.

Trained in half a minute on conversations in the form of the gemma2 template, whose people and things are drawn anew
each time, so that nothing but reading and the form of an answer can be learned from them.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import Gemma2Config, Gemma2ForCausalLM, PreTrainedTokenizerFast

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
PEOPLE = [chr(0x4E00 + 37 * number) for number in range(200)]
FORM = "资料：问题的主人是谁？。\nusermodel"
WIDTH, LAYERS, STEPS, BATCH, WINDOW = 64, 2, 500, 16, 96
Said = tuple[str, str]


def text_about(thing: str, person: str) -> str:
    return f"{thing}的主人是{person}。"


def question(thing: str) -> str:
    return f"{thing}的主人是谁？"


def with_text(thing: str, person: str) -> str:
    return f"资料：\n{text_about(thing, person)}\n\n问题：\n{question(thing)}"


def _conversation(draw: random.Random) -> str:
    turns = []
    for _ in range(draw.randint(1, 5)):
        thing, person = draw.choice(PEOPLE), draw.choice(PEOPLE)
        asked = with_text(thing, person) if draw.random() < 0.6 else question(thing)
        turns.append(f"<start_of_turn>user\n{asked}<end_of_turn>\n<start_of_turn>model\n{person}<end_of_turn>\n")
    return f"<bos>{''.join(turns)}<eos>"


def tokenizer() -> PreTrainedTokenizerFast:
    """A token a character."""
    words = list(dict.fromkeys([*SPECIAL, *FORM, *PEOPLE]))
    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"<[a-z_]+>|[\s\S]"), "isolated")
    made.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        unk_token="<unk>",
        extra_special_tokens=["<start_of_turn>", "<end_of_turn>"],
    )


def trained(folder: Path) -> Path:
    tokens = tokenizer()
    torch.manual_seed(0)
    model = Gemma2ForCausalLM(_config(len(tokens)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, betas=(0.9, 0.98))
    windows = _windows(tokens, random.Random(0))
    for _ in range(STEPS):
        batch = torch.tensor([next(windows) for _ in range(BATCH)])
        model(input_ids=batch, labels=batch, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
    model.save_pretrained(folder)
    tokens.save_pretrained(folder)
    return folder


def _windows(tokens: Any, draw: random.Random) -> Iterator[list[int]]:
    while True:
        ids: list[int] = []
        while len(ids) < WINDOW:
            ids += tokens.encode(_conversation(draw), add_special_tokens=False)
        yield ids[:WINDOW]


def _config(vocabulary: int) -> Gemma2Config:
    return Gemma2Config(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        num_key_value_heads=4,
        head_dim=WIDTH // 4,
        query_pre_attn_scalar=WIDTH // 4,
        max_position_embeddings=512,
        sliding_window=256,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
        attn_implementation="eager",
    )


def facts(count: int) -> list[Said]:
    """(thing, person), no person twice."""
    draw = random.Random(1)
    return list(zip(draw.sample(PEOPLE, count), draw.sample(PEOPLE, count), strict=True))


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    lines = [json.dumps(row | {"id": f"{path.stem}:{at}"}, ensure_ascii=False) for at, row in enumerate(rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def row(asked: str, answer: str, **more: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return {"messages": said, **more}
