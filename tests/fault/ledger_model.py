"""What the writers of the ledger test write, and what must be there after it.

A row follows from (key, version) alone, so a reader can tell a right row from a torn or mixed one.
An operation is a plain tuple; apply() is the whole meaning of each.
"""
import numpy as np
from pymilvus import DataType, MilvusClient

COLLECTION = "ledger"
DIM = 16
WRITERS = 4
# A writer's own keys begin at writer * SPAN; those of the designated writer follow the others'.
SPAN = 100_000
KEYS_OF_A_WRITER = 400
SHARED_BEGIN = WRITERS * SPAN
SHARED_KEYS = 60
SHARED_WRITER = 0
MODULUS = 5


def writer_of(key: int) -> int:
    return SHARED_WRITER if key >= SHARED_BEGIN else key // SPAN


def keys_of(writer: int) -> list[int]:
    own = list(range(writer * SPAN, writer * SPAN + KEYS_OF_A_WRITER))
    return own + (list(range(SHARED_BEGIN, SHARED_BEGIN + SHARED_KEYS)) if writer == SHARED_WRITER else [])


def vector(key: int, version: int) -> np.ndarray:
    return np.random.default_rng((key, version)).standard_normal(DIM).astype(np.float32)


def row(key: int, version: int) -> dict:
    return {
        "id": key, "version": version, "v": vector(key, version).tolist(), "text": f"row {key} at {version} " + "é" * (version % 40),
        "price": (key * 31 + version) / 8, "maybe": None if version % 3 == 0 else version,
        "tags": [f"t{n}" for n in range(version % 4)], "extra": f"x{(key + version) % MODULUS}",
    }  # fmt: skip


def create(client: MilvusClient) -> None:
    schema = client.create_schema(enable_dynamic_field=True)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("version", DataType.INT64)
    schema.add_field("v", DataType.FLOAT_VECTOR, dim=DIM)
    schema.add_field("text", DataType.VARCHAR, max_length=256)
    schema.add_field("price", DataType.DOUBLE)
    schema.add_field("maybe", DataType.INT32, nullable=True)
    schema.add_field("tags", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=8, max_length=8)
    index = client.prepare_index_params()
    index.add_index("v", index_type="HNSW", metric_type="L2", params={"M": 16, "efConstruction": 100})
    client.create_collection(COLLECTION, schema=schema, index_params=index)


def choose(rng, writer: int, version: int) -> tuple:
    """The next operation of a writer; versions of one writer only grow."""
    keys = keys_of(writer)
    kind = rng.choices(["insert", "upsert", "delete_ids", "delete_span", "delete_version", "flush"], [30, 40, 15, 5, 8, 2])[0]
    if kind in ("insert", "upsert"):
        return kind, sorted(rng.sample(keys, rng.randint(1, 60))), version
    if kind == "delete_ids":
        return kind, sorted(rng.sample(keys, rng.randint(1, 20)))
    low = rng.choice(keys)
    if kind == "delete_span":
        return kind, low, low + rng.randint(1, 30)
    return (kind, low, low + 150, rng.randrange(MODULUS)) if kind == "delete_version" else (kind,)


def filter_of(operation: tuple) -> str:
    span = f"id >= {operation[1]} and id < {operation[2]}"
    return span if operation[0] == "delete_span" else f"{span} and version % {MODULUS} == {operation[3]}"


def perform(client: MilvusClient, operation: tuple, timeout: float) -> None:
    """Returns when the server acknowledged it."""
    kind = operation[0]
    if kind in ("insert", "upsert"):
        rows = [row(key, operation[2]) for key in operation[1]]
        done = getattr(client, kind)(COLLECTION, rows, timeout=timeout)
        if done[f"{kind}_count"] != len(rows):
            raise AssertionError(f"{kind} of {len(rows)} rows said {done}")
    elif kind == "delete_ids":
        client.delete(COLLECTION, ids=operation[1], timeout=timeout)
    elif kind == "flush":
        client.flush(COLLECTION, timeout=timeout)
    else:
        client.delete(COLLECTION, filter=filter_of(operation), timeout=timeout)


def apply(state: dict[int, int], operation: tuple) -> dict[int, int]:
    """The state (key → version) after the operation."""
    kind = operation[0]
    if kind in ("insert", "upsert"):
        return state | {key: operation[2] for key in operation[1]}
    if kind == "delete_ids":
        gone = set(operation[1])
        return {key: version for key, version in state.items() if key not in gone}
    if kind == "flush":
        return state
    low, high = operation[1:3]
    hit = lambda key, version: low <= key < high and (kind == "delete_span" or version % MODULUS == operation[3])
    return {key: version for key, version in state.items() if not hit(key, version)}
