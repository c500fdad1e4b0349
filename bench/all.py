"""Everything that docs/benchmarks.md publishes, one command after the other: `python -m bench.all [FOLDER]`.

Figures go into FOLDER as JSON (docs/benchmarks unless another is given), and pictures are drawn of them. Only
an idle machine gives figures worth publishing.
"""

import subprocess
import sys
from pathlib import Path

from bench.plot import FOLDER
from bot.clock import SystemClock

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("lateness", "--million"),
    ("burst", "--runs", "1"),
    ("burst_killed",),
    ("startup",),
    ("idle",),
    ("memory",),
    ("command",),
    ("storm",),
    ("alerts", "--memory", "200000"),
    ("schedules",),
    ("rehearsal",),
    ("store", "--runs", "3"),
)
WITHOUT_JSON = ("store",)


def main() -> None:
    """Run them; one that fails does not stop the others, but is told."""
    folder, clock = Path(sys.argv[1]) if sys.argv[1:] else FOLDER, SystemClock()
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    for name, *options in COMMANDS:
        began = clock.monotonic()
        command = [sys.executable, "-m", f"bench.{name}", *options]
        if name not in WITHOUT_JSON:
            command += ["--json", str(folder / f"{name}.json")]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
        print(f"bench.{name} took {clock.monotonic() - began:.0f} s\n", flush=True)
    if subprocess.run([sys.executable, "-m", "bench.plot", str(folder)], check=False).returncode:
        failed.append("plot")
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
