"""Small random models of the families that users train, and uneven data for them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from ewc_plugin.fisher import Example

VOCABULARY = 13
FAMILIES = {
    "gemma2": (Gemma2Config, Gemma2ForCausalLM, {"query_pre_attn_scalar": 4, "sliding_window": 4}),
    "llama": (LlamaConfig, LlamaForCausalLM, {}),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, {}),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM, {}),
}

# lengths, prompt lengths and numbers of supervised tokens all differ
EXAMPLES = [
    Example((1, 5, 7, 3), (-100, -100, 7, 3)),
    Example((1, 2, 9, 4, 6, 8, 2), (-100, -100, -100, -100, 6, 8, 2)),
    Example((1, 12, 11), (-100, 12, 11)),
    Example((1, 3, 3, 10, 5, 4), (-100, -100, -100, 10, -100, 4)),
    Example((1, 8), (-100, 8)),
]


def tiny(family: str = "gemma2", *, tied: bool = False, seed: int = 0, dtype: torch.dtype = torch.float64) -> nn.Module:
    config, model, extra = FAMILIES[family]
    torch.manual_seed(seed)
    built = model(
        config(
            vocab_size=VOCABULARY,
            hidden_size=8,
            intermediate_size=12,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=4,
            max_position_embeddings=64,
            tie_word_embeddings=tied,
            attention_dropout=0.5,
            pad_token_id=0,
            **extra,
        )
    )
    for parameter in built.parameters():
        # norms start at one value and biases at zero: a test on them would not see a wrong formula
        parameter.data += 0.3 * torch.randn_like(parameter)
    return built.to(dtype)


def lora(model: nn.Module, *, rank: int = 3, dropout: float = 0.4, seed: int = 1) -> nn.Module:
    """LoRA on all linear maps, with B away from zero."""
    torch.manual_seed(seed)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    adapted = get_peft_model(
        model, LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=dropout, target_modules=targets)
    )
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn_like(parameter) * 0.3
    return adapted


def effective_weights(model: nn.Module) -> dict[str, tuple[nn.Module, torch.Tensor]]:
    """Replaces each LoRA layer's base weight by a leaf: its gradient is that of the effective weight W + sBA."""
    leaves = {}
    for name, module in model.named_modules():
        if hasattr(module, "lora_A"):
            weight = module.get_base_layer().weight
            weight.requires_grad_(True)
            leaves[name.removeprefix("base_model.model.")] = weight
    return leaves


def log_likelihood(model: nn.Module, example: Example, labels: list[int] | None = None) -> torch.Tensor:
    """Σ_s log p(y_s | data prefix) of one example alone, by the plainest route."""
    logits = model(input_ids=torch.tensor([example.ids]), use_cache=False).logits[0]
    wanted = [example.labels[p] for p in example.targets] if labels is None else labels
    rows = [p - 1 for p in example.targets]
    return logits.log_softmax(-1)[rows, wanted].sum()


class Rank:
    """One of several ranks that are threads of this process; they meet in every sum."""

    def __init__(self, rank: int, meeting: threading.Barrier, parts: list) -> None:
        self.rank, self.world_size, self._meeting, self._parts = rank, meeting.parties, meeting, parts

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        self._parts[self.rank] = tensor
        self._meeting.wait()
        total = torch.stack(self._parts).sum(0)
        self._meeting.wait()
        return total


def together(world_size: int, job) -> list:
    """What `job(ranks)` returns on each of several ranks; a rank that makes a sum more than the others fails."""
    meeting, parts = threading.Barrier(world_size, timeout=60), [None] * world_size
    with ThreadPoolExecutor(world_size) as pool:

        def run(rank):
            try:
                return job(Rank(rank, meeting, parts))
            except BaseException:
                meeting.abort()
                raise

        return [future.result() for future in [pool.submit(run, rank) for rank in range(world_size)]]
