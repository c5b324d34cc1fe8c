# SPDX-License-Identifier: Apache-2.0
"""Listens between a client and a gateway, and shows what passed.

It stands outside the gateway on purpose: what it records is what anyone on
the path, and the gateway itself, can see.

  tap.py listen PORT GATEWAY_PORT FOLDER      relays and records until stopped
  tap.py report FOLDER QUESTION               prints what the gateway saw
"""

import asyncio
import json
import pathlib
import struct
import sys

RESPONSE_PREAMBLE = 8 + 1 + 32 + 32


async def copy(reader, writer, record):
    with record.open("ab") as out:
        try:
            while data := await reader.read(65536):
                out.write(data)
                out.flush()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
    writer.close()


async def listen(port, gateway_port, folder):
    folder.mkdir(parents=True, exist_ok=True)
    connections = iter(range(10**6))

    async def serve(reader, writer):
        name = f"{next(connections):04d}"
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", gateway_port)
        await asyncio.gather(
            copy(reader, up_writer, folder / f"{name}.request"),
            copy(up_reader, writer, folder / f"{name}.response"),
        )

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    print("listening", flush=True)
    await server.serve_forever()


def messages(stream):
    """HTTP messages of one direction: (head, body)."""
    while b"\r\n\r\n" in stream:
        head, rest = stream.split(b"\r\n\r\n", 1)
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        body = b""
        if fields.get(b"transfer-encoding") == b"chunked":
            while rest:
                size_text, rest = rest.split(b"\r\n", 1)
                size = int(size_text, 16)
                body += rest[:size]
                rest = rest[size + 2 :]
                if size == 0:
                    break
        else:
            size = int(fields.get(b"content-length", b"0"))
            body, rest = rest[:size], rest[size:]
        yield head.decode("latin-1"), body
        stream = rest


def count_chunks(stream):
    count = at = 0
    while at + 4 <= len(stream):
        at += 4 + (struct.unpack_from(">I", stream, at)[0] & 0x7FFFFFFF)
        count += 1
    return count


def size(n):
    return f"{n / 1024:.1f} KiB" if n >= 1024 else f"{n} B"


def report(folder, question):
    requests = [m for f in sorted(folder.glob("*.request")) for m in messages(f.read_bytes())]
    responses = [m for f in sorted(folder.glob("*.response")) for m in messages(f.read_bytes())]
    sealed = [body for head, body in requests if "vnd.aipg.sealed-request" in head.lower()]
    answers = [body for head, body in responses if "vnd.aipg.sealed-response" in head.lower()]
    if not sealed or not answers:
        sys.exit("tap: no sealed request passed here")
    request, answer = sealed[-1], answers[-1]
    length_at = 8 + 1 + 2 + 16 + 8 + 32
    (length,) = struct.unpack_from(">H", request, length_at)
    routing = json.loads(request[length_at + 2 : length_at + 2 + length])
    print("what the gateway saw")
    print(f"  model    {routing['model']}      stream {'yes' if routing['stream'] else 'no'}"
          f"      max_output_tokens {routing['max_output_tokens']}      padding {routing['padding']}")
    print(f"  request  {size(len(request))} sealed, for {request[length_at + 2 + length]} worker(s)    "
          f"{request[:16].hex(' ')} …")
    print(f"  answer   {size(len(answer))} sealed in {count_chunks(answer[RESPONSE_PREAMBLE:])} chunks    "
          f"{answer[RESPONSE_PREAMBLE + 4 : RESPONSE_PREAMBLE + 20].hex(' ')} …")
    everything = b"".join(f.read_bytes() for f in folder.iterdir())
    seen = question.encode() in everything
    print(f"  your question appears in it: {'YES' if seen else 'nowhere'}")
    if seen:
        sys.exit("tap: the question passed in the clear")


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "listen":
        asyncio.run(listen(int(rest[0]), int(rest[1]), pathlib.Path(rest[2])))
    else:
        report(pathlib.Path(rest[0]), rest[1])
