#!/usr/bin/env python3
"""clang-tidy over the files of the project, several at once.

    lint.py BUILD_DIR JOBS

Only files that changed since they last passed are looked at: a file's stamp is a hash of the file,
every header of ours, and the rules.
"""
import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def digest(paths: list[pathlib.Path]) -> str:
    state = hashlib.sha256()
    for path in sorted(paths):
        state.update(path.read_bytes())
    return state.hexdigest()


def lint(source: pathlib.Path, build_dir: str) -> str:
    """"" when the file is clean, else what clang-tidy said."""
    done = subprocess.run(
        ["clang-tidy-14", "--quiet", "--extra-arg=-Wno-unknown-warning-option",
         "--extra-arg=-Qunused-arguments", "-p", build_dir, str(source)], capture_output=True, text=True, timeout=600
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def main() -> int:
    build_dir, jobs = sys.argv[1], int(sys.argv[2])
    commands = json.loads((ROOT / build_dir / "compile_commands.json").read_text())
    sources = sorted({pathlib.Path(c["file"]) for c in commands if str(ROOT / "src") in c["file"]})
    # GoogleTest's and Benchmark's macros make names of their own.
    sources = [s for s in sources if not s.name.endswith(("_test.cc", "_benchmark.cc"))]
    headers = digest([*ROOT.glob("src/**/*.h"), ROOT / ".clang-tidy"])
    stamps = ROOT / build_dir / "lint"
    stamps.mkdir(exist_ok=True)

    todo = []
    for source in sources:
        stamp = stamps / (str(source.relative_to(ROOT)).replace("/", "_") + ".ok")
        key = headers + digest([source])
        if not stamp.exists() or stamp.read_text() != key:
            todo.append((source, stamp, key))

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = pool.map(lambda item: lint(item[0], build_dir), todo)
        for (source, stamp, key), output in zip(todo, results):
            if output:
                failed += 1
                print(output)
            else:
                stamp.write_text(key)
    print(f"lint: {len(sources)} files, {len(todo)} looked at, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
