#!/usr/bin/env python3
"""Many clients of one server at once, for minutes: does each get the answer that it would get alone, does memory stay, and how
long does the unluckiest wait? Needs Python alone.

    moesaic serve -m model.gguf --arithmetic f32 --parallel 8 &
    benches/load.py http://127.0.0.1:8080 --clients 32 --minutes 5
    benches/load.py http://127.0.0.1:8080 --second-turn

Some requests are cancelled in mid-stream and some readers are slow. Answers are compared with those that were given
beforehand, one at a time, with the same seeds: 8-bit arithmetic may round otherwise where more tokens run at once, so equality is
to be expected of `--arithmetic f32` only. It ends with status 1 if an answer differs, a request fails, or memory grows
by more than a tenth and 8 MiB after the first quarter.
"""

import argparse
import glob
import http.client
import json
import os
import random
import sys
import threading
import time
from urllib.parse import urlsplit

WORDS = """river lamp stone garden letter window morning bread song winter friend house cloud road apple sister bridge market
candle forest teacher boat kitchen story mountain shoe bird paper clock island""".split()
REQUESTS = 24
# Of all requests.
CANCELLED, SLOW = 0.1, 0.1
# What allocators and caches may still settle by after the first quarter: a share, and MiB.
GROWTH, SETTLING = 0.1, 8


class Refused(Exception):
    """As many requests wait as may."""


class Server:
    def __init__(self, address: str, key: str) -> None:
        self.place = urlsplit(address if "//" in address else f"http://{address}")
        self.headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        models = json.loads(self.connect("GET", "/v1/models", None)[1].read())
        self.chats = models["data"][0]["chat"]

    def connect(self, method: str, path: str, body: object) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection(self.place.hostname or "", self.place.port or 80, timeout=600)
        connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        response = connection.getresponse()
        if response.status == 429:
            connection.close()
            raise Refused
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {response.read().decode(errors='replace')}")
        return connection, response

    def ask(self, messages: list, tokens: int, seed: int, pause: float = 0.0, cancel_after: int = 0) -> "Answer":
        """An answer as a stream; `pause` between reads, and the end of interest after so many pieces."""
        request: dict = {"max_tokens": tokens, "seed": seed, "temperature": 1, "stream": True}
        request["stream_options"] = {"include_usage": True}
        if self.chats:
            path, request["messages"] = "/v1/chat/completions", messages
        else:
            path, request["prompt"] = "/v1/completions", "\n".join(message["content"] for message in messages)
        answer = Answer()
        begin = last = time.monotonic()
        connection, response = self.connect("POST", path, request)
        try:
            for line in response:
                if not line.startswith(b"data: "):
                    continue
                if line.strip() == b"data: [DONE]":
                    answer.finished = True
                    break
                event = json.loads(line[6:])
                if "error" in event:
                    raise RuntimeError(event["error"]["message"])
                answer.usage = event.get("usage") or answer.usage
                for choice in event["choices"]:
                    delta = choice.get("delta", {})
                    text = choice.get("text") or delta.get("content") or delta.get("reasoning_content") or ""
                    answer.text += text
                    answer.reason = choice["finish_reason"] or answer.reason
                    if not text:
                        continue
                    now = time.monotonic()
                    answer.first = answer.first or now - begin
                    answer.gap = max(answer.gap, now - last if answer.pieces else 0.0)
                    answer.pieces += 1
                    time.sleep(pause)
                    last = time.monotonic()
                if cancel_after and answer.pieces >= cancel_after:
                    break
        finally:
            connection.close()
        return answer


class Answer:
    def __init__(self) -> None:
        self.text, self.reason, self.usage = "", "", {}
        self.finished, self.pieces, self.first, self.gap = False, 0, 0.0, 0.0


def text(numbers: random.Random, words: int) -> str:
    return " ".join(numbers.choice(WORDS) for _ in range(words))


def user(content: str) -> list:
    return [{"role": "user", "content": content}]


def listener(port: int) -> int:
    """The process that listens at a port of this machine."""
    sockets = set()
    for table in ["/proc/net/tcp", "/proc/net/tcp6"]:
        with open(table) as lines:
            for fields in (line.split() for line in lines.readlines()[1:]):
                if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                    sockets.add(f"socket:[{fields[9]}]")
    for link in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(link) in sockets:
                return int(link.split("/")[2])
        except OSError:
            continue
    sys.exit("load.py: no process of this machine listens there; say which one with --pid")


def resident(pid: int) -> float:
    """Its memory of its own in MiB: what it maps from files is the system's to take back."""
    with open(f"/proc/{pid}/status") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1024


