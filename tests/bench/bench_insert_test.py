#!/usr/bin/env python3
"""`vecgate bench insert` as a user runs it: latencies of acknowledged writes, as lines and as a table, and bad flags.

VECGATE_BINARY names the program. Needs nothing but Python.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BINARY = os.environ["VECGATE_BINARY"]


def insert(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, "bench", "insert", *arguments], capture_output=True, text=True, timeout=240)


class BenchInsert(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.flags = ("--store", self.folder.name, "--dim", "32")

    def test_each_durability_writers_and_batch_is_a_line(self):
        run = insert(*self.flags, "--seconds", "0.2", "--writers", "1,8", "--batch", "1,20", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        self.assertEqual([(line["durability"], line["writers"], line["batch"]) for line in lines],
                         [(durability, writers, batch) for durability in ("sync", "async")
                          for writers in (1, 8) for batch in (1, 20)])
        for line in lines:
            self.assertGreaterEqual(line["writes"], line["writers"])
            self.assertGreater(line["p50_us"], 0)
            self.assertGreater(line["thread_cpu_p99_us"], 0)
            for less, more in (("p50_us", "p99_us"), ("p99_us", "p999_us"), ("p999_us", "most_us")):
                self.assertLessEqual(line[less], line[more])
            # A writer waits for each acknowledgement, so what it did in this time is bounded by how long they took.
            self.assertLessEqual(line["writes"] / line["writers"] * line["p50_us"] / 2, 1e6 * line["seconds"])
        self.assertEqual(list(pathlib.Path(self.folder.name).iterdir()), [])

    def test_a_point_ends_at_its_rows(self):
        run = insert(*self.flags, "--writers", "2", "--batch", "10", "--durability", "async", "--rows", "40",
                     "--seconds", "60", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(json.loads(run.stdout)["writes"], 4)

    def test_the_table_is_for_people(self):
        run = insert(*self.flags, "--seconds", "0.1", "--writers", "1", "--batch", "1", "--durability", "async", "--index",
                     "FLAT")
        self.assertEqual(run.returncode, 0, run.stderr)
        head, row = run.stdout.splitlines()
        self.assertIn("p99.9 ms", head)
        self.assertEqual(row.split()[:3], ["async", "1", "1"])

    def test_bad_flags_are_told(self):
        for flag, value, allowed in (("--writers", "0", "numbers from 1"), ("--durability", "never", "sync, async"),
                                     ("--index", "BIN_FLAT", "index type of float vectors")):
            run = insert(*self.flags, flag, value)
            self.assertNotEqual(run.returncode, 0)
            for part in (flag, allowed):
                self.assertIn(part, run.stderr)


if __name__ == "__main__":
    unittest.main()
