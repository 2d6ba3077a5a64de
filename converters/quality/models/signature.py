"""What does a score depend on? The weights, how text becomes tokens, the number format, versions, the data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from converters.quality.models.settings import TEXT_KEYS, ModelSettings

WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.gguf", "config.json", "adapter_config.json", "generation_config.json")
TOKENIZER = ("tokenizer*", "vocab*", "merges*", "*.model", "special_tokens_map.json", "added_tokens.json", "*.jinja")
TEXT_VERSIONS = ("llamafactory", "transformers", "tokenizers")
MODEL_VERSIONS = (*TEXT_VERSIONS, "torch")
WHOLE = 2**31  # bytes of a file that are read whole
BLOCKS, BLOCK = 256, 2**20  # of a larger one: so many blocks, spread evenly


def of_text(settings: ModelSettings) -> dict[str, Any]:
    """What the tokens depend on."""
    keys = {key: settings.keys[key] for key in TEXT_KEYS if key in settings.keys}
    return {
        "tokenizer": digest(settings.model, TOKENIZER),
        **keys,
        "cutoff_len": settings.cutoff,
        "versions": versions(TEXT_VERSIONS),
    }


def of_model(settings: ModelSettings, about: Mapping[str, Any]) -> dict[str, Any]:
    """What likelihoods depend on. `about`: number format and device."""
    quantised = {key: value for key, value in settings.keys.items() if key.startswith(("quantization", "double_q"))}
    adapters = [digest(each, WEIGHTS) for each in settings.adapters]
    return {
        **of_text(settings),
        "model": settings.model,
        "weights": digest(settings.model, WEIGHTS),
        **({"adapters": list(settings.adapters), "adapter_weights": adapters} if adapters else {}),
        **({"quantisation": quantised} if quantised else {}),
        **({"packing": True} if settings.packing else {}),
        **about,
        "versions": versions((*MODEL_VERSIONS, *(("bitsandbytes",) if quantised else ()))),
    }


def comparable(signature: Mapping[str, Any]) -> dict[str, Any]:
    """Without the names of folders: the same weights elsewhere are the same weights."""
    return {key: value for key, value in signature.items() if key not in ("model", "adapters")}


def digest(model: str, patterns: Iterable[str]) -> str:
    """sha256 over names, sizes and bytes of the files of a model; of huge ones, blocks of 1 MB spread over the file."""
    folder = _folder(model)
    whole = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}):
        whole.update(f"{path.name} {path.stat().st_size}\n".encode())
        _add(whole, path)
    return whole.hexdigest()


def _add(whole: Any, path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        if size <= WHOLE:
            while block := stream.read(BLOCK):
                whole.update(block)
            return
        for at in range(BLOCKS):
            stream.seek((size - BLOCK) * at // (BLOCKS - 1))
            whole.update(stream.read(BLOCK))


def _folder(model: str) -> Path:
    """Of a name of a hub, where its files were downloaded to."""
    path = Path(model)
    if path.is_dir():
        return path
    from transformers.utils.hub import cached_file

    for name in ("config.json", "adapter_config.json"):
        try:
            found = cached_file(model, name)
        except OSError:
            continue
        if found:
            return Path(found).parent
    return path


def versions(packages: Iterable[str]) -> dict[str, str]:
    return {name: _version(name) for name in packages}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
