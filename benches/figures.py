#!/usr/bin/env python3
"""Prints the figures of the README, measured on the release binary with demo data. Standard library only.

Cold start to the first healthy answer, memory at rest, and the time from a message to the first streamed byte with the
offline planner. The figures of the pure rooms and of the engine come from `cargo bench`.
"""
import http.client, json, os, pathlib, shutil, signal, socket, statistics, subprocess, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = TARGET / "release" / "auterity"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(folder, port):
    env = {"PATH": os.environ["PATH"], "AUTERITY_SERVER__BIND": f"127.0.0.1:{port}", "AUTERITY_DATA__DIR": str(folder),
           "RUST_LOG": "error"}
    return subprocess.Popen([BINARY, "serve", "--demo"], env=env, stdout=subprocess.DEVNULL, cwd=ROOT)


def wait_for(port, path, deadline=30.0):
    """Seconds until `path` answers below 300."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < deadline:
        try:
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            c.request("GET", path)
            if c.getresponse().status < 300:
                return time.perf_counter() - begun
        except OSError:
            pass
        time.sleep(0.001)
    raise SystemExit(f"{path} never answered")


def post(port, path, body, token=None):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    c.request("POST", path, json.dumps(body), headers)
    return c.getresponse()


def rss_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def spread(values, unit, digits=1):
    v = sorted(values)
    return f"min {v[0]:.{digits}f}  median {statistics.median(v):.{digits}f}  max {v[-1]:.{digits}f} {unit}  (n={len(v)})"


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        first, again, ready = [], [], []
        for round_ in range(6):
            port = free_port()
            begun = time.perf_counter()
            server = start(folder, port)
            wait_for(port, "/health/live")
            (again if round_ else first).append((time.perf_counter() - begun) * 1000)
            wait_for(port, "/health/ready")
            if round_:
                ready.append((time.perf_counter() - begun) * 1000)
            if round_ < 5:
                server.send_signal(signal.SIGTERM)
                server.wait()
        print(f"cold start, empty folder (seeds the demo)   {first[0]:.1f} ms")
        print(f"cold start with demo data, first answer     {spread(again, 'ms')}")
        print(f"cold start with demo data, everything ready {spread(ready, 'ms')}")
        time.sleep(3)
        print(f"memory at rest                              {rss_mib(server.pid):.1f} MiB")
        token = json.load(post(port, "/v1/auth/login", {"email": "sam@lakeside.example", "password": "demo"}))["access_token"]
        firsts = []
        for i in range(60):
            text = ["tell the sales manager when a new lead comes in", "when a deal is delivered thank the customer by email",
                    "what is the rule for texting on sunday"][i % 3]
            body = {"threadId": f"bench-{i}", "runId": f"bench-run-{i}", "messages": [{"id": f"m{i}", "role": "user", "content": text}]}
            begun = time.perf_counter()
            answer = post(port, "/v1/agent", body, token)
            answer.read(1)
            firsts.append((time.perf_counter() - begun) * 1000)
            answer.read()
        print(f"message to first streamed byte, planner     {spread(firsts[5:], 'ms')}")
        print(f"memory after 60 conversations               {rss_mib(server.pid):.1f} MiB")
        server.send_signal(signal.SIGTERM)
        server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
