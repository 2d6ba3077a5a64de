"""The same evaluation by two real processes (gloo)."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys
from pathlib import Path
import torch.distributed as dist
from toy_host import ToyEncoder, tiny_llama
from ewc_plugin.evaluation import Distributed, EvaluationSet, Settings, evaluate

dist.init_process_group("gloo")
chosen = EvaluationSet("a", "translation", "task", True, Path(sys.argv[1]), messages_column="messages",
                       role_tag="role", content_tag="content", user_tag="user", assistant_tag="assistant")
result = evaluate(tiny_llama(), [chosen], encoder=ToyEncoder(), settings=Settings(batch_size=2, max_new_tokens=4),
                  ranks=Distributed())
if dist.get_rank() == 0:
    Path(sys.argv[2]).write_text(json.dumps([result.records["a"], result.cells["a"]["loss"]["value"]]))
else:
    assert result is None
dist.destroy_process_group()
"""


def test_two_processes_score_every_item_once(tmp_path, write_set, chats):
    chosen, out = write_set(records=chats[:5]), tmp_path / "out.json"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = Path(__file__).resolve()
    shared = {
        "PYTHONPATH": f"{here.parent}{os.pathsep}{here.parents[3]}",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": "2",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-c", SCRIPT, str(chosen.path), str(out)]
    processes = [subprocess.Popen(command, env=os.environ | shared | {"RANK": str(rank)}) for rank in (0, 1)]
    assert [p.wait(timeout=120) for p in processes] == [0, 0]
    records, loss = json.loads(out.read_text())
    assert [r["id"] for r in records] == [c["id"] for c in chats[:5]]
    assert loss == sum(r["nll"] for r in records) / sum(r["tokens"] for r in records)
