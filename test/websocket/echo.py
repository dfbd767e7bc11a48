"""A server of WebSockets that says back what it hears, of a library that knows nothing of Loom. Prints its port."""

import asyncio
import logging

from websockets.asyncio.server import serve


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def main():
    async with serve(echo, "127.0.0.1", 0, max_size=None, ping_interval=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


# What the fuzzer does wrong is no news.
logging.disable(logging.CRITICAL)
asyncio.run(main())
