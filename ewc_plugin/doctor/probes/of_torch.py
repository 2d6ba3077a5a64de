"""What does torch say about itself and the GPUs? Run as a script in a process of its own; prints JSON."""

import json
from typing import Any

import torch


def about(index: int) -> dict[str, Any]:
    properties = torch.cuda.get_device_properties(index)
    try:
        free = torch.cuda.mem_get_info(index)[0]
    except RuntimeError:  # another process holds it for itself
        free = 0
    return {
        "name": properties.name,
        "memory": properties.total_memory,
        "free": free,
        "capability": [properties.major, properties.minor],
    }


print(json.dumps({"torch": torch.__version__, "cuda": torch.version.cuda, "hip": torch.version.hip}), flush=True)
available = torch.cuda.is_available()
found = {
    "available": available,
    "devices": [about(i) for i in range(torch.cuda.device_count())] if available else [],
    "bf16": available and torch.cuda.is_bf16_supported(including_emulation=False),
    "built_for": torch.cuda.get_arch_list() if available else [],
    "mps": torch.backends.mps.is_available(),
}
if available:  # a driver may list a GPU that no kernel of this torch runs on
    try:
        found["computes"] = torch.ones(2, device="cuda").sum().item() == 2.0
    except RuntimeError as error:
        found["computes"] = str(error).splitlines()[0]
print(json.dumps({**found, "done": True}))