class Load:
    """What all clients share."""

    def __init__(self, server: Server, minutes: float) -> None:
        numbers = random.Random(1)
        # Some begin alike, so that caches are shared.
        beginning = text(numbers, 30)
        self.requests = []
        for index in range(REQUESTS):
            content = text(numbers, numbers.randint(3, 60))
            content = f"{beginning} {content}" if index % 3 == 0 else content
            self.requests.append((user(content), numbers.choice([8, 24, 64]), index))
        self.server, self.time, self.end = server, minutes * 60, 0.0
        self.expected: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        self.done = self.cancelled = self.refused = self.tokens = 0
        self.errors: list[str] = []
        self.first: list[float] = []
        self.gap: list[float] = []

    def alone(self) -> None:
        for request in self.requests:
            answer = self.server.ask(*request)
            self.expected.append((answer.text, answer.reason))

    def client(self, number: int) -> None:
        numbers = random.Random(1000 + number)
        while time.monotonic() < self.end:
            which, chance = numbers.randrange(REQUESTS), numbers.random()
            pause = numbers.uniform(0.02, 0.2) if CANCELLED <= chance < CANCELLED + SLOW else 0.0
            cancel_after = numbers.randint(1, 6) if chance < CANCELLED else 0
            try:
                answer = self.server.ask(*self.requests[which], pause=pause, cancel_after=cancel_after)
            except Refused:
                with self.lock:
                    self.refused += 1
                time.sleep(numbers.uniform(0.2, 1.0))
                continue
            except (OSError, RuntimeError, ValueError, http.client.HTTPException) as error:
                with self.lock:
                    self.errors.append(f"request {which}: {type(error).__name__}: {error}")
                continue
            with self.lock:
                if answer.finished:
                    self.tokens += answer.usage.get("completion_tokens", answer.pieces)
                    if (answer.text, answer.reason) == self.expected[which]:
                        self.done += 1
                    else:
                        self.errors.append(f"request {which}: {answer.text!r} instead of {self.expected[which][0]!r}")
                elif cancel_after:
                    self.cancelled += 1
                    self.tokens += answer.pieces
                else:
                    self.errors.append(f"request {which}: the stream ended early")
                if answer.pieces:
                    self.first.append(answer.first)
                if not pause:
                    self.gap.append(answer.gap)

    def run(self, clients: int, pid: int) -> bool:
        begin = time.monotonic()
        self.end = begin + self.time
        threads = [threading.Thread(target=self.client, args=(number,)) for number in range(clients)]
        for thread in threads:
            thread.start()
        memory = [resident(pid)]
        while any(thread.is_alive() for thread in threads):
            time.sleep(1)
            memory.append(resident(pid))
        for thread in threads:
            thread.join()
        took = time.monotonic() - begin
        print(f"{self.done} answers as alone, {self.cancelled} cancelled, {self.refused} refused, {len(self.errors)} errors")
        print(f"{self.tokens / took:.1f} tokens/s from {clients} clients in {took:.0f} s")
        quarters = [memory[len(memory) * quarter // 4 - (quarter == 4)] for quarter in range(5)]
        print("memory in MiB at the beginning, 1/4, 1/2, 3/4 and the end: " + ", ".join(f"{value:.1f}" for value in quarters))
        print(f"worst time to a first token {max(self.first, default=0):.2f} s, worst gap {max(self.gap, default=0):.2f} s")
        for error in self.errors[:10]:
            print(error[:400], file=sys.stderr)
        grown = quarters[4] > quarters[1] * (1 + GROWTH) + SETTLING
        if grown:
            print("memory grew since the first quarter", file=sys.stderr)
        return not self.errors and not grown


def second_turn(server: Server) -> None:
    """How long a long first turn waits for its first token, and how long the second one does."""
    numbers = random.Random(time.time_ns())
    few = server.ask(user(text(numbers, 100)), 1, 1).usage["prompt_tokens"]
    messages = user(text(numbers, 2000 * 100 // few))
    for name in ["first turn", "second turn", "third turn"]:
        answer = server.ask(messages, 32, 1)
        cached = answer.usage["prompt_tokens_details"]["cached_tokens"]
        print(f"{name}: first token after {answer.first:.3f} s; {answer.usage['prompt_tokens']} tokens, {cached} of them kept")
        messages += [{"role": "assistant", "content": answer.text}, *user(text(numbers, 10))]


def main() -> None:
    parser = argparse.ArgumentParser(description="many clients of one server at once")
    parser.add_argument("address", help="such as http://127.0.0.1:8080")
    parser.add_argument("--clients", type=int, default=16, metavar="N")
    parser.add_argument("--minutes", type=float, default=5, metavar="M")
    parser.add_argument("--key", default=os.environ.get("MOESAIC_API_KEY", ""), help="the server's API key, or MOESAIC_API_KEY")
    parser.add_argument("--pid", type=int, help="the server's process; by default the one that listens at the address")
    parser.add_argument("--second-turn", action="store_true", help="time a conversation of 2,000 tokens instead")
    arguments = parser.parse_args()
    server = Server(arguments.address, arguments.key)
    if arguments.second_turn:
        return second_turn(server)
    load = Load(server, arguments.minutes)
    load.alone()
    sys.exit(0 if load.run(arguments.clients, arguments.pid or listener(server.place.port or 80)) else 1)


if __name__ == "__main__":
    main()
