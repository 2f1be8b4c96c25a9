"""The databases that vecgate is compared with, each behind its own Python client.

All hold the same rows: a key, an attribute `bucket` from 0 to 999, a unit vector. Graphs are built alike: 32 links
at the ground level (M = 16), lists of 200. `value` is the size of the list that a search keeps.
"""
import json
import struct
import time
import typing
import urllib.request

import numpy as np

M, LIST_SIZE = 16, 200
START_TIMEOUT_S, BUILD_TIMEOUT_S = 120, 3600
# What matches the filter of the comparison: 10 of 1000 buckets.
FILTER = "bucket < 10"


def wait_until(done: typing.Callable[[], bool], what: str, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {timeout_s} s")
        time.sleep(0.02)


class Database:
    """A client. `where` is what the server's start said, or a folder if the database lives in this process."""

    # Several clients of a database that lives in the process are its threads, of a server they are processes.
    is_embedded = False

    def __init__(self, where: dict):
        raise NotImplementedError

    def create(self, dim: int) -> None:
        raise NotImplementedError

    def insert(self, ids: np.ndarray, vectors: np.ndarray, buckets: np.ndarray) -> None:
        raise NotImplementedError

    def make_searchable(self) -> None:
        """What has to be done after the last insert before every row is found."""

    def make_indexed(self) -> None:
        """Returns when every row is in the index."""

    def search(self, query: np.ndarray, k: int, value: int, filtered: bool) -> list[int]:
        raise NotImplementedError


class MilvusStandalone(Database):
    """Milvus 2.3: rows are searched once they are flushed, indexed and loaded."""

    index_type = "HNSW"
    index_params: typing.ClassVar[dict] = {"M": M, "efConstruction": LIST_SIZE}

    def __init__(self, where):
        from pymilvus import MilvusClient
        if "health" in where:
            wait_until(lambda: self.is_healthy(where["health"]), "start", START_TIMEOUT_S)
        self.client = MilvusClient(where["uri"])

    @staticmethod
    def is_healthy(url: str) -> bool:
        try:
            return urllib.request.urlopen(url, timeout=5).read() == b"OK"
        except OSError:
            return False

    def create(self, dim):
        from pymilvus import DataType
        schema = self.client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("bucket", DataType.INT64)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
        self.client.create_collection("bench", schema=schema)

    def insert(self, ids, vectors, buckets):
        self.client.insert("bench", [{"id": int(key), "bucket": int(bucket), "vector": vector}
                                     for key, vector, bucket in zip(ids, vectors, buckets)])

    def create_index(self):
        index = self.client.prepare_index_params()
        index.add_index("vector", index_type=self.index_type, metric_type="COSINE", params=self.index_params)
        self.client.create_index("bench", index)

    def is_indexed(self) -> bool:
        return int(self.client.describe_index("bench", "vector").get("pending_index_rows", 0)) == 0

    def make_searchable(self):
        self.client.flush("bench")
        self.create_index()
        wait_until(self.is_indexed, "index", BUILD_TIMEOUT_S)
        self.client.load_collection("bench")

    def search(self, query, k, value, filtered):
        hits = self.client.search("bench", data=[query], limit=k, filter=FILTER if filtered else "",
                                  search_params={"metric_type": "COSINE", "params": {"ef": max(value, k)}},
                                  anns_field="vector")[0]
        return [hit["id"] for hit in hits]


class MilvusLite(MilvusStandalone):
    pass


class Vecgate(MilvusStandalone):
    """The same client; rows are searched from the moment they are acknowledged, and indexed meanwhile."""

    def __init__(self, where):
        super().__init__(where)
        self.index_type, self.index_params = where["index"], where["params"]

    def make_searchable(self):
        self.create_index()
        self.client.load_collection("bench")

    def make_indexed(self):
        wait_until(self.is_indexed, "index", BUILD_TIMEOUT_S)


class Pgvector(Database):
    """Rows come by binary COPY, one transaction a batch; the index is built afterwards, as pgvector advises."""

    def __init__(self, where):
        import psycopg
        self.connection = psycopg.connect(where["dsn"], autocommit=True)
        self.set_for = None

    def create(self, dim):
        self.connection.execute("CREATE EXTENSION vector")
        self.connection.execute(f"CREATE TABLE bench (id bigint PRIMARY KEY, bucket int, vector vector({dim}))")
        self.connection.execute("ALTER TABLE bench ALTER vector SET STORAGE plain")

    def insert(self, ids, vectors, buckets):
        rows = bytearray(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        dim = vectors.shape[1]
        for key, bucket, vector in zip(ids, buckets, vectors.astype(">f4")):
            rows += struct.pack(">hiqiiihh", 3, 8, key, 4, bucket, 4 + 4 * dim, dim, 0) + vector.tobytes()
        rows += b"\xff\xff"
        with self.connection.cursor() as cursor, cursor.copy("COPY bench FROM STDIN (FORMAT binary)") as copy:
            copy.write(rows)

    def make_indexed(self):
        self.connection.execute("SET maintenance_work_mem = '1GB'")
        self.connection.execute(
            f"CREATE INDEX ON bench USING hnsw (vector vector_ip_ops) WITH (m = {M}, ef_construction = {LIST_SIZE})")
        self.connection.execute("CREATE INDEX ON bench (bucket)")
        self.connection.execute("ANALYZE bench")

    def search(self, query, k, value, filtered):
        if self.set_for != (value, filtered):
            self.connection.execute(f"SET hnsw.ef_search = {min(max(value, k), 1000)}")
            self.connection.execute(f"SET hnsw.iterative_scan = {'relaxed_order' if filtered else 'off'}")
            self.set_for = (value, filtered)
        where = f"WHERE {FILTER}" if filtered else ""
        text = "[" + ",".join(map(repr, query.tolist())) + "]"
        rows = self.connection.execute(f"SELECT id FROM bench {where} ORDER BY vector <#> %s::vector LIMIT {k}",
                                       (text,), prepare=True)
        return [row[0] for row in rows.fetchall()]


class Chroma(Database):
    """Rows are indexed while they are inserted."""

    is_embedded = True

    def __init__(self, where):
        import chromadb
        self.client = chromadb.PersistentClient(where["folder"])
        self.value = None

    def create(self, dim):
        self.collection = self.client.create_collection("bench", embedding_function=None, configuration={
            "hnsw": {"space": "ip", "ef_construction": LIST_SIZE, "max_neighbors": M}})

    def insert(self, ids, vectors, buckets):
        self.collection.add(ids=[str(key) for key in ids], embeddings=vectors,
                            metadatas=[{"bucket": int(bucket)} for bucket in buckets])

    def search(self, query, k, value, filtered):
        if self.value != value:
            self.collection.modify(configuration={"hnsw": {"ef_search": value}})
            self.value = value
        found = self.collection.query(query_embeddings=[query], n_results=k, include=[],
                                      where={"bucket": {"$lt": 10}} if filtered else None)
        return [int(key) for key in found["ids"][0]]


class LanceDb(Database):
    """Rows are scanned until the index is built. Codes are compared again on three times as many full vectors."""

    is_embedded = True
    rerank_factor = 3

    def __init__(self, where):
        import lancedb
        self.database, self.table = lancedb.connect(where["folder"]), None

    def create(self, dim):
        self.dim = dim

    def insert(self, ids, vectors, buckets):
        import pyarrow
        flat = pyarrow.array(vectors.reshape(-1), pyarrow.float32())
        rows = pyarrow.table({"id": pyarrow.array(ids, pyarrow.int64()), "bucket": pyarrow.array(buckets, pyarrow.int32()),
                              "vector": pyarrow.FixedSizeListArray.from_arrays(flat, self.dim)})
        if self.table is None:
            self.table = self.database.create_table("bench", rows)
        else:
            self.table.add(rows)

    def make_indexed(self):
        self.table.create_index(metric="dot", vector_column_name="vector", index_type="IVF_HNSW_SQ", num_partitions=1,
                                m=M, ef_construction=LIST_SIZE)
        self.table.create_scalar_index("bucket")

    def search(self, query, k, value, filtered):
        search = self.table.search(query, vector_column_name="vector").metric("dot").limit(k).select(["id"])
        search = search.ef(max(value, self.rerank_factor * k)).refine_factor(self.rerank_factor)
        if filtered:
            search = search.where(FILTER, prefilter=True)
        return search.to_arrow()["id"].to_pylist()


DATABASES: dict[str, type[Database]] = {
    "vecgate": Vecgate,
    "milvus": MilvusStandalone,
    "milvus_lite": MilvusLite,
    "pgvector": Pgvector,
    "chroma": Chroma,
    "lancedb": LanceDb,
}


def open_database(name: str, where: str) -> Database:
    """`where` as JSON."""
    return DATABASES[name](json.loads(where))
