"""How does a small language model learn one thing and then another? Texts, base, stages and losses; nothing of EWC.

The base is pretrained on plain text of the old data, the first stage teaches a LoRA to answer in it, the second one
goes on with the same LoRA on the new data. One vocabulary serves both; losses are on held-out documents.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any, cast

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from ewc_plugin.fisher import IGNORED, Example

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "recipes" / "smoke"))
from tiny_model import pretrain  # noqa: E402  # a script beside the recipes, not a package

SOURCES = {"belle": ("belle",), "translation": ("translation", "parallel_tatoeba"), "poetry": ("poetry", "poetry_*")}
MODERN = ("belle", "translation_en2zh", "translation_zh2en")
VERSE = ("poetry_compose", "poetry_next")
SPECIAL = ("<pad>", "<user>", "<assistant>", "<end>")
PAD, USER, ASSISTANT, END = range(4)
HELD_OUT = 0.12  # share of documents
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

Gradients = Iterable[tuple[nn.Parameter, Tensor]]


@dataclass(frozen=True)
class Settings:
    """Everything that a stage depends on but its seed; lengths in tokens, batches in examples."""

    vocabulary: int = 1200
    width: int = 96
    layers: int = 2
    cutoff: int = 64
    pretraining_steps: int = 250
    first_steps: int = 100
    second_steps: int = 100
    batch: int = 8
    lora_rank: int = 8
    rate: float = 2e-3
    clip: float = 1.0
    fisher_examples: int = 512
    held_out: int = 200


@dataclass(frozen=True)
class Exchange:
    """A question and its answer, and the document that they are from."""

    document: str
    prompt: str
    answer: str


@dataclass(frozen=True)
class Data:
    """What one seed trains and measures on; no held-out document is trained or pretrained on."""

    pretraining: Tensor
    old: list[Example]
    new: list[Example]
    old_held_out: list[Example]
    new_held_out: list[Example]


def convert(folder: Path, into: Path) -> None:
    """The project's own converters over a folder of downloads, or of the samples."""
    for source, names in SOURCES.items():
        found = [path for name in names for path in sorted(folder.glob(name))]
        if not found:
            sys.exit(f"{folder}: expected a folder {' or '.join(names)} with {source} data; found none of them.")
        command = [sys.executable, "-m", "converters", source, str(found[0].resolve()), "--dataset-dir", str(into)]
        subprocess.run([*command, "--quiet"], check=True, cwd=ROOT)


def exchanges(dataset_dir: Path, names: Sequence[str]) -> list[Exchange]:
    """The first exchange of each conversation; converters' held-out ones too, since each seed splits anew."""
    found = []
    for path in (dataset_dir / "data" / f"{name}{part}.jsonl" for name in names for part in ("", "_eval")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            question, answer = (message["content"] for message in record["messages"][-2:])
            found.append(Exchange(record["meta"]["document"], question, answer))
    return found


def tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    options = {"vocab_size": vocabulary, "special_tokens": list(SPECIAL), "initial_alphabet": alphabet}
    bpe.train_from_iterator(texts, trainers.BpeTrainer(**options, show_progress=False))
    return bpe


def plain(exchange: Exchange) -> str:
    return f"{exchange.prompt}\n{exchange.answer}"


def encoded(exchange: Exchange, words: Tokenizer, cutoff: int) -> Example:
    """The answer and its end are supervised; what is beyond the cutoff is cut off."""
    prompt, answer = words.encode(exchange.prompt).ids, words.encode(exchange.answer).ids
    before, after = [USER, *prompt, ASSISTANT], [*answer, END]
    return Example((before + after)[:cutoff], ([IGNORED] * len(before) + after)[:cutoff])


def split(old: Sequence[Exchange], new: Sequence[Exchange], words: Tokenizer, *, seed: int, settings: Settings) -> Data:
    """Documents are held out by a hash of seed and document; the others are trained on, the old ones pretrained too."""

    def held_out(exchange: Exchange) -> bool:
        number = int(hashlib.sha256(f"{seed}\t{exchange.document}".encode()).hexdigest()[:8], 16)
        return number < HELD_OUT * 2**32

    def examples(part: Iterable[Exchange]) -> list[Example]:
        made = [encoded(exchange, words, settings.cutoff) for exchange in part]
        return shuffled([example for example in made if example.targets], seed)

    texts = shuffled([plain(e) for e in old if not held_out(e)], seed)
    return Data(
        pretraining=torch.tensor([i for text in texts for i in (*words.encode(text).ids, END)]),
        old=examples(e for e in old if not held_out(e)),
        new=examples(e for e in new if not held_out(e)),
        old_held_out=examples(e for e in old if held_out(e))[: settings.held_out],
        new_held_out=examples(e for e in new if held_out(e))[: settings.held_out],
    )


def shuffled(items: list[Any], seed: int) -> list[Any]:
    return [items[i] for i in torch.randperm(len(items), generator=torch.Generator().manual_seed(seed)).tolist()]


def base(data: Data, *, seed: int, settings: Settings) -> nn.Module:
    torch.manual_seed(seed)
    width = settings.width
    shape: dict[str, Any] = {
        "vocab_size": settings.vocabulary,
        "hidden_size": width,
        "intermediate_size": 8 * width // 3,
        "num_hidden_layers": settings.layers,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "tie_word_embeddings": True,
        "attn_implementation": "sdpa",
        "pad_token_id": PAD,
    }
    model = LlamaForCausalLM(LlamaConfig(**shape))  # type: ignore[no-untyped-call]
    pretrain(model, data.pretraining, seconds=float("inf"), steps=settings.pretraining_steps, seed=seed)
    return model


def adapted(model: nn.Module, *, seed: int, settings: Settings) -> nn.Module:
    """A fresh LoRA on all linear maps."""
    torch.manual_seed(seed)
    rank = settings.lora_rank
    return get_peft_model(
        cast(LlamaForCausalLM, model), LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=TARGETS)
    )


