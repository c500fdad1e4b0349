"""Gathering: an incident that collects alerts says so from time to time, and a storm passes by itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.alert import Alert
from bot.domain.route import Handling, Limit

NAMES = 50
"""So many names of a storm's alerts are told apart; the others are counted together."""

MOST_APART = 5
"""So many of a storm that somebody has go to incidents of their own, since nothing like them was in it."""

LONGEST_NAME = 80
OTHERS = "others"


@dataclass(frozen=True, kw_only=True, slots=True)
class Storm:
    """A route brings more than its limit, and this incident takes it all.

    It goes on while each window of `per` brought more than `most` new alerts; the present one began at
    `window_at` and had `count`. At `until` that is looked at; None: it is over. `total` came since `since`.
    `names` are what they are called, with how many each. `apart` counts those that came and went to
    incidents of their own all the same.
    """

    since: datetime
    most: int
    per: timedelta
    window_at: datetime
    until: datetime | None
    count: int = 0
    total: int = 0
    names: tuple[tuple[str, int], ...] = ()
    apart: int = 0

    def more(self, alert: Alert) -> "Storm":
        """One more new alert."""
        return replace(self.called(name_of(alert)), count=self.count + 1)

    def called(self, name: str) -> "Storm":
        """One alert more of that name."""
        names = dict(self.names)
        name = name if name in names or len(names) < NAMES else OTHERS
        names[name] = names.get(name, 0) + 1
        return replace(self, total=self.total + 1, names=tuple(names.items()))

    def knows(self, name: str) -> bool:
        """Whether something of that name came."""
        return any(name == known for known, _ in self.names)

    def top(self, many: int) -> list[tuple[str, int]]:
        """What there is most of."""
        known = [each for each in self.names if each[0] != OTHERS]
        return sorted(known, key=lambda each: (-each[1], each[0]))[:many]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathering:
    """How an incident tells of its alerts: new ones at most every `interval`, all again every `repeat`.

    `told_at` is when new alerts were, or will be, told last; `repeat_at` when it is said that it still fires.
    """

    interval: timedelta = timedelta()
    repeat: timedelta | None = None
    told_at: datetime | None = None
    repeat_at: datetime | None = None
    storm: Storm | None = None

    @property
    def at(self) -> datetime | None:
        """When the clock has something to say."""
        return _first((self.repeat_at, self.storm.until if self.storm else None))

    @property
    def stormy(self) -> bool:
        """Whether a storm goes on."""
        return self.storm is not None and self.storm.until is not None

    def telling(self, now: datetime) -> "Gathering":
        """A new alert is told with those that wait to be told, or when the interval is over."""
        if self.told_at is None or self.told_at >= now:
            return self
        return replace(self, told_at=max(now, self.told_at + self.interval))

    def repeated(self, now: datetime) -> "Gathering":
        """The next time counts from now on when this one was late: it is never said twice at once."""
        if self.repeat is None or self.repeat_at is None:
            return replace(self, repeat_at=None)
        following = self.repeat_at + self.repeat
        return replace(self, repeat_at=following if following > now else now + self.repeat)

    def postponed(self, now: datetime, at: datetime) -> "Gathering":
        """Whatever is due now is due then."""
        changed = replace(self, repeat_at=_later(self.repeat_at, now, at))
        if self.storm is None:
            return changed
        return replace(changed, storm=replace(self.storm, until=_later(self.storm.until, now, at)))

    def again(self, now: datetime) -> "Gathering":
        """It begins anew."""
        return replace(self, repeat_at=now + self.repeat if self.repeat else None)

    def with_storm(self, limit: Limit, now: datetime) -> "Gathering":
        """The limit is exceeded from now on."""
        known = self.storm
        if known is None:
            known = Storm(since=now, most=limit.most, per=limit.per, window_at=now, until=None)
        storm = replace(known, most=limit.most, per=limit.per, window_at=now, until=now + limit.per, count=0)
        return replace(self, storm=storm)


def gathering(handling: Handling, wait: timedelta, now: datetime) -> Gathering | None:
    """How a new incident of that route gathers; None when there is nothing to say of it."""
    interval, repeat = handling.group_interval or timedelta(), handling.repeat_interval
    if repeat is None and not interval:
        return None
    return Gathering(
        interval=interval,
        repeat=repeat,
        told_at=now + wait if interval else None,
        repeat_at=now + repeat if repeat else None,
    )


def name_of(alert: Alert) -> str:
    """What alerts of its kind are called."""
    return (alert.labels.get("alertname") or alert.title or alert.source)[:LONGEST_NAME]


def _later(due: datetime | None, now: datetime, at: datetime) -> datetime | None:
    return at if due is not None and due <= now else due


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)
