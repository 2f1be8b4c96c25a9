"""Starts, kills and restarts a real vecgate for the wire tests.

The program is named by WIRE_TEST_BINARY. Ports are free ones; data lies in a temporary folder that
goes when the server does. With WIRE_TEST_ENGINE=postgres or milvus the collections lie in a real
server of that kind, which all vecgates of one test program share.
"""
import atexit
import functools
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "services"))

from running import RunningService  # noqa: E402

ENGINE = os.environ.get("WIRE_TEST_ENGINE", "embedded")
# Index types that the engine builds, of those that the tests try; None: each.
VECTOR_INDEXES = {
    "embedded": None,
    "postgres": {"FLAT", "IVF_FLAT", "HNSW", "AUTOINDEX"},
    "milvus": {"FLAT", "IVF_FLAT", "IVF_SQ8", "IVF_PQ", "HNSW", "AUTOINDEX"},
}[ENGINE]
BINARY_INDEXES = ("BIN_FLAT", "AUTOINDEX") if ENGINE == "milvus" else ("BIN_FLAT", "HNSW", "AUTOINDEX")
SCALAR_INDEXES = {"embedded": None, "postgres": None, "milvus": set()}[ENGINE]
START_TIMEOUT_S = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@functools.cache
def engine_service() -> RunningService:
    """The server behind ENGINE."""
    service = RunningService(ENGINE)
    atexit.register(service.remove)
    return service


class Server:
    """One vecgate on one data directory; may be killed and started again."""

    def __init__(self, *arguments: str, is_default_engine: bool = True):
        self.data = pathlib.Path(tempfile.mkdtemp(prefix="vecgate-wire-"))
        self.grpc_port, self.http_port = free_port(), free_port()
        self.arguments = list(arguments)
        if ENGINE != "embedded":
            self.arguments += engine_service().vecgate_arguments(is_default_engine)
        self.process = None
        self.start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.grpc_port}"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def launch(self) -> None:
        """Begins a start and returns at once."""
        with open(self.data / "server.log", "a") as log:
            self.process = subprocess.Popen(
                [
                    os.environ["WIRE_TEST_BINARY"], "serve", "--data", str(self.data / "data"), "--embedder", "hash",
                    "--grpc-addr", f"127.0.0.1:{self.grpc_port}", "--http-addr", f"127.0.0.1:{self.http_port}",
                    *self.arguments,
                ],
                stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip

    def start(self) -> None:
        """Returns when the server said that it is ready."""
        self.launch()
        readable, _, _ = select.select([self.process.stdout], [], [], START_TIMEOUT_S)
        first_line = self.process.stdout.readline() if readable else ""
        if "is ready" not in first_line:
            raise AssertionError(f"vecgate did not start:\n{first_line}{self.log()}")

    def log(self) -> str:
        return (self.data / "server.log").read_text()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def stop(self) -> None:
        """SIGTERM, and the exit code must be 0 within the drain bound."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=START_TIMEOUT_S)
        self.process.stdout.close()
        if code != 0:
            raise AssertionError(f"vecgate ended with {code}:\n{self.log()[-4000:]}")

    def remove(self) -> None:
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.data, ignore_errors=True)
