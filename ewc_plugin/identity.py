"""Are these the same weights as before? A fingerprint of the weight files of a folder, quick also for a large model.

Files up to WHOLE bytes are read to the end, of larger ones evenly spaced pieces: training moves numbers everywhere.
"""

import hashlib
from pathlib import Path

# neither optimiser states nor training_args.bin, which hold the output folder's name
WEIGHTS = ("adapter_model*.safetensors", "adapter_model*.bin", "model*.safetensors", "pytorch_model*.bin")
WHOLE = 1 << 28
PIECE, PIECES = 1 << 20, 32


def fingerprint(folder: Path) -> str | None:
    """The same for the same weights wherever they lie; None for what is no folder with weights (a hub's name)."""
    files = sorted({path for pattern in WEIGHTS for path in folder.glob(pattern)}) if folder.is_dir() else []
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as stream:
            for start in [0] if size <= WHOLE else [k * (size - PIECE) // (PIECES - 1) for k in range(PIECES)]:
                stream.seek(start)
                digest.update(stream.read(WHOLE if size <= WHOLE else PIECE))
    return digest.hexdigest()
