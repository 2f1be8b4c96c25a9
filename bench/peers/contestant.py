"""Processes that answer one line of JSON with another; a contestant is one that has built an index."""
import dataclasses
import json
import os
import pathlib
import select
import subprocess
import time


@dataclasses.dataclass
class Point:
    value: int
    recall: float
    qps_cpu: float = 0.0
    qps_wall: float = 0.0


class Failed(Exception):
    """Says in one line why a contestant is out."""


class LineProcess:
    """A process that reads lines of JSON and answers each with one."""

    def __init__(self, command: list[str], log: pathlib.Path):
        self.command, self.log = command, log
        self.process: subprocess.Popen | None = None
        self.unread = b""

    def start(self) -> None:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)

    def send(self, request: dict) -> None:
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as problem:
            raise Failed(self.last_words()) from problem

    def next_answer(self, timeout_s: float) -> dict:
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self.unread:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise Failed(f"no answer within {timeout_s:.0f} s")
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            if not more:
                raise Failed(self.last_words())
            self.unread += more
        line, self.unread = self.unread.split(b"\n", 1)
        answer = json.loads(line)
        if answer["event"] == "error":
            raise Failed(answer["message"])
        return answer

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return f"ended with code {self.process.wait()}: {lines[-1] if lines else 'it said nothing'}"

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.stdin.close()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Contestant:
    def __init__(self, name: str, command: list[str], log: pathlib.Path):
        self.name = name
        self.lines = LineProcess(command, log)
        self.built: dict = {}
        self.points: dict[int, Point] = {}
        self.failure = ""

    def start(self, timeout_s: float) -> None:
        """Starts the process and waits until its index is built; a failure is kept in `failure`."""
        try:
            self.lines.start()
            self.built = self.lines.next_answer(timeout_s)
        except (Failed, OSError) as problem:
            self.give_up(str(problem))

    def measure(self, value: int, threads: int, timeout_s: float) -> None:
        """One round of one point; the best of all rounds is kept."""
        try:
            self.lines.send({"value": value, "threads": threads})
            answer = self.lines.next_answer(timeout_s)
        except (Failed, OSError) as problem:
            self.give_up(f"at {value}: {problem}")
            return
        point = self.points.setdefault(value, Point(value, answer["recall"]))
        point.qps_cpu = max(point.qps_cpu, answer["qps_cpu"])
        point.qps_wall = max(point.qps_wall, answer["qps_wall"])

    def give_up(self, why: str) -> None:
        self.failure = why
        self.stop()

    def stop(self) -> None:
        self.lines.stop()

    @property
    def running(self) -> bool:
        return not self.failure and bool(self.built)
