#!/usr/bin/env python3
"""How many tokens a second a server gives to several conversations at once. Any server that speaks OpenAI's language: to
compare two, start them on the same model file, one after the other, and take turns. Needs Python alone.

    moesaic serve -m model.gguf --parallel 8 &
    benches/throughput.py http://127.0.0.1:8080 --conversations 8
    llama-server -m model.gguf -np 8 -c 16384 -t 2 --port 8081 &
    benches/throughput.py http://127.0.0.1:8081 --conversations 8

Each conversation asks other questions, one after the other; answers that end before `--tokens` count as they are. Tokens are
those that the server's usage says.
"""

import argparse
import http.client
import json
import statistics
import threading
import time
from urllib.parse import urlsplit

TOPICS = """a lighthouse|the history of bread|why the sky is blue|how a clock works|a journey by train|the rules of chess
|how rivers form|what bees do in winter|the invention of paper|a day on a farm|how bridges are built|the life of a star
|how to plan a garden|what makes a good story|the oceans|how birds find their way""".replace("\n", "").split("|")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="such as http://127.0.0.1:8080")
    parser.add_argument("--conversations", type=int, default=8, metavar="N")
    parser.add_argument("--answers", type=int, default=3, metavar="N", help="answers of each (default: %(default)s)")
    parser.add_argument("--tokens", type=int, default=128, metavar="N", help="tokens of an answer (default: %(default)s)")
    arguments = parser.parse_args()
    place = urlsplit(arguments.address)

    def ask(conversation: int, answer: int) -> tuple[int, int]:
        topic = TOPICS[(conversation + arguments.conversations * answer) % len(TOPICS)]
        messages = [{"role": "user", "content": f"Write a long and detailed text of at least 500 words about {topic}."}]
        body = {"messages": messages, "max_tokens": arguments.tokens, "temperature": 0.8, "seed": conversation + 100 * answer}
        connection = http.client.HTTPConnection(place.hostname or "", place.port or 80, timeout=600)
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        usage = json.loads(response.read())["usage"]
        connection.close()
        return usage["prompt_tokens"], usage["completion_tokens"]

    ask(0, 0)
    totals: list[tuple[int, int]] = []
    times: list[float] = []

    def converse(conversation: int) -> None:
        for answer in range(arguments.answers):
            begin = time.monotonic()
            totals.append(ask(conversation, answer))
            times.append(time.monotonic() - begin)

    threads = [threading.Thread(target=converse, args=(index,)) for index in range(arguments.conversations)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begin
    prompt, written = (sum(column) for column in zip(*totals))
    print(f"{len(totals)} answers, {prompt} tokens of prompts, {written} written in {seconds:.1f} s: "
          f"{written / seconds:.1f} tokens/s; an answer took {statistics.median(times):.1f} s")


if __name__ == "__main__":
    main()
