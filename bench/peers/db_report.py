"""The table of a comparison of databases."""
import dataclasses

import numpy as np

from report import markdown


@dataclasses.dataclass
class Measured:
    """One round of one point."""

    qps: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float  # Of client and server together, a search.

    @staticmethod
    def of(answers: list[dict], cpu_s: float) -> "Measured":
        took = np.concatenate([answer["took_s"] for answer in answers])
        p50, p99 = np.percentile(took, [50, 99]) * 1e3
        return Measured(len(took) / max(answer["wall_s"] for answer in answers), float(p50), float(p99),
                        1e3 * cpu_s / len(took))

    def better(self, other: "Measured") -> "Measured":
        return Measured(max(self.qps, other.qps), min(self.p50_ms, other.p50_ms), min(self.p99_ms, other.p99_ms),
                        min(self.cpu_ms, other.cpu_ms))


@dataclasses.dataclass
class Result:
    name: str
    failure: str = ""
    filled: dict = dataclasses.field(default_factory=dict)
    memory_mb: float = 0
    # Filtered → (list size, recall); (clients, filtered) → the best of the rounds.
    points: dict[bool, tuple[int, float]] = dataclasses.field(default_factory=dict)
    measured: dict[tuple[int, bool], Measured] = dataclasses.field(default_factory=dict)

    def add(self, clients: int, filtered: bool, measured: Measured) -> None:
        before = self.measured.get((clients, filtered))
        self.measured[clients, filtered] = measured.better(before) if before else measured

    def summary(self) -> str:
        reached = ", ".join(f"recall {recall:.3f} at {value}{' filtered' if filtered else ''}"
                            for filtered, (value, recall) in self.points.items())
        return f"indexed {self.filled['indexed_s']:.1f} s after the first insert, {reached}"

    def as_json(self) -> dict:
        points = [{"filtered": filtered, "value": value, "recall": recall}
                  for filtered, (value, recall) in self.points.items()]
        measured = [{"clients": clients, "filtered": filtered, **dataclasses.asdict(one)}
                    for (clients, filtered), one in self.measured.items()]
        return {"name": self.name, "failure": self.failure, "filled": self.filled, "memory_mb": self.memory_mb,
                "points": points, "measured": measured}


def fill_row(one: Result, rows: int) -> list[str]:
    filled = one.filled
    if not filled:
        return [one.name, *["–"] * 6, one.failure]
    return [one.name, f"{rows / filled['insert_s']:.0f}", f"{filled['searchable_s']:.1f}", f"{filled['indexed_s']:.1f}",
            f"{filled['client_cpu_s']:.1f}", f"{filled['server_cpu_s']:.1f}", f"{one.memory_mb:.0f}", one.failure]


def search_row(one: Result, clients: list[int], filtered: bool) -> list[str]:
    value, recall = one.points.get(filtered, (0, 0.0))
    cells = [str(value), f"{recall:.3f}"] if value else ["–", "–"]
    for number in clients:
        measured = one.measured.get((number, filtered))
        cells += [f"{measured.qps:.0f}", f"{measured.p50_ms:.2f} / {measured.p99_ms:.2f}",
                  f"{measured.cpu_ms:.2f}"] if measured else ["–"] * 3
    return [one.name, *cells, one.failure]


def table(results: list[Result], heading: str, clients: list[int], rows: int) -> str:
    lines = [heading, "", *markdown(
        ["database", "inserts/s", "searchable after s", "indexed after s", "fill: client CPU s", "fill: server CPU s",
         "memory MB", "did not run because"], [fill_row(one, rows) for one in results])]
    for filtered in (False, True):
        head = ["database", "list size", "recall"]
        for number in clients:
            who = f"{number} client{'s' if number > 1 else ''}"
            head += [f"QPS, {who}", "p50 / p99 ms", "CPU ms a search"]
        lines += ["", "Filtered: 1 % of the rows pass" if filtered else "Without a filter", "",
                  *markdown([*head, "did not run because"], [search_row(one, clients, filtered) for one in results])]
    lines += ["", "Times of filling count from the first insert. CPU of a search is the client's and the server's. Memory is "
                  "the server's, after filling; of a database that lives in its client's process it is the growth of that "
                  "process, whose CPU is given as the server's too. –: not measured."]
    return "\n".join(lines) + "\n"
