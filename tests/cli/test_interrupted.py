"""Ctrl-C while the program is still being loaded."""

import subprocess
import sys

PROGRAM = """
import os, signal, sys, threading
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
sys.argv = ["tocsin", "version"]
from bot.entry import main
main()
"""


def test_an_interruption_prints_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 130
    assert done.stderr == ""
