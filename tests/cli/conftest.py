"""What the tests of the command line ask for."""

from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.fixture
def tocsin(tmp_path: Path) -> Program:
    """The program in an empty folder, with settings that reach nobody."""
    return Program(folder=tmp_path)
