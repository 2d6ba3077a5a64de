"""What does somebody read who asks what a stage costs? Data, steps, memory, hours, price; every number is an estimate.

Numbers that were measured stand beside, when a run of this recipe has left them.
"""

from collections.abc import Sequence
from typing import Any

from ewc_plugin.estimating.estimate import Estimate
from ewc_plugin.estimating.gpus import GIB
from ewc_plugin.estimating.measured import Measured
from ewc_plugin.estimating.speed import DECODING, UTILISATION


def page(found: Estimate, measured: Measured | None, price: float | None, alternatives: Sequence[str]) -> str:
    gpus = f"{found.world} × {found.gpu.name} ({found.gpu.memory / GIB:.0f} GiB, {found.gpu.rate / 1e12:.4g} TFLOP/s"
    lines = [
        f"estimated, not measured: {found.recipe.path} on {gpus} in bf16: {found.gpu.source})",
        "",
        *_data(found),
        *_batch(found, measured),
        "",
        *_memory(found, measured),
        *alternatives,
        "",
        *_time(found, measured),
        *_price(found, price),
        *([f"[measured]: by the run in {found.recipe.training.output_dir}, with the keys it had"] if measured else []),
    ]
    return "\n".join(lines)


def _data(found: Estimate) -> list[str]:
    data = found.data
    if data is None:
        said = [
            f"data: not there, so that tokens, steps and hours cannot be counted: {x}" for x in found.recipe.missing
        ]
        return said or ["data: not there"]
    how = "all encoded" if data.exact else f"{data.encoded:,} encoded; tokens ± {data.half_width:.1%}"
    packed = f" packed into {data.sequences:,} sequences" if found.recipe.packed else f", {data.sequences:,} trained on"
    return [
        f"data: {data.examples:,} examples{packed}; {round(data.tokens):,} tokens, of which {round(data.supervised):,} "
        f"({data.supervised / data.tokens:.0%}) are supervised ({how})"
    ]


def _batch(found: Estimate, measured: Measured | None) -> list[str]:
    parts = f"{found.per_device} × {found.accumulation} accumulated × {found.world} GPU{'s' * (found.world != 1)}"
    lines = [f"batch: {parts}, {found.tokens:,.0f} tokens a step{_beside(measured, 'tokens_a_step')}"]
    if found.steps is not None:
        steps = found.steps
        about = "" if found.data is not None and found.data.exact else "about "
        lines.append(
            f"steps: {about}{steps.per_epoch:,} an epoch, {about}{steps.total:,} in all{_beside(measured, 'steps')}"
        )
    return lines


def _memory(found: Estimate, measured: Measured | None) -> list[str]:
    model = found.model
    rows = [(part.name + " *" * part.peak, f"{part.bytes / 1e9:.2f}", part.how) for part in found.parts]
    wide = max(len(name) for name, _, _ in rows)
    verdict = "fits" if found.fits else "does NOT fit"
    return [
        f"memory of each GPU, GB ({model.parameters:,} weights, {model.trainable:,} trained):",
        *(f"  {name:<{wide}}  {size:>8}  {how}" for name, size, how in rows),
        f"  {'at the peak':<{wide}}  {found.peak / 1e9:>8.2f}  of {found.gpu.memory / 1e9:.1f}: {verdict}"
        + _beside(measured, "peak_gb"),
        "  * only the largest of these is there at a time",
    ]


def _time(found: Estimate, measured: Measured | None) -> list[str]:
    rate = found.tokens_a_second
    lines = [
        f"speed: {rate:,.0f} tokens a second{_beside(measured, 'tokens_a_second')}",
        f"  {found.micro.per_position / 1e9:.1f} GFLOP a position, padding too; {UTILISATION:.0%} of the published",
        "  rate, as seen with Gemma-2-9B and LoRA on an H200; another GPU, model or kernel may use half or twice that",
    ]
    if found.world > 1:
        lines.append("  exchange between GPUs is reckoned from their published link, one machine; not measured by us")
    if found.hours is None:
        return [*lines, f"hours: {1e6 / rate / 3600:.3f} for each million tokens, in each epoch"]
    hours = found.hours
    return [
        *lines,
        f"hours: {hours.total / 3600:.2f} = training {hours.training / 3600:.2f} (steps of {hours.step:.2f} s"
        + (f" and {hours.communication:.2f} s of exchange" if hours.communication else "")
        + f"), Fisher pass {hours.fisher / 3600:.2f}, evaluation at most {hours.evaluation / 3600:.2f} "
        f"(answers {DECODING * 1e3:.3g} ms a layer and token){_beside(measured, 'hours')}",
    ]


def _price(found: Estimate, price: float | None) -> list[str]:
    if price is None:
        return []
    if found.hours is None:
        return [f"price: {price * found.world:.2f} an hour for {found.world}; hours are not known yet"]
    total = found.hours.total / 3600 * price * found.world
    return [f"price: {total:.2f} at {price:g} an hour and GPU"]


def _beside(measured: Measured | None, name: str) -> str:
    value: Any = None if measured is None else getattr(measured, name)
    return (
        "" if value is None else f" [measured: {value:,.4g}]" if isinstance(value, float) else f" [measured: {value:,}]"
    )
