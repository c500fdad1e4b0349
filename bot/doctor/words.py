"""Spans and sizes in words."""

from datetime import timedelta


def ago(span: timedelta) -> str:
    """`4 s`, `3 min`, `5 h`, `2 days`."""
    seconds = max(span.total_seconds(), 0)
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def size(count: int | None) -> str:
    """`12 kB`, `3.4 MB`, `1.2 GB`."""
    number = float(count or 0)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit != "MB" else f"{number:.1f} MB"
        number /= 1000
    return f"{number:.1f} GB"
