"""Files and user groups in the sandbox, asked by Slack's own client: taken as Slack takes them."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.workspace import Group
from bot.sandbox.web.files import files

GENERAL = "C0GENERAL01"
GROUP = "S0ONCALL001"


async def refused(call: object) -> str:
    with pytest.raises(SlackApiError) as error:
        await call  # type: ignore[misc]  # any of the client's calls
    return str(error.value.response["error"])


async def test_a_file_is_announced_uploaded_and_shared(slack: SlackServer, client: AsyncWebClient) -> None:
    await client.files_upload_v2(
        filename="week.png", title="Week", content=b"\x89PNG", alt_txt="Ann all week", channel=GENERAL
    )

    message = slack.messages("#general")[-1]
    assert [(file["name"], file["title"], file["alt_txt"]) for file in message.body["files"]] == [
        ("week.png", "Week", "Ann all week")
    ]


async def test_a_file_that_never_arrived_is_not_found(slack: SlackServer, client: AsyncWebClient) -> None:
    announced = await client.files_getUploadURLExternal(filename="week.png", length=4)

    error = await refused(
        client.files_completeUploadExternal(files=[{"id": announced["file_id"]}], channel_id=GENERAL)
    )

    assert error == "file_not_found"


async def test_a_file_of_another_length_is_not_taken(slack: SlackServer, client: AsyncWebClient) -> None:
    announced = await client.files_getUploadURLExternal(filename="week.png", length=4)
    assert client.session is not None

    async with client.session.post(announced["upload_url"], data=b"more than four") as answer:
        assert answer.status == 400


async def test_a_file_is_shared_only_where_the_app_is(slack: SlackServer, client: AsyncWebClient) -> None:
    slack.world.channels[GENERAL].members.discard(slack.world.app.user_id)

    assert (
        await refused(client.files_upload_v2(filename="week.png", content=b"x", channel=GENERAL))
        == "not_in_channel"
    )


async def test_a_file_needs_a_length_and_the_scope(slack: SlackServer, client: AsyncWebClient) -> None:
    assert (
        await refused(client.files_getUploadURLExternal(filename="week.png", length=0)) == "invalid_arguments"
    )
    slack.world.app.scopes = slack.world.app.scopes - {"files:write"}
    assert await refused(client.files_getUploadURLExternal(filename="x", length=1)) == "missing_scope"


async def test_a_group_is_set_whole(slack: SlackServer, client: AsyncWebClient) -> None:
    await client.usergroups_users_update(usergroup=GROUP, users=["U0CLEODIAZ1"])

    assert (await client.usergroups_users_list(usergroup=GROUP))["users"] == ["U0CLEODIAZ1"]


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("", "no_users_provided"),
        ("U0DANGUEST1", "user_is_restricted"),
        ("U0FAYGONE01", "invalid_users"),
        ("U0EVESTRNG1", "invalid_users"),
        ("U0NOBODY001", "invalid_users"),
    ],
)
async def test_a_group_takes_full_members_alone(
    slack: SlackServer, client: AsyncWebClient, users: str, error: str
) -> None:
    before = slack.world.groups[GROUP].users

    assert await refused(client.usergroups_users_update(usergroup=GROUP, users=users)) == error
    assert slack.world.groups[GROUP].users == before


async def test_a_group_that_is_disabled_or_gone_is_refused(
    slack: SlackServer, client: AsyncWebClient
) -> None:
    slack.world.groups["S0OFF000001"] = Group(id="S0OFF000001", handle="off", name="Off", disabled=True)

    for group, error in (("S0OFF000001", "subteam_disabled"), ("S0GONE00001", "no_such_subteam")):
        assert await refused(client.usergroups_users_update(usergroup=group, users="U0ANNLEE001")) == error


async def test_a_picture_is_shown_once_it_was_shared(slack: SlackServer, client: AsyncWebClient) -> None:
    assert client.session is not None
    await client.files_upload_v2(filename="week.png", content=b"\x89PNG", channel=GENERAL)
    await client.files_upload_v2(filename="evil.html", content=b"<script>", channel=GENERAL)
    picture, page = (message.body["files"][0]["id"] for message in slack.messages("#general")[-2:])

    async with client.session.get(f"{slack.base_url}/files/{picture}") as answer:
        assert (answer.status, answer.content_type) == (200, "image/png")
    async with client.session.get(f"{slack.base_url}/files/{page}") as answer:
        assert answer.status == 404


def test_a_files_words_are_no_markup() -> None:
    shown = str(
        files([{"id": '"><script>', "title": "<script>", "alt_txt": '"><script>', "mimetype": "image/png"}])
    )

    assert "<script>" not in shown
    assert shown.count("<img") == 1
