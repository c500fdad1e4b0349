"""The console script: an interruption ends it quietly, also while the program is still being loaded."""

import sys

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C has ended."""


def main() -> None:
    """Load the command line and run it."""
    try:
        from bot.__main__ import main as begin  # noqa: PLC0415 - loading takes a second or two

        begin()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
