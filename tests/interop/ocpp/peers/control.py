"""A tiny HTTP control port for the peers: each POST is one stimulus, answered with the status that `handle` returns."""

import asyncio
import json


async def serve_control(port, handle):
    """Listen on 127.0.0.1; ``handle(path, body)`` is awaited for each POST and returns an HTTP status."""

    async def serve(reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            length = next((int(x.split(":")[1]) for x in lines if x.lower().startswith("content-length:")), 0)
            body = json.loads(await reader.readexactly(length)) if length else {}
            try:
                status = await handle(first.split(" ")[1], body)
            except Exception as error:
                print(f"control: {type(error).__name__}: {error}", flush=True)
                status = 500
            writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        finally:
            writer.close()

    await asyncio.start_server(serve, "127.0.0.1", port)
