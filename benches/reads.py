#!/usr/bin/env python3
"""p50 and p99 of every read route with 100,000 executions and 10,000 customers stored, on SQLite and on PostgreSQL.

    benches/reads.py [--database-url postgres://…/postgres] [--executions N] [--customers N] [--requests N]

A database of its own is made on the server named. One request at a time: what is measured is the route, not the machine's
scheduling. Exits with 1 when a route's p99 is 20 ms or more.
"""
import argparse, json, pathlib, random, sqlite3, subprocess, sys, time, uuid

import harness, volume

LIMIT_MS = 20.0


def routes(server, token):
    """Every read route, with ids that are spread over the rows."""
    articles = sorted(path.stem for path in (harness.ROOT / "knowledge" / "articles").glob("*.md"))
    get = lambda path: json.loads(server.ask("GET", path, token=token)[1])
    cursor = get("/v1/executions?limit=200")["next"]
    for _ in range(3):
        cursor = get(f"/v1/executions?limit=200&after={cursor}")["next"]
    pick = lambda prefix, count: volume.ident(prefix, random.randrange(count))
    document = json.loads(server.ask("GET", "/openapi.json")[1])
    known = {
        "/health": ["/health"], "/health/live": ["/health/live"], "/health/ready": ["/health/ready"],
        "/v1/approvals": ["/v1/approvals", "/v1/approvals?status=pending&mine=true", "/v1/approvals?limit=200"],
        "/v1/approvals/{id}": [lambda: f"/v1/approvals/{pick('apr', 1000)}"],
        "/v1/audit": ["/v1/audit", "/v1/audit?limit=200"],
        "/v1/conversations": ["/v1/conversations", "/v1/conversations?limit=200", "/v1/conversations?q=Conversation%201999"],
        "/v1/conversations/{id}": [lambda: f"/v1/conversations/{pick('conv', 2000)}"],
        "/v1/diagnostics": ["/v1/diagnostics"],
        "/v1/drafts": ["/v1/drafts", "/v1/drafts?status=submitted", "/v1/drafts?mine=true", "/v1/drafts?q=Draft%207"],
        "/v1/drafts/{id}": [lambda: f"/v1/drafts/{pick('draft', 1000)}"],
        "/v1/drafts/{id}/revisions": [lambda: f"/v1/drafts/{pick('draft', 1000)}/revisions"],
        "/v1/drafts/{id}/revisions/{revision}": [lambda: f"/v1/drafts/{pick('draft', 1000)}/revisions/1"],
        "/v1/engine/clock": ["/v1/engine/clock"], "/v1/info": ["/v1/info"], "/v1/me": ["/v1/me"],
        "/v1/events/senders": ["/v1/events/senders"], "/v1/job-roles": ["/v1/job-roles"],
        "/v1/executions": ["/v1/executions", f"/v1/executions?limit=200&after={cursor}", "/v1/executions?status=faulted",
                           lambda: f"/v1/executions?workflow_id={pick('wf', 40)}",
                           lambda: f"/v1/executions?workflow_id={pick('wf', 40)}&status=faulted",
                           "/v1/executions?status=waiting", "/v1/executions?store=lakeside-none"],
        "/v1/executions/{id}": [lambda: f"/v1/executions/{pick('exe', 100_000)}"],
        "/v1/knowledge/documents/{id}": [f"/v1/knowledge/documents/{articles[0]}"],
        "/v1/knowledge/search": ["/v1/knowledge/search?q=texting%20on%20sunday"],
        "/v1/outbox": ["/v1/outbox", "/v1/outbox?limit=200", lambda: f"/v1/outbox?execution={pick('exe', 100_000)}",
                       "/v1/outbox?status=held", "/v1/outbox?channel=email", "/v1/outbox?store=lakeside-none",
                       lambda: f"/v1/outbox?workflow={pick('wf', 40)}", f"/v1/outbox?workflow={volume.ident('wf', 77)}"],
        "/v1/records/{entity}": ["/v1/records/customer", "/v1/records/customer?limit=200",
                                 "/v1/records/customer?filter=%7B%22email%22%3A%22c9999%40example.com%22%7D",
                                 "/v1/records/customer?filter=%7B%22address%22%3A%22nowhere%22%7D",
                                 "/v1/records/customer?filter=%7B%22language%22%3A%22zz%22%7D",
                                 "/v1/records/customer?q=nobody", "/v1/records/customer?store=lakeside-none"],
        "/v1/records/{entity}/{id}": [lambda: f"/v1/records/customer/bench-{random.randrange(10_000):06}"],
        "/v1/stores": ["/v1/stores"], "/v1/users": ["/v1/users"],
        "/v1/workflows": ["/v1/workflows", "/v1/workflows?status=paused"],
        "/v1/workflows/{id}": [lambda: f"/v1/workflows/{pick('wf', 40)}"],
        "/.well-known/jwks.json": ["/.well-known/jwks.json"],
    }
    streams = {"/v1/runs/{run}/events", "/v1/updates"}
    skipped = [path for path, methods in document["paths"].items() if "get" in methods and path not in known and path not in streams]
    return [(case if isinstance(case, str) else path + " (random)", case) for path, cases in known.items() for case in cases], skipped


