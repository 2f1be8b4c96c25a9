"""Vector fields of every type through pymilvus, unmodified, against a real server."""
import json
import unittest

import grpc
import numpy as np
from harness import BINARY_INDEXES, Server
from pymilvus import DataType, MilvusClient, MilvusException
from pymilvus.grpc_gen import common_pb2, milvus_pb2, milvus_pb2_grpc

DIM = 24
BITS = 128  # Of a binary vector.
ROWS = 700


class Kind:
    """One vector type: how a client holds a vector, its bytes, and the numbers in it."""

    def __init__(self, name: str, metrics: tuple[str, ...], indexes: tuple[str, ...]):
        self.name, self.metrics, self.indexes = name, metrics, indexes
        self.type = DataType[name]
        self.dim = BITS if name == "BINARY_VECTOR" else DIM

    def random(self, rng):
        if self.name == "BINARY_VECTOR":
            return rng.bytes(BITS // 8)
        numbers = rng.normal(0, 30, DIM).astype(np.float32)
        if self.name == "INT8_VECTOR":
            return np.clip(numbers, -128, 127).astype(np.int8)
        if self.name == "FLOAT16_VECTOR":
            return numbers.astype(np.float16)
        # numpy has no bfloat16; pymilvus takes its bytes.
        return (numbers.view(np.uint32) >> 16).astype(np.uint16).tobytes()

    def bytes_of(self, vector) -> bytes:
        return vector if isinstance(vector, bytes) else vector.tobytes()

    def numbers(self, vector) -> np.ndarray:
        if self.name == "BFLOAT16_VECTOR":
            halves = np.frombuffer(vector, np.uint16)
            return (halves.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
        return vector.astype(np.float64)

    def scores(self, metric: str, query, vectors: list) -> np.ndarray:
        """By the definition of the metric, in float64."""
        if self.name == "BINARY_VECTOR":
            a, b = (np.unpackbits(np.frombuffer(x, np.uint8)) for x in (query, b"".join(vectors)))
            b = b.reshape(-1, BITS)
            if metric == "HAMMING":
                return (a != b).sum(axis=1)
            return 1 - (a & b).sum(axis=1) / (a | b).sum(axis=1)
        a, b = self.numbers(query), np.array([self.numbers(v) for v in vectors])
        if metric == "L2":
            return ((a - b) ** 2).sum(axis=1)
        if metric == "IP":
            return b @ a
        return b @ a / np.linalg.norm(a) / np.linalg.norm(b, axis=1)


NUMBER_METRICS = ("L2", "IP", "COSINE")
# So much that no index passes anything over.
EFFORT = {"ef": 400, "nprobe": 128}
NUMBER_INDEXES = ("FLAT", "HNSW", "AUTOINDEX", "IVF_FLAT")
KINDS = [Kind(name, NUMBER_METRICS, NUMBER_INDEXES) for name in ("FLOAT16_VECTOR", "BFLOAT16_VECTOR")]
if hasattr(DataType, "INT8_VECTOR"):  # Since pymilvus 2.6.
    KINDS.append(Kind("INT8_VECTOR", NUMBER_METRICS, NUMBER_INDEXES))
BINARY = Kind("BINARY_VECTOR", ("HAMMING", "JACCARD"), BINARY_INDEXES)
KINDS.append(BINARY)


class VectorTypesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.client = MilvusClient(uri=cls.server.uri)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()
        cls.server.remove()

    def make(self, kind: Kind, metric: str, index_type: str) -> str:
        name = f"c_{kind.name}_{metric}_{index_type}".lower()
        self.client.drop_collection(name)
        schema = self.client.create_schema()
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("v", kind.type, dim=kind.dim)
        schema.add_field("bucket", DataType.INT64)
        index = self.client.prepare_index_params()
        index.add_index("v", index_type=index_type, metric_type=metric)
        self.client.create_collection(name, schema=schema, index_params=index)
        return name

    def fill(self, kind: Kind, name: str) -> dict:
        rng = np.random.default_rng(7)
        vectors = {i: kind.random(rng) for i in range(ROWS)}
        self.client.insert(name, [{"id": i, "v": v, "bucket": i % 4} for i, v in vectors.items()])
        return vectors

    def search_bytes(self, kind: Kind, name: str, query: bytes, limit: int) -> list[dict]:
        """For types whose queries pymilvus takes from packages that are not here: the same request."""
        placeholder = common_pb2.PlaceholderValue(tag="$0", type=int(kind.type), values=[query])
        group = common_pb2.PlaceholderGroup(placeholders=[placeholder])
        request = milvus_pb2.SearchRequest(
            collection_name=name, nq=1, placeholder_group=group.SerializeToString(), output_fields=["v"],
            search_params=[
                common_pb2.KeyValuePair(key="topk", value=str(limit)),
                common_pb2.KeyValuePair(key="params", value=json.dumps(EFFORT)),
            ],
        )  # fmt: skip
        with grpc.insecure_channel(self.server.uri.removeprefix("http://")) as channel:
            answer = milvus_pb2_grpc.MilvusServiceStub(channel).Search(request)
        self.assertEqual(answer.status.code, 0, answer.status.reason)
        results, size = answer.results, len(query)
        stored = getattr(results.fields_data[0].vectors, kind.name.lower())
        return [
            {"id": key, "distance": score, "v": stored[i * size : (i + 1) * size]}
            for i, (key, score) in enumerate(zip(results.ids.int_id.data, results.scores))
        ]

    def search(self, kind: Kind, name: str, query, limit: int) -> list[dict]:
        if kind.name == "BFLOAT16_VECTOR":
            return self.search_bytes(kind, name, query, limit)
        hits = self.client.search(name, data=[query], limit=limit, output_fields=["v"], search_params={"params": EFFORT})[0]
        return [{"id": h["id"], "distance": h["distance"], "v": vector_bytes(h["entity"]["v"])} for h in hits]

    def check(self, kind: Kind, name: str, metric: str, vectors: dict) -> None:
        """The nearest that numpy finds, with their scores and their bytes."""
        query = kind.random(np.random.default_rng(8))
        ids = sorted(vectors)
        scores = dict(zip(ids, kind.scores(metric, query, [vectors[i] for i in ids])))
        sign = -1 if metric in ("IP", "COSINE") else 1
        want = sorted(ids, key=lambda i: (sign * scores[i], i))[:10]
        hits = self.search(kind, name, query, 10)
        self.assertEqual([h["id"] for h in hits], want, name)
        for hit in hits:
            exact = scores[hit["id"]]
            self.assertLessEqual(abs(hit["distance"] - exact), 1e-5 * max(1.0, abs(exact)), name)
            self.assertEqual(hit["v"], kind.bytes_of(vectors[hit["id"]]), name)

    def test_each_type_by_each_metric_and_index(self):
        for kind in KINDS:
            for metric in kind.metrics:
                for index_type in kind.indexes:
                    with self.subTest(kind=kind.name, metric=metric, index=index_type):
                        name = self.make(kind, metric, index_type)
                        vectors = self.fill(kind, name)
                        self.assertEqual(self.client.describe_index(name, "v")["metric_type"], metric)
                        self.check(kind, name, metric, vectors)
                        self.client.drop_collection(name)

    def test_changes_filters_and_a_restart(self):
        for kind in KINDS:
            with self.subTest(kind=kind.name):
                metric = kind.metrics[0]
                name = self.make(kind, metric, "AUTOINDEX")
                vectors = self.fill(kind, name)
                rng = np.random.default_rng(9)
                for i in (5, 6, ROWS):
                    vectors[i] = kind.random(rng)
                self.client.upsert(name, [{"id": i, "v": vectors[i], "bucket": i % 4} for i in (5, 6, ROWS)])
                self.client.delete(name, ids=[1, 2, 3])
                for i in (1, 2, 3):
                    del vectors[i]
                self.check(kind, name, metric, vectors)
                self.client.flush(name)
                self.client.close()
                self.server.stop()
                self.server.start()
                type(self).client = MilvusClient(uri=self.server.uri)
                self.check(kind, name, metric, vectors)
                rows = self.client.query(name, filter="bucket == 2", output_fields=["v"])
                self.assertEqual({r["id"] for r in rows}, {i for i in vectors if i % 4 == 2})
                for row in rows:
                    self.assertEqual(vector_bytes(row["v"]), kind.bytes_of(vectors[row["id"]]))
                self.client.drop_collection(name)

    def test_what_does_not_fit_is_refused(self):
        client = self.client
        kind = KINDS[0]
        name = self.make(kind, "L2", "FLAT")
        self.fill(kind, name)
        cases = [
            (lambda: client.search(name, data=[[1.0] * DIM], limit=1), "field .v. is of type Float16Vector, search vectors are of type FloatVector"),
            (lambda: client.search(name, data=[np.zeros(DIM - 1, np.float16)], limit=1), "dimension mismatch, expected vector size.byte. 48, actual 46"),
            (lambda: client.insert(name, [{"id": 1, "v": np.full(DIM, np.inf, np.float16), "bucket": 0}]), "'inf' is not a number or infinity"),
            (lambda: self.make(kind, "HAMMING", "FLAT"), "HAMMING"),
        ]  # fmt: skip
        for call, text in cases:
            with self.assertRaisesRegex(MilvusException, text):
                call()

    def test_bits_have_metrics_and_indexes_of_their_own(self):
        client = self.client
        name = self.make(BINARY, "", "")
        described = client.describe_index(name, "v")
        self.assertEqual((described["index_type"], described["metric_type"]), ("AUTOINDEX", "HAMMING"))
        vectors = self.fill(BINARY, name)
        cases = [
            (lambda: self.make(BINARY, "COSINE", "BIN_FLAT"), "binary vector index does not support metric type: COSINE .*HAMMING and JACCARD"),
            (lambda: self.make(BINARY, "HAMMING", "BIN_IVF_FLAT"), "invalid index type: BIN_IVF_FLAT .*engine builds AUTOINDEX, BIN_FLAT"),
            (lambda: self.make(KINDS[0], "L2", "BIN_FLAT"), "invalid index type: BIN_FLAT .*FLAT, HNSW"),
            (lambda: client.search(name, data=[[1.0] * BITS], limit=1), "field .v. is of type BinaryVector, search vectors are of type FloatVector"),
            (lambda: client.search(name, data=[bytes(15)], limit=1), "dimension mismatch, expected vector size.byte. 16, actual 15"),
            (lambda: client.search(name, data=[bytes(16)], limit=1, search_params={"metric_type": "JACCARD"}), "metric type not match.*HAMMING"),
            (lambda: client.insert(name, [{"id": 1, "v": bytes(15), "bucket": 0}]), "dim|inconsistent"),
        ]  # fmt: skip
        for call, text in cases:
            with self.assertRaisesRegex(MilvusException, text):
                call()
        schema = client.create_schema().add_field("id", DataType.INT64, is_primary=True).add_field("v", DataType.BINARY_VECTOR, dim=12)
        with self.assertRaisesRegex(MilvusException, "invalid dimension: 12 .*multiple of 8"):
            client.create_collection("twelve", schema=schema)
        # Ranges, groups and pages of hits, by the distances that numpy gives.
        query = BINARY.random(np.random.default_rng(8))
        scores = dict(enumerate(BINARY.scores("HAMMING", query, [vectors[i] for i in range(ROWS)])))
        order = sorted(scores, key=lambda i: (scores[i], i))
        low, high = int(scores[order[10]]), int(scores[order[300]])
        hits = client.search(name, data=[query], limit=ROWS, search_params={"params": {"radius": high, "range_filter": low}})[0]
        self.assertEqual([h["id"] for h in hits], [i for i in order if low <= scores[i] < high])
        hits = client.search(name, data=[query], limit=4, group_by_field="bucket", output_fields=["bucket"])[0]
        leaders = {}
        for i in order:
            leaders.setdefault(i % 4, i)
        self.assertEqual([h["id"] for h in hits], list(leaders.values()))
        pages, seen = client.search_iterator(name, data=[query], batch_size=64), []
        while page := pages.next():
            seen += [h["id"] if isinstance(h, dict) else h.id for h in page]
        self.assertEqual(seen, order)
        client.drop_collection(name)


def vector_bytes(value) -> bytes:
    """What a client gives back for a vector field that is kept as bytes."""
    return value[0] if isinstance(value, list) else bytes(value)


if __name__ == "__main__":
    unittest.main(verbosity=2)
