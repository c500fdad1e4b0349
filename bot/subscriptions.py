"""The use cases around links: giving them, revoking them, and finding what stands behind one."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.domain.configuration import Configuration
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.link import Link, LinkId, LinkKind
from bot.domain.people import Actor, Standing
from bot.domain.refused import Refused
from bot.domain.roster import Roster
from bot.ports import Store, Tx
from bot.render.tokens import Tokens


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind:
    """What a link shows: a schedule, or all shifts of a person, by the roster that counts now."""

    link: Link
    roster: Roster
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """The addresses under which somebody can read it: the calendar and, of a schedule, the page."""

    calendar: str
    page: str | None


class Subscriptions:
    """Links belong to whoever asked for them: everybody has their own, and revokes their own."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        tokens: Tokens,
        public_url: str | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._tokens = tokens
        self._public_url = public_url

    async def give(self, by: Actor, kind: LinkKind, subject: str) -> Given:
        """The addresses; the same again until they are revoked. Raises Refused."""
        self._check(by)
        if self._public_url is None:
            raise Refused(
                "I can't give you an address: nobody told me under which one I am reached. "
                "Set `TOCSIN_PUBLIC_URL`, such as `https://tocsin.example.com`, and start me again."
            )

        def work(tx: Tx) -> Link:
            known = tx.links_of(kind, subject, by.id)
            if known:
                return known[0]
            link = Link(
                id=LinkId(secrets.token_hex(16)),
                kind=kind,
                subject=subject,
                made_by=by.id,
                made_at=self._clock.now(),
            )
            tx.add_link(link)
            return link

        link = await self._store.write(work)
        token = self._tokens.of(link.id)
        page = f"{self._public_url}/schedules/{subject}/{token}" if kind is LinkKind.SCHEDULE else None
        return Given(calendar=f"{self._public_url}/calendars/{token}.ics", page=page)

    async def revoke(self, by: Actor, kind: LinkKind, subject: str, *, everybodys: bool = False) -> int:
        """Have the caller's links count no more, or (admins) those of everybody; how many. Raises Refused."""
        self._check(by)
        if everybodys and by.slack_user not in self._configuration().authority.admins:
            raise Refused("Only admins revoke other people's links. Without `all` your own are revoked.")
        whose = None if everybodys else by.id
        now = self._clock.now()
        return await self._store.write(lambda tx: tx.revoke_links(kind, subject, whose, now))

    async def behind(self, token: str) -> Behind | None:
        """What a token opens; None when it is not ours, was revoked, or its subject is gone."""
        link_id = self._tokens.opened(token)
        if link_id is None:
            return None

        def work(tx: Tx) -> Behind | None:
            link, now = tx.link(link_id), self._clock.now()
            if link is None or link.revoked_at is not None:
                return None
            roster = tx.roster(self._configuration().roster, now)
            there = (
                ScheduleId(link.subject) in roster.schedules
                if link.kind is LinkKind.SCHEDULE
                else roster.person(PersonId(link.subject)) is not None
            )
            return Behind(link=link, roster=roster, now=now) if there else None

        return await self._store.read(work)

    def _check(self, by: Actor) -> None:
        """Whoever may see who is on call may have a link."""
        if (
            by.standing is not Standing.MEMBER
            and by.slack_user not in self._configuration().authority.allowed_guests
        ):
            raise Refused("Only members of this workspace get links to calendars.")
