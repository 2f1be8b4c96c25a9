"""The catalog and the documents' records in a real PostgreSQL, rows in the embedded engine."""
import json
import os
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from harness import Server
from pymilvus import MilvusClient, MilvusException
from running import RunningService

PATIENCE_S = 60


class MetadataTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = RunningService("postgres")
        cls.server = Server("--metadata.url", cls.postgres.dsn + " password=hush-hush")

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.server.remove()
        cls.postgres.remove()

    def call(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        request = urllib.request.Request(self.server.http + path, method=method)
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def test_collections_and_documents_outlive_the_gateway_and_a_restart_of_the_database(self):
        self.assertFalse((self.server.data / "data/metadata.sqlite").exists())
        client = MilvusClient(uri=self.server.uri)
        client.create_collection("kept", dimension=4)
        client.insert("kept", [{"id": i, "vector": [i, 1, 0, 0]} for i in range(10)])
        made = self.call("POST", "/v1/ingest", {"document": "facts.txt", "text": "Paris is the capital of France."})[1]
        self.await_completion(made["ingestion_id"])
        client.close()

        self.server.kill()
        self.postgres.kill()
        with self.assertRaisesRegex(AssertionError, "did not start") as refused:
            self.server.start()
        self.assertNotIn("hush-hush", str(refused.exception))
        self.postgres.start_again()
        self.server.start()

        client = MilvusClient(uri=self.server.uri)
        self.assertEqual(client.query("kept", output_fields=["count(*)"])[0]["count(*)"], 10)
        documents = self.call("GET", "/v1/documents")[1]["documents"]
        self.assertEqual([(d["document"], d["state"]) for d in documents], [("facts.txt", "processed")])
        self.assertIn("Paris", self.call("POST", "/v1/query", {"question": "capital of France"})[1]["answer"])

        # Rows are read and written while the database is away; what would change the catalog says why not.
        self.postgres.kill()
        client.upsert("kept", [{"id": 10, "vector": [10, 1, 0, 0]}])
        self.assertEqual(client.search("kept", data=[[10, 1, 0, 0]], limit=1)[0][0]["id"], 10)
        with self.assertRaisesRegex(MilvusException, "metadata store"):
            client.create_collection("new", dimension=4)
        self.postgres.start_again()
        client.create_collection("new", dimension=4)
        client.close()

    def test_migrations_are_told_and_undone_there(self):
        def migrate(direction: str) -> str:
            return subprocess.run([os.environ["WIRE_TEST_BINARY"], "migrate", direction, "--metadata.url", self.other.dsn],
                                  capture_output=True, text=True, timeout=60, check=True).stdout  # fmt: skip

        self.other = RunningService("postgres")
        self.addCleanup(self.other.remove)
        self.assertIn("not applied", migrate("status"))
        self.assertIn("migrations applied", migrate("up"))
        self.assertNotIn("not applied", migrate("status"))
        self.assertIn("1 migrations undone", migrate("down"))

    def await_completion(self, ingestion: str):
        end = time.monotonic() + PATIENCE_S
        while self.call("GET", f"/v1/status/{ingestion}")[1]["state"] != "completed":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
