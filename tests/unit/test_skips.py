"""A skip is said plainly, and fails the run in CI; rows choose tests."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SOURCE = """
import pytest

def test_it_runs(): pass

@pytest.mark.row("F06")
def test_it_is_skipped(): pytest.skip("Chromium is missing: apt-get install chromium")
"""


def run(tests: Path, *options: str, ci: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.conftest",
            "-c",
            ROOT / "pyproject.toml",
            *options,
            tests,
        ],
        cwd=ROOT,
        env={"CI": ci, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    file = tmp_path / "test_planted.py"
    file.write_text(SOURCE)
    return file


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_skip_fails_the_run_in_ci(tests: Path, workers: str) -> None:
    done = run(tests, "-n", workers, ci="true")

    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "skipped, which fails the run in CI" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout.splitlines()[-1]


def test_elsewhere_a_skip_says_what_to_install(tests: Path) -> None:
    done = run(tests, "-n", "0", ci="")

    assert done.returncode == pytest.ExitCode.OK
    assert "not run here" in done.stdout
    assert "1 skipped: Chromium is missing: apt-get install chromium" in done.stdout


def test_a_row_chooses_the_tests_that_prove_it(tests: Path) -> None:
    done = run(tests, "-n", "0", "--row", "F06", ci="")

    assert "1 skipped, 1 deselected" in done.stdout.splitlines()[-1]


def test_a_row_that_cannot_be_one_is_an_error(tests: Path) -> None:
    tests.write_text(SOURCE.replace("F06", "six"))

    done = run(tests, "-n", "0", ci="")

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "'six' is no row" in done.stderr + done.stdout
