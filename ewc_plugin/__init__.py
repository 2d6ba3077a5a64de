"""EWC and stage evaluation inside LLaMA-Factory. This module imports the standard library only.

PyTorch loads our entry point while it is itself being imported; anything heavier here could break `import torch`.
"""

__version__ = "0.1.0"


def activate() -> None:
    """Register the hooks by hand, for environments with `TORCH_DEVICE_BACKEND_AUTOLOAD=0`."""
    from ewc_plugin.autoload import activate as register

    register()
