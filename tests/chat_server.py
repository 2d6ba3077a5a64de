"""A chat completions server that fails, is slow, limits rates and lies: real HTTP/1.1 on this machine, its own process.

    python tests/chat_server.py --log FILE [--behaviour JSON] [--port N]

It prints its port, outlives whoever asks it, and ends when its standard input does. `PUT /behaviour` mends it, or
breaks it otherwise. Parsed by h11 and written byte by byte here, since no server's library can be made to lie.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import chat_answers
import h11
from chat_answers import Said
from chat_behaviour import Behaviour, Limits, digest_of

PIECE = b" " * 65_536
FOREVER = 3_600.0


class HungUpError(Exception):
    """The one who asked has gone."""


class Server:
    def __init__(self, behaviour: Behaviour, log: BinaryIO) -> None:
        self.behaviour, self._log = behaviour, log
        self._limits = Limits()
        self._attempts: Counter[str] = Counter()
        self._requests, self._connections = count(1), count(1)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        connection = next(self._connections)
        try:
            async for request, body in line.requests():
                if request.method == b"PUT":
                    self.behaviour = Behaviour.from_json(body.decode())
                    await line.answer(Said(200, b"{}"))
                elif request.method == b"GET":
                    await line.answer(Said(200, b'{"object": "list", "data": [{"id": "test", "object": "model"}]}'))
                else:
                    await self._asked(line, request, body, connection)
        except (HungUpError, ConnectionError, h11.RemoteProtocolError):
            pass
        finally:
            writer.close()

    async def _asked(self, line: Line, request: h11.Request, raw: bytes, connection: int) -> None:
        """Logs `in` and `out` of a request under one number.

        in: at (monotonic), wall, digest, attempt, key (the Authorization header), connection, fault, early (the
        seconds that it came before the limits had room for it), tokens (prompt and completion, as the window counts).
        out: at, status, whole (it went out to its end), usage (what is billed, wanted or not), content.
        """
        at, number = time.monotonic(), next(self._requests)
        entry, said = self._decided(request, raw, at)
        self._note(event="in", number=number, at=at, wall=time.time(), connection=connection, **entry)
        whole = False
        try:
            while (left := at + self.behaviour.latency - time.monotonic()) > 0:  # that of now: `PUT` shortens it
                await line.wait(min(left, 0.1))
            await line.answer(said, entry["fault"])
            whole = entry["fault"] not in BROKEN_OFF
        finally:
            told = {"status": said.status, "whole": whole, "usage": said.usage, "content": said.content}
            self._note(event="out", number=number, at=time.monotonic(), **told)

    def _decided(self, request: h11.Request, raw: bytes, at: float) -> tuple[dict[str, Any], Said]:
        key = dict(request.headers).get(b"authorization", b"").decode("latin-1")
        body = chat_answers.body_of(raw)
        digest = digest_of(body)
        self._attempts[digest] += 1
        fault = self.behaviour.fault(digest, self._attempts[digest])
        said = chat_answers.said(body, fault, self.behaviour, key=key)
        tokens = said.usage if sum(said.usage) else (chat_answers.prompt_tokens(body, self.behaviour), 0)
        early = self._limits.exceeded(at, sum(tokens), self.behaviour)
        if early:
            fault, said = "limited", chat_answers.limited(str(math.ceil(early)))
        entry = {"digest": digest, "attempt": self._attempts[digest], "key": key, "fault": fault, "early": early}
        form = str((body.get("response_format") or {}).get("type", ""))
        return entry | {"tokens": tokens, "path": request.target.decode(), "form": form}, said

    def _note(self, **entry: Any) -> None:
        self._log.write(json.dumps(entry).encode() + b"\n")
        self._log.flush()


BROKEN_OFF = ("reset_before", "reset_headers", "reset_body", "cut_body", "closed", "hang", "dribble", "endless")


class Line:
    """One connection: requests come in, one after the other, and whatever is sent goes out as it is."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def requests(self) -> AsyncIterator[tuple[h11.Request, bytes]]:
        parser = h11.Connection(h11.SERVER)
        request, body = None, bytearray()
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                parser.receive_data(await self._reader.read(1 << 18))
            elif isinstance(event, h11.Request):
                request, body = event, bytearray()
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                assert request is not None
                yield request, bytes(body)
                # the parser must know that it was answered
                parser.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                parser.send(h11.EndOfMessage())
                if self._writer.is_closing() or parser.our_state is h11.MUST_CLOSE:
                    return
                parser.start_next_cycle()
            else:
                return

    async def wait(self, seconds: float) -> None:
        """Raises HungUpError as soon as the other side has gone."""
        if seconds:
            try:
                async with asyncio.timeout(seconds):
                    await self._reader.read(1)  # nobody sends while an answer is due
            except TimeoutError:
                return
            raise HungUpError

    async def answer(self, said: Said, fault: str = "") -> None:
        """`fault` says how it is broken off, or sent in an odd way."""
        head, body = said.head(), said.body
        if fault in ("hang", "slow"):
            await self.wait(FOREVER if fault == "hang" else 1.0)
        if fault == "reset_before":
            return self._reset()
        if fault == "closed":
            return self._writer.close()
        if fault == "endless":
            return await self._send_for_ever(replace(said, length=None).head(), PIECE, every=0)
        if fault == "dribble":
            return await self._send_for_ever(replace(said, length=None).head(), b" ", every=0.05)
        sent = {"reset_headers": 0, "reset_body": len(body) // 2, "cut_body": len(body) // 2}.get(fault, len(body))
        self._writer.write(head + body[:sent])
        await self._writer.drain()
        if fault.startswith("reset"):
            await asyncio.sleep(0.01)  # so that what was sent arrives before the end does
            return self._reset()
        if fault in ("cut_body", "closing"):  # the latter after a whole answer, without a word of warning
            self._writer.close()
        return None

    def _reset(self) -> None:
        """A RST in place of an orderly end."""
        held = self._writer.get_extra_info("socket")
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def _send_for_ever(self, head: bytes, piece: bytes, *, every: float) -> None:
        self._writer.write(head)
        while True:
            self._writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await self._writer.drain()
            await self.wait(every) if every else await asyncio.sleep(0)


async def serve(behaviour: Behaviour, log: Path, port: int) -> None:
    with log.open("ab") as stream:
        server = Server(behaviour, stream)
        async with await asyncio.start_server(server.talk, "127.0.0.1", port, backlog=1_000) as listening:
            print(listening.sockets[0].getsockname()[1], flush=True)
            await asyncio.to_thread(sys.stdin.read)
            os._exit(0)  # connections that hang would be waited for


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--behaviour", type=Behaviour.from_json, default=Behaviour(), metavar="JSON")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    asyncio.run(serve(given.behaviour, given.log, given.port))


if __name__ == "__main__":
    main()
