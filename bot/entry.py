"""The console script: an interruption ends it quietly, also while the program is still being loaded."""

import gc
import sys

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C has ended."""


def main() -> None:
    """Load the command line and run it."""
    try:
        gc.disable()  # what is loaded stays: looking for cycles in it takes a fifth of the time
        try:
            from bot.__main__ import main as begin  # noqa: PLC0415 - loading takes a second or two
        finally:
            gc.freeze()  # nor is it looked at later: once takes a tenth of a second, before the first page
            gc.enable()
        begin()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
