"""What does the folder of a model say to somebody who finds it? `README.md`, a model card as the hubs read it.

A card that a person has changed is never touched: ours ends with a checksum of itself, and what lies there without one
is only replaced when it is the untouched boilerplate of the host or of peft.
"""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from ewc_plugin.atomic import atomic_text
from ewc_plugin.card.facts import read
from ewc_plugin.card.front_matter import front_matter
from ewc_plugin.card.sections import body
from ewc_plugin.export.prompts import Compared

FILE, ASIDE, HOSTS = "README.md", "README.ewc.md", "README.host.md"
SEAL = re.compile(r"\n<!-- llamafactory-ewc [0-9a-f]{64}: [^>]* -->\n\Z")
TO_COMPLETE = "Model description|Intended uses.*|Training and evaluation data"
WHY = "delete this line to keep your changes; as long as nothing is changed, `python -m ewc_plugin card` writes it anew"


def write(folder: Path, compared: Compared | None = None) -> str:
    """Write or renew the card of an adapter or a model; where it is, in a sentence. Raises EwcError.

    compared: how a server would ask it, where no export has said so already.
    """
    facts = read(folder)
    facts = facts if compared is None else replace(facts, prompts=compared)
    text = sealed(f"---\n{front_matter(facts)}---\n\n{body(facts)}")
    path = folder / FILE
    if path.is_file():
        there = path.read_text(encoding="utf-8", errors="replace")
        if not (untouched(there) or boilerplate(there)):
            _put(folder / ASIDE, text)
            return f"{path} was changed by hand and is left as it is; the model card is in {folder / ASIDE}"
        if not untouched(there):
            path.replace(folder / HOSTS)
    _put(path, text)
    return f"model card: {path}"


def _put(path: Path, text: str) -> None:
    with atomic_text(path) as stream:
        stream.write(text)


def sealed(text: str) -> str:
    return f"{text}\n<!-- llamafactory-ewc {hashlib.sha256(text.encode()).hexdigest()}: {WHY} -->\n"


def untouched(card: str) -> bool:
    """Whether a card is ours and nobody has changed a character of it."""
    text = SEAL.sub("", card)
    return text != card and sealed(text) == card


def boilerplate(card: str) -> bool:
    """Whether a card is what transformers' Trainer or peft leave for a person to complete, and nobody has begun to."""
    from huggingface_hub import ModelCard, ModelCardData

    _, _, written = card.removeprefix("---\n").partition("\n---\n")
    sections = re.findall(rf"^## (?:{TO_COMPLETE})\n\n(.*)$", card, re.M)
    if "has been generated automatically according to the information the Trainer had access to" in card:
        return sections == ["More information needed"] * 3
    given = ModelCard.from_template(ModelCardData()).text.strip()
    return written.strip().startswith(given)
