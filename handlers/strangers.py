"""Strangers: bots of other workspaces, which a shared channel lets in, and what vouches for them."""

from bot.domain.configuration import Watch
from bot.domain.lesson import Lesson
from bot.ports import Whoami
from handlers.alerts import SlackMessage


def strange(message: SlackMessage, whoami: Whoami) -> bool:
    """Whether its bot is known to be of another workspace. Those of one grid can't be told apart by this."""
    return bool(message.team) and not whoami.enterprise_id and message.team != whoami.team_id


def vouched(message: SlackMessage, watch: Watch | None, lesson: Lesson | None) -> bool:
    """Whether the watch or a lesson names it by its id, or its app's: a name can be borrowed."""
    named = {*(watch.bots if watch else ()), *([lesson.bot] if lesson else ())}
    return bool(named & ({message.bot_id, message.app_id} - {""}))


def refusal(message: SlackMessage) -> str:
    """Why what it says counts for nothing."""
    return (
        f"posted by a bot of another workspace ({message.team}); to have it count, "
        f"name its id {message.bot_id or message.app_id} under `bots` of the channel"
    )
