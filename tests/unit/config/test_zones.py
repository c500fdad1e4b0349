"""Names of zones: what a file may name is what the machine has at that moment."""

import shutil
import zoneinfo
from importlib import resources
from pathlib import Path

from bot.config.zones import is_zone


def test_a_zone_can_be_named_as_long_as_the_machine_has_it(tmp_path: Path) -> None:
    real = resources.files("tzdata") / "zoneinfo" / "Europe" / "London"
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    try:
        assert not is_zone("Test/London")
        (tmp_path / "Test").mkdir()
        (tmp_path / "Test" / "London").write_bytes(real.read_bytes())
        assert is_zone("Test/London")
        shutil.rmtree(tmp_path / "Test")
        assert not is_zone("Test/London")
    finally:
        zoneinfo.reset_tzpath(before)


def test_what_is_no_zone_of_a_place_cannot_be_named() -> None:
    assert is_zone("Europe/Berlin")
    assert not [
        name for name in ("Factory", "localtime", "posixrules", "../UTC", "", "europe") if is_zone(name)
    ]
