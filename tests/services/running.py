"""A server of tests/services for the length of a Python program: started, killed, started again, gone."""
import json
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent


class RunningService:
    """`name` is "postgres" or "milvus". Ends with remove(), or with the program that made it."""

    def __init__(self, name: str):
        self.name = name
        # Launchers need the standard library alone; the service outlives a Ctrl-C until we say so.
        self.launcher = subprocess.Popen([sys.executable, FOLDER / f"{name}.py"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.address = self._answer()

    def _answer(self) -> dict:
        line = self.launcher.stdout.readline()
        answer = json.loads(line) if line else {"error": "its launcher ended"}
        if "error" in answer:
            raise AssertionError(f"{self.name}: {answer['error']}")
        return answer

    def _tell(self, command: str) -> dict:
        self.launcher.stdin.write(command + "\n")
        self.launcher.stdin.flush()
        return self._answer()

    def kill(self) -> None:
        self._tell("kill")

    def start_again(self) -> None:
        """On the same data and port; returns once it serves."""
        self.address = self._tell("start")

    def remove(self) -> None:
        self.launcher.stdin.close()
        self.launcher.wait(timeout=60)
        self.launcher.stdout.close()

    @property
    def dsn(self) -> str:
        """Of PostgreSQL."""
        at = self.address
        return f"host={at['host']} port={at['port']} user={at['user']} dbname={at['database']}"

    @property
    def uri(self) -> str:
        """Of Milvus."""
        return f"http://{self.address['host']}:{self.address['port']}"

    def vecgate_arguments(self, is_default: bool = True) -> list[str]:
        """Flags by which `vecgate serve` knows this engine, and puts collections there that name none."""
        if self.name == "postgres":
            flags, mode = ["--postgres.dsn", self.dsn], "pgvector"
        else:
            flags, mode = ["--milvus.uri", self.uri], "milvus"
        return [*flags, "--mode", mode] if is_default else flags
