#!/usr/bin/env python3
"""A standalone Milvus 2.3.5 in a temporary folder; see launcher.py for how it is talked to.

    {"host": "127.0.0.1", "port": 40123, "pid": 4711}

Milvus listens on every interface and on a dozen fixed ports, so it gets a network of its own: two may run side by side,
and none is seen from outside. A socket belongs to the network that it was made in, so a listener made here and handed
into that network joins the two (milvus_in_namespace.py). The network takes root, or a kernel that lets users have it.
"""
import os
import pathlib
import socket
import sys

import launcher

HERE = pathlib.Path(__file__).resolve().parent


class Milvus(launcher.Service):
    name = "milvus"

    def __init__(self):
        super().__init__()
        self.ready = self.folder / "ready"
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)

    def prepare(self):
        if not (launcher.DEPS / "milvus" / "bin").exists():
            raise launcher.Failed(f"{launcher.DEPS / 'milvus'} is missing: run ./vg setup")

    def launch(self):
        self.ready.unlink(missing_ok=True)
        network = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
        handle = self.listener.fileno()
        self.process = self.spawn([*network, "--", sys.executable, str(HERE / "milvus_in_namespace.py"), str(self.folder),
                                   str(launcher.DEPS / "milvus"), str(handle)], pass_fds=[handle])

    def is_ready(self):
        return self.ready.exists()

    def address(self):
        return {"host": "127.0.0.1", "port": self.listener.getsockname()[1], "pid": self.process.pid}


if __name__ == "__main__":
    sys.exit(launcher.run(Milvus))
