"""What does `batch_tokens` amount to? The host's own data and encoders tell how long its sequences are."""

import copy
import os
from pathlib import Path
from typing import Any

from ewc_plugin import mixture
from ewc_plugin.batch import keys as batch_keys
from ewc_plugin.batch import lengths
from ewc_plugin.batch.reckoning import Batch, Length, reckon
from ewc_plugin.encoding import KINDS
from ewc_plugin.host.recipe import cutoff_of, keys_of, unprepared
from ewc_plugin.visible import say


def batch_of(raw: Any) -> Batch | None:
    """What `batch_tokens` amounts to; None without it, and where what is wrong is said after parsing."""
    given = keys_of(raw)
    if batch_keys.OURS not in given:
        return None
    groups = unprepared(raw)
    _, data, training, finetuning, _ = groups
    batch_keys.check(finetuning.batch_tokens, training, finetuning, given)
    unknown = finetuning.stage not in KINDS or not data.dataset or not training.do_train or finetuning.ewc_estimate
    if unknown or mixture.problems(data.dataset, Path(str(data.dataset_dir))):
        return None
    at_most = training.per_device_train_batch_size
    world = batch_keys.world_size()
    batch = reckon(finetuning.batch_tokens, length(groups, given), world=world, at_most=at_most)
    if os.environ.get("RANK", "0") == "0":
        say(batch.sentence())
        if batch_keys.ACCUMULATION in given:  # only the web UI's form may have both
            say(f"batch_tokens: the accumulation of LlamaBoard's form gives way to {batch.accumulation}")
    return batch


def length(groups: tuple[Any, Any, Any, Any, Any], given: dict[str, Any]) -> Length:
    """How long the sequences (or pairs) are that the host will make of the recipe's data."""
    _, data, _, finetuning, _ = groups
    kind = KINDS[finetuning.stage]
    if data.tokenized_path is not None and os.path.isdir(data.tokenized_path) and os.listdir(data.tokenized_path):
        from datasets import load_from_disk

        stored = load_from_disk(data.tokenized_path)
        return lengths.tokenised(stored["train"] if isinstance(stored, dict) else stored, kind)
    if kind == "pt" and data.packing is not False:
        return lengths.packed(data.cutoff_len)  # its blocks are as long as the host says after parsing
    if kind == "sft" and data.packing:
        return lengths.packed(cutoff_of(data, given))
    return lengths.sampled(*aligned(groups))


def aligned(groups: tuple[Any, Any, Any, Any, Any]) -> tuple[Any, str, Any]:
    """(the host's encoder, the kind of data, the rows to train on in the host's form, before they are encoded)."""
    from llamafactory.data.data_utils import split_dataset
    from llamafactory.data.loader import _get_dataset_processor, _get_merged_dataset
    from llamafactory.data.template import get_template_and_fix_tokenizer
    from llamafactory.model.loader import load_tokenizer
    from transformers import set_seed

    model, data, training, finetuning, _ = groups
    kind = KINDS[finetuning.stage]
    data = copy.copy(data)
    data.packing = (kind == "pt") if data.packing is None else data.packing
    set_seed(training.seed)  # the host may choose a dataset's rows at random: every rank must choose the same
    merged = _get_merged_dataset(data.dataset, model, data, training, kind)
    rows = split_dataset(merged, None, data, seed=training.seed)[0]["train"]
    loaded = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(loaded["tokenizer"], data)
    return _get_dataset_processor(data, kind, template, loaded["tokenizer"], loaded["processor"]), kind, rows
