"""What does the host think of these stages, and what do the folders say that they would be written to?

    python -m ewc_plugin.pipeline.examining REQUEST ANSWER

A process of its own: it imports torch and the host, may touch the GPU, and ends before a stage begins. `asked` is the
caller's side. With "record" in the request, the record of a stage without our keys is written: its trainer cannot.
"""

import dataclasses
import json
import os
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ewc_plugin.errors import ArgumentsError, EwcError

TRUE = ("1", "true", "yes", "y", "on")


def answered(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each stage its `problems`, and its `state` with the reasons, as far as they can be told now."""
    return [_stage(stage, request.get("record")) for stage in request["stages"]]


def _stage(asked: Mapping[str, Any], record_as: str | None) -> dict[str, Any]:
    keys, output = asked["keys"], Path(asked["output"])
    if asked["verb"] == "export":
        problems = list(_of_export(keys))
        regime, ours = None if problems else _exports(keys), False
    else:
        problems, regime, ours = _of_training(keys, asked)
    if record_as is not None and regime is not None:
        _record(output, regime, finished=record_as == "finished")
    known = _unknown(output) if regime is None else _state(output, regime)
    return {"problems": problems, "ours": ours, "known": regime is not None, **known}


# -- problems --------------------------------------------------------------------------------------------------


def _of_training(keys: dict[str, Any], asked: Mapping[str, Any]) -> tuple[list[str], Any, bool]:
    from ewc_plugin import host
    from ewc_plugin.arguments import acts
    from ewc_plugin.conditions import conditions
    from ewc_plugin.plan import ToCome, plan
    from ewc_plugin.resume import regime

    unknown = host.unknown(keys)
    problems = [*unknown.values(), *_of_deepspeed(keys)]
    kept = {key: value for key, value in keys.items() if key not in unknown}
    try:
        (model, data, training, finetuning, _), cutoff = host.examined(_for_this_machine(kept))
        to_come = ToCome(tuple(map(Path, asked["folders"])), tuple(asked["mixtures"]))
        plan(model, data, training, finetuning, to_come=to_come)
    except ArgumentsError as error:
        return [*problems, *(error.problems or (str(error),))], None, False
    except (EwcError, ValueError, TypeError, ImportError, OSError) as error:
        return [*problems, str(error)], None, False
    problems += _of_evaluation(finetuning, data)
    ours = acts(finetuning)
    try:  # once more, with everything that must be there by now: without it nothing can be compared
        made = plan(model, data, training, finetuning)
        return problems, regime(made, conditions(model, data, training, finetuning, cutoff=cutoff)), ours
    except (EwcError, OSError):
        return problems, None, ours


def _for_this_machine(keys: dict[str, Any]) -> dict[str, Any]:
    """Ray trains elsewhere: what is refused without a GPU may be right there."""
    away = os.environ.get("USE_RAY", "").lower() in TRUE
    return {**keys, "bf16": False, "fp16": False} if away else keys


def _of_deepspeed(keys: Mapping[str, Any]) -> Iterator[str]:
    config = keys.get("deepspeed")
    if config is None:
        return
    if find_spec("deepspeed") is None:
        yield "deepspeed is not installed: pip install deepspeed"
    if isinstance(config, str) and not Path(config).is_file():
        yield f"deepspeed: {config} is absent"


def _of_evaluation(finetuning: Any, data: Any) -> Iterator[str]:
    from ewc_plugin import evaluation

    if finetuning.stage_eval and not evaluation.discover(Path(str(data.dataset_dir))).sets:
        yield f"stage_eval: no evaluation set is built in {data.dataset_dir}; convert a source, or stage_eval=false"


def _of_export(keys: dict[str, Any]) -> Iterator[str]:
    from ewc_plugin import host

    try:
        host.examined_export(keys)
    except (EwcError, ValueError, TypeError, ImportError, OSError) as error:
        yield str(error)


# -- what lies there -------------------------------------------------------------------------------------------


def _exports(keys: Mapping[str, Any]) -> Any:
    from ewc_plugin.checkpoints import Regime
    from ewc_plugin.conditions import Conditions
    from ewc_plugin.identity import fingerprint
    from ewc_plugin.pipeline.recipes import several

    begins = [str(keys["model_name_or_path"]), *several(keys.get("adapter_name_or_path"))]
    kept = {k: v for k, v in keys.items() if k not in ("model_name_or_path", "adapter_name_or_path", "export_dir")}
    start = {name: fingerprint(Path(name)) for name in begins}
    return Regime(0.0, None, (), Conditions(kept, {}, start, 1, 1, None, {}))


def _state(output: Path, regime: Any) -> dict[str, Any]:
    """absent, finished, changed, lengthened, interrupted, altered or unrecorded; `trains`: not only what follows."""
    from ewc_plugin import again, checkpoints, record

    last = record.read(output)
    if last is None:
        return _found("unrecorded" if _holds_weights(output) else "absent")
    differences = checkpoints.differences(last.regime, regime, by_recipe=True)
    everything = again.changes(last, regime)
    why = [f"{each.what} was {each.was}, is {each.now}" for each in everything]
    if not last.finished:
        return _found("changed", why) if differences else _found("interrupted")
    if not again.is_whole(last, output):
        return _found("altered", [f"what it left in {output} was altered or removed"])
    if not differences and again.lengthened(last, regime):
        return _found("lengthened", ["it is longer now, at a learning rate that does not depend on that"])
    if everything:
        return _found("changed", why, trains=bool(differences))
    return _found("finished", [f"{name} was {was}" for name, was in _other_versions(last)])


def _unknown(output: Path) -> dict[str, Any]:
    """What can be told without knowing what the stage is asked to be."""
    from ewc_plugin import record

    holds = _holds_weights(output)
    return _found("unknown" if record.read(output) else "unrecorded" if holds else "absent")


def _found(state: str, why: Sequence[str] = (), *, trains: bool = True) -> dict[str, Any]:
    return {"state": state, "why": list(why), "trains": trains}


def _other_versions(last: Any) -> Iterator[tuple[str, str]]:
    from ewc_plugin import record

    for name, now in record.versions().items():
        if last.versions.get(name) != now:
            yield f"{name} {now}", str(last.versions.get(name))


def _holds_weights(output: Path) -> bool:
    from ewc_plugin.identity import fingerprint

    return fingerprint(output) is not None or any(output.glob("checkpoint-*"))


def _record(output: Path, regime: Any, *, finished: bool) -> None:
    from ewc_plugin import record

    last = record.read(output)
    run = last.run if finished and last is not None else uuid.uuid4().hex[:16]
    record.write(output, run, regime.as_json(), finished=finished)


# -- the process -----------------------------------------------------------------------------------------------


def main(request: str, answer: str) -> None:
    asked = json.loads(Path(request).read_text(encoding="utf-8"))
    Path(answer).write_text(json.dumps(answered(asked), default=dataclasses.asdict), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
