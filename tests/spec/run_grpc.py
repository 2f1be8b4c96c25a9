"""Runs the .spec files of this folder through gRPC: unmodified pymilvus against a real server.

    WIRE_TEST_BINARY=build/release/vecgate python tests/spec/run_grpc.py [file.spec …]

Without files, all. README.md describes the format; what each directive means is here and in
contract_driver.cc, side by side.
"""
import json
import logging
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "wire"))

import numpy as np  # noqa: E402
from harness import Server  # noqa: E402
from pymilvus import DataType, MilvusClient  # noqa: E402

# The client logs every failure, and half of these files are about failures.
logging.disable(logging.ERROR)

TOLERANCE = 1e-5
DIVIDER = object()  # Between the hits of two queries.


class Directive:
    def __init__(self, line: int, lines: list[str]):
        self.line = line
        words = lines[0].split()
        self.must_fail = words[0] == "error"
        self.words = words[1:] if self.must_fail else words
        divider = lines.index("----")
        self.payload = [json.loads(text) for text in lines[1:divider]]
        self.expected = lines[divider + 1 :]

    @property
    def options(self) -> dict:
        return self.payload[0] if self.payload else {}


def read_spec(path: pathlib.Path) -> list[Directive]:
    directives, block, start = [], [], 0
    for number, text in enumerate([*path.read_text().split("\n"), ""], 1):
        if text.startswith("#"):
            continue
        if text:
            start = start if block else number
            block.append(text)
        elif block:
            directives.append(Directive(start, block))
            block = []
    return directives


