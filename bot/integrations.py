"""The use cases around integrations: who may post alerts, and what of theirs nobody could read."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.domain.alert import Alert
from bot.domain.commands import AddNote
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.incident import Via
from bot.domain.intake import source_of
from bot.domain.integration import Integration
from bot.domain.refused import Refused
from bot.domain.token import ID, MARK, SECRET, IntegrationToken
from bot.domain.unread import Unread, storable
from bot.errors import StoreUnavailable
from bot.ids import new_id
from bot.ports import Store, Tx

FRESH = 5.0
"""Seconds for which tokens are known without looking: so long a revoked one may still count."""

GRACE = timedelta(days=7)
"""So long the tokens before it count beside one that was made by rotating."""

MOST_UNREAD = 200
LONGEST_BODY = 64 * 1024
"""So many things of an integration are kept that could not be read, and so many characters of each."""

LONGEST_NOTE = 1_000

_NOBODYS = hashlib.sha256(b"").hexdigest()

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Minted:
    """A token that was just made; `text` is shown once, and known to nobody afterwards."""

    text: str
    token: IntegrationToken


@dataclass(frozen=True, kw_only=True, slots=True)
class Admitted:
    """Whoever showed a token that counts. `integration` is None when the file knows it no more."""

    name: str
    integration: Integration | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Puzzle:
    """Something that could not be read: what is wrong, where, and what was sent.

    `apart`: the address or the like is wrong, and two that were sent alike are two things.
    """

    place: str
    why: str
    body: bytes
    apart: bool = False

    @property
    def hash(self) -> str:
        """Equal for the same thing; where nothing was sent, what was wrong tells it from others."""
        wrong = f"\0{self.place}\0{self.why}" if self.apart or not self.body else ""
        return hashlib.sha256(self.body + wrong.encode(errors="replace")).hexdigest()


class Integrations:
    """Knows tokens by their hashes, for some seconds without asking the database.

    An integration is one of `tocsin.yaml`, or named like the source that it is read as. Making and
    revoking is for whoever runs commands on the machine: nobody reaches these methods from outside.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        sources: Collection[str],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._changed = changed
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._sources = frozenset(sources)
        self._known: dict[str, IntegrationToken] = {}
        self._looked: float | None = None
        self._turn = asyncio.Lock()
        self._used: set[str] = set()

    def named(self, name: str) -> Integration | None:
        """The integration of that name."""
        found = self._configuration().integrations.get(name)
        return found or (Integration(name=name, source=name) if name in self._sources else None)

    # by whoever runs commands

    async def add(self, name: str, by: str) -> Minted:
        """The first token of an integration, or one more. Raises Refused."""
        self._check(name)
        minted = self._mint(name, by)
        await self._store.write(lambda tx: tx.add_token(minted.token))
        self._looked = None
        return minted

    async def rotate(self, name: str, by: str, grace: timedelta = GRACE) -> Minted:
        """A new token; those before it count for the grace. Raises Refused."""
        self._check(name)
        minted, now = self._mint(name, by), self._clock.now()

        def work(tx: Tx) -> int:
            expired = tx.expire_tokens(name, now + grace)
            if expired:
                tx.add_token(minted.token)
            return expired

        if not await self._store.write(work):
            raise Refused(f"`{name}` has no token that could be rotated. Make one: `tocsin integration add`.")
        self._looked = None
        return minted

    async def revoke(self, name: str) -> int:
        """Have all tokens of an integration count no more; how many."""
        revoked = await self._store.write(lambda tx: tx.revoke_tokens(name, self._clock.now()))
        self._looked = None
        return revoked

    async def tokens(self) -> list[IntegrationToken]:
        """All that count still."""
        now = self._clock.now()
        return [each for each in await self._store.read(lambda tx: tx.tokens()) if each.counts(now)]

    def _check(self, name: str) -> None:
        if self.named(name) is None:
            raise Refused(
                f"There is no integration `{name}`: name one below `integrations:` in tocsin.yaml, "
                "or one of the sources of docs/alerts.md."
            )

    def _mint(self, name: str, by: str) -> Minted:
        text = MARK + _letters(ID) + _letters(SECRET)
        token = IntegrationToken(
            id=_id(text), integration=name, hash=_hash(text), made_by=by, made_at=self._clock.now()
        )
        return Minted(text=text, token=token)

    # by whoever posts

    async def admit(self, shown: str) -> Admitted | None:
        """Whose token this is; None for whatever is none that counts. The work is the same for all.

        Raises StoreUnavailable when tokens were never read.
        """
        await self._look()
        text = shown.strip()[: 2 * (ID + SECRET)].lower()
        token = self._known.get(_id(text))
        right = hmac.compare_digest(_hash(text), token.hash if token else _NOBODYS)
        if token is None or not right or not token.counts(self._clock.now()):
            return None
        self._used.add(token.id)
        return Admitted(name=token.integration, integration=self.named(token.integration))

    async def _look(self) -> None:
        if self._is_fresh():
            return
        async with self._turn:
            if self._is_fresh():
                return
            try:
                found = await self._store.read(lambda tx: tx.tokens())
            except StoreUnavailable:
                if self._looked is None and not self._known:
                    raise
                return  # those that were known count on: whatever is posted needs the database anyway
            self._known = {each.id: each for each in found}
            self._looked = self._clock.monotonic()

    def _is_fresh(self) -> bool:
        return self._looked is not None and self._clock.monotonic() - self._looked < FRESH

    async def note_use(self) -> None:
        """Remember which tokens were used since the last time."""
        used, self._used = self._used, set()
        if used:
            await self._store.write(lambda tx: tx.tokens_used(used, self._clock.now()))

    async def firing(self, alert: Alert) -> Alert | None:
        """The newest signal of an alert; None for one that does not fire."""
        key = (alert.source, alert.fingerprint)
        standing = (await self._store.read(lambda tx: tx.standings([key]))).get(key)
        return standing.alert if standing is not None and standing.firing else None

    async def remark(self, alert: Alert, text: str) -> bool:
        """Write a note into the open incident of an alert; whether there is one."""

        def work(tx: Tx) -> bool:
            key = (alert.source, alert.fingerprint)
            standing = tx.standings([key]).get(key)
            incident = tx.incident(standing.incident) if standing and standing.incident else None
            if incident is None or not incident.open:
                return False
            note = AddNote(by=source_of(alert), via=Via.ALERT, text=text[:LONGEST_NOTE])
            now = self._clock.now()
            tx.save([decide(incident, note, now)], now)
            return True

        noted = await self._store.write(work)
        if noted:
            self._changed()
        return noted

    # what could not be read

    async def note_unread(self, name: str, puzzles: Sequence[Puzzle]) -> None:
        """Keep what could not be read where people see it; the same thing once."""
        log.warning("unread", integration=name, things=len(puzzles), place=puzzles[0].place[:200])
        now = self._clock.now()
        things = [
            Unread(
                id=new_id(now),
                integration=name,
                hash=each.hash,
                first_at=now,
                last_at=now,
                count=1,
                place=storable(each.place, 500),
                reason=storable(each.why, 500),
                body=storable(each.body.decode(errors="replace"), LONGEST_BODY),
            )
            for each in puzzles
        ]
        await self._store.write(lambda tx: tx.note_unread(things, MOST_UNREAD))

    async def forget(self, ids: Sequence[str]) -> int:
        """Forget what could not be read; an empty sequence means all. How many."""
        return await self._store.write(lambda tx: tx.drop_unread(ids))


def _letters(count: int) -> str:
    return base64.b32encode(secrets.token_bytes(40)).decode().lower()[:count]


def _id(text: str) -> str:
    return text[len(MARK) : len(MARK) + ID]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
