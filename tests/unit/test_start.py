"""What a start leaves for later, so that the first page does not wait for it."""

import subprocess
import sys


def said(program: str) -> list[str]:
    """What a Python of its own printed, word by word."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_what_was_loaded_is_never_looked_at_for_cycles() -> None:
    program = """
import atexit, gc, sys
from bot.entry import main
frozen_at_first = gc.get_freeze_count()
atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() - frozen_at_first > 10_000))
sys.argv = ["tocsin", "version"]
main()
"""

    assert said(program)[1:] == ["True", "True"]


def test_what_hears_slack_and_the_other_database_is_not_loaded_before_the_first_pages() -> None:
    modules = set(said("import bot.__main__, sys; print(*sys.modules)"))

    libraries = {name.split(".")[0] for name in modules}
    assert "handlers.http" in modules
    assert not {"sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql"} & modules
    assert not {"handlers.slack_app", "handlers.slack_gate", "handlers.socket", "handlers.clerk"} & modules
    assert (
        not {"slack_bolt", "alembic", "jira", "psycopg", "cryptography", "icalendar", "matplotlib"}
        & libraries
    )
