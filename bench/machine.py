"""The machine line: where figures were measured, so that others can tell what theirs may be."""

import os
import platform
import sqlite3
from pathlib import Path

import psycopg


def machine(postgres: str | None = None) -> str:
    """CPU, cores, Python and SQLite, and PostgreSQL when its address is given."""
    parts = [
        f"{_cpu()}, {len(os.sched_getaffinity(0))} cores",
        f"Linux {platform.release()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    ]
    if postgres is not None:
        with psycopg.connect(postgres) as connection:
            parts.append(f"PostgreSQL {connection.info.server_version // 10000}")
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return "; ".join(parts) + f"; load before {busy}"


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def cpu_seconds(pid: int) -> float:
    """Processor time that a process and its threads have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> tuple[float, float]:
    """Its resident set now, and the largest it has ever been, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return int(found["VmRSS"]) / 1024, int(found["VmHWM"]) / 1024
