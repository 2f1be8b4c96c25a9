#!/usr/bin/env python3
"""Compares vecgate with vector libraries on one data set, on this machine, now.

    run.py --data DIR --peers hnswlib,faiss_hnsw,… --vecgate build/release/vecgate
           --vecgate-index "AUTOINDEX;HNSW M=16,efConstruction=200" --rounds 3 --out build/bench

DIR holds base.npy and query.npy (`vecgate bench data`), and gt.npy if it is known. Vectors are compared by cosine.
Each contestant is a process of its own; they build one after another, then are asked in turn, point by point and
round by round, so that whatever else the machine does falls on all alike. Who fails is a row that says why.
Writes OUT/peers.md, OUT/peers.png and OUT/peers.json.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import sys

import numpy as np

from contestant import Contestant
from dataset import known_truth
from libraries import GRAPH, IVF, LIBRARIES
from report import plot, table

HERE = pathlib.Path(__file__).resolve().parent
BUILD_TIMEOUT_S, POINT_TIMEOUT_S = 4 * 3600.0, 600.0


def numbers(text: str) -> list[int]:
    return [int(item) for item in text.split(",")]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with base.npy and query.npy")
    parser.add_argument("--peers", default="hnswlib,faiss_hnsw,faiss_hnsw_sq8,usearch",
                        help="libraries, commas between; known: " + ", ".join(LIBRARIES))
    parser.add_argument("--vecgate", type=pathlib.Path, default=pathlib.Path("build/release/vecgate"))
    parser.add_argument("--vecgate-index", default="AUTOINDEX",
                        help='indexes of vecgate with their parameters: "HNSW M=16,efConstruction=200;FLAT"')
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="threads that search")
    parser.add_argument("--build-threads", type=int, default=os.cpu_count())
    parser.add_argument("--sweep", type=numbers, default=numbers("10,16,24,32,48,64,96,128,192,256,384,512"),
                        help="list sizes of graphs")
    parser.add_argument("--sweep-ivf", type=numbers, default=numbers("1,2,4,8,16,32,64,128"), help="lists to probe")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench"))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.peers.split(",") if name and name not in LIBRARIES]
    if unknown:
        parser.error(f"--peers '{','.join(unknown)}' is not known; there are {', '.join(LIBRARIES)}")
    for name in ("base.npy", "query.npy"):
        if not (arguments.data / name).exists():
            parser.error(f"--data '{arguments.data}': {name} is not there; `vecgate bench data` writes it")
    return arguments


def vecgate(arguments: argparse.Namespace, truth: pathlib.Path, index: str, number: int) -> Contestant:
    name, _, parameters = index.strip().partition(" ")
    # Rows lie on disk, as when serving; kept in memory they would be counted twice.
    store = arguments.out / f"store_{number}"
    shutil.rmtree(store, ignore_errors=True)
    command = [str(arguments.vecgate), "bench", "ann", "--interactive", "--metric", "COSINE", "--index", name,
               "--base", str(arguments.data / "base.npy"), "--query", str(arguments.data / "query.npy"),
               "--gt", str(truth), "--store", str(store), "--build-threads", str(arguments.build_threads)]
    if parameters:
        command += ["--params", parameters]
    return Contestant(f"vecgate {index.strip()}", command, arguments.out / f"vecgate_{number}.log")


def library(arguments: argparse.Namespace, truth: pathlib.Path, name: str) -> Contestant:
    command = [sys.executable, str(HERE / "worker.py"), name, str(arguments.data), str(truth),
               str(arguments.build_threads)]
    return Contestant(name, command, arguments.out / f"{name}.log")


def sweep_of(contestant: Contestant, arguments: argparse.Namespace) -> list[int]:
    index = contestant.built.get("index", "")
    if index == "FLAT":
        return [1]
    kind = IVF if index.startswith("IVF") else contestant.built.get("sweep", GRAPH)
    return arguments.sweep_ivf if kind == IVF else arguments.sweep


def compare(contestants: list[Contestant], arguments: argparse.Namespace) -> None:
    for one in contestants:
        one.start(BUILD_TIMEOUT_S)
        print(f"{one.name}: {one.failure or 'built in %.1f s of CPU' % one.built['build_cpu_s']}", flush=True)
    longest = max(len(arguments.sweep), len(arguments.sweep_ivf))
    for number in range(arguments.rounds):
        for at in range(longest):
            for one in contestants:
                values = sweep_of(one, arguments)
                if one.running and at < len(values):
                    one.measure(values[at], arguments.threads, POINT_TIMEOUT_S)
        print(f"round {number + 1} of {arguments.rounds} done", flush=True)


def write_report(contestants: list[Contestant], arguments: argparse.Namespace, shape: tuple[int, int]) -> None:
    heading = (f"{arguments.data.name}: {shape[0]:,} × {shape[1]}, cosine, recall@10, {arguments.threads} searching "
               f"thread(s), {arguments.build_threads} building, best of {arguments.rounds} interleaved rounds")
    text = table(contestants, heading)
    (arguments.out / "peers.md").write_text(text)
    figures = {one.name: {"built": one.built, "failure": one.failure,
                          "points": [dataclasses.asdict(point) for point in one.points.values()]}
               for one in contestants}
    (arguments.out / "peers.json").write_text(json.dumps(figures, indent=1))
    plot(contestants, heading, arguments.out / "peers.png")
    print(text)


def main() -> None:
    arguments = read_arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    names = [name for name in arguments.peers.split(",") if name]
    indexes = [index for index in arguments.vecgate_index.split(";") if index.strip()]
    truth = known_truth(arguments.data, arguments.out)
    contestants = [vecgate(arguments, truth, index, number) for number, index in enumerate(indexes)]
    contestants += [library(arguments, truth, name) for name in names]
    try:
        compare(contestants, arguments)
    finally:
        for one in contestants:
            one.stop()
        for number in range(len(indexes)):
            shutil.rmtree(arguments.out / f"store_{number}", ignore_errors=True)
    write_report(contestants, arguments, np.load(arguments.data / "base.npy", mmap_mode="r").shape)


if __name__ == "__main__":
    main()
