#!/usr/bin/env python3
"""One library in a process of its own: builds its index, then answers lines, as `vecgate bench ann --interactive` does.

    worker.py LIBRARY DATA_DIR TRUTH_FILE BUILD_THREADS

Prints {"event": "built", …}, then for each line {"value": 64, "threads": 1} of stdin {"event": "point", …}.
What fails is {"event": "error", "message": …}.
"""
import gc
import json
import os
import pathlib
import sys
import time

import numpy as np

from dataset import K, Judge, unit_vectors
from libraries import LIBRARIES


def anon_mb() -> float:
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Stopwatch:
    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Wall and processor seconds since it was made."""
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


def build(library, base, threads: int) -> dict:
    gc.collect()
    before, watch = anon_mb(), Stopwatch()
    library.build(base, threads)
    wall, cpu = watch.read()
    gc.collect()
    return {"event": "built", "sweep": library.sweep, "build_s": wall, "build_cpu_s": cpu,
            "memory_growth_mb": anon_mb() - before}


def measure(library, queries, judge: Judge, value: int, threads: int) -> dict:
    library.tune(value)
    watch = Stopwatch()
    ids = library.search(queries, K, threads)
    wall, cpu = watch.read()
    return {"event": "point", "value": value, "threads": threads, "recall": judge.recall(ids),
            "qps_wall": len(queries) / wall, "qps_cpu": len(queries) / cpu}


def error(problem: Exception) -> dict:
    return {"event": "error", "message": f"{type(problem).__name__}: {problem}"[:300]}


def main() -> None:
    # Libraries print to stdout as they like; the answers have a channel of their own.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(answer: dict) -> None:
        answers.write(json.dumps(answer) + "\n")

    name, data, truth, threads = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    try:
        base, queries = unit_vectors(data / "base.npy"), unit_vectors(data / "query.npy")
        judge = Judge(base, queries, np.load(truth)[:, :K])
        library = LIBRARIES[name]()
        say(build(library, base, threads))
    except Exception as problem:  # Whatever a library throws is its row in the table.
        say(error(problem))
        return
    for line in sys.stdin:
        request = json.loads(line)
        try:
            say(measure(library, queries, judge, request["value"], request["threads"]))
        except Exception as problem:
            say(error(problem))


if __name__ == "__main__":
    main()
