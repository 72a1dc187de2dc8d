#!/usr/bin/env python3
"""Prints the figures of the README, measured on the release binary with demo data. Standard library only.

    benches/figures.py [--database-url postgres://…/db] [--people 2]

Cold start to the first healthy answer, memory at rest, and the time from a message to the first streamed byte with the
offline planner, with that many people talking at once. The figures of the pure rooms and of the engine come from
`cargo bench`.
"""
import argparse, http.client, json, statistics, threading, time

import harness

SAYINGS = ["tell the sales manager when a new lead comes in", "when a deal is delivered thank the customer by email",
           "what is the rule for texting on sunday"]


def spread(values, unit, digits=1):
    v = sorted(values)
    return f"min {v[0]:.{digits}f}  median {statistics.median(v):.{digits}f}  max {v[-1]:.{digits}f} {unit}  (n={len(v)})"


def first_byte(server, token, name, text):
    """Milliseconds until the first byte of the answer; the rest of it is read too."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    body = {"threadId": name, "runId": f"run-{name}", "messages": [{"id": f"m-{name}", "role": "user", "content": text}]}
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    begun = time.perf_counter()
    connection.request("POST", "/v1/agent", json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read(1)
    took = (time.perf_counter() - begun) * 1000
    rest = answer.read()
    if answer.status != 200 or b"RUN_FINISHED" not in rest:
        raise SystemExit(f"{answer.status}: {rest[-300:]}")
    return took


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--database-url")
    parser.add_argument("--people", type=int, default=2)
    arguments = parser.parse_args()
    server = harness.Server(harness.binary(), arguments.database_url)
    try:
        begun = time.perf_counter()
        server.start()
        print(f"cold start, empty folder (seeds the demo)   {(time.perf_counter() - begun) * 1000:.1f} ms")
        ready = []
        for _ in range(5):
            server.stop()
            begun = time.perf_counter()
            server.start(every=0.001)
            ready.append((time.perf_counter() - begun) * 1000)
        print(f"cold start with demo data, everything ready {spread(ready, 'ms')}")
        time.sleep(3)
        print(f"memory at rest                              {server.rss_mib():.1f} MiB")
        token = server.sign_in("sam@lakeside.example")
        firsts = []

        def person(number):
            for turn in range(60):
                took = first_byte(server, token, f"bench-{number}-{turn}", SAYINGS[turn % 3])
                if turn >= 5:
                    firsts.append(took)

        people = [threading.Thread(target=person, args=(number,)) for number in range(arguments.people)]
        for each in people:
            each.start()
        for each in people:
            each.join()
        print(f"message to first streamed byte, planner     {spread(firsts, 'ms')}, {arguments.people} at a time")
        print(f"memory after {60 * arguments.people} conversations              {server.rss_mib():.1f} MiB")
        server.stop()
    finally:
        if server.process and server.process.poll() is None:
            server.process.kill()
        server.remove()


main()
