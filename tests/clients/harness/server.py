"""The server under test as a child process: found, started on a free loopback port, waited for, stopped or killed."""

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

READY_SECONDS = 20
STOP_SECONDS = 20

IDENTITY = {
    "LANGFUSE_INIT_ORG_ID": "organization-suites",
    "LANGFUSE_INIT_ORG_NAME": "Client suites",
    "LANGFUSE_INIT_PROJECT_ID": "project-suites",
    "LANGFUSE_INIT_PROJECT_NAME": "Every client",
    "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": "pk-lf-5b1c0c6e-suites",
    "LANGFUSE_INIT_PROJECT_SECRET_KEY": "sk-lf-e1fb3a52-suites",
    "LANGFUSE_INIT_USER_EMAIL": "suites@example.com",
    "LANGFUSE_INIT_USER_NAME": "Suites",
    "LANGFUSE_INIT_USER_PASSWORD": "correct horse battery",
}


def _basic(identity):
    pair = f"{identity['LANGFUSE_INIT_PROJECT_PUBLIC_KEY']}:{identity['LANGFUSE_INIT_PROJECT_SECRET_KEY']}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


AUTHORIZATION = _basic(IDENTITY)


def binary():
    """Returns the path of the release binary; `SPANSTONE_BIN` overrides it."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    path = Path(os.environ.get("SPANSTONE_BIN", target / "release" / "spanstone"))
    if not path.is_file():
        raise SystemExit(f"{path} is missing; build it with `cargo build --release` or name one in SPANSTONE_BIN")
    return path


def free_port():
    """Returns a loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One data directory and at most one running process on it; the port stays the same over restarts."""

    def __init__(self, data_dir, log):
        self.binary = binary()
        self.data_dir = Path(data_dir)
        self.log = Path(log)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.grpc_address = f"127.0.0.1:{free_port()}"
        self.process = None

    def launch(self):
        """Starts the process without waiting for it."""
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("LANGFUSE_", "SPANSTONE_"))
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "serve", "--data-dir", self.data_dir, "--listen", f"127.0.0.1:{self.port}"]
                + ["--grpc-listen", self.grpc_address],
                env=environment | IDENTITY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start(self):
        """Starts the process and returns the seconds until it was ready."""
        began = time.monotonic()
        self.launch()
        while not self._ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with status {self.process.returncode}:\n{self.log_tail()}")
            if time.monotonic() - began > READY_SECONDS:
                self.kill()
                raise RuntimeError(f"the server was not ready after {READY_SECONDS} s:\n{self.log_tail()}")
            time.sleep(0.002)
        return time.monotonic() - began

    def _ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/api/public/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self):
        """Asks the process to end, and returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"the server did not end within {STOP_SECONDS} s of SIGTERM") from None

    def kill(self):
        """Ends the process without giving it a chance to do anything."""
        self.process.kill()
        self.process.wait()

    def get(self, path):
        """Returns the JSON answer of `GET <path>` with the project's key; a status other than 200 raises."""
        return self._ask("GET", path)

    def post(self, path, value):
        """Returns the JSON answer of `POST <path>` with the project's key; a status that is no success raises."""
        return self._ask("POST", path, json.dumps(value))

    def _ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Authorization": AUTHORIZATION, "Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answered = answer.read()
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {answered[:500].decode(errors='replace')}")
        return json.loads(answered)

    def log_tail(self, lines=20):
        """Returns the last lines of what the server wrote to its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
