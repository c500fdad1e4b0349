"""A running bot takes over what changes in the file, and never a broken file."""

import stat
from pathlib import Path

import pytest

from bot.config.in_force import Changed, ConfigurationInForce, Rejected
from bot.config.problem import InvalidConfiguration
from bot.settings import Settings

GOOD = """\
ladders: {all: {rungs: [{targets: [channel: "#ops"]}]}}
services: {web: {channel: "#web", ladder: all}}
"""
BROKEN = GOOD.replace("ladder: all", "ladder: al")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tocsin.yaml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    slack = {"bot_token": "xoxb-1", "app_token": "xapp-1"}
    return Settings.model_validate({"data_dir": tmp_path / "data", "slack": slack})


def test_what_changes_in_the_file_is_in_force_after_a_reload(file: Path, settings: Settings) -> None:
    held = ConfigurationInForce(file, settings)
    before = held.now
    file.write_text(GOOD.replace("#web", "#www"))

    changed = held.reload()

    assert changed == Changed(before=before, after=held.now)
    assert [service.channel for service in held.now.services.values()] == ["#www"]


def test_a_file_that_did_not_change_is_nothing_to_tell(file: Path, settings: Settings) -> None:
    held = ConfigurationInForce(file, settings)
    before = held.now

    assert held.reload() is None
    assert held.now is before


@pytest.mark.row("F90")
@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (BROKEN, 2),
        (GOOD + "routes: [{match: ['a =~ \"(\"'], service: web}]\n", 3),
        (GOOD + "authority: {admins: [ann]}\n", 3),
        (GOOD + "routes: [\n", 4),
        ("", 1),
    ],
)
def test_a_broken_file_keeps_what_was_in_force_and_names_the_line(
    file: Path, settings: Settings, broken: str, line: int
) -> None:
    held = ConfigurationInForce(file, settings)
    before = held.now
    file.write_text(broken)

    rejected = held.reload()

    assert isinstance(rejected, Rejected)
    assert rejected.problems[0].line == line
    assert held.problems == rejected.problems
    assert held.now is before


def test_a_rejection_is_told_once_and_forgotten_when_the_file_is_mended(
    file: Path, settings: Settings
) -> None:
    held = ConfigurationInForce(file, settings)
    file.write_text(BROKEN)
    first = held.reload()
    again = held.reload()
    file.write_text(BROKEN + "\n")
    touched = held.reload()
    file.write_text(GOOD)

    mended = held.reload()

    assert isinstance(first, Rejected)
    assert (again, touched, mended, held.problems) == (None, None, None, ())


def test_a_file_that_vanishes_keeps_what_was_in_force(file: Path, settings: Settings) -> None:
    held = ConfigurationInForce(file, settings)
    file.unlink()

    assert isinstance(held.reload(), Rejected)
    assert held.reload() is None

    file.write_text(GOOD.replace("#web", "#www"))
    assert isinstance(held.reload(), Changed)


@pytest.mark.row("F90")
def test_a_start_with_a_broken_file_is_refused(file: Path, settings: Settings) -> None:
    file.write_text(BROKEN)

    with pytest.raises(InvalidConfiguration, match=r"tocsin.yaml:2: services.web.ladder"):
        ConfigurationInForce(file, settings)


@pytest.mark.row("F90")
def test_a_start_with_a_broken_file_uses_the_last_good_one_and_says_so(
    file: Path, settings: Settings
) -> None:
    good = ConfigurationInForce(file, settings).now
    file.write_text(BROKEN)

    held = ConfigurationInForce(file, settings)

    assert held.now == good
    assert [problem.path for problem in held.problems] == ["services.web.ladder"]


@pytest.mark.row("F90")
def test_the_last_good_one_is_that_of_the_latest_reload(file: Path, settings: Settings) -> None:
    held = ConfigurationInForce(file, settings)
    file.write_text(GOOD.replace("#web", "#www"))
    held.reload()
    file.write_text(BROKEN)

    assert ConfigurationInForce(file, settings).now == held.now


def test_the_copy_of_another_file_is_not_taken(file: Path, settings: Settings, tmp_path: Path) -> None:
    ConfigurationInForce(file, settings)

    with pytest.raises(InvalidConfiguration, match="can't be read"):
        ConfigurationInForce(tmp_path / "other" / "tocsin.yaml", settings)


@pytest.mark.row("F90")
def test_a_broken_copy_does_not_help(file: Path, settings: Settings) -> None:
    ConfigurationInForce(file, settings)
    (copy,) = settings.data_dir.iterdir()
    copy.write_text(BROKEN)
    file.write_text(BROKEN)

    with pytest.raises(InvalidConfiguration, match=r"tocsin.yaml:2"):
        ConfigurationInForce(file, settings)


def test_the_copy_is_for_the_bot_alone_and_leaves_nothing_beside_it(file: Path, settings: Settings) -> None:
    ConfigurationInForce(file, settings)
    ConfigurationInForce(file, settings)

    (copy,) = settings.data_dir.iterdir()
    assert copy.read_text() == GOOD
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_stops_nothing_and_is_told(file: Path, settings: Settings) -> None:
    settings.data_dir.write_text("a file where the folder should be")

    held = ConfigurationInForce(file, settings)

    assert held.now.services
    assert held.unkept
    assert str(settings.data_dir) in held.unkept
