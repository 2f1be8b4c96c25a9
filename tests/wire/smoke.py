import sys, random
from pymilvus import MilvusClient, DataType
c = MilvusClient(uri=sys.argv[1])
print("version", c.get_server_version() if hasattr(c,'get_server_version') else '')
if c.has_collection("smoke"): c.drop_collection("smoke")
s = c.create_schema(auto_id=False, enable_dynamic_field=True)
s.add_field("id", DataType.INT64, is_primary=True)
s.add_field("v", DataType.FLOAT_VECTOR, dim=8)
s.add_field("t", DataType.VARCHAR, max_length=64)
s.add_field("n", DataType.INT32, nullable=True)
ip = c.prepare_index_params(); ip.add_index("v", index_type="HNSW", metric_type="COSINE", params={"M":16,"efConstruction":200})
c.create_collection("smoke", schema=s, index_params=ip)
print(c.describe_collection("smoke"))
rng = random.Random(1)
rows = [{"id": i, "v":[rng.random() for _ in range(8)], "t": f"t{i%7}", "n": i if i%3 else None, "extra": i*2} for i in range(1000)]
print(c.insert("smoke", rows)['insert_count'])
print(c.query("smoke", filter="", output_fields=["count(*)"]))
print(c.search("smoke", data=[rows[5]["v"]], limit=3, output_fields=["*"], filter="id < 500"))
print(c.query("smoke", filter="n is null and extra > 1900", output_fields=["id","t","extra"], limit=3))
print(c.get("smoke", ids=[1,2], output_fields=["t"]))
print(c.upsert("smoke", [{"id":1,"v":rows[0]["v"],"t":"new","n":3}]))
print(c.delete("smoke", ids=[2,3]), c.delete("smoke", filter="id > 990"))
print(c.query("smoke", filter="", output_fields=["count(*)"]))
it = c.query_iterator("smoke", batch_size=100, filter="", output_fields=["id"])
n=0
while True:
    b = it.next()
    if not b: break
    n += len(b)
print("iterated", n)
it = c.search_iterator("smoke", data=[rows[5]["v"]], batch_size=50, limit=300, output_fields=["id"])
seen=[]
while True:
    b = it.next()
    if not b: break
    seen += [h.id for h in b]
print("searched", len(seen), len(set(seen)))
print(c.list_indexes("smoke"), c.describe_index("smoke","v"))
c.flush("smoke")
print(c.get_collection_stats("smoke"))
c.drop_collection("smoke"); print(c.list_collections())
