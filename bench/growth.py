#!/usr/bin/env python3
"""How cost grows with the rows: `vecgate bench ann --json --reopen` at several sizes, as a table and one picture.

    growth.py [--rows 10000,100000,1000000] [--dim 384] [--index AUTOINDEX] [--params profile=compact]

Data are clustered unit vectors (`vecgate bench data clustered`), made once under build/data. Writes
build/bench/growth.md and growth.png; without matplotlib the table alone.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench/peers"))
from contestant import Point  # noqa: E402
from report import markdown, rate, qps_at  # noqa: E402

BINARY = pathlib.Path(os.environ.get("VECGATE_BINARY", ROOT / "build/release/vecgate"))
TARGET = 0.95


def data_of(rows: int, dim: int, queries: int) -> pathlib.Path:
    """A folder with base.npy and query.npy, made when it is not there yet."""
    folder = ROOT / f"build/data/clustered-{rows}x{dim}"
    if not (folder / "query.npy").exists():
        beside = folder.with_name(folder.name + ".new")
        shutil.rmtree(beside, ignore_errors=True)
        subprocess.run([BINARY, "bench", "data", "clustered", "--rows", str(rows), "--dim", str(dim), "--queries",
                        str(queries), "--out", beside], check=True, stdout=subprocess.DEVNULL)
        beside.rename(folder)
    return folder


def measure(rows: int, arguments: argparse.Namespace) -> tuple[dict, list[dict]]:
    data = data_of(rows, arguments.dim, arguments.queries)
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as store:
        command = [BINARY, "bench", "ann", "--base", data / "base.npy", "--query", data / "query.npy", "--metric", "COSINE",
                   "--index", arguments.index, "--params", arguments.params, "--sweep", arguments.sweep, "--store", store,
                   "--reopen", "--json"]
        run = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True)
    built, *points = [json.loads(line) for line in run.stdout.splitlines()]
    return built, points


def row(built: dict, points: list[dict]) -> list[str]:
    found = [Point(value=point["value"], recall=point["recall"], qps_cpu=point["qps_cpu"], qps_wall=point["qps_wall"])
             for point in points]
    reopen = built["reopen"]
    return [f"{built['rows']:,}", rate(found, TARGET), rate(found, TARGET, "qps_wall"),
            f"{max(point.recall for point in found):.4f}", f"{built['build_s']:.1f}",
            f"{built['insert_cpu_s'] + built['build_cpu_s']:.1f}", f"{points[-1]['rss_anon_mb']:.0f}",
            f"{reopen['first_search_s']:.2f}", f"{reopen['indexed_s']:.2f}", f"{built['load_average']:.1f}"]


def picture(runs: list[tuple[dict, list[dict]]], path: pathlib.Path) -> None:
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [built["rows"] for built, _ in runs]
    at_target = [qps_at([Point(**{key: point[key] for key in ("value", "recall", "qps_cpu", "qps_wall")}) for point in points],
                        TARGET)[0] for _, points in runs]
    series = (("queries per CPU second at recall 0.95", at_target), ("build, CPU s", [built["build_cpu_s"] for built, _ in runs]),
              ("RssAnon after reopening, MB", [points[-1]["rss_anon_mb"] for _, points in runs]),
              ("first search after reopening, s", [built["reopen"]["first_search_s"] for built, _ in runs]))
    figure, axes = pyplot.subplots(2, 2, figsize=(10, 7))
    for axis, (title, values) in zip(axes.flat, series):
        axis.plot(rows, values, marker="o")
        axis.set(title=title, xlabel="rows", xscale="log", yscale="log")
        axis.grid(True, which="both", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="10000,100000,1000000")
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--index", default="AUTOINDEX")
    parser.add_argument("--params", default="")
    parser.add_argument("--sweep", default="16,24,32,48,64,96,128,192,256,384,512")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    runs = []
    for rows in (int(text) for text in arguments.rows.split(",")):
        print(f"{rows} rows", file=sys.stderr, flush=True)
        runs.append(measure(rows, arguments))
    heading = (f"{arguments.index} {arguments.params}, {arguments.dim} dimensions, clustered unit vectors; {os.cpu_count()} cores, "
               "all of them build, one searches. Memory is RssAnon after reopening.")
    head = ["rows", f"QPS per CPU s at {TARGET}", "by wall", "best recall", "build s", "insert and build CPU s", "memory MB",
            "reopen to first search s", "to whole index s", "load"]
    text = "\n".join([heading, "", *markdown(head, [row(*run) for run in runs])]) + "\n"
    (arguments.out / "growth.md").write_text(text)
    print(text)
    try:
        picture(runs, arguments.out / "growth.png")
    except ModuleNotFoundError as missing:
        print(f"no picture: {missing}", file=sys.stderr)


if __name__ == "__main__":
    main()
