"""`vecgate index` against a running server: stats, tune, rebuild, and what they refuse."""
import json
import os
import subprocess
import unittest
import urllib.error
import urllib.request

import numpy as np
from harness import Server
from pymilvus import DataType, MilvusClient

ROWS, DIM = 5000, 16


class IndexCommandTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.remove)
        client = MilvusClient(uri=cls.server.uri)
        schema = client.create_schema()
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("v", DataType.FLOAT_VECTOR, dim=DIM)
        index = client.prepare_index_params()
        index.add_index("v", index_type="AUTOINDEX", metric_type="L2")
        client.create_collection("things", schema=schema, index_params=index)
        vectors = np.random.default_rng(1).normal(size=(ROWS, DIM))
        client.insert("things", [{"id": i, "v": vectors[i].tolist()} for i in range(ROWS)])
        client.delete("things", filter="id < 1000")
        cls.client = client

    def run_index(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [os.environ["WIRE_TEST_BINARY"], "index", *arguments, "--server", self.server.http],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def stats(self) -> dict:
        done = self.run_index("stats", "things", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_1_rebuild_leaves_the_dead_out(self):
        done = self.run_index("rebuild", "things")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("4000 rows, indexes rebuilt in", done.stdout)
        stats = self.stats()
        self.assertIsNone(stats["rebuild"])
        self.assertEqual(stats["rows"], 4000)
        self.assertEqual(stats["index"]["facts"]["nodes"], 4000)
        hits = self.client.search("things", data=[[0.0] * DIM], limit=10)[0]
        self.assertTrue(all(hit["id"] >= 1000 for hit in hits))

    def test_2_stats_tell_type_memory_links_and_recall(self):
        stats = self.stats()
        self.assertEqual((stats["field"], stats["index"]["index_type"]), ("v", "AUTOINDEX"))
        self.assertGreater(stats["memory_bytes"]["links"], 0)
        self.assertEqual(sum(stats["index"]["histograms"]["links of a node"]), 4000)
        self.assertGreaterEqual(stats["index"]["efforts"][-1]["recall"], 0.95)
        self.assertIn("links of a node", self.run_index("stats", "things").stdout)

    def test_3_tune_names_the_least_ef_and_the_profiles_that_fit(self):
        done = self.run_index("tune", "things", "--recall", "0.9", "--memory-mb", "1000")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"recall 0\.9\d* from effort \d+ on: search with ef \d+|recall 1\.0+ from")
        self.assertRegex(done.stdout, r"profile fast +\d+\.\d MB  <- the fastest within the limit")
        self.assertIn("fast has codes of neighbors too, from 192 to 448 dimensions", done.stdout)

    def test_4_refusals_name_what_is_wrong(self):
        self.assertIn("collection not found", self.run_index("stats", "nothing").stderr)
        self.assertIn("letters, digits and _", self.run_index("stats", "a b").stderr)
        self.assertIn("fieldName(w) not found", self.run_index("stats", "things", "--field", "w").stderr)
        self.assertIn("efforts is", self.bad_efforts())
        self.assertNotEqual(self.run_index("tune", "things", "--recall", "2").returncode, 0)

    def bad_efforts(self) -> str:
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(self.server.http + "/v1/collections/things/index?efforts=1,x")
        self.assertEqual(refused.exception.code, 400)
        return refused.exception.read().decode()


if __name__ == "__main__":
    unittest.main(verbosity=2)