def batches(
    new: Sequence[Example], old: Sequence[Example], *, replay: float, steps: int, seed: int, settings: Settings
) -> Iterator[list[Example]]:
    """The new data epoch after epoch; a share `replay` of the places is taken by old examples instead."""
    generator = torch.Generator().manual_seed(seed)
    places = steps * settings.batch
    epochs = -(-places // len(new))
    order = torch.cat([torch.randperm(len(new), generator=generator) for _ in range(epochs)])[:places].tolist()
    repeated = torch.randperm(places, generator=generator)[: round(replay * places)].tolist()
    chosen = [new[index] for index in order]
    for number, position in enumerate(repeated):
        chosen[position] = old[number % len(old)]
    return (chosen[start : start + settings.batch] for start in range(0, places, settings.batch))


def train(
    model: nn.Module, work: Iterable[list[Example]], *, steps: int, settings: Settings, penalty: Callable[[], Gradients]
) -> tuple[float, float]:
    """AdamW with a cosine over `steps`; gradients of `penalty` are added before clipping.

    Returns processor seconds per step: of everything, and of the penalty alone.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=settings.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    model.train()
    started, on_penalty = process_time(), 0.0
    for batch in work:
        loss, tokens = log_loss(model, batch)
        (loss / tokens).backward()  # type: ignore[no-untyped-call]
        before = process_time()
        for parameter, gradient in penalty():
            assert parameter.grad is not None  # every LoRA matrix is used by every example
            parameter.grad += gradient
        on_penalty += process_time() - before
        torch.nn.utils.clip_grad_norm_(parameters, settings.clip)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
    return (process_time() - started) / steps, on_penalty / steps


def log_loss(model: nn.Module, batch: Sequence[Example]) -> tuple[Tensor, int]:
    """−Σ log p over the supervised tokens of a batch, and their number."""
    longest = max(len(example.ids) for example in batch)
    ids, labels = (torch.full((len(batch), longest), fill) for fill in (PAD, IGNORED))
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        labels[row, : len(example.labels)] = torch.tensor(example.labels)
    # padding follows the text, where a causal model does not see it
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
    wanted = labels[:, 1:] != IGNORED
    summed = nn.functional.cross_entropy(logits[wanted], labels[:, 1:][wanted], reduction="sum")
    return summed, int(wanted.sum())


@torch.no_grad()
def mean_loss(model: nn.Module, examples: Sequence[Example]) -> float:
    """Nats per supervised token."""
    model.eval()
    ordered = sorted(examples, key=lambda example: len(example.ids))
    parts = [log_loss(model, ordered[start : start + 32]) for start in range(0, len(ordered), 32)]
    return sum(float(loss) for loss, _ in parts) / sum(tokens for _, tokens in parts)
