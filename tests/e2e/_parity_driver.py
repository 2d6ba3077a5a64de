"""Trains several recipes one after another in the same processes, with the host's own functions.

    torchrun --nproc_per_node 2 tests/e2e/_parity_driver.py JOBS.json        (or plain python, for one process)

JOBS.json is a list of {"name", "recipe"}; the result of each is what the host saves in its output_dir. A job that ended
leaves <output_dir>/done, one that failed its traceback in <output_dir>/failure.txt.
"""

import faulthandler
import gc
import json
import os
import sys
import traceback
from pathlib import Path

import torch

PATIENCE = 300  # seconds


def main(path: str) -> None:
    for job in json.loads(Path(path).read_text(encoding="utf-8")):
        folder = Path(job["recipe"]["output_dir"])
        folder.mkdir(parents=True, exist_ok=True)
        faulthandler.dump_traceback_later(PATIENCE)  # ranks that wait for each other say where
        try:
            train(job["recipe"])
        except Exception:
            (folder / "failure.txt").write_text(traceback.format_exc(), encoding="utf-8")
            print(f"{job['name']}: failed\n{traceback.format_exc()}", file=sys.stderr, flush=True)
            if torch.distributed.is_initialized():
                raise  # the ranks may no longer be in step: whoever started this starts the rest anew
        else:
            without_probe(folder / "ewc")
            (folder / "done").touch()
        forget()


def without_probe(anchor: Path) -> None:
    """The next stage would measure the KL that came true, one layer at a time: minutes that change no weight."""
    if anchor.is_dir() and int(os.environ.get("RANK", "0")) == 0:
        about = json.loads((anchor / "ewc.json").read_text(encoding="utf-8"))
        about["files"] = {name: entry for name, entry in about["files"].items() if not name.startswith("probe")}
        (anchor / "ewc.json").write_text(json.dumps(about), encoding="utf-8")


def prepare_deepspeed() -> None:
    """On a CPU: DeepSpeed would compile collectives over shared memory for a minute, while gloo's are there."""
    import deepspeed

    if os.environ["DS_ACCELERATOR"] != "cpu":
        deepspeed.init_distributed(dist_backend="nccl", verbose=False)
        return
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False
    deepspeed.init_distributed(dist_backend="gloo", verbose=False)


def train(recipe: dict[str, object]) -> None:
    """What `llamafactory-cli train` does after it has found out how many processes there are."""
    from llamafactory.hparams import get_train_args
    from llamafactory.train.sft import run_sft

    if recipe.get("deepspeed"):
        prepare_deepspeed()
    run_sft(*get_train_args(dict(recipe)), callbacks=[])


def forget() -> None:
    """The state that accelerate and transformers keep for the length of a process; the process group stays."""
    from accelerate.state import AcceleratorState, GradientState
    from transformers.integrations import deepspeed as integration

    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
    integration.unset_hf_deepspeed_config()
    for name in [n for n in os.environ if n.startswith(("ACCELERATE_", "FSDP_"))]:
        del os.environ[name]
    gc.collect()


if __name__ == "__main__":
    main(sys.argv[1])
