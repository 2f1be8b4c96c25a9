#!/usr/bin/env python3
"""`vecgate bench db` as a user runs it: against our own server, against one that refuses, against none.

WIRE_TEST_BINARY names the program, which is both the client and the server. Run by a Python that has pymilvus, by
which the tests look at the server beside the program.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import grpc
from pymilvus import MilvusClient

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "wire"))
from harness import Server, free_port  # noqa: E402

BINARY = os.environ["WIRE_TEST_BINARY"]
# More rows than the engine compares without asking its index.
ROWS, QUERIES, DIM = 2200, 50, 16


def vecgate(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=240)


class RefusesTokens(grpc.GenericRpcHandler):
    """A server that lets nobody in, as Milvus says it; it keeps what it was shown."""

    def __init__(self):
        self.seen = []

    def service(self, call):
        def refuse(request, context):
            self.seen.append(dict(call.invocation_metadata).get("authorization"))
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure")

        return grpc.unary_unary_rpc_method_handler(refuse)


class BenchDb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.data = pathlib.Path(cls.folder.name)
        made = vecgate("bench", "data", "clustered", "--rows", str(ROWS), "--dim", str(DIM), "--queries", str(QUERIES),
                       "--seed", "7", "--out", str(cls.data))
        assert made.returncode == 0, made.stderr
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()
        cls.folder.cleanup()

    def bench(self, *switches: str, **changed: object) -> subprocess.CompletedProcess:
        """`insert_clients=2` is --insert-clients 2; switches stand as they are."""
        flags = {"uri": self.server.uri, "base": self.data / "base.npy", "query": self.data / "query.npy",
                 "metric": "COSINE", "index": "FLAT", "clients": "1", "seconds": "0.2", "batch": "500"}
        flags.update(changed)
        typed = [text for name, value in flags.items() for text in ("--" + name.replace("_", "-"), str(value))]
        return vecgate("bench", "db", *typed, *switches)

    def events(self, run: subprocess.CompletedProcess) -> list[dict]:
        self.assertEqual(run.returncode, 0, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def assert_nothing_is_left(self) -> None:
        client = MilvusClient(self.server.uri)
        try:
            self.assertFalse(client.has_collection("vecgate_bench"))
        finally:
            client.close()

    def test_an_exact_index_is_exact_by_every_metric(self):
        for metric in ("L2", "IP", "COSINE"):
            loaded, point = self.events(self.bench("--json", metric=metric))
            self.assertEqual((loaded["event"], loaded["rows"], loaded["dim"], loaded["metric"]),
                             ("loaded", ROWS, DIM, metric))
            self.assertEqual(point["recall"], 1.0)
        self.assert_nothing_is_left()

    def test_each_value_is_measured_with_each_number_of_clients(self):
        run = self.bench("--json", index="HNSW", params="M=16,efConstruction=100", sweep="16,128", clients="1,3",
                         insert_clients=2, server_pid=self.server.process.pid)
        loaded, *points = self.events(run)
        self.assertEqual(loaded["params"], {"M": "16", "efConstruction": "100"})
        for key in ("inserts_per_s", "insert_p99_ms", "index_s", "client_cpu_s", "server_cpu_s", "server_anon_mb"):
            self.assertGreater(loaded[key], 0, key)
        self.assertEqual([(p["sweep"], p["value"], p["clients"]) for p in points],
                         [("ef", 16, 1), ("ef", 16, 3), ("ef", 128, 1), ("ef", 128, 3)])
        for point in points:
            self.assertGreater(point["recall"], 0.9)
            self.assertGreater(point["qps"], 0)
            self.assertGreater(point["client_cpu_us"], 0)
            self.assertGreater(point["server_cpu_us"], 0)
            self.assertGreaterEqual(point["p99_us"], point["p50_us"])
        # More of the graph is looked at, so no fewer neighbours are found.
        self.assertGreaterEqual(points[2]["recall"], points[0]["recall"])

    def test_filtered_searches_are_judged_by_what_matches(self):
        loaded, point = self.events(self.bench("--json", filter="random:0.1"))
        self.assertEqual(loaded["matching_rows"], ROWS // 10)
        self.assertEqual(point["recall"], 1.0)

    def test_searches_go_on_while_rows_are_inserted(self):
        *_, mixed = self.events(self.bench("--json", mixed=2000, seconds=1))
        self.assertEqual(mixed["event"], "mixed")
        self.assertNotIn("recall", mixed)
        self.assertGreater(mixed["qps"], 0)
        self.assertGreater(mixed["insert_p99_ms"], 0)
        # Ten inserts of 200 a second; the first comes at once, so a second may hold eleven.
        self.assertLessEqual(mixed["inserts_per_s"], 2400)
        self.assertGreater(mixed["inserts_per_s"], 200)

    def test_a_collection_that_exists_is_left_alone(self):
        client = MilvusClient(self.server.uri)
        try:
            client.create_collection("mine", dimension=4)
            run = self.bench(collection="mine")
            self.assertNotEqual(run.returncode, 0)
            for part in ("'mine' exists already", "--collection", "--drop"):
                self.assertIn(part, run.stderr)
            # Nothing is deleted for a run that cannot begin.
            self.assertNotEqual(self.bench("--drop", collection="mine", base=self.data / "none.npy").returncode, 0)
            self.assertTrue(client.has_collection("mine"))
            _, point = self.events(self.bench("--json", "--drop", collection="mine"))
            self.assertEqual(point["recall"], 1.0)
            self.assertFalse(client.has_collection("mine"))
        finally:
            client.drop_collection("mine")
            client.close()

    def test_what_the_server_refuses_is_told_and_leaves_nothing_behind(self):
        run = self.bench(index="HNSW", params="M=1")
        self.assertNotEqual(run.returncode, 0)
        for part in (self.server.uri, "CreateIndex", "1100", "invalid index parameter M"):
            self.assertIn(part, run.stderr)
        self.assert_nothing_is_left()

    def test_a_server_that_is_not_there_is_told(self):
        port = free_port()
        run = self.bench(uri=f"http://127.0.0.1:{port}")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn(f"http://127.0.0.1:{port}: no server answers within 10 s", run.stderr)

    def bench_at_one_who_refuses_tokens(self, credentials: grpc.ServerCredentials | None = None, **changed: object):
        handler = RefusesTokens()
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(2), handlers=(handler,))
        if credentials is None:
            uri = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
        else:
            uri = f"https://127.0.0.1:{server.add_secure_port('127.0.0.1:0', credentials)}"
        server.start()
        try:
            return self.bench(uri=uri, token="root:wrong", **changed), handler
        finally:
            server.stop(None)

    def test_a_token_is_sent_and_its_refusal_is_told(self):
        run, handler = self.bench_at_one_who_refuses_tokens()
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("Connect: auth check failure", run.stderr)
        self.assertEqual(handler.seen, ["cm9vdDp3cm9uZw=="])

    def test_https_is_tls_and_trusts_whom_it_is_told_to(self):
        key, certificate = self.data / "key.pem", self.data / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        credentials = grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
        run, handler = self.bench_at_one_who_refuses_tokens(credentials, ca_file=certificate)
        self.assertIn("Connect: auth check failure", run.stderr)
        self.assertEqual(handler.seen, ["cm9vdDp3cm9uZw=="])
        # Whom the system trusts has not signed this one: nothing is sent.
        run, handler = self.bench_at_one_who_refuses_tokens(credentials)
        self.assertIn("no server answers", run.stderr)
        self.assertEqual(handler.seen, [])

    def test_bad_flags_are_told(self):
        for flag, value, allowed in (("clients", "1,none", "numbers from 1 to 1024"), ("batch", "0", "1 to 100000"),
                                     ("uri", "127.0.0.1:19530", "http://HOST:PORT"), ("metric", "HAMMING", "COSINE"),
                                     ("ca_file", "/nowhere", "no certificates"), ("filter", "random:7", "SHARE"),
                                     ("server_pid", "999999999", "no process 999999999")):
            run = self.bench(**{flag: value})
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(allowed, run.stderr)

    def test_files_must_fit_each_other(self):
        other = self.data / "other"
        vecgate("bench", "data", "clustered", "--rows", "10", "--dim", "8", "--queries", "5", "--out", str(other))
        run = self.bench(query=other / "query.npy")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("have 8 dimensions, those of", run.stderr)
        self.assert_nothing_is_left()

    def test_the_table_is_for_people(self):
        run = self.bench(mixed=1000)
        self.assertEqual(run.returncode, 0, run.stderr)
        for part in ("rows/s in batches of 500", "recall", "client CPU us", "rows/s were inserted"):
            self.assertIn(part, run.stdout)


if __name__ == "__main__":
    unittest.main()
