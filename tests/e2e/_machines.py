"""Two machines, as far as one has them: two process trees that meet at a port, each in its own folder or in one."""

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from _tiny import Process, cli


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def on_two_machines(recipe: str | Path, folders: Sequence[Path]) -> list[Process]:
    """What a user types on each of them, with the host's own variables for torchrun; one process on each."""
    shared = {"FORCE_TORCHRUN": "1", "NNODES": "2", "NPROC_PER_NODE": "1", "DS_ACCELERATOR": "cpu"}
    shared |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}

    def one(rank: int) -> Process:
        return cli("train", recipe, cwd=folders[rank], **shared, NODE_RANK=str(rank))

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, range(2)))
