"""Files that are no export, or not whole, or too much: each says so, with its file and its place."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from bot.config.problem import InvalidConfiguration
from bot.imports.file import DEEPEST, Limits, read
from bot.imports.product import Product
from bot.imports.slack_users import slack_users
from tests.unit.imports.conftest import PAYLOADS, Import

API = PAYLOADS / "pagerduty" / "api"


def refused(call: object) -> str:
    assert callable(call)
    with pytest.raises(InvalidConfiguration) as caught:
        call()
    return str(caught.value)


def write(path: Path, data: object) -> Path:
    path.write_text(json.dumps(data))
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"users": [{"id": "P1", "na', "is not JSON at line 1"),
        (b"", "is empty"),
        (b"\xff\xfe\xff\xd8 not text", "is not"),
        (b'{"users": [NaN]}', "NaN is no number of JSON"),
        (b"[" * 100_000 + b"]" * 100_000, f"is nested more than {DEEPEST} deep"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, f"is nested more than {DEEPEST} deep"),
        (b'{"n": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b"<html>401</html>", "is not JSON at line 1, column 1"),
    ],
)
def test_a_file_that_is_no_json_says_where(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "users.json"
    file.write_bytes(content)

    said = refused(lambda: read(file))

    assert words in said
    assert "users.json" in said


def test_a_zip_and_several_documents_in_a_file_read_like_a_folder(tmp_path: Path, imported: Import) -> None:
    packed, joined = tmp_path / "export.zip", tmp_path / "export.json"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in API.iterdir():
            archive.write(file, f"../../etc/{file.name}")
        archive.writestr("__MACOSX/._users.json", b"\0")
        archive.writestr("README.txt", "hello")
    joined.write_bytes(b"\n".join(file.read_bytes() for file in sorted(API.iterdir())))

    folder, zipped, one = (imported(Product.PAGERDUTY, path) for path in (API, packed, joined))

    assert folder.text == zipped.text
    assert len(one.draft.services) == len(folder.draft.services) == 2
    assert sorted(tmp_path.iterdir()) == [joined, packed]


def test_a_zip_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("users.json", b"[" + b" " * (8 << 20) + b"]")

    said = refused(lambda: read(bomb, Limits(largest=1 << 20)))
    together = refused(lambda: read(bomb, Limits(together=1 << 20)))

    assert "bomb.zip: users.json: is larger than 1 MiB" in said.replace(": : ", ": ")
    assert "bomb.zip: says more than 1 MiB" in together


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path / f"{number}.json", {})

    assert len(read(tmp_path, Limits(files=5)).documents) == 5
    assert "has more than 4 files" in refused(lambda: read(tmp_path, Limits(files=4)))


def test_a_zip_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.json", "{}")
    (tmp_path / "broken.zip").write_bytes(packed.getvalue()[:-30])

    assert "broken.zip: " in refused(lambda: read(tmp_path / "broken.zip"))


def test_links_are_not_followed_and_other_files_are_told(tmp_path: Path, imported: Import) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for file in API.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "secret.json").symlink_to("/etc/passwd")
    (folder / "notes.txt").write_text("x")

    found = imported(Product.PAGERDUTY, folder)

    assert any("1 files are no JSON" in note.what and "notes.txt" in note.what for note in found.notes.found)


@pytest.mark.parametrize(
    ("asked", "folder", "meant"),
    [
        (Product.PAGERDUTY, "opsgenie/OpsGenieBackups", "opsgenie"),
        (Product.OPSGENIE, "oncall", "grafana-oncall"),
        (Product.GRAFANA_ONCALL, "pagerduty/api", "pagerduty"),
    ],
)
def test_an_export_of_another_product_is_told_with_its_command(
    asked: Product, folder: str, meant: str, imported: Import
) -> None:
    said = refused(lambda: imported(asked, PAYLOADS / folder))

    assert f"Use `tocsin import {meant} " in said


def test_wrong_types_are_told_all_at_once_with_file_and_path(tmp_path: Path, imported: Import) -> None:
    write(
        tmp_path / "schedules.json",
        {
            "schedules": [
                {"id": "P1", "type": "schedule", "schedule_layers": "none"},
                {
                    "id": "P2",
                    "type": "schedule",
                    "schedule_layers": [
                        {"start": "yesterday", "rotation_turn_length_seconds": "7d", "users": [{}]}
                    ],
                },
            ]
        },
    )

    said = refused(lambda: imported(Product.PAGERDUTY, tmp_path))

    assert "schedules.json: schedules[0].schedule_layers: must be a list" in said
    assert "schedules[1].schedule_layers[0].start: `yesterday` is no moment" in said
    assert "schedules[1].schedule_layers[0].rotation_turn_length_seconds: must be a whole number" in said
    assert "schedules[1].schedule_layers[0].users[0].user: `user` is missing" in said


def test_pages_that_are_missing_are_told_and_those_that_are_there_are_not(
    tmp_path: Path, imported: Import
) -> None:
    page = {"users": [{"id": "P1", "type": "user", "name": "Ann"}], "offset": 0, "limit": 1, "more": True}
    write(tmp_path / "users-1.json", page)
    (tmp_path / "schedule.json").write_bytes((API / "schedule-PSCHED2.json").read_bytes())

    part = imported(Product.PAGERDUTY, tmp_path)
    rest = {"users": [{"id": "P2", "type": "user", "name": "Bob"}], "offset": 1, "limit": 1, "more": False}
    write(tmp_path / "users-2.json", rest)
    whole = imported(Product.PAGERDUTY, tmp_path)

    told = [[note.subject for note in one.notes.found if "not whole" in note.what] for one in (part, whole)]
    assert told == [["users"], []]


def test_an_export_of_users_alone_is_refused(tmp_path: Path, imported: Import) -> None:
    file = write(tmp_path / "users.json", {"users": [{"id": "P1", "type": "user", "name": "Ann"}]})

    assert "there is no schedule and no ladder of PagerDuty's" in refused(
        lambda: imported(Product.PAGERDUTY, file)
    )


def test_slack_users_are_found_by_their_address(tmp_path: Path, imported: Import) -> None:
    members = [
        {"id": "U0ANNLEE01", "profile": {"email": "Ann@Example.com"}},
        {"id": "U0BOTBOT01", "is_bot": True, "profile": {"email": "bob@example.com"}},
        {"id": "U0GONEGONE", "deleted": True, "profile": {"email": "bob@example.com"}},
        {"id": "USLACKBOT", "profile": {}},
    ]
    file = write(tmp_path / "slack.json", {"ok": True, "members": members})

    found = imported(Product.PAGERDUTY, API, slack_users(file))

    assert {one.key: one.slack for one in found.draft.people} == {
        "ann": "U0ANNLEE01",
        "bob": None,
        "ann-2": None,
    }
    assert "    slack: U0ANNLEE01\n" in found.text


def test_a_list_of_slack_users_without_addresses_says_which_scope_is_missing(tmp_path: Path) -> None:
    file = write(tmp_path / "slack.json", {"ok": True, "members": [{"id": "U0ANNLEE01", "profile": {}}]})

    assert "`users:read.email`" in refused(lambda: slack_users(file))
