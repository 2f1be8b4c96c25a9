"""The vector libraries that vecgate is compared with: each the same few calls around its own API.

Vectors are unit vectors, so cosine, inner product and squared distance order them alike, and each library is
given the metric that it is fastest at. Graphs are built alike: 32 links at the ground level (M = 16), lists of 200.
"""
import concurrent.futures
import json
import os
import tempfile
import typing

import numpy as np

M, LIST_SIZE = 16, 200
GRAPH, IVF = "ef", "nprobe"


class Library:
    """One index. `sweep` names what the values of `tune` mean."""

    sweep = GRAPH

    def build(self, base: np.ndarray, threads: int) -> None:
        raise NotImplementedError

    def tune(self, value: int) -> None:
        raise NotImplementedError

    def search(self, queries: np.ndarray, k: int, threads: int) -> np.ndarray:
        """queries × k row numbers; -1 where fewer were found."""
        raise NotImplementedError


class Hnswlib(Library):
    def build(self, base, threads):
        import hnswlib
        self.index = hnswlib.Index("ip", base.shape[1])
        self.index.init_index(len(base), ef_construction=LIST_SIZE, M=M)
        self.index.add_items(base, num_threads=threads)

    def tune(self, value):
        self.index.set_ef(value)

    def search(self, queries, k, threads):
        return self.index.knn_query(queries, k, num_threads=threads)[0]


class FaissHnsw(Library):
    factory = f"HNSW{M},Flat"

    def build(self, base, threads):
        import faiss
        self.faiss = faiss
        faiss.omp_set_num_threads(threads)
        self.index = faiss.index_factory(base.shape[1], self.factory, faiss.METRIC_L2)
        faiss.downcast_index(self.index).hnsw.efConstruction = LIST_SIZE
        self.index.train(base)
        self.index.add(base)

    def tune(self, value):
        self.faiss.downcast_index(self.index).hnsw.efSearch = value

    def search(self, queries, k, threads):
        self.faiss.omp_set_num_threads(threads)
        return self.index.search(queries, k)[1]


class FaissHnswSq8(FaissHnsw):
    factory = f"HNSW{M},SQ8"


class FaissIvfRabitq(Library):
    """Lists of 4-bit RaBitQ codes, their best candidates compared again in full."""

    sweep = IVF
    rerank_factor = 4

    def build(self, base, threads):
        import faiss
        self.faiss = faiss
        faiss.omp_set_num_threads(threads)
        lists = max(64, int(4 * len(base) ** 0.5))
        self.index = faiss.index_factory(base.shape[1], f"IVF{lists},RaBitQfs4,RFlat", faiss.METRIC_L2)
        self.index.train(base)
        self.index.add(base)
        self.index.k_factor = self.rerank_factor

    def tune(self, value):
        inner = self.faiss.downcast_index(self.index.base_index)
        # A rotation may stand before the lists.
        self.faiss.extract_index_ivf(inner).nprobe = value

    def search(self, queries, k, threads):
        self.faiss.omp_set_num_threads(threads)
        return self.index.search(queries, k)[1]


class Usearch(Library):
    dtype = "f32"

    def build(self, base, threads):
        from usearch.index import Index
        metric = "cos" if self.dtype == "i8" else "ip"
        self.index = Index(ndim=base.shape[1], metric=metric, dtype=self.dtype, connectivity=M, expansion_add=LIST_SIZE)
        self.index.add(np.arange(len(base)), base, threads=threads, copy=True)

    def tune(self, value):
        self.index.expansion_search = value

    def search(self, queries, k, threads):
        return self.index.search(queries, k, threads=threads).keys.astype(np.int64)


class UsearchI8(Usearch):
    dtype = "i8"


