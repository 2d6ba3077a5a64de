"""What does a run know about its data, template and names? The host's side of the trainer, without importing the host.

`host` hands over the few functions of LLaMA-Factory that are needed (`HostParts`).
"""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from ewc_plugin import lineage, mixture, strength
from ewc_plugin.batch.reckoning import Batch
from ewc_plugin.conditions import Conditions
from ewc_plugin.encoding import KINDS, SUPERVISED, USABLE, HostEncoder, encode_row
from ewc_plugin.evaluation import Settings, aids
from ewc_plugin.evaluation.recipe import Recipe
from ewc_plugin.fisher import IGNORED, Example, FisherError
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
    cutoff: int  # that of the recipe: the host takes one off when it packs, and evaluation must not differ for that
    resumes_by_itself: bool = False  # the host, not the recipe, sets resume_from_checkpoint
    batch: Batch | None = None  # what batch_tokens amounts to
    conditions: Conditions | None = None  # what decides which weights it ends with


@dataclass(frozen=True)
class HostParts:
    """Functions of the host: its cutoff rule, its loader of aligned datasets, its encoders and its templates."""

    cut: Callable[[int, int, int], tuple[int, int]]
    load_aligned: Callable[..., Any]
    processors: Mapping[str, Callable[..., Any]]  # by kind of data: sft, rm, pt
    template: Callable[[Any, Any], Any]


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
        self.resumes_by_itself = context.resumes_by_itself
        self.batch = context.batch
        self.conditions = context.conditions
        self._examples: dict[int, list[Example]] = {}
        self._tokenizer = trainer.processing_class
        self._cutoff = context.cutoff
        self._kind = KINDS[context.finetuning.stage]
        self._template = self._find_template()
        self.encoder = HostEncoder(self._template, self._tokenizer, self._cutoff, parts.cut)

    def _find_template(self) -> Any:
        """The collator's; that of raw text has none, so the host is asked again, which changes nothing more."""
        found = getattr(self._trainer.data_collator, "template", None)
        return found or self._parts.template(self._tokenizer, self._context.data)

    @property
    def protected_sets(self) -> list[str]:
        """The recipe's evaluation sets whose losses `ewc_lambda: auto` protects."""
        context, entries = self._context, mixture.registry(self.dataset_dir)
        stage = strength.stage_of(context.data, context.training, entries)
        return strength.protected(context.data.eval_dataset or [], stage, entries)

    @property
    def recipe_keys(self) -> dict[str, Any]:
        """What somebody who uses or repeats this stage asks for."""
        context = self._context
        found = lineage.keys(context.model, context.data, context.training, context.finetuning)
        return {**found, "cutoff_len": self._cutoff}

    @staticmethod
    def bare(model: Any) -> Any:
        """The transformers model inside peft's."""
        return model.get_base_model() if hasattr(model, "get_base_model") else model

    def evaluation_settings(self, plan: Plan) -> Any:
        training = self._context.training
        return Settings(
            batch_size=training.per_device_eval_batch_size,
            samples=plan.eval_samples,
            generated=plan.eval_generated,
            seed=training.seed,
            max_new_tokens=min(self._context.generating.max_new_tokens, self._cutoff),
            cutoff=self._cutoff,
            tokeniser=f"{self._context.data.template}, {vocabulary(self._tokenizer)}",
            aids=aids.found(self.dataset_dir, self.dataset_names, plan.eval_embedding),
        )

    def evaluation_recipe(self) -> Recipe:
        """What `python -m ewc_plugin evaluate` needs to measure this stage's model in the same way later."""
        context, training, settings = self._context, self._context.training, self.evaluation_settings(self.plan)
        keys = ("trust_remote_code", "quantization_bit", "quantization_method", "rope_scaling", "model_revision")
        given = {key: getattr(context.model, key, None) for key in (*keys, "flash_attn")}
        given["infer_dtype"] = self._dtype
        return Recipe(
            model_name_or_path=self.model_name,
            adapter_name_or_path=tuple(self.adapters if self._on_top_of_adapters() else self.adapters[:-1]),
            finetuning_type=context.finetuning.finetuning_type,
            template=context.data.template,
            dataset_dir=str(self.dataset_dir),
            dataset=tuple(self.dataset_names),
            cutoff_len=self._cutoff,
            max_new_tokens=settings.max_new_tokens,
            stage_eval_samples=settings.samples,
            stage_eval_generated=settings.generated,
            stage_eval_embedding=self.plan.eval_embedding,
            per_device_eval_batch_size=settings.batch_size,
            seed=settings.seed,
            bf16=bool(training.bf16),
            fp16=bool(training.fp16),
            model={key: _plain(value) for key, value in given.items() if value not in (None, False)},
        )

    @property
    def _dtype(self) -> str:
        """Of the weights below an adapter, or of those that are tuned: the host would choose by the machine."""
        model = self._trainer.accelerator.unwrap_model(self._trainer.model)
        return str(model.get_input_embeddings().weight.dtype).removeprefix("torch.")

    def _on_top_of_adapters(self) -> bool:
        return bool(self._context.finetuning.create_new_adapter)

    def encoded_rows(self) -> Any:
        """Every example that was trained on, before packing: `EncodedRow`s in file order; None but for SFT."""
        if self._kind != "sft":
            return None
        table = self._table.select_columns(["supervised", "truncated", "dropped"])
        return [EncodedRow(**row) for row in table]

    def supervised_in_the_trainer(self) -> int:
        """Supervised tokens of the dataset that the trainer really holds."""
        # as Arrow tables: datasets' numpy and torch formats import video readers that torchvision no longer has
        tables = self._trainer.train_dataset.select_columns(["labels"]).with_format("arrow").iter(batch_size=1000)
        labels = (table["labels"].combine_chunks().flatten() for table in tables)
        return sum(len(column) - int(pc.equal(column, IGNORED).sum().as_py() or 0) for column in labels)

    # -- the data that F is estimated on -----------------------------------------------------------------------

    @property
    def fisher_names(self) -> list[str]:
        return list(self.plan.fisher_datasets) or self.dataset_names

    @property
    def fisher_tokens(self) -> str:
        """What F's tokens are of: answers, chosen answers (DPO) or texts (raw text)."""
        return SUPERVISED[self._fisher_kind]

    @property
    def _fisher_kind(self) -> str:
        return "sft" if self.plan.fisher_datasets else self._kind

    def fisher_examples(self, count: int) -> list[Example]:
        """`count` examples, every k-th of the data, never packed; encoded once, so that a look before training is free.

        Raises FisherError when no token of them is supervised.
        """
        if count not in self._examples:
            counted = self._kind == "sft" and not self.plan.fisher_datasets  # `encoded_rows` needs all of them anyway
            rows = self._own_rows(count) if counted else self._other_rows(count)
            self._examples[count] = [Example(tuple(row["ids"]), tuple(row["labels"])) for row in rows]
        found = self._examples[count]
        if not any(example.targets for example in found):
            raise FisherError(
                f"Fisher data {', '.join(self.fisher_names)}",
                expected=f"at least one supervised token ({self.fisher_tokens})",
                found=f"{len(found)} examples without any",
                remedy="Check that the data have assistant answers and that cutoff_len does not cut them off, or "
                "name other datasets with ewc_fisher_dataset.",
            )
        return list(found)

    def dataset_hashes(self) -> dict[str, str]:
        """sha256 of the file of each dataset that F is of (empty for a folder or a hub name)."""
        entries = mixture.registry(self.dataset_dir)
        files = {n: self.dataset_dir / str(entries.get(n, {}).get("file_name", "")) for n in self.fisher_names}
        return {n: mixture.sha256(path) or "" for n, path in files.items()}

    def _own_rows(self, count: int) -> Any:
        table = self._table
        kept = [index for index, dropped in enumerate(table["dropped"]) if not dropped]
        return table.select([kept[i] for i in _every(count, len(kept))])

    def _other_rows(self, count: int) -> list[Any]:
        """Only the chosen rows are encoded: nobody counts what all the others would be."""
        kind, data = self._fisher_kind, self._context.data
        groups = [[name] for name in self.plan.fisher_datasets] or [data.dataset]
        with self._context.training.main_process_first(desc="load the Fisher data"):
            # the host would mix them by the probabilities of the recipe's own datasets
            parts = [self._aligned(names, kind).filter(USABLE[kind]) for names in groups]
        chosen, encoded, start = _every(count, sum(map(len, parts))), [], 0
        processor = self._processor(kind)
        for part in parts:
            rows = part.select([place - start for place in chosen if start <= place < start + len(part)])
            encoded += [encode_row(processor, kind, False, row) for row in rows]
            start += len(part)
        return encoded

    @functools.cached_property
    def _table(self) -> Any:
        data = self._context.data
        with self._context.training.main_process_first(desc="encode without packing"):
            rows = self._aligned(data.dataset, self._kind)
            return rows.map(
                functools.partial(encode_row, self._processor(self._kind), self._kind, data.packing),
                remove_columns=rows.column_names,
                num_proc=data.preprocessing_num_workers,
                desc="Encoding without packing",
            )

    def _aligned(self, names: list[str], kind: str) -> Any:
        context = self._context
        return self._parts.load_aligned(names, context.model, context.data, context.training, kind)

    def _processor(self, kind: str) -> Any:
        make = self._parts.processors[kind]
        return make(template=self._template, tokenizer=self._tokenizer, processor=None, data_args=self._context.data)


def vocabulary(tokenizer: Any) -> str:
    """A name for what a tokenizer knows, for signatures."""
    words = "\n".join(f"{k} {v}" for k, v in sorted(tokenizer.get_vocab().items()))
    return f"vocabulary {hashlib.sha256(words.encode()).hexdigest()[:12]}"


def _plain(value: Any) -> Any:
    """An enumeration of the host as the text that a recipe has for it."""
    return getattr(value, "value", value)


def _every(count: int, available: int) -> list[int]:
    """`count` places evenly over `available`, all where there are fewer."""
    taken = min(count, available)
    return [index * available // taken for index in range(taken)]
