"""What is shipped: the wheel has everything, the image and the compose file are as closed as promised."""

import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
COMPOSE: dict[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "compose.yaml").read_text())
SERVICES = sorted(COMPOSE["services"])


def instructions(name: str, text: str = DOCKERFILE) -> list[list[str]]:
    """The words of every such instruction of the Dockerfile, flags left out."""
    found = [line.split(maxsplit=1)[1] for line in text.splitlines() if line.startswith(f"{name} ")]
    return [[word for word in shlex.split(line) if not word.startswith("--")] for line in found]


@pytest.mark.parametrize(("arguments", "seeded"), [([], False), (["SEED=4711"], True)])
def test_make_chaos_draws_the_deaths_of_a_seed_that_is_given(arguments: list[str], *, seeded: bool) -> None:
    made = subprocess.run(
        ["make", "--dry-run", "chaos", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert ("--seed 4711" in made.stdout) == seeded
    assert "-m tests.chaos" in made.stdout


def test_the_wheel_has_every_file_of_the_packages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    listed = subprocess.run(
        ["git", "ls-files", "--", "bot", "handlers"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    expected = {name for name in listed.stdout.splitlines() if (ROOT / name).exists()}

    wheel = next(tmp_path.glob("tocsin-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    assert expected
    assert expected - names == set()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "bench/")) for name in names)


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    sources = {
        word for words in instructions("COPY") for word in words[:-1] if not word.startswith("/opt/")
    }  # what comes from the first stage is under /opt
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert sources == let_in
    assert all((ROOT / source).exists() for source in sources)


def test_the_image_runs_as_nobody_special_from_pinned_parts_and_is_asked_for_its_health() -> None:
    final = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") + 1 :]

    assert instructions("USER", final) == [["10001:10001"]]
    assert "/healthz" in final[final.index("HEALTHCHECK") :].split("\n\n")[0]
    assert all(":" in words[0] and "latest" not in words[0] for words in instructions("FROM"))
    assert "uv==" in DOCKERFILE
    assert "PYTHONDONTWRITEBYTECODE=1" in final


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_closed_and_watched(name: str) -> None:
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"].split(":")[0] != "0"
    assert "/tmp" in service["tmpfs"]
    assert "healthcheck" in service
    assert not service.get("privileged", False)


def test_the_database_is_reached_by_no_port_and_has_no_password_in_the_file() -> None:
    postgres = COMPOSE["services"]["postgres"]

    assert postgres["image"].startswith("postgres:16")
    assert "ports" not in postgres
    assert postgres["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


def test_replicas_do_not_fight_for_a_port_a_name_or_a_file() -> None:
    tocsin = COMPOSE["services"]["tocsin"]

    assert "container_name" not in tocsin
    assert all("-" in port.split(":")[-2] for port in tocsin["ports"])
    assert all(volume.endswith(":ro") for volume in tocsin["volumes"])
