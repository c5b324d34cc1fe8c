# SPDX-License-Identifier: Apache-2.0
"""Fresh sealed requests: `aipg proxy` seals them, and they are caught before
they reach the gateway. A worker runs each once, and no later than two minutes
after it was sealed."""

from __future__ import annotations

import http1
from network import Network
from proxy import CHAT, Proxy, chat
from request import Request
from tamper import TamperingProxy


class Sealer:
    def __init__(self, network: Network):
        self._network = network
        self._catcher = TamperingProxy(("127.0.0.1", network.port))
        self._catcher.forge = http1.Message("HTTP/1.1 503 Caught", [], b"{}")
        self._proxy = Proxy(network, base_url=f"http://127.0.0.1:{self._catcher.port}/v1")

    def body(self, script: str = "tokens=1", stream: bool = False) -> bytes:
        self._catcher.sealed_requests.clear()
        self._proxy.post(CHAT, chat(script, stream=stream))
        return self._catcher.sealed_requests[-1]

    def request(self, script: str = "tokens=1", stream: bool = False) -> Request:
        return Request.sealed(self.body(script, stream), f"127.0.0.1:{self._network.port}", self._network.key)

    def stop(self) -> None:
        code = self._proxy.stop()
        self._catcher.stop()
        assert code == 0, f"aipg proxy ended with {code}"
