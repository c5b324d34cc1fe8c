# SPDX-License-Identifier: Apache-2.0
"""Two other reverse proxies before an upstream that understands nothing: it
records what it gets, and answers whenever that pauses."""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import threading
import time

from network import free_port, wait_until

PAUSE = 0.1  # of bytes, after which the upstream answers

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; client_max_body_size 40m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream gateway {{ server 127.0.0.1:{upstream}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://gateway; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
    }}
  }}
}}
"""

HAPROXY = """
global
  maxconn 256
defaults
  mode http
  option forwardfor
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-request 10s
  timeout http-keep-alive 60s
frontend clients
  bind 127.0.0.1:{port}
  default_backend gateway
backend gateway
  server gateway 127.0.0.1:{upstream}
"""


class Upstream:
    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nup\n"

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._taken: dict[int, bytes] = {}  # of each connection
        self._last = 0.0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # stopped
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        waiting = False  # for an answer
        with connection:
            while True:
                connection.settimeout(PAUSE if waiting else None)
                try:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    with self._lock:
                        self._taken[id(connection)] = self._taken.get(id(connection), b"") + piece
                        self._last = time.monotonic()
                    waiting = True
                except TimeoutError:
                    connection.sendall(self.ANSWER)
                    waiting = False
                except OSError:
                    return

    def take(self) -> list[bytes]:
        """What each connection brought since the last call, once it pauses."""
        while time.monotonic() - self._last < 2 * PAUSE:
            time.sleep(PAUSE / 4)
        with self._lock:
            taken, self._taken = list(self._taken.values()), {}
        return taken

    def stop(self) -> None:
        self._listener.close()


class Peer:
    """A proxy that listens on `port`, with an upstream of its own."""

    def __init__(self, name: str, folder: pathlib.Path, settings: str, command: list[str], libraries: str = ""):
        self.name = name
        self.upstream = Upstream()
        self.port = free_port()
        folder.mkdir()
        file = folder / "settings"
        file.write_text(settings.format(folder=folder, port=self.port, upstream=self.upstream.port))
        self._log = open(folder / "log", "wb")
        environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
        self._process = subprocess.Popen([*command, str(file)], env=environment, stdin=subprocess.DEVNULL,
                                         stdout=self._log, stderr=self._log)
        wait_until(self._listens, 20, f"{name} listens; its log is {folder}/log")

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()
        self.upstream.stop()


def start_nginx(peers: pathlib.Path, folder: pathlib.Path) -> Peer:
    program = str(peers / "nginx/usr/sbin/nginx")
    return Peer("nginx", folder / "nginx", NGINX, [program, "-e", "stderr", "-p", str(folder), "-c"])


def start_haproxy(peers: pathlib.Path, folder: pathlib.Path) -> Peer:
    root = peers / "haproxy"
    libraries = next((root / "usr/lib").glob("*-linux-gnu"))
    return Peer("HAProxy", folder / "haproxy", HAPROXY, [str(root / "usr/sbin/haproxy"), "-db", "-f"], str(libraries))
