"""One connection of aioquic, told what to do by lines of JSON on standard input; says what came of it by lines on standard output."""
import asyncio, base64, json, socket, ssl, sys, hashlib
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, StopSendingReceived, StreamReset
from aioquic.tls import CipherSuite, Epoch
from commands import follow, say

port, options = int(sys.argv[1]), json.loads(sys.argv[2])
facts = {"tickets": [], "tokens": [], "terminated": None, "goaway": False}


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **words):
        super().__init__(*args, **words)
        self.h3 = H3Connection(self._quic)
        self.answers = {}

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated):
            facts["terminated"] = [event.error_code, event.reason_phrase]
            for answer in self.answers.values():
                answer["fail"]("terminated %#x" % event.error_code)
        if isinstance(event, (StreamReset, StopSendingReceived)) and event.stream_id in self.answers:
            if isinstance(event, StreamReset):
                self.answers[event.stream_id]["fail"]("reset %#x" % event.error_code)
        for one in self.h3.handle_event(event):
            answer = self.answers.get(one.stream_id)
            if answer is None:
                continue
            if "told" in answer:
                answer["told"](one)
                continue
            if isinstance(one, HeadersReceived):
                fields = [[name.decode("latin1"), value.decode("latin1")] for name, value in one.headers]
                if fields and fields[0][0] == ":status" and fields[0][1].startswith("1"):
                    answer["interim"].append(fields)
                else:
                    answer["heads"].append(fields)
            elif isinstance(one, DataReceived):
                answer["body"].append(one.data)
                answer["bytes"] += len(one.data)
            if one.stream_ended:
                answer["end"]()

    def open(self, command):
        """A request whose directions are used one by one: what comes is said as events with the id of the command."""
        stream = self._quic.get_next_available_stream_id()

        def told(one):
            event = {"event": command["id"], "end": one.stream_ended}
            if isinstance(one, HeadersReceived):
                event["fields"] = [[name.decode("latin1"), value.decode("latin1")] for name, value in one.headers]
            elif isinstance(one, DataReceived):
                event["data"] = base64.b64encode(one.data).decode()
            say(event)

        self.answers[stream] = {"told": told, "fail": lambda why: say({"event": command["id"], "failure": why})}
        self.h3.send_headers(stream, [(name.encode("latin1"), value.encode("latin1")) for name, value in command["fields"]])
        self.transmit()
        return {"stream": stream}

    async def ask(self, command):
        stream = self._quic.get_next_available_stream_id()
        future = asyncio.get_running_loop().create_future()
        answer = {"heads": [], "interim": [], "body": [], "bytes": 0}
        answer["end"] = lambda: future.done() or future.set_result(None)
        answer["fail"] = lambda why: future.done() or future.set_result(why)
        self.answers[stream] = answer
        fields = [(name.encode("latin1"), value.encode("latin1")) for name, value in command["fields"]]
        body = command.get("body")
        if "size" in command:
            body = "x" * command["size"]
        trailers = command.get("trailers")
        self.h3.send_headers(stream, fields, end_stream=body is None and not trailers and not command.get("open"))
        if body is not None:
            self.h3.send_data(stream, body.encode("latin1"), end_stream=not trailers and not command.get("open"))
        if trailers:
            self.h3.send_headers(stream, [(a.encode(), b.encode()) for a, b in trailers], end_stream=True)
        self.transmit()
        if command.get("cancel"):
            await asyncio.sleep(0.05)
            self._quic.reset_stream(stream, 0x10C)
            self._quic.stop_stream(stream, 0x10C)
            self.transmit()
            del self.answers[stream]
            return {"cancelled": True}
        why = await future
        data = b"".join(answer["body"])
        heads = answer["heads"]
        del self.answers[stream]
        return {
            "failure": why,
            "fields": heads[0] if heads else [],
            "interim": answer["interim"],
            "trailers": heads[1] if len(heads) > 1 else [],
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "body": data.decode("latin1") if len(data) < 65536 or command.get("whole") else "",
        }


async def rebind(client):
    """As a NAT does that has forgotten: the same connection from another port."""
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", 0, 0, 0))
    before = client._transport
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: client, sock=sock)
    before.close()


async def obey(client, command):
    op = command["op"]
    if op == "request":
        return await client.ask(command)
    if op == "many":
        answers = await asyncio.gather(*[client.ask(command) for _ in range(command["count"])])
        return {"answers": answers}
    if op == "open":
        return client.open(command)
    if op == "send":
        client.h3.send_data(command["stream"], base64.b64decode(command["data"]), command["end"])
        client.transmit()
    elif op == "reset":
        client._quic.reset_stream(command["stream"], command["code"])
        client.transmit()
    elif op == "rebind":
        await rebind(client)
        if command.get("change_id"):
            client.change_connection_id()
    elif op == "key_update":
        client.request_key_update()
        await client.ping()
    elif op == "ping":
        await asyncio.wait_for(client.ping(), 30)
    elif op == "facts":
        peer = client._quic.tls._peer_certificate
        return {
            **{name: value for name, value in facts.items() if name != "tickets" and name != "tokens"},
            "tickets": len(facts["tickets"]),
            "tokens": len(facts["tokens"]),
            "resumed": client._quic.tls.session_resumed,
            "certificate": peer.subject.rfc4514_string() if peer else "",
            "retried": client._quic._retry_source_connection_id is not None,
            "cipher": client._quic.tls.key_schedule.cipher_suite.name,
            "phase": client._quic._cryptos[Epoch.ONE_RTT].key_phase,
            "port": client._transport.get_extra_info("sockname")[1],
        }
    return {}


async def main():
    configuration = QuicConfiguration(is_client=True, alpn_protocols=options.get("alpn", ["h3"]))
    configuration.server_name = options.get("sni", "localhost")
    configuration.max_data = options.get("max_data", 8 << 20)
    configuration.max_stream_data = options.get("max_stream_data", 8 << 20)
    if "ca" in options:
        configuration.load_verify_locations(options["ca"])
    else:
        configuration.verify_mode = ssl.CERT_NONE
    if "cipher" in options:
        configuration.cipher_suites = [CipherSuite[options["cipher"]]]
    if "certificate" in options:
        configuration.load_cert_chain(options["certificate"]["cert"], options["certificate"]["key"])
    if options.get("resume"):
        first = dict(configuration=configuration, session_ticket_handler=facts["tickets"].append, token_handler=facts["tokens"].append)
        async with connect(options.get("host", "127.0.0.1"), options.get("resume_of", port), **first, create_protocol=Client) as client:
            for _ in range(3000):
                if facts["tickets"]:
                    break
                await asyncio.sleep(0.01)
        configuration.session_ticket = facts["tickets"][0]
        configuration.token = facts["tokens"][0] if facts["tokens"] else b""
    words = dict(session_ticket_handler=facts["tickets"].append, token_handler=facts["tokens"].append)
    try:
        async with connect(options.get("host", "127.0.0.1"), port, configuration=configuration, create_protocol=Client, **words) as client:
            await follow(lambda command: obey(client, command))
    except ConnectionError as error:
        say({"id": 0, "failure": repr(error), "terminated": facts["terminated"]})


asyncio.run(main())
