#!/usr/bin/env python3
"""A client of one database in a process of its own; it answers each line of JSON with one.

    db_worker.py DATABASE WHERE_JSON DATA_DIR

Prints {"event": "ready"} once connected, then answers
    {"do": "fill", "batch": 1000}                                        inserts everything and builds the index
    {"do": "find", "value": 64, "filtered": false, "queries": 200}       the keys found for the first queries
    {"do": "search", "value": 64, "filtered": false, "seconds": 3, "first": 0, "threads": 1}
                                                                         how long each search took, from query `first` on
What fails is {"event": "error", "message": …}.
"""
import concurrent.futures
import json
import os
import pathlib
import sys
import time

import numpy as np

from dataset import K, buckets_of, unit_vectors
from databases import Database, open_database, wait_until


def fill(database: Database, base: np.ndarray, batch: int) -> dict:
    buckets = buckets_of(len(base))
    database.create(base.shape[1])
    cpu, began = time.process_time(), time.perf_counter()
    for at in range(0, len(base), batch):
        end = min(at + batch, len(base))
        database.insert(np.arange(at, end), base[at:end], buckets[at:end])
    inserted = time.perf_counter() - began
    database.make_searchable()
    last = len(base) - 1
    wait_until(lambda: database.search(base[last], K, 200, False)[:1] == [last], "the last row is found", 60)
    searchable = time.perf_counter() - began
    database.make_indexed()
    return {"event": "filled", "insert_s": inserted, "searchable_s": searchable,
            "indexed_s": time.perf_counter() - began, "client_cpu_s": time.process_time() - cpu}


def find(database: Database, queries: np.ndarray, value: int, filtered: bool) -> dict:
    found = [database.search(query, K, value, filtered) for query in queries]
    return {"event": "found", "keys": [(keys + [-1] * K)[:K] for keys in found]}


def search_for(database: Database, queries: np.ndarray, request: dict, first: int) -> list[float]:
    """Seconds of each search."""
    took, began = [], time.perf_counter()
    end, number = began + request["seconds"], first
    while began < end:
        database.search(queries[number % len(queries)], K, request["value"], request["filtered"])
        number, now = number + 1, time.perf_counter()
        took.append(now - began)
        began = now
    return took


def search(database: Database, queries: np.ndarray, request: dict) -> dict:
    threads = request["threads"]
    share = len(queries) // threads
    cpu, began = time.process_time(), time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(search_for, database, queries, request, request["first"] + number * share)
                   for number in range(threads)]
        took = [seconds for one in running for seconds in one.result()]
    return {"event": "searched", "took_s": took, "wall_s": time.perf_counter() - began,
            "client_cpu_s": time.process_time() - cpu}


def answer(database: Database, base: np.ndarray, queries: np.ndarray, request: dict) -> dict:
    if request["do"] == "fill":
        return fill(database, base, request["batch"])
    if request["do"] == "find":
        return find(database, queries[:request["queries"]], request["value"], request["filtered"])
    return search(database, queries, request)


def error(problem: Exception) -> dict:
    return {"event": "error", "message": f"{type(problem).__name__}: {problem}".replace("\n", " ")[:300]}


def main() -> None:
    # Clients print to stdout as they like; the answers have a channel of their own.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(what: dict) -> None:
        answers.write(json.dumps(what) + "\n")

    name, where, data = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    try:
        base, queries = unit_vectors(data / "base.npy"), unit_vectors(data / "query.npy")
        database = open_database(name, where)
        say({"event": "ready"})
    except Exception as problem:  # Whatever a client throws is its row in the table.
        say(error(problem))
        return
    for line in sys.stdin:
        try:
            say(answer(database, base, queries, json.loads(line)))
        except Exception as problem:
            say(error(problem))


if __name__ == "__main__":
    main()
