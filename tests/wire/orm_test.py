"""The ORM of pymilvus (connections, Collection, utility), unmodified, against a real server."""
import random
import unittest

from harness import Server
from pymilvus import Collection, CollectionSchema, DataType, FieldSchema, connections, utility

DIM = 8


class OrmTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        connections.connect(uri=cls.server.uri)

    @classmethod
    def tearDownClass(cls):
        connections.disconnect("default")
        cls.server.stop()
        cls.server.remove()

    def test_the_life_of_a_collection(self):
        rng = random.Random(3)
        schema = CollectionSchema(
            [
                FieldSchema("id", DataType.INT64, is_primary=True),
                FieldSchema("v", DataType.FLOAT_VECTOR, dim=DIM),
                FieldSchema("word", DataType.VARCHAR, max_length=32),
            ]
        )
        collection = Collection("orm", schema)
        vectors = [[rng.random() for _ in range(DIM)] for _ in range(200)]
        collection.insert([list(range(200)), vectors, [f"w{i % 4}" for i in range(200)]])
        collection.flush()
        self.assertEqual(collection.num_entities, 200)
        collection.create_index("v", {"index_type": "HNSW", "metric_type": "L2", "params": {"M": 8, "efConstruction": 64}})
        self.assertTrue(collection.has_index())
        self.assertEqual(collection.index().params["index_type"], "HNSW")
        utility.wait_for_index_building_complete("orm")
        collection.load()
        hits = collection.search([vectors[7]], "v", {"params": {"ef": 64}}, limit=3, expr='word == "w3"', output_fields=["word"])[0]
        self.assertEqual(hits[0].id, 7)
        self.assertEqual(hits[0].entity.get("word"), "w3")
        self.assertEqual(collection.query("id < 3", output_fields=["word"])[2]["word"], "w2")
        collection.upsert([[7], [vectors[8]], ["changed"]])
        self.assertEqual(collection.query("id == 7", output_fields=["word"])[0]["word"], "changed")
        self.assertEqual(collection.delete("id in [1, 2]").delete_count, 2)
        collection.create_partition("p")
        self.assertTrue(collection.has_partition("p"))
        self.assertEqual([p.name for p in collection.partitions], ["_default", "p"])
        iterator = collection.query_iterator(batch_size=50, output_fields=["id"])
        seen = 0
        while page := iterator.next():
            seen += len(page)
        self.assertEqual(seen, 198)
        self.assertIn("orm", utility.list_collections())
        collection.release()
        collection.drop_index()
        utility.drop_collection("orm")
        self.assertFalse(utility.has_collection("orm"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
