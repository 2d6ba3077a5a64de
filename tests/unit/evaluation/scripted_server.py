"""A real server of the chat-completions format on a free port, as well or ill behaved as a test wants it."""

import json
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ChatServer:
    """`answer` turns a request's body into a text, a (status, body) pair, or bytes (one or a generator)."""

    def __init__(self, answer, models=("tiny",)):
        self.answer: Callable = answer
        self.models, self.requests, self.keys = list(models), [], []
        self.busy = self.most_busy = 0
        self.lock = threading.Lock()

    @property
    def prompts(self):
        return [request["messages"][-1]["content"] for request in self.requests]


def completion(content, finish="stop"):
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion", "created": 0, "model": "tiny", "choices": [choice]}


@contextmanager
def serving(answer, **more):
    server = ChatServer(answer, **more)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _handler(server):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._send(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in server.models]})

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with server.lock:
                server.requests.append(body)
                server.keys.append(self.headers.get("Authorization"))
                server.busy += 1
                server.most_busy = max(server.most_busy, server.busy)
            try:
                found = server.answer(body)
            finally:
                with server.lock:
                    server.busy -= 1
            self._send(*(found if isinstance(found, tuple) else (200, found)))

        def _send(self, status, body):
            if isinstance(body, str):
                body = completion(body)
            if not isinstance(body, bytes | Generator):
                body = json.dumps(body).encode()
            drops = [body] if isinstance(body, bytes) else body
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("retry-after-ms", "10")  # tests wait for no backoff
                self.end_headers()
                for drop in drops:  # without a length: until the connection is closed
                    self.wfile.write(drop)
            except OSError:
                pass  # the client gave up, as a test wants it

        def log_message(self, *_):
            pass

    return Handler


def slowly(seconds, text="慢"):
    def answer(_):
        time.sleep(seconds)
        return text

    return answer


def dripping(_):
    """A byte now and then, without end."""

    def drops():
        while True:
            time.sleep(0.05)
            yield b" "

    return drops()


def first_failing(times, status, then):
    """`status` for the first requests, then what `then` answers."""
    left = [times]

    def answer(body):
        left[0] -= 1
        return (status, {"error": {"message": "busy"}}) if left[0] >= 0 else then(body)

    return answer


def nowhere():
    """The URL of a port at which nobody listens."""
    with serving(lambda _: "") as server:
        return server.url
