"""MilvusClient, unmodified, against a real server: what applications do every day."""
import random
import unittest

from harness import ENGINE, SCALAR_INDEXES, VECTOR_INDEXES, Server
from pymilvus import DataType, MilvusClient, MilvusException

DIM = 16


def vector(seed: int) -> list[float]:
    rng = random.Random(seed)
    return [rng.gauss(0, 1) for _ in range(DIM)]


class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.client = MilvusClient(uri=cls.server.uri)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()
        cls.server.remove()

    def make(self, name: str, metric: str = "COSINE", index_type: str = "HNSW", rows: int = 300, **schema_options):
        """A collection with every scalar type; row i is determined by i."""
        self.client.drop_collection(name)
        schema = self.client.create_schema(enable_dynamic_field=True, **schema_options)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("v", DataType.FLOAT_VECTOR, dim=DIM)
        schema.add_field("flag", DataType.BOOL)
        schema.add_field("small", DataType.INT16)
        schema.add_field("price", DataType.DOUBLE)
        schema.add_field("ratio", DataType.FLOAT)
        schema.add_field("text", DataType.VARCHAR, max_length=64)
        schema.add_field("maybe", DataType.INT32, nullable=True)
        schema.add_field("level", DataType.INT32, default_value=7)
        schema.add_field("doc", DataType.JSON)
        schema.add_field("tags", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=8, max_length=16)
        index = self.client.prepare_index_params()
        index.add_index("v", index_type=index_type, metric_type=metric)
        self.client.create_collection(name, schema=schema, index_params=index)
        if rows:
            self.client.insert(name, [self.row(i) for i in range(rows)])
        return name

    @staticmethod
    def row(i: int) -> dict:
        return {
            "id": i, "v": vector(i), "flag": i % 2 == 0, "small": i % 100, "price": i / 4, "ratio": i / 8,
            "text": f"text {i % 10}", "maybe": None if i % 3 == 0 else i, "doc": {"n": i, "nest": {"k": [i, i + 1]}},
            "tags": [f"t{i % 5}", f"t{i % 7}"], "extra": f"x{i % 4}",
        }  # fmt: skip

    def ids(self, name: str, expression: str, **options) -> list[int]:
        return [r["id"] for r in self.client.query(name, filter=expression, output_fields=["id"], **options)]

    def count(self, name: str, expression: str = "") -> int:
        return self.client.query(name, filter=expression, output_fields=["count(*)"])[0]["count(*)"]

    def test_version_and_quick_setup(self):
        self.assertIn("2.5", self.client.get_server_version())
        self.client.drop_collection("quick")
        self.client.create_collection("quick", dimension=DIM)
        self.client.insert("quick", [{"id": 1, "vector": vector(1), "word": "one"}])
        hit = self.client.search("quick", data=[vector(1)], limit=1, output_fields=["word"])[0][0]
        self.assertEqual((hit["id"], hit["entity"]["word"]), (1, "one"))

    def test_describe_gives_back_the_schema(self):
        description = self.client.describe_collection(self.make("described", rows=0))
        fields = {f["name"]: f for f in description["fields"]}
        self.assertNotIn("$meta", fields)
        self.assertTrue(description["enable_dynamic_field"])
        self.assertEqual(fields["v"]["params"]["dim"], DIM)
        self.assertEqual(fields["tags"]["element_type"], DataType.VARCHAR)
        self.assertTrue(fields["maybe"]["nullable"])
        self.assertEqual([f["field_id"] for f in description["fields"]], list(range(100, 111)))

    def test_rows_come_back_as_they_went_in(self):
        name = self.make("roundtrip", rows=20)
        row = self.client.get(name, ids=[9], output_fields=["*"])[0]
        want = self.row(9) | {"level": 7}
        for key, value in want.items():
            if key == "v":
                for got, expected in zip(row[key], value):
                    self.assertAlmostEqual(got, expected, places=6)
            else:
                self.assertEqual(row[key], value, key)

    def test_search_finds_the_nearest_by_every_metric(self):
        for metric in ("L2", "IP", "COSINE"):
            name = self.make(f"near_{metric}", metric=metric)
            vectors = {i: vector(i) for i in range(300)}
            query = vector(1000)

            def score(v):
                dot = sum(a * b for a, b in zip(query, v))
                if metric == "IP":
                    return -dot
                if metric == "L2":
                    return sum((a - b) ** 2 for a, b in zip(query, v))
                norm = lambda w: sum(a * a for a in w) ** 0.5
                return -dot / norm(query) / norm(v)

            want = sorted(vectors, key=lambda i: score(vectors[i]))[:5]
            hits = self.client.search(name, data=[query, vector(3)], limit=5, search_params={"params": {"ef": 256}})
            self.assertEqual([h["id"] for h in hits[0]], want, metric)
            self.assertAlmostEqual(abs(hits[0][0]["distance"]), abs(score(vectors[want[0]])), places=4)

    def refuses_index(self, name: str, index, message: str):
        with self.assertRaisesRegex(MilvusException, message):
            self.client.create_index(name, index)

    def test_each_index_type_is_built_as_named(self):
        cases = {
            "IVF_FLAT": ({"nlist": 16}, {"nprobe": 16}),
            "IVF_SQ8": ({"nlist": 16}, {"nprobe": 16}),
            "IVF_PQ": ({"nlist": 16, "m": 8, "nbits": 8}, {"nprobe": 16}),
            "HNSW_SQ": ({"M": 16, "efConstruction": 100, "sq_type": "SQ8", "refine": True}, {"ef": 64}),
            "HNSW_PQ": ({"M": 16, "efConstruction": 100, "m": 8, "nbits": 8}, {"ef": 64}),
            "AUTOINDEX": ({"profile": "fast"}, {}),
        }
        for index_type, (build, search) in cases.items():
            name = self.make(f"typed_{index_type.lower()}", metric="L2", index_type="FLAT", rows=0)
            self.client.insert(name, [self.row(i) for i in range(1200)])
            self.client.release_collection(name)
            self.client.drop_index(name, "v")
            index = self.client.prepare_index_params()
            index.add_index("v", index_type=index_type, metric_type="L2", params=build)
            if VECTOR_INDEXES is not None and index_type not in VECTOR_INDEXES:
                self.refuses_index(name, index, rf"{index_type} on field v \(FloatVector\): the {ENGINE} engine builds ")
                self.client.drop_collection(name)
                continue
            self.client.create_index(name, index)
            self.client.load_collection(name)
            described = self.client.describe_index(name, "v")
            self.assertEqual(described["index_type"], index_type)
            hits = self.client.search(name, data=[vector(77)], limit=5, search_params={"params": search})[0]
            self.assertEqual((hits[0]["id"], len(hits)), (77, 5), index_type)
            self.assertAlmostEqual(hits[0]["distance"], 0, places=4)
            self.client.drop_collection(name)

    def test_each_scalar_index_type_is_built_described_used_and_dropped(self):
        # Filters and what they mean; three rows in four are older than the indexes.
        questions = {
            "flag == true": lambda i: i % 2 == 0,
            "small in [3, 7]": lambda i: i % 100 in (3, 7),
            "price < 12.5": lambda i: i / 4 < 12.5,
            "ratio >= 100.0 and not (text == 'text 3')": lambda i: i / 8 >= 100 and i % 10 != 3,
            "text like 'text 1%'": lambda i: i % 10 == 1,
            "maybe is null": lambda i: i % 3 == 0,
            "maybe != 4": lambda i: i % 3 != 0 and i != 4,
            "array_contains(tags, 't6')": lambda i: i % 7 == 6,
            "id == 1500": lambda i: i == 1500,
        }
        fields = {
            "id": "INVERTED", "flag": "BITMAP", "small": "STL_SORT", "price": "STL_SORT", "ratio": "INVERTED",
            "text": "Trie", "maybe": "AUTOINDEX", "level": "", "tags": "BITMAP",
        }  # fmt: skip
        name = self.make("scalar_indexed", metric="L2", rows=0)
        for field, index_type in list(fields.items()):
            if SCALAR_INDEXES is None or (index_type or "AUTOINDEX") in SCALAR_INDEXES:
                continue
            index = self.client.prepare_index_params()
            index.add_index(field, index_type=index_type, index_name="refused")
            self.refuses_index(name, index, rf"invalid index type: {index_type} .*the {ENGINE} engine builds ")
            fields[field] = "AUTOINDEX"
        if SCALAR_INDEXES == set():
            return  # Each was refused; what filters mean without indexes is other tests' matter.

        def check(when):
            for expression, matches in questions.items():
                want = [i for i in range(2400) if matches(i)]
                self.assertEqual(self.ids(name, expression), want, f"{when}: {expression}")
                self.assertEqual(self.count(name, expression), len(want), f"{when}: {expression}")

        self.client.insert(name, [self.row(i) for i in range(1800)])
        index = self.client.prepare_index_params()
        for field, index_type in fields.items():
            index.add_index(field, index_type=index_type, index_name=f"by_{field}")
        self.client.create_index(name, index)
        self.client.insert(name, [self.row(i) for i in range(1800, 2400)])
        self.assertEqual(sorted(self.client.list_indexes(name)), sorted(["v", *(f"by_{field}" for field in fields)]))
        for field, index_type in fields.items():
            described = self.client.describe_index(name, f"by_{field}")
            self.assertEqual((described["field_name"], described["index_type"]), (field, index_type or "AUTOINDEX"))
            self.assertNotIn("metric_type", described)
            self.assertEqual(described["total_rows"], 2400)
        check("with indexes")
        self.server.kill()
        self.server.start()
        check("after a crash")
        for field in fields:
            self.client.drop_index(name, f"by_{field}")
        self.assertEqual(self.client.list_indexes(name), ["v"])
        check("without indexes")

        if ENGINE != "embedded":
            return  # What its own index types take is told in its own words.
        wrong = {
            ("doc", "INVERTED"): r"INVERTED cannot be built on field doc \(JSON\): it takes Bool, .*VarChar, and arrays",
            ("price", "BITMAP"): r"BITMAP cannot be built on field price \(Double\)",
            ("id", "BITMAP"): r"field id \(Int64, the primary key\)",
            ("text", "STL_SORT"): r"STL_SORT cannot be built on field text \(VarChar\): it takes Int8, .* and Double",
            ("small", "Trie"): r"Trie cannot be built on field small \(Int16\): it takes VarChar",
            ("text", "HNSW"): r"invalid index type: HNSW on field text \(VarChar\)",
            ("v", "INVERTED"): r"invalid index type: INVERTED on field v \(FloatVector\)",
        }
        for (field, index_type), message in wrong.items():
            index = self.client.prepare_index_params()
            index.add_index(field, index_type=index_type, index_name="wrong", metric_type="L2")
            self.refuses_index(name, index, message)

    def test_filters(self):
        name = self.make("filtered")
        rows = [self.row(i) for i in range(300)]
        cases = [
            ("price > 10.5 and price <= 20", lambda r: 10.5 < r["price"] <= 20),
            ("10 < small <= 12", lambda r: 10 < r["small"] <= 12),
            ('text in ["text 3", "text 4"]', lambda r: r["text"] in ("text 3", "text 4")),
            ('text like "%xt 7"', lambda r: r["text"].endswith("xt 7")),
            ("maybe is null", lambda r: r["maybe"] is None),
            ("maybe is not null && flag == true", lambda r: r["maybe"] is not None and r["flag"]),
            ("small % 7 == 3", lambda r: r["small"] % 7 == 3),
            ('doc["nest"]["k"][1] < 10', lambda r: r["doc"]["nest"]["k"][1] < 10),
            ('extra == "x2"', lambda r: r["extra"] == "x2"),
            ('array_contains(tags, "t6")', lambda r: "t6" in r["tags"]),
            ('ARRAY_CONTAINS_ALL(tags, ["t1", "t6"])', lambda r: {"t1", "t6"} <= set(r["tags"])),
            ("array_length(tags) == 2 and not (id > 4)", lambda r: r["id"] <= 4),
            ('tags[0] == "t2" or level != 7', lambda r: r["tags"][0] == "t2"),
        ]
        for expression, matches in cases:
            self.assertEqual(self.ids(name, expression), [r["id"] for r in rows if matches(r)], expression)
        self.assertEqual(self.ids(name, "id in {list} and price < {top}", filter_params={"list": [1, 2, 250], "top": 50.0}), [1, 2])
        # k hits whenever k rows match, however few they are.
        hits = self.client.search(name, data=[vector(5)], limit=10, filter="small == 42")
        self.assertEqual(sorted(h["id"] for h in hits[0]), [42, 142, 242])

    def test_paging_is_by_primary_key(self):
        name = self.make("paged")
        self.assertEqual(self.ids(name, "", limit=3, offset=10), [10, 11, 12])
        self.assertEqual(self.ids(name, "id >= 290", limit=100), list(range(290, 300)))

    def test_upsert_and_delete_count_exactly(self):
        name = self.make("changed")
        self.client.upsert(name, [self.row(5) | {"text": "new"}, self.row(1000)])
        self.assertEqual(self.count(name), 301)
        self.assertEqual(self.client.get(name, ids=[5])[0]["text"], "new")
        self.client.insert(name, [self.row(6) | {"text": "replaced"}])
        self.assertEqual(self.count(name), 301)
        self.client.delete(name, ids=[1, 2, 3])
        self.client.delete(name, filter="id >= 295 and id < 1000")
        self.assertEqual(self.count(name), 293)
        self.assertEqual(int(self.client.get_collection_stats(name)["row_count"]), 293)
        self.assertEqual(self.client.get(name, ids=[1, 2, 3]), [])

    def test_range_search(self):
        name = self.make("ranged", metric="L2")
        everything = self.client.search(name, data=[vector(0)], limit=300, search_params={"params": {"ef": 512}})[0]
        low, high = everything[10]["distance"], everything[50]["distance"]
        hits = self.client.search(name, data=[vector(0)], limit=300, search_params={"params": {"radius": high, "range_filter": low}})[0]
        self.assertEqual([h["id"] for h in hits], [h["id"] for h in everything if low <= h["distance"] < high])

    def test_group_by(self):
        name = self.make("grouped")
        hits = self.client.search(name, data=[vector(0)], limit=10, group_by_field="text", output_fields=["text"])[0]
        self.assertEqual(len({h["entity"]["text"] for h in hits}), len(hits))
        self.assertEqual(len(hits), 10)

    def test_iterators_give_every_row_once(self):
        name = self.make("iterated")
        pages = self.client.query_iterator(name, batch_size=70, output_fields=["id"])
        seen = []
        while page := pages.next():
            seen += [r["id"] for r in page]
        self.assertEqual(seen, list(range(300)))
        pages = self.client.search_iterator(name, data=[vector(1)], batch_size=64)
        seen = []
        while page := pages.next():
            seen += [h["id"] if isinstance(h, dict) else h.id for h in page]
        self.assertEqual(sorted(seen), list(range(300)))

    def test_partitions(self):
        name = self.make("parted", rows=0)
        self.client.create_partition(name, "p1")
        self.client.insert(name, [self.row(i) for i in range(10)], partition_name="p1")
        self.client.insert(name, [self.row(i) for i in range(10, 30)])
        self.assertEqual(self.client.list_partitions(name), ["_default", "p1"])
        self.assertEqual(len(self.client.search(name, data=[vector(0)], limit=30, partition_names=["p1"])[0]), 10)
        self.assertEqual(int(self.client.get_partition_stats(name, "p1")["row_count"]), 10)
        with self.assertRaisesRegex(MilvusException, "partition is loaded"):
            self.client.drop_partition(name, "p1")
        self.client.release_collection(name)
        self.client.drop_partition(name, "p1")
        self.client.load_collection(name)
        self.assertEqual(self.count(name), 20)

    def test_partition_key(self):
        self.client.drop_collection("keyed")
        schema = self.client.create_schema()
        schema.add_field("id", DataType.VARCHAR, max_length=32, is_primary=True)
        schema.add_field("tenant", DataType.VARCHAR, max_length=32, is_partition_key=True)
        schema.add_field("v", DataType.FLOAT_VECTOR, dim=DIM)
        index = self.client.prepare_index_params()
        index.add_index("v", index_type="AUTOINDEX", metric_type="L2")
        self.client.create_collection("keyed", schema=schema, index_params=index)
        self.client.insert("keyed", [{"id": f"k{i}", "tenant": f"t{i % 9}", "v": vector(i)} for i in range(90)])
        hits = self.client.search("keyed", data=[vector(0)], limit=50, filter='tenant == "t4"', output_fields=["tenant"])[0]
        self.assertEqual([h["entity"]["tenant"] for h in hits], ["t4"] * 10)

    def test_aliases_and_rename(self):
        name = self.make("aliased", rows=5)
        self.client.create_alias(name, "nick")
        self.assertEqual(self.count("nick"), 5)
        self.assertEqual(self.client.describe_alias("nick")["collection_name"], name)
        other = self.make("aliased_too", rows=7)
        self.client.alter_alias(other, "nick")
        self.assertEqual(self.count("nick"), 7)
        self.client.drop_alias("nick")
        self.assertFalse(self.client.has_collection("nick"))
        self.client.rename_collection(name, "renamed_collection")
        self.assertEqual(self.count("renamed_collection"), 5)
        self.client.drop_collection("renamed_collection")

    def test_databases_are_apart(self):
        self.make("apart", rows=3)
        self.client.create_database("other")
        self.assertIn("other", self.client.list_databases())
        there = MilvusClient(uri=self.server.uri, db_name="other")
        self.assertEqual(there.list_collections(), [])
        there.create_collection("apart", dimension=DIM)
        there.drop_collection("apart")
        there.close()
        self.client.drop_database("other")
        self.assertEqual(self.count("apart"), 3)

    def test_auto_id(self):
        self.client.drop_collection("auto")
        self.client.create_collection("auto", dimension=DIM, auto_id=True)
        ids = self.client.insert("auto", [{"vector": vector(i)} for i in range(50)])["ids"]
        self.assertEqual(len(set(ids)), 50)
        self.assertEqual(self.count("auto"), 50)

    def test_errors_are_those_of_milvus(self):
        name = self.make("wrong", rows=2)
        client = self.client
        cases = [
            (lambda: client.search("nowhere", data=[vector(0)]), "not found|can't find"),
            (lambda: client.create_collection("12-s", dimension=8), "Invalid collection name: 12-s"),
            (lambda: client.search(name, data=[[1.0, 2.0]], limit=1), "dimension mismatch"),
            (lambda: client.search(name, data=[vector(0)], limit=16385), "range"),
            (lambda: client.query(name, filter="id >"), "cannot parse expression"),
            (lambda: client.query(name, filter="("  * 10_000 + "id > 0" + ")" * 10_000), "cannot parse expression"),
            (lambda: client.query(name, filter=""), "empty expression should be used with limit"),
            (lambda: client.insert(name, [self.row(1) | {"v": [float("nan")] * DIM}]), "not a number"),
            (lambda: client.insert(name, [self.row(1) | {"text": "x" * 65}]), "max length"),
            (lambda: client.search(name, data=[vector(0)], limit=1, partition_names=["zz"]), "partition name zz not found"),
            (lambda: client.search(name, data=[vector(0)], limit=1, search_params={"metric_type": "L2"}), "metric type not match"),
            (lambda: client.drop_index(name, "v"), "collection is loaded"),
        ]  # fmt: skip
        for call, text in cases:
            with self.assertRaisesRegex(MilvusException, text):
                call()
        index = client.prepare_index_params()
        index.add_index("v", index_type="DISKANN", metric_type="L2")
        with self.assertRaisesRegex(MilvusException, "FLAT.*HNSW"):
            client.create_collection("unbuilt", schema=client.create_schema().add_field("id", DataType.INT64, is_primary=True).add_field("v", DataType.FLOAT_VECTOR, dim=4), index_params=index)
        self.assertEqual(client.describe_index(name, "nothing") or None, None)

    def test_release_and_load(self):
        name = self.make("loaded", rows=4)
        self.client.release_collection(name)
        with self.assertRaisesRegex(MilvusException, "collection not loaded"):
            self.client.search(name, data=[vector(0)], limit=1)
        self.client.load_collection(name)
        self.assertEqual(self.count(name), 4)
        self.client.flush(name)

    def test_everything_is_there_after_kill(self):
        name = self.make("survivor", rows=50)
        before = self.client.query(name, filter="id >= 0", output_fields=["*"])
        self.server.kill()
        self.server.start()
        # The application's own client finds the server again by itself. (A second one in the same
        # process may wait ten seconds for the first one's broken connection and then give up.)
        after = self.client.query(name, filter="id >= 0", output_fields=["*"])
        self.assertEqual([dict(r) for r in before], [dict(r) for r in after])


if __name__ == "__main__":
    unittest.main(verbosity=2)
