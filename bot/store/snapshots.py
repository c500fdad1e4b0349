"""Snapshots of services and ladders: stored once, decoded once, shared by every incident that has them."""

import threading
from collections.abc import Iterable

import structlog
from sqlalchemy import select

from bot.domain.alert import HeldAlert
from bot.domain.incident import Incident
from bot.domain.standing import AlertKey, Standing
from bot.ports.alerts import HeldKey
from bot.store.codec import Snapped, Snapshot, decode_snapshot, encode_snapshot
from bot.store.known import Known
from bot.store.query import Insertion, Query, Row, Session
from bot.store.rosters import LastKnown
from bot.store.tables import snapshot

MOST = 2048
"""How many are remembered; a reload of the configuration makes a few new ones."""

_INSERT = Insertion(
    snapshot,
    ("hash", "body"),
    then=lambda statement: statement.on_conflict_do_nothing(index_elements=["hash"]),
)
_SELECT = Query(
    lambda kit: select(snapshot.c.hash, snapshot.c.body).where(kit.among(snapshot.c.hash, "hashes"))
)


class SnapshotCache:
    """What one process knows of snapshots, of the incidents that have them, and of their alerts; for all its
    threads.
    """

    def __init__(self) -> None:
        self.incidents: Known[str, Row, Incident] = Known()
        self.held: Known[HeldKey, str, HeldAlert] = Known()
        self.standings: Known[AlertKey, str, Standing] = Known()
        self.roster = LastKnown()
        self._lock = threading.Lock()
        self._objects: dict[str, Snapshot] = {}
        # By identity: services are no keys of a dict, and those of a configuration live long.
        self._names: dict[int, tuple[Snapshot, Snapped]] = {}
        self._stored: set[str] = set()

    def snap(self, thing: Snapshot) -> Snapped:
        """Its name and body, worked out once for each object."""
        known = self._names.get(id(thing))
        if known is not None and known[0] is thing:
            return known[1]
        snapped = encode_snapshot(thing)
        with self._lock:
            if len(self._names) >= MOST:
                self._names.clear()
            self._names[id(thing)] = (thing, snapped)
        return snapped

    def get(self, name: str) -> Snapshot | None:
        """The object of that name, when it has been decoded before."""
        return self._objects.get(name)

    def put(self, name: str, body: str, *, stored: bool) -> Snapshot:
        """Decode and remember. `stored`: it was committed by whoever wrote it."""
        decoded = decode_snapshot(name, body)
        with self._lock:
            if len(self._objects) >= MOST:
                self._objects.clear()
            self._objects[name] = decoded
            if stored:
                self._stored.add(name)
        return decoded

    def is_stored(self, name: str) -> bool:
        """Whether it is known to be in the database for good."""
        return name in self._stored

    def committed(self, names: Iterable[str]) -> None:
        """These are in the database for good."""
        with self._lock:
            self._stored.update(names)


class Snapshots:
    """Snapshots within one transaction. `fresh` are those that it wrote: stored once it is committed."""

    def __init__(self, session: Session, cache: SnapshotCache) -> None:
        self._session = session
        self._cache = cache
        self.fresh: set[str] = set()
        self._log = structlog.get_logger(__name__)

    def store(self, things: Iterable[Snapshot]) -> None:
        """Write those that are not stored yet, in an order that cannot deadlock."""
        missing = {
            snapped.hash: snapped
            for snapped in map(self._cache.snap, things)
            if not (self._cache.is_stored(snapped.hash) or snapped.hash in self.fresh)
        }
        if missing:
            rows = [{"hash": name, "body": missing[name].body} for name in sorted(missing)]
            self._session.push(_INSERT, rows)
            self.fresh.update(missing)

    def name(self, thing: Snapshot | None) -> str | None:
        """Under which name it is stored."""
        return None if thing is None else self._cache.snap(thing).hash

    def load(self, names: Iterable[str | None]) -> dict[str, Snapshot]:
        """The objects of these names; one that is missing or cannot be read is missing here.

        What this very transaction wrote is not stored yet: it may be rolled back.
        """
        found: dict[str, Snapshot] = {}
        missing: list[str] = []
        for name in {name for name in names if name is not None}:
            known = self._cache.get(name)
            if known is None:
                missing.append(name)
            else:
                found[name] = known
        if missing:
            for name, body in self._session.rows(_SELECT, {"hashes": missing}):
                try:
                    found[name] = self._cache.put(name, body, stored=name not in self.fresh)
                except ValueError:
                    self._log.exception("snapshot unreadable", snapshot=name)
        return found
