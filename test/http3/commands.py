"""What all clients in Python have: commands come as lines of JSON on standard input, and what came of them leaves on standard output."""
import asyncio, json, sys


def say(message):
    print(json.dumps(message), flush=True)


async def follow(obey):
    """Says that it is ready, and does what it is told, all at once, until the input ends. `obey`: from a command to its result."""
    say({"id": 0})
    reader = asyncio.StreamReader(limit=1 << 26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def run(command):
        try:
            result = await obey(command)
        except Exception as error:
            result = {"failure": repr(error)}
        say({"id": command["id"], **result})

    running = set()
    while line := await reader.readline():
        task = asyncio.ensure_future(run(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
