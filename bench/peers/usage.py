"""What processes have used so far, as Linux counts it."""
import os
import pathlib


def family(pid: int) -> list[int]:
    """The process and everything that it started."""
    out = [pid]
    for children in pathlib.Path("/proc").glob(f"{pid}/task/*/children"):
        try:
            out += [one for child in children.read_text().split() for one in family(int(child))]
        except OSError:  # It has ended meanwhile.
            continue
    return out


def cpu_seconds(pids: list[int]) -> float:
    """Processor time of these processes and of children that they waited for."""
    ticks = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mb(pids: list[int]) -> float:
    """Resident memory, what several share counted once."""
    kilobytes = 0
    for pid in pids:
        try:
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1024
