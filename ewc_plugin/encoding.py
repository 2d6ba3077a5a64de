"""How do rows of a dataset become tokens and labels? With the host's own encoders, one row at a time, never packed.

Which positions are supervised (and so belong to the T of F) depends on the kind of data; `SUPERVISED` names them:

- `sft`: the assistant's answers, as in training;
- `rm` (preferences, stage dpo): the chosen answer after its prompt. F is then of the language model, per token of the
  chosen answers; it is not the curvature of DPO's own loss, whose unit is a pair;
- `pt` (raw text): every position but the first. A document is taken alone and cut at cutoff_len, where training with
  packing reads on in its next block.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ewc_plugin.evaluation.encoder import Encoded
from ewc_plugin.fisher import IGNORED

Row = Mapping[str, Any]
Encoder = Callable[[Any, Row], tuple[list[int], list[int]]]
# what the host calls the data of each of its stages
KINDS = {"sft": "sft", "dpo": "rm", "pt": "pt"}
SUPERVISED = {"sft": "answers", "rm": "chosen answers", "pt": "texts"}


class HostEncoder:
    """Conversations as the host's template and cutoff turn them into tokens."""

    def __init__(self, template: Any, tokenizer: Any, cutoff: int, cut: Callable[[int, int, int], tuple[int, int]]):
        self._template, self._tokenizer, self._cutoff, self._cut = template, tokenizer, cutoff, cut
        self.pad_token_id = int(tokenizer.pad_token_id)
        self.eos_token_ids = tuple(template.get_stop_token_ids(tokenizer))

    def encode(self, messages: Any) -> Encoded:
        system = "\n".join(m["content"] for m in messages if m["role"] == "system") or None
        turns = [dict(m) for m in messages if m["role"] != "system"]
        prompt, answer = self._template.encode_oneturn(self._tokenizer, turns, system)
        if self._template.efficient_eos:
            answer = [*answer, self._tokenizer.eos_token_id]
        prompt_length, answer_length = self._cut(len(prompt), len(answer), self._cutoff)
        return Encoded(prompt[:prompt_length], answer[:answer_length])

    def decode(self, ids: Any) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))


def encode_row(processor: Any, kind: str, packing: bool, row: Row) -> dict[str, Any]:
    """One aligned row as the host's `processor` encodes it without packing, with what it cuts or drops.

    `packing` is whether training packs: it then drops SFT examples that are too long.
    """
    encode, cutoff = ENCODERS[kind], int(processor.data_args.cutoff_len)
    if not USABLE[kind](row):
        return {"ids": [], "labels": [], "supervised": 0, "truncated": False, "dropped": True}
    ids, labels = encode(processor, row)
    truncated = False
    if len(ids) >= cutoff or kind == "rm":  # perhaps it just fits: only the uncut length tells
        truncated = len(encode(_uncut(processor), row)[0]) > len(ids)
    return {
        "ids": ids,
        "labels": labels,
        "supervised": sum(label != IGNORED for label in labels),
        "truncated": truncated,
        "dropped": bool(kind == "sft" and packing and len(ids) > cutoff),
    }


def _answers(processor: Any, row: Row) -> tuple[list[int], list[int]]:
    ids, labels = processor._encode_data_example(**_fields(row))
    return ids, labels


def _chosen(processor: Any, row: Row) -> tuple[list[int], list[int]]:
    # cut together with the rejected answer, as in training
    ids, labels, *_rejected = processor._encode_data_example(**_fields(row))
    return ids, labels


def _text(processor: Any, row: Row) -> tuple[list[int], list[int]]:
    alone = copy.copy(processor)
    alone.data_args = copy.copy(processor.data_args)
    alone.data_args.packing = False
    (ids,) = alone.preprocess_dataset({"_prompt": [row["_prompt"]]})["input_ids"]
    # as transformers' collator for language models does, also where the pad token is the end of a document
    return ids, [IGNORED if token == processor.tokenizer.pad_token_id else token for token in ids]


ENCODERS: dict[str, Encoder] = {"sft": _answers, "rm": _chosen, "pt": _text}
USABLE: dict[str, Callable[[Row], bool]] = {  # the others are dropped by the host as well, or stop it
    "sft": lambda row: len(row["_prompt"]) % 2 == 1 and len(row["_response"]) == 1,
    "rm": lambda row: len(row["_prompt"]) % 2 == 1 and len(row["_response"]) >= 2,
    "pt": lambda row: len(row["_prompt"]) >= 1,
}


def _uncut(processor: Any) -> Any:
    uncut = copy.copy(processor)
    uncut.data_args = copy.copy(processor.data_args)
    uncut.data_args.cutoff_len = 2**31
    return uncut


def _fields(row: Row) -> dict[str, Any]:
    return {
        "prompt": row["_prompt"],
        "response": row["_response"],
        "system": row["_system"],
        "tools": row["_tools"],
        "images": row["_images"] or [],
        "videos": row["_videos"] or [],
        "audios": row["_audios"] or [],
    }
