"""What can a GPU hold, compute and pass on? As its maker publishes it; nothing here was measured by us.

Tensor-core rates are dense (a data sheet's "with sparsity" is twice that), in bfloat16 with float32 accumulation.
"""

from dataclasses import dataclass

from ewc_plugin.errors import ArgumentsError


@dataclass(frozen=True)
class Gpu:
    """`link`: bytes a second from one GPU to the others, in one direction (NVLink, else PCI Express × 16)."""

    name: str
    memory: float  # bytes
    rate: float  # floating-point operations a second
    bandwidth: float  # bytes a second of its memory
    link: float
    source: str


GIB, TERA, GIGA = 2**30, 1e12, 1e9
PCIE_4, PCIE_5 = 32 * GIGA, 64 * GIGA


def _gpu(name: str, gib: float, teraflops: float, bandwidth: float, link: float, source: str) -> Gpu:
    return Gpu(name, gib * GIB, teraflops * TERA, bandwidth * GIGA, link, source)


# name, GiB, dense bf16 TFLOP/s, GB/s of memory, link, source
GPUS = (
    _gpu("H200", 140, 989.5, 4800, 450e9, "NVIDIA H200 data sheet; its 141 GB are 140 GiB to the driver"),
    _gpu("H100 SXM", 80, 989.5, 3350, 450e9, "NVIDIA H100 data sheet"),
    _gpu("H100 PCIe", 80, 756, 2000, PCIE_5, "NVIDIA H100 PCIe product brief"),
    _gpu("H800", 80, 989.5, 3350, 200e9, "NVIDIA H800 data sheet"),
    _gpu("H20", 96, 148, 4000, 450e9, "NVIDIA H20 data sheet"),
    _gpu("A100 80GB", 80, 312, 2039, 300e9, "NVIDIA A100 data sheet (SXM)"),
    _gpu("A100 40GB", 40, 312, 1555, 300e9, "NVIDIA A100 data sheet (SXM)"),
    _gpu("A800", 80, 312, 2039, 200e9, "NVIDIA A800 data sheet (SXM)"),
    _gpu("L40S", 48, 362, 864, PCIE_4, "NVIDIA L40S data sheet"),
    _gpu("L20", 48, 119.5, 864, PCIE_4, "NVIDIA L20 data sheet"),
    _gpu("A10", 24, 125, 600, PCIE_4, "NVIDIA A10 data sheet"),
    _gpu("RTX 4090", 24, 165.2, 1008, PCIE_4, "NVIDIA Ada GPU architecture white paper"),
    _gpu("RTX 4090 D", 24, 147.1, 1008, PCIE_4, "reckoned from the RTX 4090's by the number of cores, 14592 of 16384"),
    _gpu("RTX 3090", 24, 71, 936, PCIE_4, "NVIDIA GA102 white paper"),
    _gpu("V100", 32, 125, 900, 150e9, "NVIDIA V100 data sheet (SXM2, fp16: it has no bf16)"),
)


def named(name: str) -> Gpu:
    """The GPU whose name, or a part of it, this is; raises ArgumentsError with all names."""
    wanted = _plain(name)
    exact = [gpu for gpu in GPUS if _plain(gpu.name) == wanted]
    inside = exact or [gpu for gpu in GPUS if wanted and wanted in _plain(gpu.name)]
    if not inside:  # as torch and nvidia-smi write it: NVIDIA A100-SXM4-80GB
        inside = sorted((gpu for gpu in GPUS if _parts(gpu.name) <= _parts(name)), key=lambda g: -len(g.name))
    if inside:
        return inside[0]
    raise ArgumentsError(
        f"--gpu {name}",
        expected=f"one of {', '.join(gpu.name for gpu in GPUS)}",
        found="another",
        remedy="Name one that is like yours.",
    )


def present() -> tuple[str, int] | None:
    """The name of this machine's first GPU, and how many there are."""
    import torch

    if not torch.cuda.is_available():
        return None
    return torch.cuda.get_device_name(0), torch.cuda.device_count()


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def _parts(name: str) -> set[str]:
    return set(name.lower().replace("-", " ").replace("_", " ").split())
