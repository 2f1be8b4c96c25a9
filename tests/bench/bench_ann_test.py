#!/usr/bin/env python3
"""`vecgate bench` as a user runs it: write a small data set, measure indexes on it, ask interactively, err.

VECGATE_BINARY names the program. Needs nothing but Python.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BINARY = os.environ["VECGATE_BINARY"]
# More rows than the engine compares without asking its index.
ROWS, QUERIES = 2200, 50


def vecgate(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, text=True, timeout=240)


class BenchAnn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.data = pathlib.Path(cls.folder.name)
        made = vecgate("bench", "data", "clustered", "--rows", str(ROWS), "--dim", "16", "--queries", str(QUERIES),
                       "--seed", "7", "--out", str(cls.data))
        assert made.returncode == 0, made.stderr

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def ann(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess:
        given = {"--base": self.data / "base.npy", "--query": self.data / "query.npy", "--metric": "COSINE",
                 "--index": "HNSW", "--rounds": "1"}
        given.update(zip(arguments[::2], arguments[1::2]))
        flags = [str(part) for flag in given.items() for part in flag if part != ""]
        return vecgate("bench", "ann", *flags, stdin=stdin)

    def lines(self, run: subprocess.CompletedProcess) -> list[dict]:
        self.assertEqual(run.returncode, 0, run.stderr)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def test_a_graph_reaches_its_recall(self):
        built, *points = self.lines(self.ann("--sweep", "32,128", "--json", "", "--params", "M=16,efConstruction=100"))
        self.assertEqual((built["event"], built["rows"], built["queries"]), ("built", ROWS, QUERIES))
        self.assertEqual([point["value"] for point in points], [32, 128])
        for point in points:
            self.assertGreaterEqual(point["recall"], 0.9)
            self.assertGreater(point["qps_wall"], 0)
            self.assertGreater(point["qps_cpu"], 0)
            self.assertGreater(point["p50_us"], 0)
            self.assertGreater(point["rss_anon_mb"], 0)

    def test_filtered_searches_are_judged_by_what_matches(self):
        built, point = self.lines(self.ann("--sweep", "128", "--json", "", "--filter", "correlated:0.5"))
        self.assertAlmostEqual(built["matching_rows"], ROWS / 2, delta=5)
        self.assertGreaterEqual(point["recall"], 0.9)

    def test_rows_on_disk_are_the_same_rows(self):
        store = self.data / "store"
        _, point = self.lines(self.ann("--index", "FLAT", "--json", "", "--store", store))
        self.assertEqual(point["recall"], 1.0)
        again = self.ann("--index", "FLAT", "--store", store)
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("holds rows already", again.stderr)

    def test_interactive_answers_line_by_line(self):
        asked = '{"value":64,"threads":2}\n{"value":"many"}\n{"value":128,"latency":true}\n'
        built, first, refused, last = self.lines(self.ann("--interactive", "", stdin=asked))
        self.assertEqual(built["event"], "built")
        self.assertGreaterEqual(first["recall"], 0.9)
        self.assertEqual(refused["event"], "error")
        self.assertIn("p99_us", last)

    def test_the_table_is_for_people(self):
        run = self.ann("--sweep", "64")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("recall", run.stdout)

    def test_what_was_closed_is_opened_again_and_searched(self):
        store = self.data / "closed"
        built, point = self.lines(self.ann("--sweep", "128", "--json", "", "--reopen", "", "--store", store))
        reopen = built["reopen"]
        self.assertGreater(reopen["close_s"], 0)
        self.assertLessEqual(reopen["open_s"], reopen["first_search_s"])
        self.assertLessEqual(reopen["first_search_s"], reopen["indexed_s"])
        self.assertGreaterEqual(point["recall"], 0.9)
        in_memory = self.ann("--reopen", "")
        self.assertNotEqual(in_memory.returncode, 0)
        self.assertIn("--reopen wants --store", in_memory.stderr)

    def test_bad_flags_are_told(self):
        for flag, value, allowed in (("--metric", "HAMMING", "L2, IP, COSINE"), ("--sweep", "fast", "numbers"),
                                     ("--filter", "random:7", "correlated:SHARE"), ("--k", "0", "1 to 16384")):
            run = self.ann(flag, value)
            self.assertNotEqual(run.returncode, 0)
            for part in (flag, allowed):
                self.assertIn(part, run.stderr)

    def test_a_damaged_file_is_named(self):
        cut = self.data / "cut.npy"
        cut.write_bytes((self.data / "base.npy").read_bytes()[:-10])
        run = self.ann("--base", cut)
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("cut.npy: is truncated", run.stderr)


if __name__ == "__main__":
    unittest.main()
