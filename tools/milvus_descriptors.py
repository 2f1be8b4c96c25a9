#!/usr/bin/env python3
"""Writes the Milvus API's file descriptors, taken out of a pymilvus wheel, as one FileDescriptorSet.

    milvus_descriptors.py WHEEL OUT.binpb

pymilvus carries the compiled .proto files as byte literals: `AddSerializedFile(b'…')` in each
*_pb2.py. They are read with the standard library alone, nothing of the wheel is executed. protoc
then generates C++ from OUT.binpb (cmake/MilvusProto.cmake), so no .proto file is copied into the
tree and the API's version is the wheel's version.
"""
import ast
import sys
import zipfile

# In order of dependency, as protoc wants them.
PROTO_FILES = ("common", "rg", "schema", "feder", "msg", "milvus")


def serialized_descriptor(wheel: zipfile.ZipFile, name: str) -> bytes:
    """The argument of the one AddSerializedFile call in <name>_pb2.py."""
    (path,) = [p for p in wheel.namelist() if p.endswith(f"/grpc_gen/{name}_pb2.py")]
    tree = ast.parse(wheel.read(path))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    found = [c.args[0].value for c in calls if getattr(c.func, "attr", "") == "AddSerializedFile"]
    if len(found) != 1:
        raise SystemExit(f"{path}: {len(found)} AddSerializedFile calls found, 1 expected")
    return found[0]


def length_delimited(field_number: int, payload: bytes) -> bytes:
    """One protobuf field of wire type 2."""
    size, varint = len(payload), b""
    while size >= 0x80:
        varint += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([field_number << 3 | 2]) + varint + bytes([size]) + payload


def main() -> None:
    wheel_path, out_path = sys.argv[1:3]
    with zipfile.ZipFile(wheel_path) as wheel:
        files = [length_delimited(1, serialized_descriptor(wheel, name)) for name in PROTO_FILES]
    with open(out_path, "wb") as out:
        out.write(b"".join(files))


if __name__ == "__main__":
    main()
