#!/usr/bin/env python3
"""What a user of pgvector writes by hand, measured beside the PostgreSQL engine on the same server and rows.

    psycopg_by_hand.py build/release/src/engines/postgres/engines_postgres_benchmark [its options]

Runs the benchmark, prints its figures, and then those of psycopg: batches of 1,000 rows by binary COPY into a table without
an index, and searches in the table that the benchmark has filled and indexed.
"""
import os
import pathlib
import struct
import subprocess
import sys
import time

import numpy
import psycopg

BATCH, BATCHES, SEARCHES, K = 1000, 30, 2000, 10


def report(what: str, seconds: list[float], processor_s: float) -> None:
    us = numpy.array(seconds) * 1e6
    print(f"{what:<52} p50 {numpy.quantile(us, 0.5):9.0f} µs  p99 {numpy.quantile(us, 0.99):9.0f} µs  "
          f"mean {us.mean():9.0f} µs  client CPU {1e6 * processor_s / len(us):7.0f} µs")


def timed(calls) -> tuple[list[float], float]:
    seconds, processor = [], time.process_time()
    for call in calls:
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return seconds, time.process_time() - processor


def unit_vectors(random, count: int, dim: int):
    vectors = random.standard_normal((count, dim), dtype=numpy.float32)
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


def copy_batches(connection, random, dim: int):
    connection.execute(f"CREATE TABLE by_hand (id bigint PRIMARY KEY, vector vector({dim}), bucket int)")
    connection.execute("ALTER TABLE by_hand ALTER vector SET STORAGE plain")
    for batch in range(BATCHES):
        vectors = unit_vectors(random, BATCH, dim).astype(">f4")

        def write(first=batch * BATCH, vectors=vectors):
            rows = bytearray(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            for key, vector in enumerate(vectors, first):
                rows += struct.pack(">hiqihh", 3, 8, key, 4 + 4 * dim, dim, 0) + vector.tobytes()
                rows += struct.pack(">ii", 4, key % 100)
            rows += b"\xff\xff"
            with connection.cursor() as cursor:
                with cursor.copy("COPY by_hand (id, vector, bucket) FROM STDIN (FORMAT binary)") as copy:
                    copy.write(rows)

        yield write


def searches(connection, random, table: str, dim: int):
    connection.execute("SET hnsw.ef_search = 64")
    for query in unit_vectors(random, SEARCHES, dim):

        def search(query=query):
            text = "[" + ",".join(map(repr, query.tolist())) + "]"
            rows = connection.execute(f"SELECT id FROM {table} ORDER BY vector <-> %s::vector LIMIT {K}", (text,),
                                      prepare=True).fetchall()
            assert len(rows) == K

        yield search


def by_hand(dsn: str, table: str) -> None:
    random = numpy.random.default_rng(2)
    with psycopg.connect(dsn, autocommit=True) as connection:
        dim = connection.execute(f"SELECT vector_dims(vector) FROM {table} LIMIT 1").fetchone()[0]
        seconds, processor = timed(copy_batches(connection, random, dim))
        report("psycopg: binary COPY of 1,000 new rows, no index", seconds, processor)
        seconds, processor = timed(searches(connection, random, table, dim))
        report("psycopg: SELECT id … LIMIT 10, prepared", seconds, processor)


def main(arguments: list[str]) -> int:
    if not arguments or not pathlib.Path(arguments[0]).exists():
        print(__doc__, file=sys.stderr)
        return 2
    with subprocess.Popen([*arguments, "--wait"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as benchmark:
        print("load averages:", *os.getloadavg(), flush=True)
        for line in benchmark.stdout:
            if line.startswith("ready "):
                by_hand(*line.removeprefix("ready ").strip().split("\t"))
                break
            print(line, end="", flush=True)
        print("load averages:", *os.getloadavg())
        benchmark.stdin.close()
        return benchmark.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
