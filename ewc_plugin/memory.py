"""Is there room for F? Counted before training, since running out of memory after hours of it would lose the anchor."""

import psutil
import torch

from ewc_plugin.errors import ArgumentsError
from ewc_plugin.plan import Plan
from ewc_plugin.ranks import Ranks
from ewc_plugin.spaces import Space

# the sums, one layer's contribution beside them, and their copy for the file
COPIES = 2


def needed(space: Space, form: str) -> int:
    """Bytes of the float32 sums that the Fisher pass adds up in the dense form; the others are negligible."""
    return 4 * COPIES * space.weights() if form == "dense" else 0


def available(device: torch.device) -> int:
    """Free bytes where the sums are kept."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def require(space: Space, plan: Plan, ranks: Ranks) -> None:
    """Raise ArgumentsError when the dense form does not fit; says how much it needs and what needs less."""
    device = next(p for _, p in space.parameters()).device
    asked, free = needed(space, plan.form), available(device)
    # full tuning shares F out over the ranks
    asked = asked // ranks.world_size if space.name == "weights" else asked
    if asked <= free:
        return
    lighter = "ewc_form: factored" if space.name == "delta" else "LoRA, more processes or fewer trained layers"
    raise ArgumentsError(
        f"ewc_form: dense in ewc_space {space.name}",
        expected=f"{asked / 1e9:.1f} GB of free memory for F on {device.type}",
        found=f"{free / 1e9:.1f} GB",
        remedy=f"Use {lighter}, which needs a thousandth of it." if space.name == "delta" else f"Use {lighter}.",
    )
