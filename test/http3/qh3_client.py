"""One connection of qh3, told what to do by lines of JSON on standard input; says what came of it by lines on standard output."""
import asyncio, hashlib, json, ssl, sys
from qh3.asyncio.client import connect
from qh3.asyncio.protocol import QuicConnectionProtocol
from qh3.h3.connection import H3Connection
from qh3.h3.events import DataReceived, HeadersReceived
from qh3.quic.configuration import QuicConfiguration
from qh3.quic.events import ConnectionTerminated, HandshakeCompleted, StreamReset
from commands import follow, say

port, options = int(sys.argv[1]), json.loads(sys.argv[2])
facts = {"terminated": None, "resumed": False, "keyUpdates": 0}
tickets = []


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **words):
        super().__init__(*args, **words)
        self.h3 = H3Connection(self._quic)
        self.answers = {}

    def quic_event_received(self, event):
        if isinstance(event, HandshakeCompleted):
            facts["resumed"] = event.session_resumed
        if isinstance(event, ConnectionTerminated):
            facts["terminated"] = [event.error_code, event.reason_phrase]
            for answer in self.answers.values():
                answer["end"]("terminated %#x" % event.error_code)
        if isinstance(event, StreamReset) and event.stream_id in self.answers:
            self.answers[event.stream_id]["end"]("reset %#x" % event.error_code)
        for one in self.h3.handle_event(event):
            answer = self.answers.get(getattr(one, "stream_id", None))
            if answer is None:
                continue
            if isinstance(one, HeadersReceived):
                answer["heads"].append([[name.decode("latin1"), value.decode("latin1")] for name, value in one.headers])
            elif isinstance(one, DataReceived):
                answer["body"].append(one.data)
            if getattr(one, "stream_ended", False):
                answer["end"](None)

    async def ask(self, command):
        # It does not wait by itself until the server lets it have more streams (RFC 9000 section 4.6).
        while self._quic.get_next_available_stream_id() // 4 >= self._quic.max_concurrent_bidi_streams:
            await asyncio.sleep(0.005)
        stream = self._quic.get_next_available_stream_id()
        future = asyncio.get_running_loop().create_future()
        heads, body = [], []
        self.answers[stream] = {"heads": heads, "body": body, "end": lambda why: future.done() or future.set_result(why)}
        fields = [(name.encode("latin1"), value.encode("latin1")) for name, value in command["fields"]]
        sent = ("x" * command["size"] if "size" in command else command.get("body"))
        trailers = command.get("trailers")
        self.h3.send_headers(stream, fields, end_stream=sent is None and not trailers)
        if sent is not None:
            self.h3.send_data(stream, sent.encode("latin1"), end_stream=not trailers)
        if trailers:
            self.h3.send_headers(stream, [(a.encode(), b.encode()) for a, b in trailers], end_stream=True)
        self.transmit()
        if command.get("cancel"):
            await asyncio.sleep(0.05)
            self._quic.stop_stream(stream, 0x10C)
            self.transmit()
            del self.answers[stream]
            return {"cancelled": True}
        why = await future
        del self.answers[stream]
        data = b"".join(body)
        return {
            "failure": why,
            "fields": heads[0] if heads else [],
            "trailers": heads[1] if len(heads) > 1 else [],
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "body": data.decode("latin1") if len(data) < 65536 or command.get("whole") else "",
        }


async def obey(client, command):
    op = command["op"]
    if op == "request":
        return await client.ask(command)
    if op == "many":
        return {"answers": await asyncio.gather(*[client.ask(command) for _ in range(command["count"])])}
    if op == "key_update":
        # Not before HANDSHAKE_DONE has come (RFC 9001 section 6).
        while not client._quic._handshake_confirmed:
            await asyncio.sleep(0.005)
        client.request_key_update()
        await asyncio.wait_for(client.ping(), 30)
        facts["keyUpdates"] += 1
    elif op == "facts":
        peer = client._quic.get_peercert()
        names = [one[2].decode() if isinstance(one[2], bytes) else one[2] for one in peer.subject if one[1] in ("CN", "commonName")] if peer else [""]
        return {**facts, "certificate": "CN=" + names[0], "cipher": client._quic.get_cipher().name}
    return {}


async def main():
    configuration = QuicConfiguration(is_client=True, alpn_protocols=options.get("alpn", ["h3"]))
    configuration.server_name = options.get("sni", "localhost")
    if "ca" in options:
        configuration.load_verify_locations(options["ca"])
    else:
        configuration.verify_mode = ssl.CERT_NONE
    if options.get("resume"):
        async with connect("127.0.0.1", port, configuration=configuration, session_ticket_handler=tickets.append, create_protocol=Client):
            for _ in range(3000):
                if tickets:
                    break
                await asyncio.sleep(0.01)
        configuration.session_ticket = tickets[0]
    try:
        async with connect("127.0.0.1", port, configuration=configuration, create_protocol=Client, session_ticket_handler=tickets.append) as client:
            await follow(lambda command: obey(client, command))
    except ConnectionError as error:
        say({"id": 0, "failure": repr(error), "terminated": facts["terminated"]})


asyncio.run(main())
