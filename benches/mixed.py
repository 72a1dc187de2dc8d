#!/usr/bin/env python3
"""Memory over time under mixed load: turns with the offline planner, reads, leads that start executions.

    benches/mixed.py [--minutes 30] [--people 4] [--database-url postgres://…/db]

Prints the resident memory every `--every` seconds, and at the end the medians of the second and the last quarter: the
first is for warming up. Exits with 1 when memory grew by more than a tenth between them, or a request failed.
"""
import argparse, json, random, statistics, sys, threading, time

import harness

SAYINGS = ["tell the sales manager when a new lead comes in", "make it 20 minutes instead", "what is the rule for texting on sunday",
           "when a deal is delivered thank the customer by email", "add a note to the lead", "only for the main store"]
READS = ["/v1/executions", "/v1/outbox", "/v1/approvals", "/v1/workflows", "/v1/drafts", "/v1/conversations", "/v1/records/customer",
         "/v1/me", "/v1/audit?limit=20", "/v1/knowledge/search?q=consent"]
WORKFLOW = {
    "document": {"dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "tell", "version": "0.1.0", "title": "Tell the manager",
                 "tags": {"department": "sales"}, "metadata": {"stores": ["lakeside-main"]}},
    "schedule": {"on": {"one": {"with": {"type": "lead.created"}}}},
    "do": [{"tell": {"call": "notify_user", "with": {"to": "role:sales_manager", "message": "A lead came in", "urgency": "normal"}}}]}


def person(server, number, until, counts, failures):
    random.seed(number)
    turn = 0
    while time.time() < until:
        try:
            token = server.sign_in("sam@lakeside.example")
            session = time.time() + 120
            while time.time() < min(until, session):
                turn += 1
                dice = random.random()
                if dice < 0.25:
                    run = f"run-{number}-{turn}"
                    body = {"threadId": f"thread-{number}-{turn // 12}", "runId": run,
                            "messages": [{"id": run, "role": "user", "content": random.choice(SAYINGS)}]}
                    what, answer = "turns", server.ask("POST", "/v1/agent", body, token)
                elif dice < 0.4:
                    what, answer = "leads", server.ask("POST", "/v1/demo/lead", {}, token)
                else:
                    what, answer = "reads", server.ask("GET", random.choice(READS), token=token)
                counts[what] = counts.get(what, 0) + 1
                if answer[0] >= 500:
                    failures.append((what, answer))
                time.sleep(0.02)
        except (OSError, AssertionError) as error:
            failures.append((number, repr(error)))
            server.local = threading.local()
            time.sleep(1)


def activate(server):
    """A workflow that every lead starts."""
    sam, maria = server.sign_in("sam@lakeside.example"), server.sign_in("maria@lakeside.example")
    draft = json.loads(server.ask("POST", "/v1/drafts", {"definition": WORKFLOW}, sam)[1])
    request = json.loads(server.ask("POST", f"/v1/drafts/{draft['id']}/submit", {"revision": 1, "digest": draft["digest"]}, sam)[1])
    decision = {"decision": "approved", "digest": draft["digest"]}
    status, body = server.ask("POST", f"/v1/approvals/{request['id']}/decision", decision, maria)
    if status != 200:
        raise SystemExit(f"the workflow was not approved: {body[:400]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--every", type=float, default=15)
    parser.add_argument("--database-url")
    arguments = parser.parse_args()
    server = harness.Server(harness.binary(), arguments.database_url)
    counts, failures, samples = {}, [], []
    try:
        server.start()
        activate(server)
        begun = time.time()
        until = begun + arguments.minutes * 60
        people = [threading.Thread(target=person, args=(server, n, until, counts, failures)) for n in range(arguments.people)]
        for each in people:
            each.start()
        while time.time() < until:
            time.sleep(min(arguments.every, max(0.1, until - time.time())))
            samples.append(server.rss_mib())
            print(f"{(time.time() - begun) / 60:6.1f} min  {samples[-1]:7.1f} MiB  {counts}", flush=True)
        for each in people:
            each.join()
        server.stop()
    finally:
        if server.process and server.process.poll() is None:
            server.process.kill()
        server.remove()
    quarter = max(1, len(samples) // 4)
    early, late = statistics.median(samples[quarter:2 * quarter]), statistics.median(samples[-quarter:])
    print(f"second quarter {early:.1f} MiB, last quarter {late:.1f} MiB: {100 * (late / early - 1):+.1f} %; {counts}")
    for failure in failures[:5]:
        print("failed:", str(failure)[:300])
    sys.exit(1 if failures or late > early * 1.1 else 0)


main()
