#!/usr/bin/env python3
"""Becomes the Milvus of the PyPI package `milvus`, in the network that it is started in.

    unshare --net -- milvus_standalone.py DATA_FOLDER
"""
import fcntl
import os
import pathlib
import socket
import struct
import sys

import milvus

SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40


def bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    bring_loopback_up()
    server = milvus.MilvusServer(milvus.MilvusServerConfig(), wait_for_started=False)
    server.set_base_dir(str(folder))
    server.config.resolve_storage()
    server.config.write_config()
    milvus._initialize_data_files(str(folder))
    binaries = folder / "bin"
    os.chdir(folder)
    os.execve(binaries / "milvus", ["milvus", "run", "standalone"], {
        **os.environ, "DEPLOY_MODE": "STANDALONE", "METRICS_PORT": "9091", "MILVUS_RUN_DIR": str(folder / "run"),
        "LD_LIBRARY_PATH": f"{binaries}:{os.environ.get('LD_LIBRARY_PATH', '')}"})


if __name__ == "__main__":
    main()