def plain(value):
    """pymilvus' containers as lists, so that they compare with JSON."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (str, bytes, bool, int, float)) or value is None:
        return value
    if hasattr(value, "__iter__"):
        return [plain(item) for item in value]
    return float(value)


# How the client takes vectors that it does not take as lists of numbers, and what it gives back.
NUMPY_TYPES = {"FLOAT16_VECTOR": np.float16}


def encoded(field_type: str, vector):
    if field_type == "BINARY_VECTOR":
        return bytes(vector)
    if field_type not in NUMPY_TYPES:
        return vector
    with np.errstate(over="ignore"):  # Infinities are for the server to refuse.
        return np.array(vector, dtype=NUMPY_TYPES[field_type])


def decoded(field_type: str, value):
    if field_type not in NUMPY_TYPES and field_type != "BINARY_VECTOR":
        return value
    value = value[0] if isinstance(value, list) else value
    if field_type == "BINARY_VECTOR":
        return list(value)
    return np.frombuffer(value, dtype=NUMPY_TYPES[field_type]).tolist()


def same(a, b) -> bool:
    if a is DIVIDER or b is DIVIDER:
        return a is b
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= TOLERANCE
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


class GrpcDriver:
    """Carries out directives with a MilvusClient."""

    def __init__(self, server: Server):
        self.server = server
        self.keys: dict[str, str] = {}  # Name of the primary key by collection.
        self.types: dict[str, dict[str, str]] = {}  # Types of the fields by collection.
        self.client = MilvusClient(uri=server.uri)

    def close(self) -> None:
        for name in self.client.list_collections():
            self.client.drop_collection(name)
        self.client.close()

    def run(self, directive: Directive) -> list:
        verb, *rest = directive.words
        return getattr(self, f"do_{verb}")(directive.options, directive.payload, *rest)

    def do_create(self, options, _payload, name):
        schema = self.client.create_schema(enable_dynamic_field=options.get("dynamic", False))
        for field in options["fields"]:
            extra = {key: field[key] for key in ("dim", "max_length", "max_capacity", "nullable") if key in field}
            if "element" in field:
                extra["element_type"] = DataType[field["element"]]
            if "default" in field:
                extra["default_value"] = field["default"]
            if field.get("primary"):
                extra["is_primary"] = True
                self.keys[name] = field["name"]
            schema.add_field(field["name"], DataType[field["type"]], **extra)
        self.types[name] = {field["name"]: field["type"] for field in options["fields"]}
        self.client.create_collection(name, schema=schema)
        return []

    def encoded_rows(self, name: str, rows: list[dict]) -> list[dict]:
        types = self.types.get(name, {})
        return [{key: encoded(types.get(key, ""), value) for key, value in row.items()} for row in rows]

    def decoded_row(self, name: str, row) -> dict:
        types = self.types.get(name, {})
        return {key: plain(decoded(types.get(key, ""), value)) for key, value in dict(row).items()}

    def do_index(self, options, _payload, name):
        params = self.client.prepare_index_params()
        params.add_index(
            options["field"], index_type=options.get("type", ""), metric_type=options.get("metric", "COSINE"),
            params=options.get("params", {}),
        )  # fmt: skip
        self.client.create_index(name, params)
        self.client.load_collection(name)
        return []

    def do_partition(self, _options, _payload, name, partition):
        self.client.create_partition(name, partition)
        return []

    def do_insert(self, _options, payload, name, partition=""):
        return [self.client.insert(name, self.encoded_rows(name, payload), partition_name=partition)["insert_count"]]

    def do_upsert(self, _options, payload, name, partition=""):
        return [self.client.upsert(name, self.encoded_rows(name, payload), partition_name=partition)["upsert_count"]]

    def do_delete(self, options, _payload, name, partition=None):
        where = {"partition_name": partition} if partition else {}
        self.client.delete(name, ids=options.get("ids"), filter=options.get("filter"), **where)
        return []

    def do_query(self, options, _payload, name):
        page = {key: options[key] for key in ("limit", "offset") if key in options}
        rows = self.client.query(
            name, filter=options.get("filter", ""), ids=options.get("ids"),
            output_fields=options.get("output") or [self.keys.get(name, "id")],
            partition_names=options.get("partitions"), filter_params=options.get("values", {}), **page,
        )  # fmt: skip
        return [self.decoded_row(name, row) for row in rows]

    def do_count(self, options, _payload, name):
        rows = self.client.query(
            name, filter=options.get("filter", ""), output_fields=["count(*)"],
            partition_names=options.get("partitions"), filter_params=options.get("values", {}),
        )  # fmt: skip
        return [rows[0]["count(*)"]]

    def do_search(self, options, _payload, name):
        params = {key: options[key] for key in ("radius", "range_filter") if key in options}
        search_params = {"metric_type": options.get("metric", "L2"), "params": params}
        if "offset" in options:
            search_params["offset"] = options["offset"]
        grouping = {}
        if "group_by" in options:
            grouping["group_by_field"] = options["group_by"]
            if "group_size" in options:
                grouping["group_size"] = options["group_size"]
        field = options.get("field", "v")
        vectors = [encoded(self.types.get(name, {}).get(field, ""), vector) for vector in options["vectors"]]
        answers = self.client.search(
            name, data=vectors, anns_field=field, limit=options.get("k", 10),
            filter=options.get("filter", ""), output_fields=options.get("output"), search_params=search_params,
            partition_names=options.get("partitions"), filter_params=options.get("values", {}), **grouping,
        )  # fmt: skip
        key = self.keys[name]
        lines = []
        for number, hits in enumerate(answers):
            if number:
                lines.append(DIVIDER)
            for hit in hits:
                identity = hit["id"] if "id" in hit else hit[key]
                lines.append({key: identity, "score": plain(hit["distance"]), **self.decoded_row(name, hit["entity"])})
        return lines

    def do_drop(self, _options, _payload, name):
        self.client.drop_collection(name)
        return []

    def do_flush(self, _options, _payload, name):
        self.client.flush(name)
        return []

    def do_restart(self, _options, _payload):
        self.client.close()
        self.server.stop()
        self.server.start()
        self.client = MilvusClient(uri=self.server.uri)
        return []


def check(driver: GrpcDriver, directive: Directive) -> str:
    """"" or what went wrong."""
    try:
        got = driver.run(directive)
    except Exception as error:  # Whatever the client raises is what a user sees.
        if directive.must_fail and any(text in str(error) for text in directive.expected):
            return ""
        return f"failed with: {type(error).__name__}: {error}"
    if directive.must_fail:
        return f"should have failed, came back with {got}"
    if directive.expected == ["ok"]:
        return ""
    expected = [DIVIDER if text == "--" else json.loads(text) for text in directive.expected]
    return "" if same(got, expected) else f"\n  expected {expected}\n  got      {got}"


def run_file(server: Server, path: pathlib.Path) -> bool:
    driver = GrpcDriver(server)
    try:
        for directive in read_spec(path):
            wrong = check(driver, directive)
            if wrong:
                print(f"FAILED {path.name}:{directive.line} {' '.join(directive.words)}: {wrong}")
                return False
        print(f"ok {path.name}")
        return True
    finally:
        driver.close()


def main(arguments: list[str]) -> int:
    files = [pathlib.Path(name) for name in arguments] or sorted(HERE.glob("*.spec"))
    server = Server()
    try:
        failed = [path.name for path in files if not run_file(server, path)]
        server.stop()
    finally:
        server.remove()
    print(f"{len(files) - len(failed)} of {len(files)} spec files passed")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
