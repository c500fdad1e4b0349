"""Which bots of a shared channel are of another workspace, and which of those count all the same."""

from dataclasses import replace

import pytest

from bot.domain.configuration import Watch
from bot.domain.lesson import Lesson
from bot.ports import Whoami
from handlers.alerts.reading import SlackMessage, read_event
from handlers.strangers import strange, vouched

US = Whoami(team_id="T0HOME", bot_id="B0US", bot_user_id="U0US")


def posted(**fields: object) -> SlackMessage:
    event = {"type": "message", "channel": "C1", "ts": "1700000000.000100", "bot_id": "B0EVIL", "text": "x"}
    found = read_event(event | {"app_id": "A0EVIL", "username": "Grafana"} | fields)
    assert found is not None
    return found


@pytest.mark.row("A17")
def test_a_bot_of_another_workspace_is_strange_and_its_name_vouches_for_nothing() -> None:
    message = posted(team="T0HOME", bot_profile={"id": "B0EVIL", "team_id": "T0EVIL"})

    assert strange(message, US)
    assert not vouched(message, Watch(channel="C1", bots=("Grafana",)), None)
    assert not vouched(message, Watch(channel="C1"), Lesson(name="a", channel="C1", bot="Grafana", title="t"))
    assert not vouched(message, None, None)


@pytest.mark.parametrize("fields", [{}, {"team": "T0HOME"}, {"bot_profile": {"team_id": "T0HOME"}}])
def test_one_of_ours_and_one_of_which_slack_tells_nothing_are_not(fields: dict[str, object]) -> None:
    assert not strange(posted(**fields), US)


def test_in_a_grid_workspaces_are_not_told_apart() -> None:
    assert not strange(posted(team="T0SISTER"), replace(US, enterprise_id="E0GRID"))


@pytest.mark.parametrize("mark", ["B0EVIL", "A0EVIL"])
def test_an_id_vouches_for_it(mark: str) -> None:
    message = posted(team="T0EVIL")

    assert strange(message, US)
    assert vouched(message, Watch(channel="C1", bots=("Grafana", mark)), None)
    assert vouched(message, None, Lesson(name="a", channel="C1", bot=mark, title="t"))
