"""Four pymilvus writers and a server that is killed again and again: nothing acknowledged is lost.

Each writer is a process with its own keys and keeps a ledger. An operation whose call returned is
acknowledged; the one that was under way at the kill is unknown: all of it is there, or nothing.
After each restart the writers rest, every row is read and compared with the ledgers, and searches
are compared with numpy.
"""
import argparse
import logging
import multiprocessing
import pathlib
import random
import sys
import threading
import time

import numpy as np
from pymilvus import MilvusClient

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "wire"))
import ledger_model as model
from harness import Server

CALL_TIMEOUT_S = 20
ROUND_TIMEOUT_S = 60
TOP_K = 10
EXACT_EF = 4096


def check(condition: bool, text: str) -> None:
    if not condition:
        raise AssertionError(text)


def write_until_down(client: MilvusClient, writer: int, rng: random.Random, first_version: int, killing, down) -> dict:
    """Writes until the server is gone. Returns the round's ledger."""
    ledger = {"acknowledged": [], "unknown": None, "error": None}

    # pymilvus tries again for long while nobody listens; a closed client gives up at once.
    def close_when_down():
        down.wait(ROUND_TIMEOUT_S)
        client.close()

    closer = threading.Thread(target=close_when_down)
    closer.start()
    version = first_version
    while not down.is_set():
        operation = model.choose(rng, writer, version)
        version += 1
        try:
            model.perform(client, operation, CALL_TIMEOUT_S)
        except Exception as error:  # noqa: BLE001: whatever it is, the outcome is unknown.
            ledger["unknown"] = operation
            if not killing.is_set():
                ledger["error"] = repr(error)
            break
        ledger["acknowledged"].append(operation)
    closer.join(ROUND_TIMEOUT_S)
    return ledger


def writer_main(writer: int, seed: int, pipe, killing, down) -> None:
    logging.disable(logging.CRITICAL)  # pymilvus logs every call that a kill cuts off.
    rng = random.Random(f"{seed}/{writer}")
    version = 1
    while (uri := pipe.recv()) is not None:
        client = MilvusClient(uri=uri)
        pipe.send("connected")
        ledger = write_until_down(client, writer, rng, version, killing, down)
        version += len(ledger["acknowledged"]) + 1
        pipe.send(ledger)


class Writers:
    """The four processes, from the parent's side."""

    def __init__(self, seed: int):
        context = multiprocessing.get_context("spawn")
        self.killing, self.down = context.Event(), context.Event()
        self.pipes, self.processes = [], []
        for writer in range(model.WRITERS):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=writer_main, args=(writer, seed, theirs, self.killing, self.down), daemon=True
            )
            process.start()
            self.pipes.append(ours)
            self.processes.append(process)

    def begin(self, uri: str) -> None:
        """Returns when all are connected and write."""
        self.killing.clear()
        self.down.clear()
        for pipe in self.pipes:
            pipe.send(uri)
        self.receive()

    def collect(self) -> list[dict]:
        self.down.set()
        return self.receive()

    def receive(self) -> list:
        for writer, pipe in enumerate(self.pipes):
            check(pipe.poll(ROUND_TIMEOUT_S), f"writer {writer} does not answer")
        return [pipe.recv() for pipe in self.pipes]

    def end(self) -> None:
        for pipe, process in zip(self.pipes, self.processes):
            pipe.send(None)
            process.join(ROUND_TIMEOUT_S)


class Ledger:
    """What must be in the collection: one state for each writer, and what is unknown."""

    def __init__(self):
        self.states: list[dict[int, int]] = [{} for _ in range(model.WRITERS)]
        self.unknown: list[tuple | None] = [None] * model.WRITERS
        self.acknowledged = self.cut = self.cut_but_done = 0

    def add(self, ledgers: list[dict]) -> None:
        for writer, ledger in enumerate(ledgers):
            check(ledger["error"] is None, f"writer {writer} failed before the kill: {ledger['error']}")
            for operation in ledger["acknowledged"]:
                self.states[writer] = model.apply(self.states[writer], operation)
            self.acknowledged += len(ledger["acknowledged"])
            self.unknown[writer] = ledger["unknown"]

    def settle(self, found: dict[int, int]) -> None:
        """Compares with what was read, and learns from it how the unknown operations ended."""
        parts: list[dict[int, int]] = [{} for _ in range(model.WRITERS)]
        for key, version in found.items():
            parts[model.writer_of(key)][key] = version
        for writer, part in enumerate(parts):
            without, operation = self.states[writer], self.unknown[writer]
            with_it = model.apply(without, operation) if operation else without
            if part not in (without, with_it):
                raise AssertionError(self.difference(writer, part, without, operation))
            self.cut += operation is not None
            self.cut_but_done += part != without
            self.states[writer], self.unknown[writer] = part, None

    @staticmethod
    def difference(writer: int, part: dict, without: dict, operation: tuple | None) -> str:
        lost = {k: v for k, v in without.items() if k not in part}
        back = {k: v for k, v in part.items() if k not in without}
        other = {k: (v, part[k]) for k, v in without.items() if k in part and part[k] != v}
        return (
            f"writer {writer}: neither the state before nor after the unknown operation {operation}:\n"
            f"missing (key: version) {lost}\nunexpected {back}\nother version (acknowledged, found) {other}"
        )


