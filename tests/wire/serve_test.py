"""`vecgate serve` as an operator meets it: refusals, health, metrics, drain, one process a directory."""
import json
import os
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from harness import Server, free_port
from pymilvus import MilvusClient

BINARY = os.environ["WIRE_TEST_BINARY"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [BINARY, *arguments], capture_output=True, text=True, timeout=60, env={**os.environ, **environment}
    )


class RefusalTest(unittest.TestCase):
    def refused(self, text: str, *arguments: str, **environment: str) -> None:
        done = run("serve", "--data", tempfile.gettempdir() + "/never", *arguments, **environment)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(text, done.stderr)

    def test_a_public_address_needs_insecure(self):
        self.refused("grpc_addr = 0.0.0.0:19530 is a public address", "--grpc-addr", "0.0.0.0:19530")

    def test_bad_settings_name_key_value_and_what_is_allowed(self):
        self.refused('limits.max_top_k: the value "0" (flag --limits.max_top_k) is not allowed: a number from 1 to 16384', "--limits.max_top_k", "0")
        self.refused("VECGATE_NONSENSE: no setting has this environment variable", VECGATE_NONSENSE="1")
        self.refused('vector_store_mode: the value "redis" (environment VECTOR_STORE_MODE)', VECTOR_STORE_MODE="redis")

    def test_config_show_tells_where_values_come_from(self):
        shown = run("config", "show", "--log-level", "debug", VECGATE_DATA_DIR="/somewhere").stdout
        self.assertRegex(shown, r"log.level +debug +flag --log-level")
        self.assertRegex(shown, r"data_dir +/somewhere +environment VECGATE_DATA_DIR")
        self.assertRegex(shown, r"http_addr +127.0.0.1:9091 +default")


class ServeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--log-format", "json", "--log-level", "debug")

    @classmethod
    def tearDownClass(cls):
        cls.server.remove()

    def get(self, path: str):
        try:
            with urllib.request.urlopen(self.server.http + path, timeout=10) as reply:
                return reply.status, reply.read().decode(), reply.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers

    def test_1_health_ready_metrics(self):
        self.assertEqual(json.loads(self.get("/health")[1])["status"], "ok")
        self.assertEqual(json.loads(self.get("/ready")[1])["status"], "ready")
        MilvusClient(uri=self.server.uri).list_collections()
        metrics = self.get("/metrics")[1]
        self.assertRegex(metrics, r'vecgate_rpc_total\{code="OK",method="ShowCollections"\} \d')
        self.assertIn("vecgate_collection_rows", metrics)
        self.assertRegex(metrics, r'vecgate_store_memory_bytes\{structure="write buffers"\} [1-9]')

    def test_2_errors_carry_the_request_id(self):
        status, body, headers = self.get("/v1/ingest/not-a-uuid")
        self.assertEqual(status, 400)
        self.assertEqual(json.loads(body)["error"]["request_id"], headers["x-request-id"])
        self.assertEqual(self.get("/v1/status/00000000-0000-4000-8000-000000000000")[0], 404)

    def test_3_one_process_a_directory(self):
        second = run(
            "serve", "--data", str(self.server.data / "data"), "--embedder", "hash",
            "--grpc-addr", f"127.0.0.1:{free_port()}", "--http-addr", f"127.0.0.1:{free_port()}",
        )  # fmt: skip
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("another process", second.stderr)
        self.assertIn(str(self.server.data), second.stderr)

    def test_4_a_taken_port_is_named(self):
        with tempfile.TemporaryDirectory() as data:
            done = run(
                "serve", "--data", data, "--embedder", "hash",
                "--grpc-addr", f"127.0.0.1:{self.server.grpc_port}", "--http-addr", f"127.0.0.1:{free_port()}",
            )  # fmt: skip
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(self.server.grpc_port), done.stderr)

    def test_5_migrations(self):
        with tempfile.TemporaryDirectory() as data:
            self.assertIn("0001 catalog", run("migrate", "up", "--data", data).stdout)
            self.assertRegex(run("migrate", "down", "--data", data).stdout, r"0002 documents +not applied")
            refused = run("serve", "--data", data, "--embedder", "hash")
            self.assertIn("vecgate migrate up", refused.stderr)

    def test_6_logs_are_json_and_the_drain_is_clean(self):
        self.server.stop()
        lines = [json.loads(line) for line in self.server.log().splitlines()]
        self.assertEqual(lines[-1]["message"], "stopped")
        self.assertTrue(any(line.get("what") == "ShowCollections" and line["request_id"] for line in lines))


if __name__ == "__main__":
    unittest.main(verbosity=2)
