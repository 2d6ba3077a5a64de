"""How good are the answers of a checkpoint, written by vLLM? Its server is started, asked as the stage was, stopped.

vLLM's requirements often clash with LLaMA-Factory's, so it is only ever run as a command, which may be that of another
environment. It gives no likelihoods here: what is measured and where it is written is as with any endpoint (`served`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ewc_plugin import evaluation, later
from ewc_plugin.evaluation.encoder import Encoder
from ewc_plugin.evaluation.recipe import Recipe
from ewc_plugin.evaluation.settings import Settings
from ewc_plugin.serving import asked, command, kept, served, tokens
from ewc_plugin.serving.endpoint import Endpoint, package
from ewc_plugin.serving.server import free_port, get, running
from ewc_plugin.visible import say

LOG = "vllm.log"
WEIGHTS = ("*.safetensors", "*.bin")


@dataclass(frozen=True)
class Vllm:
    """arguments: the user's own for `vllm serve`, in one string; they come last and so win over ours."""

    command: str = "vllm"
    arguments: str = ""
    starting: float = 1800.0
    concurrency: int = 8
    timeout: float = 120.0


def evaluate(checkpoint: Path, keys: Mapping[str, Any], vllm: Vllm) -> str:
    """The table, as `served.evaluate` gives it. Raises before anything is started where that can be known."""
    checkpoint = checkpoint.resolve()
    recipe, discovery = served.prepared(checkpoint, keys)
    later.require(recipe, checkpoint)
    package()
    extra = command.words(vllm.arguments)
    command.require_fit(checkpoint, recipe, extra)
    executable = command.executable(vllm.command)
    encoder = later.encoder(checkpoint, recipe)
    arguments = [*command.serve(checkpoint, recipe, longest(discovery.sets, recipe.settings(), encoder)), *extra]
    port, log = free_port(), checkpoint / served.FOLDER / LOG
    say(f"vLLM is starting, which may take minutes; its log: {log}")
    words = [executable, *arguments, "--host", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with running(words, log, ready=f"{url}/health", timeout=vllm.starting, environment=command.environment()) as server:
        line = tokens.Served(encoder, kept.key(arguments, _stamps(checkpoint, recipe)), _version(url))
        endpoint = Endpoint(f"{url}/v1", checkpoint.name, concurrency=vllm.concurrency, timeout=vllm.timeout)
        try:
            return served.evaluate(checkpoint, keys, endpoint, connect=partial(tokens.connected, served=line))
        except evaluation.EvaluationError as problem:
            if server.dead(within=2.0):
                raise server.died("while it was asked") from problem
            raise


def longest(sets: Sequence[evaluation.EvaluationSet], settings: Settings, encoder: Encoder) -> int:
    """The most tokens of any prompt with its answer. Raises EvaluationError where no set can be asked."""
    lengths, failures = [], []
    for chosen in sets:
        if asked.why_not(chosen, settings):
            continue
        try:
            items, same = asked.items_of(chosen, settings)
            prompts = [encoder.encode(item.messages).prompt_ids for item in items]
            lengths.append(max(map(len, prompts)) + same.max_new_tokens)
        except Exception as problem:  # contained: the set alone will fail, as at any endpoint
            failures.append(evaluation.reason(problem))
    if lengths:
        return max(lengths)
    raise evaluation.EvaluationError(
        "evaluation sets",
        expected="one whose answers can be scored",
        found="; ".join(failures) or "only sets that are measured by likelihood",
        remedy="Evaluate without --vllm: likelihoods are then measured too.",
    )


def _stamps(checkpoint: Path, recipe: Recipe) -> list[tuple[str, int, int]]:
    """Names, sizes and times of the weights: an answer of other ones is never taken for an answer of these."""
    folders = [folder for folder in (checkpoint, Path(recipe.model_name_or_path)) if folder.is_dir()]
    files = sorted(path for folder in folders for form in WEIGHTS for path in folder.glob(form))
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def _version(url: str) -> str:
    try:
        return str(json.loads(get(f"{url}/version") or b"{}").get("version", "of unknown version"))
    except (ValueError, AttributeError):
        return "of unknown version"
