#!/usr/bin/env python3
"""Line coverage by folder of src/, from a build made with the coverage preset and its tests run.

    coverage.py BUILD_DIR

Prints one row a folder and fails when all of src/ outside app/ together is below 90%.
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOOR = 90.0


def main() -> int:
    build_dir = ROOT / sys.argv[1]
    report = build_dir / "coverage.json"
    subprocess.run(
        ["gcovr", "--root", str(ROOT), "--filter", "src/", "--exclude", r".*_(test|benchmark|fuzz)\.cc",
         "--exclude-throw-branches", "--json-summary", str(report), str(build_dir)],
        check=True,
    )  # fmt: skip
    folders: dict[str, list[int]] = {}
    for entry in json.loads(report.read_text())["files"]:
        folder = str(pathlib.Path(entry["filename"]).parent.relative_to("src"))
        row = folders.setdefault(folder, [0, 0])
        row[0] += entry["line_covered"]
        row[1] += entry["line_total"]
    covered = total = 0
    for folder, (hit, lines) in sorted(folders.items()):
        print(f"{folder:<24} {hit:>6} / {lines:<6} {100 * hit / max(1, lines):6.1f}%")
        if not folder.startswith("app"):
            covered += hit
            total += lines
    percent = 100 * covered / max(1, total)
    print(f"{'all outside app':<24} {covered:>6} / {total:<6} {percent:6.1f}%  (floor {FLOOR}%)")
    return 0 if percent >= FLOOR else 1


if __name__ == "__main__":
    sys.exit(main())