class Vsag(Library):
    codes: typing.ClassVar[dict] = {"base_quantization_type": "fp32"}

    def build(self, base, threads):
        import pyvsag
        pyvsag.set_logger_off()
        parameters = {"max_degree": 2 * M, "ef_construction": LIST_SIZE, "build_thread_count": threads, **self.codes}
        self.index = pyvsag.Index("hgraph", json.dumps(
            {"dtype": "float32", "metric_type": "ip", "dim": base.shape[1], "index_param": parameters}))
        self.index.build(base.reshape(-1), np.arange(len(base), dtype=np.int64), len(base), base.shape[1])

    def tune(self, value):
        self.parameters = json.dumps({"hgraph": {"ef_search": value}})

    def search(self, queries, k, threads):
        if threads == 1:
            return np.array([self.one(query, k) for query in queries])
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            return np.array(list(pool.map(lambda query: self.one(query, k), queries)))

    def one(self, query, k):
        first, second = self.index.knn_search(query, k, self.parameters)
        ids = first if first.dtype.kind == "i" else second
        return np.pad(ids, (0, k - len(ids)), constant_values=-1)


class VsagSq8(Vsag):
    codes: typing.ClassVar[dict] = {
        "base_quantization_type": "sq8_uniform", "use_reorder": True, "precise_quantization_type": "fp32"}


class VsagRabitq(Vsag):
    codes: typing.ClassVar[dict] = {
        "base_quantization_type": "rabitq", "use_reorder": True, "precise_quantization_type": "fp32"}


class Svs(Library):
    """Vamana over plain vectors."""

    def build(self, base, threads):
        import svs
        self.svs = svs
        parameters = svs.VamanaBuildParameters(alpha=1.2, graph_max_degree=2 * M, window_size=LIST_SIZE)
        self.index = self.make(svs, parameters, base, threads)
        self.threads = 0

    def make(self, svs, parameters, base, threads):
        return svs.Vamana.build(parameters, base, svs.DistanceType.L2, num_threads=threads)

    def tune(self, value):
        self.index.search_window_size = value

    def search(self, queries, k, threads):
        # Setting the number makes a new pool of threads, even when it is the same.
        if self.threads != threads:
            self.index.num_threads = self.threads = threads
        return self.index.search(queries, k)[0].astype(np.int64)


class SvsLvq8(Svs):
    """Vamana over 8-bit LVQ codes, which are read from a file."""

    def make(self, svs, parameters, base, threads):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "base.fvecs")
            svs.write_vecs(base, path)
            plain = svs.VectorDataLoader(path, svs.DataType.float32, dims=base.shape[1])
            codes = svs.LVQLoader(plain, primary=8, residual=0, strategy=svs.LVQStrategy.Auto)
            return svs.Vamana.build(parameters, codes, svs.DistanceType.L2, num_threads=threads)


class Alayalite(Library):
    codes = "none"

    def build(self, base, threads):
        from alayalite import Client
        self.folder = tempfile.TemporaryDirectory(prefix="alayalite")
        self.index = Client(self.folder.name).create_index(
            "bench", index_type="hnsw", quantization_type=self.codes, metric="l2", capacity=len(base) + 16,
            max_nbrs=2 * M, data_type=np.float32, id_type=np.uint32)
        self.index.fit(base, ef_construction=LIST_SIZE, num_threads=threads)

    def tune(self, value):
        self.value = value

    def search(self, queries, k, threads):
        return self.index.batch_search(queries, k, ef_search=self.value, num_threads=threads).astype(np.int64)


class AlayaliteSq8(Alayalite):
    codes = "sq8"


class AlayaliteRabitq(Alayalite):
    codes = "rabitq"


LIBRARIES: dict[str, type[Library]] = {
    "hnswlib": Hnswlib,
    "faiss_hnsw": FaissHnsw,
    "faiss_hnsw_sq8": FaissHnswSq8,
    "faiss_ivf_rabitq": FaissIvfRabitq,
    "usearch": Usearch,
    "usearch_i8": UsearchI8,
    "vsag": Vsag,
    "vsag_sq8": VsagSq8,
    "vsag_rabitq": VsagRabitq,
    "svs": Svs,
    "svs_lvq8": SvsLvq8,
    "alayalite": Alayalite,
    "alayalite_sq8": AlayaliteSq8,
    "alayalite_rabitq": AlayaliteRabitq,
}
