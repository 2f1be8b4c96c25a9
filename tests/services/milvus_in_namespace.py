#!/usr/bin/env python3
"""Runs Milvus in the network that this was started in, and carries to it what comes to a listener from outside.

    milvus_in_namespace.py FOLDER PACKAGE LISTENER

Writes FOLDER/ready once Milvus serves; ends Milvus when it is asked to end.
"""
import asyncio
import contextlib
import fcntl
import os
import pathlib
import signal
import socket
import struct
import sys
import urllib.request

SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
# Milliseconds, and seconds.
COORDINATOR_INTERVALS = {"checkChannelInterval": 50, "checkSegmentInterval": 50, "checkIndexInterval": 50,
                         "leaderViewUpdateInterval": 0.05, "UpdateNextTargetInterval": 0.05}
GRPC_PORT, HEALTH_URL = 19530, "http://127.0.0.1:9091/healthz"


def bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))


def configure(folder: pathlib.Path, package: pathlib.Path) -> None:
    sys.path.insert(0, str(package))
    import milvus
    config = milvus.MilvusServerConfig(data_dir=str(folder))
    config.resolve_storage()
    # Strong reads wait for the next tick, 200 ms otherwise.
    config.set("proxy.timeTickInterval", 20)
    # A load waits for rounds of these, half a second to ten seconds each otherwise.
    for interval in ("checkInterval", "distPullInterval", "checkHandoffInterval"):
        config.set(f"queryCoord.{interval}", 50)
    config.write_config()
    add_settings(folder / "configs" / "milvus.yaml", "queryCoord", COORDINATOR_INTERVALS)


def add_settings(file: pathlib.Path, section: str, settings: dict) -> None:
    """Those that the package's template lacks and its own set() therefore leaves out."""
    lines = "".join(f"  {name}: {value}\n" for name, value in settings.items())
    file.write_text(file.read_text().replace(f"\n{section}:\n", f"\n{section}:\n{lines}"))


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(1 << 18):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", GRPC_PORT)
    except OSError:
        writer.close()
        return
    await asyncio.gather(carry(reader, inner_writer), carry(inner_reader, writer))


def is_healthy() -> bool:
    try:
        with urllib.request.urlopen(HEALTH_URL, timeout=5) as health, socket.create_connection(("127.0.0.1", GRPC_PORT), 5):
            return health.read() == b"OK"
    except OSError:
        return False


async def announce(ready: pathlib.Path) -> None:
    while not await asyncio.to_thread(is_healthy):
        await asyncio.sleep(0.1)
    ready.touch()


async def serve(folder: pathlib.Path, package: pathlib.Path, listener: socket.socket) -> int:
    binaries = package / "bin"
    environment = {**os.environ, "DEPLOY_MODE": "STANDALONE", "METRICS_PORT": "9091",
                   "MILVUS_RUN_DIR": str(folder / "run"), "LD_LIBRARY_PATH": str(binaries)}
    process = await asyncio.create_subprocess_exec(binaries / "milvus", "run", "standalone", cwd=folder, env=environment,
                                                   stdin=asyncio.subprocess.DEVNULL)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, process.terminate)
    async with await asyncio.start_server(join, sock=listener):
        announcing = asyncio.create_task(announce(folder / "ready"))
        code = await process.wait()
        announcing.cancel()
    return code


def main() -> int:
    folder, package = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    bring_loopback_up()
    configure(folder, package)
    return asyncio.run(serve(folder, package, socket.socket(fileno=int(sys.argv[3]))))


if __name__ == "__main__":
    sys.exit(main())
