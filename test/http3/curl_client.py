"""libcurl with HTTP/3, told what to do by lines of JSON on standard input; says what came of it by lines on standard output."""
import asyncio, hashlib, json, re, sys
from curl_cffi import AsyncCurl, Curl, CurlHttpVersion, CurlOpt
from commands import follow, say

port, options = int(sys.argv[1]), json.loads(sys.argv[2])
sni = options.get("sni", "localhost")
facts = {"certificate": "", "resumed": False, "connections": 0}


def heard(kind, data):
    """What libcurl says of connections; it has no other way to tell."""
    if kind != 0:
        return
    text = data.decode("latin1")
    facts["connections"] += text.startswith("Established connection")
    # It offers its ticket; whether that is taken it does not say, but there is a connection.
    facts["resumed"] |= text.startswith("SSL reusing session")
    if subject := re.search(r"subject: (.*)", text):
        facts["certificate"] = subject[1].strip()


class Request:
    def __init__(self, command, fresh):
        self.curl = Curl()
        self.head, self.trailers, self.body = [], [], []
        fields = command["fields"]
        pseudo = {name: value for name, value in fields if name.startswith(":")}
        host = pseudo[":authority"]
        name = command.get("sni", sni)
        setopt = self.curl.setopt
        setopt(CurlOpt.URL, "https://%s:%d%s" % (name, port, pseudo[":path"]))
        setopt(CurlOpt.PATH_AS_IS, 1)
        setopt(CurlOpt.HTTP_VERSION, CurlHttpVersion.V3ONLY)
        setopt(CurlOpt.RESOLVE, ["%s:%d:127.0.0.1" % (name, port)])
        # One connection for all: who comes while it is being made waits for it.
        setopt(CurlOpt.PIPEWAIT, 1)
        if fresh:
            setopt(CurlOpt.FRESH_CONNECT, 1)
        if "ca" in options:
            setopt(CurlOpt.CAINFO, options["ca"])
        else:
            setopt(CurlOpt.SSL_VERIFYPEER, 0)
            setopt(CurlOpt.SSL_VERIFYHOST, 0)
        setopt(CurlOpt.VERBOSE, 1)
        setopt(CurlOpt.DEBUGFUNCTION, heard)
        lines = ["%s: %s" % (name, value) for name, value in fields if not name.startswith(":")] + ["Host: " + host, "Expect:"]
        body = "x" * command["size"] if "size" in command else command.get("body")
        if body is not None:
            # It would end at a zero.
            setopt(CurlOpt.POSTFIELDSIZE, len(body))
            setopt(CurlOpt.POSTFIELDS, body.encode("latin1"))
            lines.append("Content-Type:")
        setopt(CurlOpt.CUSTOMREQUEST, pseudo[":method"])
        if pseudo[":method"] == "HEAD":
            setopt(CurlOpt.NOBODY, 1)
        setopt(CurlOpt.HTTPHEADER, [line.encode() for line in lines])
        setopt(CurlOpt.WRITEFUNCTION, self.wrote)
        setopt(CurlOpt.HEADERFUNCTION, self.told)

    def wrote(self, data):
        self.body.append(bytes(data))
        return len(data)

    def told(self, line):
        text = line.decode("latin1").strip()
        if text.startswith("HTTP/"):
            self.head.append([":status", text.split(" ")[1]])
        elif text:
            name, _, value = text.partition(":")
            (self.trailers if self.body else self.head).append([name.lower(), value.strip()])
        return len(line)


async def ask(multi, command, fresh=False):
    request = Request(command, fresh)
    future = multi.add_handle(request.curl)
    failure = None
    try:
        if command.get("cancel"):
            await asyncio.sleep(0.05)
            multi.remove_handle(request.curl)
            return {"cancelled": True}
        await future
    except Exception as error:
        failure = str(error)
    finally:
        request.curl.close()
    data = b"".join(request.body)
    return {
        "failure": failure,
        "fields": request.head,
        "trailers": request.trailers,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "body": data.decode("latin1") if len(data) < 65536 or command.get("whole") else "",
    }


async def obey(multi, command):
    if command["op"] == "request":
        return await ask(multi, command)
    if command["op"] == "many":
        return {"answers": await asyncio.gather(*[ask(multi, command) for _ in range(command["count"])])}
    return dict(facts)


async def main():
    multi = AsyncCurl()
    hello = {"fields": [[":method", "GET"], [":path", "/"], [":authority", sni]]}
    for fresh in [False, True] if options.get("resume") else [False]:
        failure = (await ask(multi, hello, fresh))["failure"]
        if failure:
            return say({"id": 0, "failure": failure})
    await follow(lambda command: obey(multi, command))


asyncio.run(main())
