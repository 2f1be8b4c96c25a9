#!/usr/bin/env python3
"""Compares vecgate as a server with databases, each behind its own Python client, on this machine, now.

    run_databases.py --data DIR --databases milvus,pgvector,… --vecgate build/release/vecgate --rounds 3 --out build/bench

DIR holds base.npy and query.npy (`vecgate bench data`), and gt.npy if it is known. Vectors are compared by cosine.
Each database is filled alone. Then for each the smallest list size is looked for that reaches --recall, without and
with a filter that 1 % of the rows pass, and all are asked in turn, round by round, by 1 client and by 4: whatever
else the machine does falls on all alike. Who cannot be installed, started or filled is a row that says why.
Writes OUT/databases.md and OUT/databases.json.
"""
import argparse
import json
import pathlib
import signal
import sys

import numpy as np

from contestant import Failed, LineProcess
from databases import DATABASES
from dataset import K, Judge, buckets_of, find_truth_among, known_truth, unit_vectors
from db_report import Measured, Result, table
from db_servers import InProcess, MilvusLiteServer, MilvusServer, PostgresServer, Server, VecgateServer
from usage import cpu_seconds, family, resident_mb

HERE = pathlib.Path(__file__).resolve().parent
FILL_TIMEOUT_S, CALL_TIMEOUT_S = 2 * 3600.0, 600.0
SERVERS: dict[str, type[Server]] = {"milvus": MilvusServer, "milvus_lite": MilvusLiteServer, "pgvector": PostgresServer,
                                    "chroma": InProcess, "lancedb": InProcess}