def read_all(client: MilvusClient) -> dict[int, int]:
    """Reads every row by an iterator, checks each, and returns key → version."""
    found: dict[int, int] = {}
    pages = client.query_iterator(model.COLLECTION, batch_size=500, output_fields=["*"])
    while page := pages.next():
        for got in page:
            key, version = got["id"], got["version"]
            check(key not in found, f"key {key} is there twice")
            want = model.row(key, version)
            vector = want.pop("v")
            check(np.array_equal(np.float32(got["v"]), np.float32(vector)), f"key {key} version {version}: wrong vector")
            for field, value in want.items():
                check(got[field] == value, f"key {key} version {version}: {field} is {got[field]!r}, not {value!r}")
            found[key] = version
    pages.close()
    count = client.query(model.COLLECTION, filter="", output_fields=["count(*)"])[0]["count(*)"]
    check(count == len(found), f"count(*) is {count}, but {len(found)} rows were read")
    return found


def check_search(client: MilvusClient, found: dict[int, int], rng: random.Random, expression: str = "", matches=None) -> None:
    keys = np.array([k for k in found if matches is None or matches(k, found[k])], dtype=np.int64)
    rows = np.stack([model.vector(int(k), found[int(k)]) for k in keys]) if len(keys) else np.zeros((0, model.DIM))
    queries = np.random.default_rng(rng.getrandbits(32)).standard_normal((4, model.DIM)).astype(np.float32)
    answers = client.search(
        model.COLLECTION, data=queries.tolist(), limit=TOP_K, filter=expression, search_params={"params": {"ef": EXACT_EF}}
    )
    for query, hits in zip(queries, answers):
        distances = ((rows - query) ** 2).sum(axis=1, dtype=np.float64)
        best = np.sort(distances)[:TOP_K]
        of_key = dict(zip(keys.tolist(), distances))
        ids = [hit["id"] for hit in hits]
        check(len(set(ids)) == len(ids) == len(best), f"{len(ids)} hits for '{expression}', not {len(best)}: {ids}")
        check(set(ids) <= of_key.keys(), f"hits that are not there for '{expression}': {set(ids) - of_key.keys()}")
        # By distance and not by key: two rows may be equally far within a rounding.
        np.testing.assert_allclose([of_key[i] for i in ids], best, rtol=1e-4, err_msg=f"'{expression}' {ids}")
        np.testing.assert_allclose([hit["distance"] for hit in hits], best, rtol=1e-4, err_msg="distances")


def verify(server: Server, ledger: Ledger, rng: random.Random) -> int:
    client = MilvusClient(uri=server.uri)
    found = read_all(client)
    ledger.settle(found)
    check_search(client, found, rng)
    writer, rest = rng.randrange(model.WRITERS), rng.randrange(model.MODULUS)
    low = writer * model.SPAN
    check_search(
        client, found, rng, f"id >= {low} and id < {low + model.SPAN} and version % {model.MODULUS} == {rest}",
        lambda key, version: low <= key < low + model.SPAN and version % model.MODULUS == rest,
    )  # fmt: skip
    client.close()
    return len(found)


def start_again(server: Server, rng: random.Random, start_s: float) -> int:
    """Starts the server, at times only after a start that was killed too. Returns kills."""
    kills = 0
    while rng.random() < 0.2:
        server.launch()
        time.sleep(rng.uniform(0, start_s))
        server.kill()
        kills += 1
    server.start()
    return kills


def run(kills: int, seed: int) -> None:
    rng = random.Random(seed)
    began = time.monotonic()
    server = Server()
    start_s = time.monotonic() - began
    writers, ledger, kills_at_start, rows = Writers(seed), Ledger(), 0, 0
    try:
        client = MilvusClient(uri=server.uri)
        model.create(client)
        client.close()
        for number in range(kills):
            writers.begin(server.uri)
            time.sleep(rng.uniform(0.3, 2.0))
            check(server.process.poll() is None, "the server ended by itself")
            writers.killing.set()
            server.kill()
            ledger.add(writers.collect())
            kills_at_start += start_again(server, rng, start_s)
            rows = verify(server, ledger, rng)
            print(f"kill {number + 1}: {ledger.acknowledged} acknowledged, {rows} rows, {time.monotonic() - began:.0f} s", flush=True)
        server.stop()
        server.start()
        verify(server, ledger, rng)
        check(ledger.acknowledged >= 4 * kills, f"only {ledger.acknowledged} operations were acknowledged")
        server.stop()
    except BaseException:
        print(f"FAILED with --seed {seed}\nend of the server's log:\n{server.log()[-3000:]}", file=sys.stderr)
        raise
    finally:
        writers.killing.set()
        writers.down.set()
        server.remove()
    writers.end()
    print(
        f"ok: {kills} kills while writing, {kills_at_start} while starting; {ledger.acknowledged} operations acknowledged, "
        f"{ledger.cut} cut off ({ledger.cut_but_done} of them found done); {rows} rows; {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    run(arguments.kills, arguments.seed)
