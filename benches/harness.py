"""A server of the bench: started with demo data, asked over one kept connection a thread. Standard library only."""
import http.client, json, os, pathlib, shutil, signal, socket, subprocess, tempfile, threading, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def binary():
    """The release binary, or the debug one with a word about it."""
    release = TARGET / "release" / "auterity"
    if release.exists():
        return release
    print("there is no release binary: figures of the debug one")
    return TARGET / "debug" / "auterity"


class Server:
    def __init__(self, program, database_url=None):
        self.program, self.url = program, database_url
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.local = threading.local()
        self.process = None

    def start(self, every=0.02):
        """Starts it, and asks every so many seconds until it is ready."""
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        env = {"PATH": os.environ["PATH"], "AUTERITY_SERVER__BIND": f"127.0.0.1:{self.port}", "RUST_LOG": "error",
               "AUTERITY_DATA__DIR": str(self.folder), "AUTERITY_LIMITS__ENABLED": "false"}
        if self.url:
            env["DATABASE_URL"] = self.url
        self.process = subprocess.Popen([self.program, "serve", "--demo"], env=env, stdout=subprocess.DEVNULL, cwd=ROOT)
        self.local = threading.local()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.ask("GET", "/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            self.local = threading.local()
            time.sleep(every)
        raise SystemExit("the server does not become ready")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, method, path, body=None, token=None):
        """(status, body), over the connection of this thread."""
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"content-type": "application/json"} if body is not None else {}
        if token:
            headers["authorization"] = f"Bearer {token}"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def sign_in(self, email):
        status, body = self.ask("POST", "/v1/auth/login", {"email": email, "password": "demo"})
        assert status == 200, body
        return json.loads(body)["access_token"]

    def rss_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0