def measure(server, token, requests):
    slow = []
    cases, skipped = routes(server, token)
    for name, case in cases:
        took = []
        for n in range(requests + 5):
            path = case if isinstance(case, str) else case()
            begun = time.perf_counter()
            status, body = server.ask("GET", path, token=token)
            elapsed = (time.perf_counter() - begun) * 1000
            if status >= 300:
                raise SystemExit(f"{path}: {status} {body[:300]}")
            if n >= 5:
                took.append(elapsed)
        took.sort()
        p50, p99 = took[len(took) // 2], took[min(len(took) - 1, len(took) * 99 // 100)]
        mark = "  <-- slow" if p99 >= LIMIT_MS else ""
        if mark:
            slow.append(name)
        print(f"  {name:<78} p50 {p50:6.2f}  p99 {p99:6.2f} ms{mark}")
    for path in skipped:
        print(f"  not measured: {path}")
    print(f"  memory afterwards: {server.rss_mib():.0f} MiB")
    return slow


def bench(arguments, kind, url):
    server = harness.Server(harness.binary(), url)
    try:
        server.start()
        token = server.sign_in("alex@lakeside.example")
        me = json.loads(server.ask("GET", "/v1/me", token=token)[1])
        customer = json.loads(server.ask("GET", "/v1/records/customer?limit=1", token=token)[1])["items"][0]
        server.stop()
        definition = {"document": {"dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "w", "version": "0.1.0", "title": "W"},
                      "schedule": {"on": {"one": {"with": {"type": "lead.created"}}}},
                      "do": [{f"step{n}": {"call": "notify_user", "with": {"to": "requester", "message": "m " * 20}}} for n in range(8)]}
        content = volume.tables(me["tenant"]["id"], me["user"]["id"], customer["store_id"], definition, customer["data"],
                                arguments.executions, arguments.customers)
        begun = time.perf_counter()
        if url:
            volume.fill_postgres(url, content)
        else:
            volume.fill_sqlite(server.folder / "auterity.db", content)
        print(f"{kind}: {arguments.executions} executions, {arguments.customers} customers, filled in {time.perf_counter() - begun:.0f} s")
        server.start()
        slow = measure(server, server.sign_in("alex@lakeside.example"), arguments.requests)
        server.stop()
        return slow
    finally:
        if server.process and server.process.poll() is None:
            server.process.kill()
        server.remove()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--database-url")
    parser.add_argument("--executions", type=int, default=100_000)
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=300)
    arguments = parser.parse_args()
    slow = bench(arguments, "SQLite", None)
    if arguments.database_url:
        name = f"bench_{uuid.uuid4().hex}"
        server = arguments.database_url.rsplit("/", 1)[0]
        psql = lambda sql: subprocess.run(["psql", "-q", arguments.database_url, "-c", sql], check=True)
        psql(f"create database {name}")
        try:
            slow += bench(arguments, "PostgreSQL", f"{server}/{name}")
        finally:
            psql(f"drop database {name} with (force)")
    sys.exit(1 if slow else 0)


main()
