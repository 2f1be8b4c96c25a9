#!/usr/bin/env python3
"""./vg demo: real documents in, cited answers out, and a pymilvus program, on one server.

    demo.py [--exit] [--engine embedded|postgres|milvus]

--exit ends the server instead of serving until Ctrl-C. With --engine the collections lie in a real PostgreSQL or
Milvus that is started for the demo, in a temporary folder, and is gone with it.
"""
import argparse
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/services"))
import demo_documents  # noqa: E402
from running import RunningService  # noqa: E402

VECGATE = ROOT / "build/release/vecgate"
PYTHON = ROOT / ".deps/venv-pymilvus-2.5.3/bin/python"
GRPC, HTTP = "127.0.0.1:19530", "127.0.0.1:9091"
START_TIMEOUT_S = 60
QUESTIONS = [
    "What happens to a background job when the shell exits?",
    "Which section must a package be in if it depends on non-free software?",
    "How do I send a patch series to the Git mailing list?",
]


def heading(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m", flush=True)


def start_server(data: pathlib.Path, engine: RunningService | None) -> subprocess.Popen:
    """Returns when the server says that it is ready; its log goes to data/server.log."""
    data.mkdir(parents=True, exist_ok=True)
    log = open(data / "server.log", "w")
    server = subprocess.Popen(
        [VECGATE, "serve", "--data", data, "--grpc-addr", GRPC, "--http-addr", HTTP,
         *(engine.vecgate_arguments() if engine else [])],
        stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
    )  # fmt: skip
    watchdog = threading.Timer(START_TIMEOUT_S, server.kill)  # Bounds the read below.
    watchdog.start()
    line = server.stdout.readline()
    watchdog.cancel()
    if "is ready" not in line:
        server.kill()
        sys.exit(f"vecgate did not start; it said:\n{(data / 'server.log').read_text()}")
    print(line.strip(), flush=True)
    return server


def show(*command: object) -> None:
    printed = " ".join(f'"{part}"' if " " in str(part) else str(part) for part in command)
    print(f"$ {printed.replace(str(ROOT) + '/', '')}", flush=True)
    subprocess.run([str(part) for part in command], check=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--exit", action="store_true", help="end the server instead of serving until Ctrl-C")
    parser.add_argument("--engine", choices=["embedded", "postgres", "milvus"], default="embedded",
                        help="where the collections lie")
    arguments = parser.parse_args()

    began = time.monotonic()
    documents = demo_documents.prepare(ROOT / ".cache/demo/documents")
    data, engine = ROOT / ".cache/demo/data", None
    if arguments.engine != "embedded":
        heading(f"Starting a {arguments.engine} server for this demo")
        engine = RunningService(arguments.engine)
        print(f"{arguments.engine} serves on {engine.address['host']}:{engine.address['port']}", flush=True)
        # Its collections end with it, so the gateway's records of them are new too.
        data = ROOT / f".cache/demo/data-{arguments.engine}"
        shutil.rmtree(data, ignore_errors=True)
    heading("Starting vecgate")
    server = start_server(data, engine)
    try:
        heading("Ingesting documents: PDF, DOCX, TXT, Markdown, HTML")
        show(VECGATE, "ingest", documents)
        heading("Asking; every quotation is cited by document, page and byte range")
        for question in QUESTIONS:
            show(VECGATE, "ask", question)
            print()
        heading("An unmodified pymilvus program against the same server")
        show(PYTHON, ROOT / "examples/pymilvus_quickstart.py", f"http://{GRPC}")
        heading("The collections, and the engine of each")
        show(VECGATE, "collections", "list")
        heading(f"Done in {time.monotonic() - began:.0f} s")
        print(f"Milvus API  http://{GRPC}   (pymilvus: MilvusClient(\"http://{GRPC}\"))")
        print(f"HTTP API    http://{HTTP}/v1/documents   http://{HTTP}/health   http://{HTTP}/metrics", flush=True)
        if not arguments.exit:
            print("Serving until Ctrl-C.", flush=True)
            server.wait()
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
        if engine:
            engine.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
