"""What does a run know about its data, template and names? The host's side of the trainer, without importing the host.

`host.py` hands over the few functions of LLaMA-Factory that are needed (`HostParts`).
"""

import copy
import functools
import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from ewc_plugin import mixture
from ewc_plugin.evaluation import Settings
from ewc_plugin.evaluation.encoder import Encoded
from ewc_plugin.fisher import IGNORED, Example
from ewc_plugin.plan import Plan, continues_from
from ewc_plugin.trained_on import EncodedRow


@dataclass(frozen=True)
class Context:
    """The arguments of one run, as the host parsed them, and what our keys amount to."""

    model: Any
    data: Any
    training: Any
    finetuning: Any
    generating: Any
    plan: Plan


@dataclass(frozen=True)
class HostParts:
    """Functions of the host: its cutoff rule, its loader of aligned datasets, its encoder of one example."""

    cut: Callable[[int, int, int], tuple[int, int]]
    load_aligned: Callable[..., Any]
    processor: Callable[..., Any]


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


class Bridge:
    """The run's data, template and names, for code that does not know the host."""

    def __init__(self, trainer: Any, context: Context, parts: HostParts) -> None:
        self._trainer, self._context, self._parts = trainer, context, parts
        self.plan = context.plan
        self.dataset_dir = Path(str(context.data.dataset_dir))
        self.dataset_names = list(context.data.dataset or [])
        self.model_name = context.model.model_name_or_path
        self.adapters = list(context.model.adapter_name_or_path or [])
        self.continues_from = continues_from(context.model)
        self._tokenizer = trainer.processing_class
        self._template = trainer.data_collator.template
        # the host takes one off a recipe's cutoff when it packs; evaluation must not differ for that
        self._cutoff = context.data.cutoff_len + bool(context.data.packing)
        self.encoder = HostEncoder(self._template, self._tokenizer, self._cutoff, parts.cut)

    @staticmethod
    def bare(model: Any) -> Any:
        """The transformers model inside peft's."""
        return model.get_base_model() if hasattr(model, "get_base_model") else model

    def evaluation_settings(self, plan: Plan) -> Any:
        training = self._context.training
        return Settings(
            batch_size=training.per_device_eval_batch_size,
            samples=plan.eval_samples,
            seed=training.seed,
            max_new_tokens=min(self._context.generating.max_new_tokens, self._cutoff),
            cutoff=self._cutoff,
            tokeniser=f"{self._context.data.template}, {self._vocabulary()}",
        )

    def _vocabulary(self) -> str:
        words = "\n".join(f"{k} {v}" for k, v in sorted(self._tokenizer.get_vocab().items()))
        return f"vocabulary {hashlib.sha256(words.encode()).hexdigest()[:12]}"

    def encoded_rows(self) -> Any:
        """Every example that was trained on, before packing: `EncodedRow`s in file order; None for DPO."""
        if self._context.finetuning.stage != "sft":
            return None
        table = self._table.select_columns(["supervised", "truncated", "dropped"])
        return [EncodedRow(**row) for row in table]

    def supervised_in_the_trainer(self) -> int:
        """Supervised tokens of the dataset that the trainer really holds."""
        # as Arrow tables: datasets' numpy and torch formats import video readers that torchvision no longer has
        tables = self._trainer.train_dataset.select_columns(["labels"]).with_format("arrow").iter(batch_size=1000)
        labels = (table["labels"].combine_chunks().flatten() for table in tables)
        return sum(len(column) - int(pc.equal(column, IGNORED).sum().as_py() or 0) for column in labels)

    def fisher_examples(self, count: int) -> list[Any]:
        """`count` examples, every k-th of the stage's data, never packed."""
        table = self._table
        usable = [i for i, dropped in enumerate(table["dropped"]) if not dropped]
        taken = min(count, len(usable))
        chosen = [usable[math.floor(i * len(usable) / taken)] for i in range(taken)]
        return [Example(tuple(row["ids"]), tuple(row["labels"])) for row in table.select(chosen)]

    def dataset_hashes(self) -> dict[str, str]:
        """sha256 of the file of each dataset that was trained on (empty for a folder or a hub name)."""
        entries = mixture.registry(self.dataset_dir)
        files = {n: self.dataset_dir / str(entries.get(n, {}).get("file_name", "")) for n in self.dataset_names}
        return {n: mixture.sha256(path) or "" for n, path in files.items()}

    @functools.cached_property
    def _table(self) -> Any:
        context = self._context
        with context.training.main_process_first(desc="encode without packing"):
            rows = self._parts.load_aligned(
                context.data.dataset, context.model, context.data, context.training, context.finetuning.stage
            )
            return rows.map(
                functools.partial(_encode_row, self._processor(), context.data.packing, context.data.cutoff_len),
                remove_columns=rows.column_names,
                num_proc=context.data.preprocessing_num_workers,
                desc="Encoding without packing",
            )

    def _processor(self) -> Any:
        return self._parts.processor(
            template=self._template, tokenizer=self._tokenizer, processor=None, data_args=self._context.data
        )


def _encode_row(processor: Any, packing: bool, cutoff: int, row: dict[str, Any]) -> dict[str, Any]:
    """One aligned row as the host would encode it, with what it would cut or drop."""
    if len(row["_prompt"]) % 2 != 1 or len(row["_response"]) != 1:
        return {"ids": [], "labels": [], "supervised": 0, "truncated": False, "dropped": True}
    ids, labels = _encoded(processor, row)
    truncated = False
    if len(ids) >= cutoff:  # perhaps it just fits: only the uncut length tells
        uncut = copy.copy(processor)
        uncut.data_args = copy.copy(processor.data_args)
        uncut.data_args.cutoff_len = 2**31
        truncated = len(_encoded(uncut, row)[0]) > len(ids)
    return {
        "ids": ids,
        "labels": labels,
        "supervised": sum(label != IGNORED for label in labels),
        "truncated": truncated,
        "dropped": bool(packing and len(ids) > cutoff),
    }


def _encoded(processor: Any, row: dict[str, Any]) -> tuple[list[int], list[int]]:
    ids, labels = processor._encode_data_example(
        prompt=row["_prompt"],
        response=row["_response"],
        system=row["_system"],
        tools=row["_tools"],
        images=row["_images"] or [],
        videos=row["_videos"] or [],
        audios=row["_audios"] or [],
    )
    return ids, labels