def numbers(text: str) -> list[int]:
    return [int(item) for item in text.split(",")]


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with base.npy and query.npy")
    parser.add_argument("--databases", default=",".join(SERVERS), help="commas between; known: " + ", ".join(SERVERS))
    parser.add_argument("--vecgate", type=pathlib.Path, default=pathlib.Path("build/release/vecgate"))
    parser.add_argument("--vecgate-index", default="AUTOINDEX",
                        help='indexes of vecgate with their parameters: "HNSW M=16,efConstruction=200;FLAT"')
    parser.add_argument("--recall", type=float, default=0.95, help="recall@10 at which speed is compared")
    parser.add_argument("--sweep", type=numbers, default=numbers("10,16,24,32,40,48,64,96,128,192,256,384,512"),
                        help="list sizes to try, until the recall is reached")
    parser.add_argument("--clients", type=numbers, default=numbers("1,4"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each client searches in each round")
    parser.add_argument("--batch", type=int, default=1000, help="rows of one insert")
    parser.add_argument("--judged", type=int, default=300, help="queries by which recall is measured")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/bench"))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.databases.split(",") if name and name not in SERVERS]
    if unknown:
        parser.error(f"--databases '{','.join(unknown)}' is not known; there are {', '.join(SERVERS)}")
    for name in ("base.npy", "query.npy"):
        if not (arguments.data / name).exists():
            parser.error(f"--data '{arguments.data}': {name} is not there; `vecgate bench data` writes it")
    return arguments


class Judges:
    """Recall of what was found, without the filter and with it."""

    def __init__(self, arguments: argparse.Namespace):
        base, queries = unit_vectors(arguments.data / "base.npy"), unit_vectors(arguments.data / "query.npy")
        self.rows, self.dim = base.shape
        self.queries = min(arguments.judged, len(queries))
        judged = queries[:self.queries]
        truth = np.load(known_truth(arguments.data, arguments.out))[:self.queries, :K]
        allowed = buckets_of(len(base)) < 10
        self.judges = {False: Judge(base, judged, truth),
                       True: Judge(base, judged, find_truth_among(base, judged, allowed), allowed)}

    def recall(self, keys: list[list[int]], filtered: bool) -> float:
        return self.judges[filtered].recall(np.array(keys))


class Rival:
    """One database: its server, and processes that are its clients. The first of them fills it."""

    def __init__(self, name: str, kind: str, server: Server, arguments: argparse.Namespace):
        self.name, self.kind, self.server, self.arguments = name, kind, server, arguments
        self.result = Result(name)
        self.clients: list[LineProcess] = []

    def step(self, what: str, action) -> None:
        """A failure is kept and ends it."""
        if self.result.failure:
            return
        try:
            action()
        except (Failed, OSError) as problem:
            self.result.failure = f"{what}: {problem}"
            self.stop()

    def start(self) -> None:
        self.server.start()
        processes = 1 if DATABASES[self.kind].is_embedded else max(self.arguments.clients)
        for number in range(processes):
            command = [*self.server.enter, sys.executable, str(HERE / "db_worker.py"), self.kind,
                       json.dumps(self.server.where), str(self.arguments.data)]
            client = LineProcess(command, self.arguments.out / f"{self.server.folder.name}_client_{number}.log")
            self.clients.append(client)
            client.start()
            client.next_answer(CALL_TIMEOUT_S)

    def serving(self) -> list[int]:
        """Of an embedded database that is the client's process."""
        return family(self.server.pid or self.clients[0].process.pid)

    def fill(self) -> None:
        before_mb, before_cpu = resident_mb(self.serving()), cpu_seconds(self.serving())
        self.clients[0].send({"do": "fill", "batch": self.arguments.batch})
        self.result.filled = self.clients[0].next_answer(FILL_TIMEOUT_S)
        self.result.filled["server_cpu_s"] = cpu_seconds(self.serving()) - before_cpu
        # What a client's process needs for itself is not the database's.
        self.result.memory_mb = resident_mb(self.serving()) - (0 if self.server.pid else before_mb)

    def reach(self, judges: Judges, filtered: bool) -> None:
        """The first list size that reaches the recall, or the largest."""
        for value in self.arguments.sweep:
            self.clients[0].send({"do": "find", "value": value, "filtered": filtered, "queries": judges.queries})
            recall = judges.recall(self.clients[0].next_answer(CALL_TIMEOUT_S)["keys"], filtered)
            self.result.points[filtered] = (value, recall)
            if recall >= self.arguments.recall:
                return

    def measure(self, clients: int, filtered: bool) -> None:
        value, _ = self.result.points[filtered]
        request = {"do": "search", "value": value, "filtered": filtered, "seconds": self.arguments.seconds}
        threads = clients if DATABASES[self.kind].is_embedded else 1
        asked = self.clients[:clients // threads]
        before_cpu = cpu_seconds(self.serving())
        for number, client in enumerate(asked):
            client.send({**request, "first": 251 * number, "threads": threads})
        answers = [client.next_answer(CALL_TIMEOUT_S) for client in asked]
        used = cpu_seconds(self.serving()) - before_cpu
        if self.server.pid:
            used += sum(answer["client_cpu_s"] for answer in answers)
        self.result.add(clients, filtered, Measured.of(answers, used))

    def stop(self) -> None:
        for client in self.clients:
            client.stop()
        self.server.stop()


def make_rivals(arguments: argparse.Namespace) -> list[Rival]:
    out = []
    for number, index in enumerate(index.strip() for index in arguments.vecgate_index.split(";") if index.strip()):
        kind, _, parameters = index.partition(" ")
        params = dict(pair.split("=", 1) for pair in parameters.split(",") if pair)
        server = VecgateServer(arguments.out / f"vecgate_server_{number}", arguments.vecgate.resolve(), kind, params)
        out.append(Rival(f"vecgate {index}", "vecgate", server, arguments))
    for name in (name for name in arguments.databases.split(",") if name):
        out.append(Rival(name, name, SERVERS[name](arguments.out / f"{name}_server"), arguments))
    return out


def compare(rivals: list[Rival], judges: Judges, arguments: argparse.Namespace) -> None:
    for one in rivals:
        one.step("start", one.start)
        one.step("fill", one.fill)
        for filtered in (False, True):
            one.step("search", lambda one=one, filtered=filtered: one.reach(judges, filtered))
        print(f"{one.name}: {one.result.failure or one.result.summary()}", flush=True)
    for number in range(arguments.rounds):
        for clients in arguments.clients:
            for filtered in (False, True):
                for one in rivals:
                    one.step("search", lambda one=one, n=clients, filtered=filtered: one.measure(n, filtered))
        print(f"round {number + 1} of {arguments.rounds} done", flush=True)


def main() -> None:
    arguments = read_arguments()
    # Whoever ends this ends the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    arguments.out.mkdir(parents=True, exist_ok=True)
    judges = Judges(arguments)
    rivals = make_rivals(arguments)
    try:
        compare(rivals, judges, arguments)
    finally:
        for one in rivals:
            one.stop()
    heading = (f"{arguments.data.name}: {judges.rows:,} × {judges.dim}, cosine, at recall@{K} ≥ {arguments.recall}, "
               f"Python clients, inserts of {arguments.batch}, best of {arguments.rounds} interleaved rounds")
    results = [one.result for one in rivals]
    text = table(results, heading, arguments.clients, judges.rows)
    (arguments.out / "databases.md").write_text(text)
    (arguments.out / "databases.json").write_text(json.dumps([one.as_json() for one in results], indent=1))
    print(text)


if __name__ == "__main__":
    main()
