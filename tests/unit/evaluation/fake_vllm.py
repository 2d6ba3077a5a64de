"""A command that behaves as `vllm serve` does, without a model: what it was asked is in `asked.jsonl` beside it.

It answers the token 5 and an end token. The files `adds_bos`, `no_ids` and `dies` beside it make it behave badly.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent
ANSWER, END = 5, 2


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send({"version": "0.0.1"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with (HERE / "asked.jsonl").open("a", encoding="utf-8") as stream:
            print(json.dumps(body), file=stream)
        if (HERE / "dies").exists():
            print("torch.OutOfMemoryError: no memory left", flush=True)
            os._exit(7)
        choice = {"index": 0, "text": " told ", "finish_reason": "stop", "logprobs": None}
        if not (HERE / "no_ids").exists():
            added = [1] if (HERE / "adds_bos").exists() else []
            choice |= {"token_ids": [ANSWER, END], "prompt_token_ids": [*added, *body["prompt"]]}
        self.send({"id": "c", "object": "text_completion", "created": 0, "model": "m", "choices": [choice]})

    def send(self, found):
        content = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    (HERE / "command.json").write_text(json.dumps([os.getpid(), sys.argv[1:]]), encoding="utf-8")
    port = int(sys.argv[sys.argv.index("--port") + 1])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
