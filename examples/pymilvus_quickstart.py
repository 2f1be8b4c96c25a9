"""A small pymilvus program. Nothing in it knows that the server is vecgate.

    python pymilvus_quickstart.py http://127.0.0.1:19530
"""
import random
import sys
import time

from pymilvus import DataType, MilvusClient

DIM = 64
ROWS = 5_000

client = MilvusClient(uri=sys.argv[1])
client.drop_collection("quickstart")

schema = client.create_schema(enable_dynamic_field=True)
schema.add_field("id", DataType.INT64, is_primary=True)
schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=DIM)
schema.add_field("color", DataType.VARCHAR, max_length=16)
index = client.prepare_index_params()
index.add_index("embedding", index_type="HNSW", metric_type="COSINE", params={"M": 16, "efConstruction": 200})
client.create_collection("quickstart", schema=schema, index_params=index)

random.seed(7)
colors = ["red", "green", "blue"]
rows = [
    {"id": i, "embedding": [random.gauss(0, 1) for _ in range(DIM)], "color": colors[i % 3], "price": i * 0.5}
    for i in range(ROWS)
]
began = time.perf_counter()
for first in range(0, ROWS, 1000):
    client.insert("quickstart", rows[first : first + 1000])
print(f"inserted {ROWS} rows in {time.perf_counter() - began:.2f} s")

hits = client.search(
    "quickstart",
    data=[rows[42]["embedding"]],
    limit=3,
    filter='color == "red" and price < 2000',
    output_fields=["color", "price"],
)[0]
for hit in hits:
    print(f"  id {hit['id']:>5}  score {hit['distance']:.3f}  {hit['entity']}")

client.delete("quickstart", filter="price >= 2000")
print("rows after a delete by filter:", client.query("quickstart", output_fields=["count(*)"])[0]["count(*)"])
