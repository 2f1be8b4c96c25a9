"""The table and the plot of a comparison."""
import math
import pathlib

from contestant import Contestant, Point

TARGETS = (0.90, 0.95, 0.99)
TICKS, HIGHEST = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999), 0.9995


def qps_at(points: list[Point], target: float, kind: str = "qps_cpu") -> tuple[float, bool]:
    """The most queries a second at this recall or better, log-linear between the points around it; 0 if none.

    True when no point below the target was measured: a smaller value might be faster still.
    """
    ordered = sorted(points, key=lambda point: point.recall)
    reached = [point for point in ordered if point.recall >= target]
    missed = [point for point in ordered if point.recall < target]
    if not reached:
        return 0.0, False
    best = max(getattr(point, kind) for point in reached)
    if not missed:
        return best, True
    low, high = missed[-1], reached[0]
    share = (target - low.recall) / (high.recall - low.recall)
    between = (1 - share) * math.log(getattr(low, kind)) + share * math.log(getattr(high, kind))
    return max(best, math.exp(between)), False


def rate(points: list[Point], target: float, kind: str = "qps_cpu") -> str:
    qps, at_least = qps_at(points, target, kind)
    return f"{'≥ ' if at_least else ''}{qps:.0f}" if qps else "–"


def row(contestant: Contestant) -> list[str]:
    built, points = contestant.built, list(contestant.points.values())
    figures = [f"{built['build_cpu_s']:.1f}", f"{built['memory_growth_mb']:.0f}"] if built else ["–", "–"]
    best = f"{max(point.recall for point in points):.4f}" if points else "–"
    rates = [rate(points, target) for target in TARGETS] + [rate(points, 0.95, "qps_wall")]
    return [contestant.name, *rates, best, *figures, contestant.failure]


def fastest_first(contestant: Contestant) -> float:
    return -qps_at(list(contestant.points.values()), 0.95)[0]


def markdown(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a table: the first and the last column are text, those between are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 2) + "|---|"]
    return lines + ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows]


def table(contestants: list[Contestant], heading: str) -> str:
    head = ["contestant", *(f"QPS per CPU s at {target:.2f}" for target in TARGETS), "QPS by wall at 0.95",
            "best recall", "build CPU s", "memory MB", "did not run because"]
    lines = [heading, "", *markdown(head, [row(one) for one in sorted(contestants, key=fastest_first)])]
    lines += ["", "≥: every measured point was more exact than this. –: not reached. Memory is the growth of RssAnon by "
                  "building, without the copy of the data that each process reads first."]
    return "\n".join(lines) + "\n"


def stretched(recall: float) -> float:
    """Equal steps for each halving of what is missed: near 1 is where contestants differ."""
    return -math.log10(1 - min(recall, HIGHEST))


def plot(contestants: list[Contestant], heading: str, path: pathlib.Path) -> None:
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(11, 6), constrained_layout=True)
    colours = {"vecgate": iter(["black", "crimson", "darkorange", "navy", "darkgreen"] * 4),
               "peer": iter([*pyplot.get_cmap("tab20").colors] * 4)}
    markers = "osv^D<>PXhd*"
    for number, one in enumerate(sorted((c for c in contestants if c.points), key=fastest_first)):
        points = sorted(one.points.values(), key=lambda point: point.recall)
        ours = one.name.startswith("vecgate")
        axes.plot([stretched(point.recall) for point in points], [point.qps_cpu for point in points], label=one.name,
                  marker=markers[number % len(markers)], markersize=5, linewidth=2.5 if ours else 1.2,
                  linestyle="-" if ours else "--", color=next(colours["vecgate" if ours else "peer"]))
    axes.set_yscale("log")
    axes.set_xlim(stretched(TICKS[0]), stretched(HIGHEST) + 0.05)
    axes.set_xticks([stretched(tick) for tick in TICKS], [str(tick) for tick in TICKS])
    axes.set_xlabel(f"recall@10 (from {HIGHEST} upwards drawn as {HIGHEST})")
    axes.set_ylabel("queries per processor second")
    axes.set_title(heading, fontsize=10)
    axes.grid(True, which="both", alpha=0.25)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, dpi=130)
