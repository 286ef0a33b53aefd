"""What the peers share: a tiny HTTP control port (each POST is one stimulus), and a log of every text that passes."""

import asyncio
import json


class Logged:
    """A connection that prints each text as it was received (<) or sent (>)."""

    def __init__(self, websocket):
        self.websocket = websocket

    async def recv(self):
        text = await self.websocket.recv()
        print(f"< {text}", flush=True)
        return text

    async def send(self, text):
        print(f"> {text}", flush=True)
        await self.websocket.send(text)

    async def close(self):
        await self.websocket.close()


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
            except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
                print(f"control: {type(error).__name__}: {error}", flush=True)
                status = 500
            writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        finally:
            writer.close()

    await asyncio.start_server(serve, "127.0.0.1", port)
