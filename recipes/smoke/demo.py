"""Does the whole idea work on this machine? Three stages on a tiny model, the last one four ways, and a report.

    python recipes/smoke/demo.py                        # make demo: the samples that are installed with us
    python recipes/smoke/demo.py --data ../downloads    # real text: folders belle, translation, poetry

Everything is written below saves/smoke of the current folder; dataset_info/ and real data are left alone. The numbers
are those of a model with under two million weights: they show that the parts work together, not how much EWC helps a
real one.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RECIPES = Path(__file__).resolve().parent
SMOKE = Path("saves/smoke")  # below the folder that the demo is started in, as in the recipes
DATASETS, LOGS = SMOKE / "dataset_info", SMOKE / "logs"
SOURCES = {"belle": ("belle",), "translation": ("translation", "parallel_tatoeba"), "poetry": ("poetry", "poetry_*")}
EXAMPLES = 400  # in each stage
HELD_OUT = 120  # at most, of each dataset
# the domain stage four ways: folder, what it is, what differs from recipes/smoke/domain.yaml
FOUR_WAYS = (
    ("domain", "replay + EWC", ()),
    ("domain-replay", "replay", ("ewc_lambda=0",)),
    ("domain-ewc", "EWC", ("dataset=domain_alone",)),
    ("domain-plain", "neither", ("dataset=domain_alone", "ewc_lambda=0")),
)
# so small a model is not faster with two threads, and two pools of threads on two cores mostly wait for one another
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
PROGRESS = re.compile(rb"(\d+)/(\d+) \[")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=None, help="folder of real downloads (default: our samples)")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="examples in each stage")
    parser.add_argument("--steps", type=int, default=300, help="pretraining steps of the tiny model")
    options = parser.parse_args()
    inputs = dict.fromkeys(SOURCES, "--samples") if options.data is None else _inputs(options.data.resolve())
    started = time.monotonic()
    shutil.rmtree(SMOKE, ignore_errors=True)
    LOGS.mkdir(parents=True)
    convert(inputs, all_kinds=options.data is not None)
    mix(options.examples)
    data = [str(path) for path in sorted((DATASETS / "data").glob("*.jsonl")) if _trains(path)]
    tiny = [str(RECIPES / "tiny_model.py"), *data, "--out", str(SMOKE / "base"), "--steps", str(options.steps)]
    run("pretrain the tiny model", [sys.executable, *tiny], OMP_WAIT_POLICY="PASSIVE")
    for stage in ("foundation", "task"):
        run(f"train {stage}", train(stage, stage), **ONE_THREAD)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one_way, FOUR_WAYS))
    summary()
    print(f"\n{(time.monotonic() - started) / 60:.1f} minutes. Open {SMOKE}/domain/stage_eval/report.html")


def _inputs(folder: Path) -> dict[str, str]:
    found = {}
    for source, names in SOURCES.items():
        matches = [path for name in names for path in sorted(folder.glob(name))]
        if not matches:
            sys.exit(f"{folder}: expected a folder {' or '.join(names)} with {source} data; found none of them.")
        found[source] = str(matches[0])
    return found


def _trains(path: Path) -> bool:
    return not path.name.endswith(("_eval.jsonl", ".rejects.jsonl", "_mix.jsonl", "_alone.jsonl"))


def convert(inputs: dict[str, str], *, all_kinds: bool) -> None:
    """`all_kinds` lifts the shares of kinds, which are for whole corpora: they would leave too little of a slice."""
    common = ["--dataset-dir", str(DATASETS), "--quiet"]
    for source, given in inputs.items():
        options = ["--eval-share", "0.1", "--max-eval", str(HELD_OUT), *(["--cap", "all=1"] if all_kinds else [])]
        run(f"convert {source}", [sys.executable, "-m", "converters", source, given, *options, *common])
    # what people fear to lose: for evaluation only
    run("convert general", [sys.executable, "-m", "converters", "general", "--samples", *common])


def mix(examples: int) -> None:
    common = ["--total", str(examples), "--on-shortage", "repeat", "--on-missing", "skip"]
    common += ["--dataset-dir", str(DATASETS)]
    for stage in ("foundation", "task", "domain"):
        run(f"mix {stage}", [sys.executable, "-m", "converters", "mix", stage, *common])
    alone = ["--ratio", "domain=1", "--name", "domain_alone"]
    run("mix domain without replay", [sys.executable, "-m", "converters", "mix", "domain", *alone, *common])


def train(recipe: str, folder: str, *overrides: str) -> list[str]:
    command = Path(sys.executable).with_name("llamafactory-cli")
    found = str(command) if command.exists() else "llamafactory-cli"  # a user's own packages lie elsewhere
    return [found, "train", str(RECIPES / f"{recipe}.yaml"), f"output_dir={SMOKE / folder}", *overrides]


def one_way(way: tuple[str, str, tuple[str, ...]]) -> None:
    folder, meaning, overrides = way
    run(f"train {folder} ({meaning})", train("domain", folder, *overrides), **ONE_THREAD)


def summary() -> None:
    """The four ways side by side, the unprotected run first: the others are compared with it."""
    ways = FOUR_WAYS[::-1]
    command = [sys.executable, "-m", "ewc_plugin", "compare", *(str(SMOKE / folder) for folder, _, _ in ways)]
    command += ["--labels", *(meaning for _, meaning, _ in ways), "--into", str(SMOKE / "domain")]
    print(flush=True)
    subprocess.run(command, check=True)


def run(title: str, command: list[str], **environment: str) -> None:
    """One step: its progress on one line, everything it says in a log, and the log's end if it fails."""
    log = LOGS / f"{title.partition(' (')[0].replace(' ', '-')}.log"
    started, live = time.monotonic(), sys.stdout.isatty()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )
        assert process.stdout is not None
        while chunk := process.stdout.read1(65536):  # type: ignore[attr-defined]  # Popen's pipe is buffered
            stream.write(chunk)
            stream.flush()
            steps = PROGRESS.findall(chunk)
            if live and steps:
                done, total = (int(n) for n in steps[-1])
                print(f"\r  {title}: {done}/{total}   ", end="", flush=True)
        code = process.wait()
    print(f"{chr(13) if live else ''}  {title}: {time.monotonic() - started:.0f} s          ", flush=True)
    if code:
        tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]
        sys.exit("\n".join([*tail, f"{title} failed with exit code {code}; the whole log: {log}"]))


if __name__ == "__main__":
    main()
