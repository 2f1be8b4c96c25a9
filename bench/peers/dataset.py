"""A data set as all contestants see it, and the rule by which their answers are judged.

A hit counts when its exact score is no worse than that of the k-th true neighbour, within 1e-6 of it, as in
`vecgate bench ann`: which of several equally near rows a library names is luck.
"""
import pathlib

import numpy as np

K = 10
TOLERANCE = 1e-6


def unit_vectors(path: pathlib.Path) -> np.ndarray:
    """The file's vectors, made unit length."""
    vectors = np.array(np.load(path, mmap_mode="r"), dtype=np.float32, order="C")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths > 0, lengths, 1)
    return vectors


def buckets_of(rows: int) -> np.ndarray:
    """An attribute from 0 to 999, dealt at random and the same in every process: any share of rows can be chosen."""
    return np.random.default_rng(20250114).permutation(rows) * 1000 // rows


def exact_scores(base: np.ndarray, queries: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """The cosines of each query with the rows that were named for it, in double precision; -2 for row -1."""
    scores = np.empty(ids.shape)
    for query, rows, out in zip(queries.astype(np.float64), ids, scores):
        out[:] = base[rows].astype(np.float64) @ query
    scores[ids < 0] = -2
    return scores


def find_truth(base: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """queries × K rows, by comparing everything."""
    truth = np.empty((len(queries), K), dtype=np.int32)
    for at in range(0, len(queries), 100):
        scores = queries[at:at + 100] @ base.T
        truth[at:at + 100] = np.argpartition(-scores, K - 1, axis=1)[:, :K]
    return truth


def find_truth_among(base: np.ndarray, queries: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """The same, of the rows that are allowed. At least K must be."""
    rows = np.flatnonzero(allowed)
    return rows[find_truth(base[rows], queries)]


def known_truth(data: pathlib.Path, out: pathlib.Path) -> pathlib.Path:
    """The file of true neighbours: the data set's own, or one that is computed into `out`, once for all."""
    given, computed = data / "gt.npy", out / "gt.npy"
    if given.exists():
        return given
    np.save(computed, find_truth(unit_vectors(data / "base.npy"), unit_vectors(data / "query.npy")))
    return computed


class Judge:
    def __init__(self, base: np.ndarray, queries: np.ndarray, truth: np.ndarray, allowed: np.ndarray | None = None):
        """`allowed` says of each row whether a filter lets it be found; None: all may be."""
        self.base, self.queries, self.allowed = base, queries, allowed
        worst = exact_scores(base, queries, truth).min(axis=1)
        self.bars = worst - TOLERANCE * np.abs(worst)

    def recall(self, ids: np.ndarray) -> float:
        hits = 0
        for query, (rows, bar) in enumerate(zip(ids, self.bars)):
            distinct = np.unique(rows)
            if self.allowed is not None:
                distinct = distinct[self.allowed[distinct]]
            scores = exact_scores(self.base, self.queries[query:query + 1], distinct[None])[0]
            hits += min(K, int((scores >= bar).sum()))
        return hits / (K * len(self.queries))
