"""Collections on a real server behind the gateway (WIRE_TEST_ENGINE): side by side with embedded ones, through failures
of that server and of the gateway, with documents on it."""
import json
import os
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import grpc
from harness import ENGINE, Server, engine_service
from pymilvus import DataType, MilvusClient, MilvusException

DIM = 8
PATIENCE_S = 60


def call(server: Server, method: str, path: str, body: dict | None = None, timeout: float = 60) -> tuple[int, dict]:
    request = urllib.request.Request(server.http + path, method=method)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            text = reply.read()
            return reply.status, json.loads(text) if text else {}
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def rows(first: int, last: int) -> list[dict]:
    return [{"id": i, "vector": [float(i), 1.0, *[0.0] * (DIM - 2)], "color": f"c{i % 3}"} for i in range(first, last)]


class EngineTest(unittest.TestCase):
    """The gateway's default engine is the embedded one; some collections name the other."""

    def setUp(self):
        self.server = Server(is_default_engine=False)
        self.client = MilvusClient(uri=self.server.uri)

    def tearDown(self):
        self.client.close()
        self.server.remove()

    def make(self, name: str, engine: str | None):
        schema = self.client.create_schema(enable_dynamic_field=True)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
        index = self.client.prepare_index_params()
        index.add_index("vector", index_type="AUTOINDEX", metric_type="L2")
        properties = {"vecgate.engine": engine} if engine else {}
        self.client.create_collection(name, schema=schema, index_params=index, properties=properties)

    def count(self, name: str) -> int:
        return self.client.query(name, output_fields=["count(*)"])[0]["count(*)"]

    def ready(self) -> tuple[int, dict]:
        return call(self.server, "GET", "/ready")

    def await_ready(self, status: str):
        end = time.monotonic() + PATIENCE_S
        while self.ready()[1]["status"] != status:
            self.assertLess(time.monotonic(), end, self.ready())
            time.sleep(0.1)

    def test_a_collection_names_its_engine_and_others_are_where_they_were(self):
        self.make("near", None)
        self.make("far", ENGINE)
        for name in ("near", "far"):
            self.client.insert(name, rows(0, 20))
            self.assertEqual(self.count(name), 20)
            hits = self.client.search(name, data=[rows(7, 8)[0]["vector"]], limit=2, filter='color == "c1"')[0]
            self.assertEqual(hits[0]["id"], 7)
        found = {c["name"]: c["engine"] for c in call(self.server, "GET", "/v1/collections")[1]["collections"]}
        self.assertEqual((found["near"], found["far"]), ("embedded", ENGINE))
        self.server.kill()
        self.server.start()
        self.assertEqual((self.count("near"), self.count("far")), (20, 20))
        for name in ("near", "far"):
            self.client.drop_collection(name)

    def test_engines_that_are_not_there_are_refused_by_name(self):
        with self.assertRaisesRegex(MilvusException, f'no engine "oracle" is configured here; there are: embedded, {ENGINE}'):
            self.make("nowhere", "oracle")
        self.assertFalse(self.client.has_collection("nowhere"))

    def test_the_command_line_makes_lists_shows_and_drops(self):
        def vecgate(*arguments: str) -> str:
            done = subprocess.run([os.environ["WIRE_TEST_BINARY"], "collections", *arguments, "--server",
                                   self.server.http], capture_output=True, text=True, timeout=60)  # fmt: skip
            return done.stdout if done.returncode == 0 else f"{done.returncode}: {done.stderr}"

        self.assertIn(f"is made on the engine {ENGINE}", vecgate("create", "typed", "--dim", str(DIM), "--engine", ENGINE))
        self.client.insert("typed", rows(0, 5))
        self.assertRegex(vecgate("list"), rf"typed +{ENGINE} +2 yes")
        self.assertIn("5 rows", vecgate("show", "typed"))
        self.assertIn("exists in database", vecgate("create", "typed", "--dim", str(DIM)))
        self.assertIn("typed is dropped", vecgate("drop", "typed"))
        self.assertIn("is made", vecgate("create", "chunks", "--template", "document_chunks_minilm", "--engine", ENGINE))
        self.assertIn('"dim":384', vecgate("show", "chunks"))
        self.assertIn("chunks is dropped", vecgate("drop", "chunks"))
        self.assertIn("collection not found", vecgate("show", "typed"))

    def test_while_the_server_is_away_others_serve_and_then_all_is_there(self):
        self.make("near", None)
        self.make("far", ENGINE)
        self.client.insert("far", rows(0, 50))
        engine_service().kill()
        try:
            began = time.monotonic()
            self.await_ready("degraded")
            status, body = self.ready()
            self.assertEqual((status, body["engines"]["embedded"]), (200, "ok"))
            self.assertNotEqual(body["engines"][ENGINE], "ok")
            self.client.insert("near", rows(0, 10))
            self.assertEqual(self.count("near"), 10)
            # The answer names the server, whether the gateway gave up or the caller's time ended.
            with self.assertRaises((MilvusException, grpc.RpcError)) as refused:
                self.client.insert("far", rows(50, 60), timeout=5)
            self.assertIn(str(engine_service().address["port"]), str(refused.exception))
            self.assertLess(time.monotonic() - began, PATIENCE_S)
            # A gateway that starts meanwhile serves what it can.
            self.server.kill()
            self.server.start()
            self.assertEqual(self.count("near"), 10)
        finally:
            engine_service().start_again()
        self.await_ready("ready")
        end = time.monotonic() + PATIENCE_S
        while True:  # A server that has just started may ask for patience.
            try:
                self.client.upsert("far", rows(50, 60))
                break
            except MilvusException:
                self.assertLess(time.monotonic(), end)
                time.sleep(0.5)
        self.assertEqual(self.count("far"), 60)
        self.client.drop_collection("far")


class DocumentsTest(unittest.TestCase):
    """Ingestion and cited answers with the engine as the default."""

    def test_documents_are_kept_there(self):
        server = Server()
        try:
            text = "Zebras graze on the savanna at dawn. The capital of France is Paris, on the Seine."
            status, made = call(server, "POST", "/v1/ingest", {"document": "facts.txt", "text": text})
            self.assertEqual(status, 202, made)
            self.await_state(server, made["ingestion_id"])
            self.assertIn("Paris", self.passages(server)[0]["text"])
            listed = call(server, "GET", "/v1/collections")[1]["collections"]
            self.assertEqual([(c["name"], c["engine"]) for c in listed], [("document_chunks_hash", ENGINE)])
            self.assertEqual(call(server, "GET", "/ready")[1]["status"], "ready")
            server.kill()
            server.start()
            self.assertIn("Paris", self.passages(server)[0]["text"])
            self.assertEqual(call(server, "DELETE", "/v1/documents/" + made["document_id"])[0], 204)
            self.assertEqual(self.passages(server), [])
        finally:
            server.remove()

    def await_state(self, server: Server, ingestion: str):
        end = time.monotonic() + PATIENCE_S
        while True:
            state = call(server, "GET", f"/v1/status/{ingestion}")[1]
            if state["state"] == "completed":
                return
            self.assertNotEqual(state["state"], "failed", state)
            self.assertLess(time.monotonic(), end, state)
            time.sleep(0.1)

    def passages(self, server: Server) -> list[dict]:
        status, answer = call(server, "POST", "/v1/query", {"question": "capital of France", "top_k": 3})
        self.assertEqual(status, 200, answer)
        return answer["passages"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
