#!/usr/bin/env python3
"""What a client sees of build/release/vecgate: insert rate, search latency, memory, reopen.

    server_table.py [--rows 100000] [--dim 384]

Data: clustered unit vectors from a seed. One client, one connection, pymilvus. Prints one table.
"""
import argparse
import os
import pathlib
import sys
import time

import numpy as np
from pymilvus import DataType, MilvusClient

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/wire"))
os.environ.setdefault("WIRE_TEST_BINARY", str(ROOT / "build/release/vecgate"))
from harness import Server  # noqa: E402

QUERIES, K, BATCH = 1000, 10, 1000


def clustered(rows: int, dim: int, rng: np.random.Generator, centers: np.ndarray) -> np.ndarray:
    """rows × dim unit vectors around random centres: noise of the size that leaves clusters overlapping."""
    points = centers[rng.integers(len(centers), size=rows)] + rng.normal(0, 0.6, (rows, dim))
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def rss_mb(pid: int) -> float:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("no VmRSS")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=384)
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    centers = rng.normal(0, 1, (200, arguments.dim))
    base = clustered(arguments.rows, arguments.dim, rng, centers)
    queries = clustered(QUERIES, arguments.dim, rng, centers)
    truth = np.argpartition(-(queries @ base.T), K, axis=1)[:, :K]

    server = Server()
    try:
        client = MilvusClient(uri=server.uri)
        schema = client.create_schema()
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("n", DataType.INT64)
        schema.add_field("v", DataType.FLOAT_VECTOR, dim=arguments.dim)
        index = client.prepare_index_params()
        index.add_index("v", index_type="HNSW", metric_type="COSINE", params={"M": 16, "efConstruction": 200})
        client.create_collection("bench", schema=schema, index_params=index)

        began, sending = time.perf_counter(), 0.0
        for first in range(0, arguments.rows, BATCH):
            rows = [{"id": i, "n": i % 1000, "v": base[i]} for i in range(first, min(first + BATCH, arguments.rows))]
            sent = time.perf_counter()
            client.insert("bench", rows)
            sending += time.perf_counter() - sent
        print(f"inserted through pymilvus     {arguments.rows / sending:>10.0f} vectors/s (batches of {BATCH}, durable)")
        while client.describe_index("bench", "v")["pending_index_rows"] > 0:
            client.query("bench", filter="id < 0", limit=1)
        print(f"indexed                       {time.perf_counter() - began:>10.1f} s after the first insert")

        for ef in (64, 128):
            took, found = [], 0
            for i, query in enumerate(queries):
                sent = time.perf_counter()
                hits = client.search("bench", data=[query], limit=K, search_params={"params": {"ef": ef}})[0]
                took.append(time.perf_counter() - sent)
                found += len({h["id"] for h in hits} & set(truth[i]))
            p50, p99 = np.percentile(took, [50, 99]) * 1000
            print(f"search ef={ef:<4} p50 / p99        {p50:>6.2f} / {p99:.2f} ms, recall@{K} {found / QUERIES / K:.4f}")
        took = []
        for query in queries[:300]:
            sent = time.perf_counter()
            hits = client.search("bench", data=[query], limit=K, filter="n < 10", search_params={"params": {"ef": 64}})[0]
            took.append(time.perf_counter() - sent)
            assert len(hits) == K
        p50, p99 = np.percentile(took, [50, 99]) * 1000
        print(f"search, filter 1%  p50 / p99  {p50:>6.2f} / {p99:.2f} ms")
        print(f"memory                        {rss_mb(server.process.pid):>10.0f} MB resident")
        client.flush("bench")
        client.close()
        server.kill()
        began = time.perf_counter()
        server.start()
        print(f"reopen after kill -9          {time.perf_counter() - began:>10.2f} s until ready, {rss_mb(server.process.pid):.0f} MB")
        server.stop()
    finally:
        server.remove()


if __name__ == "__main__":
    main()
