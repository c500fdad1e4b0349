"""What is kept up for schedules, put together: calendars, announcements, user groups, links, pictures."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.config.in_force import ConfigurationInForce
from bot.delivery.feeds.reader import FeedReader
from bot.delivery.open_web import OpenWeb
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.directory import SlackDirectory
from bot.delivery.slack.following import SlackFollowedGroups
from bot.delivery.slack.groups import SlackGroups
from bot.domain.configuration import Configuration
from bot.ports import Store
from bot.settings import Settings
from bot.wiring.sharing import Sharing
from bot.workers.announcer import Announcer
from bot.workers.feeds import FeedKeeper
from bot.workers.followers import Followers
from bot.workers.foresight import Foresight
from bot.workers.groups import GroupReader
from bot.workers.readiness import Readiness


@dataclass(frozen=True, kw_only=True)
class Keepers:
    """All of them; without Slack there are no groups to follow."""

    feeds: FeedKeeper
    sharing: Sharing
    announcer: Announcer
    foresight: Foresight
    followers: Followers | None
    members: GroupReader | None
    readiness: Readiness


def keepers(
    settings: Settings,
    in_force: ConfigurationInForce,
    store: Store,
    client: SlackClient | None,
    clock: Clock,
    changed: Callable[[], None],
    key: Callable[[Settings], bytes],
) -> Keepers:
    """Put it together; nothing is read yet."""

    def now() -> Configuration:
        return in_force.now

    reader = FeedReader(OpenWeb(settings.calendars_inside.split(",")), settings.config.parent)
    groups = SlackFollowedGroups(client) if client is not None else None
    directory = SlackDirectory(client, clock) if client is not None else None
    members = _members(store, clock, now, client) if client is not None else None
    touched = members.touch if members is not None else None
    return Keepers(
        feeds=FeedKeeper(store, clock, now, reader, changed),
        sharing=Sharing(settings, in_force, store, client, clock, key),
        announcer=Announcer(store, clock, now, changed),
        foresight=Foresight(store, clock, now, changed),
        followers=Followers(store, clock, now, groups, changed, touched) if groups is not None else None,
        members=members,
        readiness=Readiness(store, clock, now, settings.paging, directory, changed),
    )


def _members(
    store: Store, clock: Clock, now: Callable[[], Configuration], client: SlackClient
) -> GroupReader:
    return GroupReader(store, clock, now, SlackGroups(client), SlackDirectory(client, clock))
