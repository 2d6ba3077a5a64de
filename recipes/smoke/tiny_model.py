"""Where does the smoke recipes' model come from? A tokenizer and a small Gemma-2, trained on the spot.

    python recipes/smoke/tiny_model.py DATA.jsonl… --out saves/smoke/base [--seconds 60]

It reads the plain text of converted datasets, so that it knows the characters and a little of their order, as a
pretrained model would. It has about two million weights and says nothing about any real model.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Gemma2Config, Gemma2ForCausalLM, GenerationConfig, PreTrainedTokenizerFast

SPECIAL = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]  # what the gemma2 template needs
VOCABULARY, WIDTH, LAYERS, WINDOW, BATCH = 3000, 128, 4, 128, 16


def texts(files: Iterable[Path]) -> Iterator[str]:
    for path in files:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield "\n".join(message["content"] for message in json.loads(line)["messages"])


def tokenizer(corpus: Iterable[str]) -> PreTrainedTokenizerFast:
    bpe = Tokenizer(models.BPE(byte_fallback=False))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<bos>",
        eos_token="<eos>",
        pad_token="<pad>",
        unk_token="<unk>",
        extra_special_tokens=["<start_of_turn>", "<end_of_turn>"],
    )


def model(vocabulary: int) -> Gemma2ForCausalLM:
    config = Gemma2Config(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=WIDTH // 4,
        query_pre_attn_scalar=WIDTH // 4,
        max_position_embeddings=1024,
        sliding_window=512,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
        attn_implementation="eager",
    )
    built = Gemma2ForCausalLM(config)
    built.generation_config = GenerationConfig(eos_token_id=[1, 5], pad_token_id=0, bos_token_id=2)
    return built


def pretrain(built: Gemma2ForCausalLM, ids: torch.Tensor, *, seconds: float, steps: int | None, seed: int) -> float:
    """Next-token training on random windows; returns the mean loss of the last tenth of the steps (nats a token)."""
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(built.parameters(), lr=2e-3, betas=(0.9, 0.95), weight_decay=0.01)
    started, losses = time.monotonic(), []
    while time.monotonic() - started < seconds and (steps is None or len(losses) < steps):
        starts = torch.randint(len(ids) - WINDOW, (BATCH,), generator=generator)
        batch = torch.stack([ids[s : s + WINDOW] for s in starts])
        loss = built(input_ids=batch, labels=batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(built.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if len(losses) % 50 == 0:
            print(f"  step {len(losses)}, loss {losses[-1]:.3f}, {time.monotonic() - started:.0f} s", flush=True)
    tail = losses[-max(1, len(losses) // 10) :]
    return sum(tail) / len(tail)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after this time")
    parser.add_argument("--steps", type=int, default=400, help="stop after this many steps of 16 × 128 tokens")
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    corpus = list(texts(options.data))
    tokens = tokenizer(corpus)
    ids = torch.tensor([i for text in corpus for i in (*tokens(text)["input_ids"], tokens.eos_token_id)])
    built = model(len(tokens))
    print(f"{len(corpus)} texts, {len(ids)} tokens; {sum(p.numel() for p in built.parameters()):,} weights", flush=True)
    loss = pretrain(built, ids, seconds=options.seconds, steps=options.steps, seed=options.seed)
    built.save_pretrained(options.out)
    tokens.save_pretrained(options.out)
    print(f"loss {loss:.3f} nats a token; saved in {options.out}")


if __name__ == "__main__":
    main()
