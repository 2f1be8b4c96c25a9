#!/usr/bin/env python3
"""The rules of the tree that no compiler checks. Prints each violation and what to do; exit 1 if any.

1. Layers: a folder of src/ includes itself and what its CMake DEPS name, and DEPS name lower ranks.
2. Walls: a third-party library is named only in the folders that wrap it.
3. Banned calls, each with its replacement.
4. Markdown links lead somewhere; every page of docs/ and every folder of src/ is linked or named.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Folders by rank; the same table stands in docs/ARCHITECTURE.md.
RANKS = {
    "base": 0,
    "model": 1, "kernels": 1, "observe": 1,
    "filter": 2, "index": 2, "storage": 2, "metadata": 2, "blob": 2, "document": 2, "embed": 2,
    "milvus_wire": 2,
    "engine": 3, "milvus_client": 3,
    "engine/reference": 4, "engine/conformance": 4, "engines/embedded": 4, "engines/postgres": 4,
    "engines/milvus": 4,
    "gateway": 5,
    "chunks": 6,
    "ingest": 7, "query": 7,
    "api/milvus_grpc": 8, "api/native": 8,
    "bench": 9,
    "app": 10,
}  # fmt: skip

# Who may know which engine stands behind the contract; everyone else knows the contract alone.
NAMES_ENGINES = {"app", "bench"}

# The two ends of the Milvus API, what they share, and the engine that stands on it: protobuf's
# messages are named there alone, gRPC at the two ends.
ENDS_OF_MILVUS = ["api/milvus_grpc", "milvus_client"]
SPEAK_MILVUS = [*ENDS_OF_MILVUS, "milvus_wire", "engines/milvus"]

# First part of an include in <> → the folders that may name it.
WALLS = {
    r"rocksdb/": ["storage"],
    r"grpc|grpcpp/": ENDS_OF_MILVUS,
    r"boost/unordered/": ["engines/embedded"],
    r"boost/(?!unordered/)": ["api/native"],
    r"soci|sqlite3": ["metadata", "gateway", "ingest"],
    r"libpq": ["engines/postgres", "metadata"],
    r"openvino/": ["embed"],
    r"unicode/": ["embed", "document"],
    r"poppler|zip\.h|pugixml|gumbo|uchardet": ["document"],
    r"prometheus/|spdlog/": ["observe"],
    r"CLI/|toml\+\+|curl/": ["app"],
    r"tl/expected": ["base"],
    r"openssl/": ["base"],
    r"immintrin\.h|x86intrin\.h": ["kernels", "index"],
}  # fmt: skip
# protobuf's generated headers come in quotes.
PROTO_HEADERS = {"common.pb.h", "schema.pb.h", "milvus.pb.h", "msg.pb.h", "rg.pb.h", "feder.pb.h"}

BANNED = {
    r"\bsleep_for\b|\busleep\(|[^_\w]sleep\(": "wait on a condition with a bound",
    r"\.detach\(\)": "keep the thread and join it",
    r"\bstd::cout\b|\bstd::cerr\b|[^f]\bprintf\(": "Log(…) of observe/log.h, or fmt::print in app",
    r"[^_\w]assert\(": "VG_CHECK for our own invariants, an Error for input",
    r"\brand\(\)|\bstd::mt19937\b|\brandom_device\b": "Rng of base/rng.h, so that a seed repeats it",
    r"\bstrtok\(|\bsprintf\(|\bstrcpy\(": "std::string and fmt",
    r"\bTODO\b|\bFIXME\b|\bXXX\b": "an issue, or do it now",
}


def module_of(path: pathlib.Path) -> str | None:
    """The longest known module that holds this file of src/."""
    parts = path.relative_to(ROOT / "src").parts[:-1]
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        if name in RANKS:
            return name
    return None


def declared() -> dict[str, dict[str, list[str]]]:
    """What each vecgate_module call says: {module: {"DEPS": […], "TEST_DEPS": […]}}."""
    out = {}
    for cmake in (ROOT / "src").glob("**/CMakeLists.txt"):
        for call in re.findall(r"vecgate_module\(([^)]*)\)", cmake.read_text()):
            words = call.split()
            module, lists, current = words[0], {}, None
            for word in words[1:]:
                if word in ("DEPS", "LIBS", "TEST_DEPS", "TEST_LIBS"):
                    current = lists.setdefault(word, [])
                elif current is not None:
                    current.append(word)
            out[module] = lists
    return out


def closure(module: str, modules: dict) -> set[str]:
    seen, todo = set(), [module]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += modules.get(name, {}).get("DEPS", [])
    return seen


def check_layers(files: list[pathlib.Path]) -> list[str]:
    problems, modules = [], declared()
    for module, lists in modules.items():
        if module not in RANKS:
            problems.append(f"src/{module}: give it a rank in tools/tidy.py and docs/ARCHITECTURE.md")
            continue
        for dep in lists.get("DEPS", []):
            if RANKS.get(dep, 99) >= RANKS[module]:
                problems.append(f"src/{module}: DEPS {dep} is not of a lower rank")
            if dep.startswith("engines/") and module not in NAMES_ENGINES:
                problems.append(f"src/{module}: DEPS {dep}: only {', '.join(sorted(NAMES_ENGINES))} name an engine; use engine/engine.h")
    for path in files:
        module = module_of(path)
        if module is None or module not in modules:
            continue
        allowed = closure(module, modules)
        if path.name.endswith(("_test.cc", "_benchmark.cc", "_fuzz.cc", "_fixture.h")):
            for dep in modules[module].get("TEST_DEPS", []):
                allowed |= closure(dep, modules)
        for include in re.findall(r'^#include "([^"]+)"', path.read_text(), re.M):
            if include in PROTO_HEADERS:
                if module not in SPEAK_MILVUS:
                    problems.append(f"{path.relative_to(ROOT)}: {include} belongs to {', '.join(SPEAK_MILVUS)}")
                continue
            target = module_of(ROOT / "src" / include)
            if target is not None and target not in allowed:
                problems.append(f"{path.relative_to(ROOT)}: includes {include}, but {module}'s DEPS do not name {target}")
    return problems


def check_walls(files: list[pathlib.Path]) -> list[str]:
    problems = []
    for path in files:
        module = module_of(path)
        for include in re.findall(r"^#include <([^>]+)>", path.read_text(), re.M):
            for pattern, homes in WALLS.items():
                if re.match(pattern, include) and module not in homes:
                    problems.append(f"{path.relative_to(ROOT)}: <{include}> is wrapped by {', '.join(homes)}; use that")
    return problems


def check_banned(files: list[pathlib.Path]) -> list[str]:
    problems = []
    for path in files:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = line.split("//")[0] if "//" in line and "TODO" not in line else line
            for pattern, instead in BANNED.items():
                if re.search(pattern, code):
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:60]} — use {instead}")
    return problems


def check_docs(tracked: list[pathlib.Path]) -> list[str]:
    problems = []
    pages = [p for p in tracked if p.suffix == ".md"]
    linked = set()
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" in target:
                continue
            path = (page.parent / target).resolve()
            linked.add(path)
            if not path.exists():
                problems.append(f"{page.relative_to(ROOT)}: the link {target} leads nowhere")
    for page in pages:
        if page.is_relative_to(ROOT / "docs") and page.resolve() not in linked:
            problems.append(f"{page.relative_to(ROOT)}: no page links to it; add it to docs/ARCHITECTURE.md")
    architecture = (ROOT / "docs/ARCHITECTURE.md").read_text()
    for module in RANKS:
        if f"`{module}`" not in architecture:
            problems.append(f"docs/ARCHITECTURE.md: does not name `{module}`")
    return problems


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]
    sources = [p for p in tracked if p.suffix in (".cc", ".h") and p.is_relative_to(ROOT / "src")]
    problems = check_layers(sources) + check_walls(sources) + check_banned(sources) + check_docs(tracked)
    for problem in problems:
        print(problem)
    print(f"tidy: {len(sources)} source files, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
