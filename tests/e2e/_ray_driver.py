"""`llamafactory-cli train` with USE_RAY=1 on a machine without GPUs: the cluster is told of two that do not exist.

    python tests/e2e/_ray_driver.py RECIPE.yaml [key=value …]

Without GPUs the host asks the cluster for ten CPUs for each CPU that it has, and waits for ever. So the driver, and it
alone, takes the accelerator for another one; the workers are the host's own processes and see CPUs.
"""

import ray
from llamafactory.train import trainer_utils, tuner

ACCELERATOR, WORKERS = "xpu", 2
CLUSTER = {
    "num_cpus": 10 * WORKERS,  # a number to be handed out, no threads: the host wants ten for each worker
    "resources": {ACCELERATOR.upper(): WORKERS},
    "include_dashboard": False,
    "ignore_reinit_error": True,
}


def main() -> None:
    for module in (tuner, trainer_utils):
        module.get_device_name = lambda: ACCELERATOR
    ray.init(**CLUSTER)  # the host takes one that is running
    tuner.run_exp()


if __name__ == "__main__":
    main()
