"""A tiny model and a character encoder: what the evaluation needs of a host, in memory."""

import torch
from transformers import Gemma2Config, Gemma2ForCausalLM, LlamaConfig, LlamaForCausalLM

from ewc_plugin.evaluation.encoder import Encoded

PAD, BOS, EOS, FIRST = 0, 1, 2, 4
LETTERS = "abcdefghijklmnopqrstuvwxyz .,?春江花月夜床前明光疑是地上霜举头望低思故乡译问答"
SIZES = {
    "vocab_size": FIRST + len(LETTERS),
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "pad_token_id": PAD,
    "bos_token_id": BOS,
    "eos_token_id": EOS,
    # large weights: the most likely token is far ahead of the second, as in a trained model
    "initializer_range": 0.6,
}


class ToyEncoder:
    """One token a character; the answer ends with EOS, which is supervised, as the host's templates do."""

    pad_token_id = PAD
    eos_token_ids = frozenset({EOS})

    def encode(self, messages):
        prompt = [BOS] + [t for m in messages[:-1] for t in self.tokens(m["content"])]
        return Encoded(prompt, [*self.tokens(messages[-1]["content"]), EOS])

    def tokens(self, text):
        return [FIRST + LETTERS.index(c) for c in text if c in LETTERS]

    def decode(self, ids):
        return "".join(LETTERS[i - FIRST] for i in ids if i >= FIRST)


def tiny_llama(**changes):
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SIZES | changes)).eval()


def tiny_gemma2(**changes):
    torch.manual_seed(0)
    # a window shorter than the prompts: sliding attention must not count padding
    return Gemma2ForCausalLM(Gemma2Config(**SIZES | {"head_dim": 8, "sliding_window": 6} | changes)).eval()


def chat(question, answer, **more):
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}], **more}
