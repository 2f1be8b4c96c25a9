"""What the launchers of tests/services share: the talk with the test that started them.

A launcher starts a server in a folder of its own, prints a line of JSON once it serves, and obeys its standard input:

    kill     the server and all its processes die at once (SIGKILL)
    start    it is started again, on the same data and the same port

Each command is answered by a line of JSON: the address after a start, {"killed": true} after a kill, or {"error": "…"}.
When the input ends the server is stopped and its folder removed, so nothing outlives the test, however that ends.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

DEPS = pathlib.Path(__file__).resolve().parents[2] / ".deps"
LIMIT_S = 120


class Failed(Exception):
    """The message says what a person should know."""


class Service:
    """A server. Subclasses say how it is launched and when it serves."""

    name = ""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"vecgate-{self.name}-"))
        self.log = self.folder / "server.log"
        self.process: subprocess.Popen | None = None

    def prepare(self) -> None:
        """Once, before the first start."""

    def launch(self) -> None:
        """Sets `process`."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def address(self) -> dict:
        raise NotImplementedError

    def start(self) -> dict:
        self.launch()
        self.wait_for(self.is_ready, "to serve")
        return self.address()

    def wait_for(self, done, what: str) -> None:
        end = time.monotonic() + LIMIT_S
        while not done():
            if self.process is not None and self.process.poll() is not None:
                raise Failed(f"{self.name} ended with code {self.process.returncode}: {self.last_line()}")
            if time.monotonic() > end:
                raise Failed(f"{self.name}: waited {LIMIT_S} s for it {what}: {self.last_line()}")
            time.sleep(0.02)

    def last_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else "it said nothing"

    def spawn(self, command: list, **more) -> subprocess.Popen:
        with self.log.open("a") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)

    def kill(self) -> None:
        """Every process, the first one stopped before its children are listed, so that it starts no more."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGSTOP)
        family = descendants(self.process.pid)
        self.process.kill()
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        self.wait_for(lambda: not any(is_running(pid) for pid in family), "to be gone")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            if self.process.poll() is None:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def descendants(pid: int) -> list[int]:
    out = []
    for children in pathlib.Path("/proc").glob(f"{pid}/task/*/children"):
        with contextlib.suppress(OSError):  # It has ended meanwhile.
            for child in children.read_text().split():
                out += [int(child), *descendants(int(child))]
    return out


def is_running(pid: int) -> bool:
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer(line: dict) -> None:
    print(json.dumps(line), flush=True)


def obey(service: Service, command: str) -> dict:
    if command == "kill":
        service.kill()
        return {"killed": True}
    if command == "start":
        return service.start()
    raise Failed(f"unknown command '{command}'; there are kill and start")


def run(make) -> int:
    """`make` gives the service. Until the input ends."""
    service = make()
    try:
        service.prepare()
        answer(service.start())
        for line in sys.stdin:
            try:
                answer(obey(service, line.strip()))
            except Failed as problem:
                answer({"error": str(problem)})
    except (Failed, OSError) as problem:
        answer({"error": str(problem)})
        return 1
    finally:
        service.stop()
    return 0
