# SPDX-License-Identifier: Apache-2.0
"""The engine of these cases: the scripted one of tests/e2e, which besides
reports to the hub, waits where a question says `hold=POINT`, and breaks the
rules in the way that `fault=WORD` says (engine_faults.py). It is confined as all
engines are: it connects to nobody, so the hub comes to it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading

import engine_faults
from engine import ScriptedEngine, parse_script

CONTROL = ".control"  # behind its socket's name: where the hub comes


class ChaosEngine(ScriptedEngine):
    def __init__(self, path: str):
        self._gone_on: set[str] = set()
        self._going = asyncio.Event()
        super().__init__(path)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._meet_hub())
        super()._run()

    async def _meet_hub(self) -> None:
        met = self._loop.create_future()
        server = await asyncio.start_unix_server(lambda *streams: met.done() or met.set_result(streams), self.path + CONTROL)
        reader, self._reports = await met
        server.close()
        self._listening = asyncio.ensure_future(self._listen(reader))
        self._report("here", pid=os.getpid(), socket=self.path)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            self._gone_on.add(json.loads(line)["go"])
            going, self._going = self._going, asyncio.Event()
            going.set()
        os._exit(0)  # the case is over

    def _report(self, event: str, **more) -> None:
        self._reports.write(json.dumps({"event": event, **more}).encode() + b"\n")

    async def _answer(self, request, reader, writer) -> None:
        if request.method != "POST":
            return await super()._answer(request, reader, writer)
        script = parse_script(json.loads(request.body))
        self._report("asked", mark=script.get("mark", ""))
        if script.get("hold") == "first":
            await self._wait("first", script, asyncio.ensure_future(reader.read(1)))
        if "fault" in script:
            return await engine_faults.answer(script, json.loads(request.body), reader, writer)
        await super()._answer(request, reader, writer)

    async def reached(self, number: int, script: dict[str, str], gone: asyncio.Future) -> None:
        tokens = int(script.get("tokens", 8))
        at = {"middle": tokens // 2, "last": tokens + 1}.get(script.get("hold", ""))
        if number == at:
            await self._wait(script["hold"], script, gone)

    async def _wait(self, point: str, script: dict[str, str], gone: asyncio.Future) -> None:
        mark = script["mark"]
        self._report(point, mark=mark)
        while mark not in self._gone_on and not gone.done():
            going = asyncio.ensure_future(self._going.wait())
            await asyncio.wait([gone, going], return_when=asyncio.FIRST_COMPLETED)
            going.cancel()
        if gone.done():
            self._report("left", mark=mark)
            raise ConnectionError("the worker left")
        if point == "first":
            gone.cancel()
            await asyncio.wait([gone])


def main() -> None:
    ChaosEngine(sys.argv[sys.argv.index("--host") + 1])
    threading.Event().wait()
