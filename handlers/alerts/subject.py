"""What a message of an unknown bot is about: the words that stay the same until it is over.

Left out is what differs between messages about one thing: states, severities, times, values, reasons, ids
and who did something. Kept is what tells things apart: `web-1`, `10.0.0.7`, `room 2`. Where a title names
nothing in particular (`New incident`), the fields and lines below it are taken, so that two things do not
become one: a page too many is bad, a page that never comes is worse.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from handlers.alerts.figures import (
    LOCATORS,
    NOISE,
    PLAIN_NUMBER,
    RESOURCES,
    UNITS,
    VARYING,
    lasting,
    names_in,
    noun_before,
    without_moments,
)
from handlers.alerts.look import Line, Look, Named, bare
from handlers.alerts.markup import words
from handlers.alerts.severities import NAMES
from handlers.alerts.verdict import headline, is_state_field
from handlers.alerts.wording import AGAIN, DENIED, STATE_WORDS, WORD

# Fields that tell one thing from another and are the same when it is over.
IDENTIFYING = words(
    "host hostname instance service monitor check resource alarm_name name rule rule_name rule_id "
    "project environment env cluster namespace application app device agent job region node pod "
    "database queue entity task dag workspace server endpoint container table topic interface sensor "
    "alertname alert_name check_name monitor_name affected_resource resource_name"
)
# These do as long as nothing is measured in them.
LOCATING = LOCATORS - RESOURCES - words("line thread feed phase channel") | words(
    "ip ip_address source_ip address disk volume mount mount_point mountpoint filesystem username login"
)
MEASURED = re.compile(r"[0-9]\s?(?:%|°|[kmgt]i?b\b|ms\b|s\b|/[0-9])")
# Who it was says what it is about where somebody came in, or could not.
ENTRANCE = words("login logins logon authentication password brute mfa sign-in signin sudo ssh")
# Fields that differ although it is the same thing.
VOLATILE = re.compile(
    r"(?:.*_)?(?:time|date|at|since|seen|start|started|end|ended|duration|length|downtime|uptime|age|value|values|"
    r"count|counter|total|events|users|reason|cause|message|output|details?|description|summary|link|url|log|id|"
    r"ping|pings|opdata|action|reading|current|threshold|attempt|run|build|commit|author|user|by|acknowledged|"
    r"assignees?|comments?|notification_type|errors|old|previous|ref)(?:_.*)?"
)
EMOJI = re.compile(r"(?<!\w):[a-z0-9_+'-]{1,60}:(?!\w)|[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")
URL = re.compile(r"https?://\S+")
BRACKETED_STATE = re.compile(r"\[([^\]\n]{1,40})\]")
# A reason, or who did it, is another one when it is over: "triggered due to …", "resolved after …".
REASON = re.compile(
    r"\s(?:due to|because|after|since|with the following|caused by)\s.*|[\s,;–—-]+reason:.*"
    r"|\b(?:closed|resolved|acknowledged|opened|updated|assigned|created|triggered|started) by\s.*",
    re.DOTALL,
)
# "web-1/HTTP is CRITICAL: socket timeout": what follows the state is its reason.
STATED = re.compile(
    r"(.{1,300}?)\s(?:is|are|was|were|went|has|have)\s{1,3}(?:(?:been|now|back|again|to)\s{1,3}){0,4}"
    r"([^\W\d_]{2,20})\s{0,3}(?:[:–—]|-\s).*",
    re.DOTALL,
)
SENTENCE = re.compile(r"(?<!\bno)(?<!\bnr)[.!?]\s")
APART = re.compile(r"[\s\[\]]+")
WHO = re.compile(
    r"\s?(?:closed|resolved|acknowledged|opened|updated|assigned|created|triggered|started) by\s.*", re.DOTALL
)
ACCOUNT = re.compile(r"\b(?:for|user|account|login|username)[:\s]{1,3}([^\W\d_][\w.@+-]{1,63})")
PARENTHESES = re.compile(r"\([^()]{0,120}\)")
# Words that stay, but do not name a thing by themselves.
WEAK = words(
    "task job jobs service host site server check checks run build health connection test request query "
    "process deploy deployment pipeline workflow database application app website page backup name state "
    "change changed found detected report condition all other response time rule"
)
# `deploying` and `deployed` are one.
STEM = re.compile(r"(?<=[a-z]{4})(?:ing|ed)$")
# What every machine has and everybody does: without more it is not known which or who.
EVERYWHERE = words(
    "cpu memory disk load ram swap filesystem storage network latency traffic temperature login logins logon "
    "authentication password access space usage high low full volume partition process replication lag"
)
# Words for a state that are more often part of an alert's name.
KINDS = words(
    "problem incident alarm warning warn critical crit alert outage error failure info notice emergency "
    "disaster"
)
SAYS_STATE = STATE_WORDS - NOISE - KINDS
SPECIFIC_ENOUGH = re.compile(r"\w")


def subject_of(text: str) -> frozenset[str]:
    """The words of a line that name what it is about."""
    return frozenset(normalised(text).split())


def specific(subject: Iterable[str]) -> bool:
    """Whether words name something in particular."""
    return any(word not in WEAK and SPECIFIC_ENOUGH.search(word) for word in subject)


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What a fingerprint is made of: lines, of which the words that stay count, and named values."""

    lines: tuple[Line, ...]
    fields: tuple[Named, ...]

    @property
    def parts(self) -> tuple[list[str], list[tuple[str, str]]]:
        """The words and the values, each once and in order."""
        words = {word for line in self.lines for word in subject_of(line.text)}
        return sorted(words), sorted({(entry.name, entry.value.casefold()) for entry in self.fields})

    @property
    def places(self) -> list[str]:
        """Where they stand."""
        return list(dict.fromkeys([*(line.place for line in self.lines), *(e.place for e in self.fields)]))


def identity(look: Look) -> Identity:
    """What a message is about."""
    lines = [line for line in dict.fromkeys(_key_lines(look)) if subject_of(line.text)]
    weak = not any(specific(subject_of(line.text)) for line in lines)
    enters = any(ENTRANCE & subject_of(line.text) for line in lines)
    fields = tuple(entry for entry in look.fields if _tells_apart(entry, weak=weak, enters=enters))
    if weak and not fields:
        more = next((line for line in look.lines if specific(subject_of(line.text))), None)
        lines += [more] if more and more not in lines else []
    return Identity(lines=tuple(lines), fields=fields)


def normalised(text: str, *, chosen: bool = False) -> str:
    """A line without what differs from one message about the same thing to the next, in its order.

    `chosen`: somebody has said that it tells things apart, so that long ids in it stay.
    """
    lowered = URL.sub(" ", EMOJI.sub(" ", bare(text[:1_000]))).casefold()
    lowered = AGAIN.sub(" ok ", DENIED.sub(" down ", lowered))
    named = _without_reason(_sentence(_stated(_before_state(lowered))))
    named = PARENTHESES.sub(_remark, without_moments(named))
    said = list(lasting(APART.split(named), chosen=chosen)) or lasting(APART.split(named), chosen=True)
    return " ".join(STEM.sub("", word) for word in said)


def without_emoji(text: str) -> str:
    """On one line, without emoji."""
    return " ".join(EMOJI.sub(" ", text).split())


def _key_lines(look: Look) -> Iterator[Line]:
    """The first titles, the first line of what stands before them, and the line that tells the state.

    Without a title, the first line of all. Titles of later attachments are mostly buttons and charts.
    """
    titles = [line for line in look.titles if not line.place.startswith("attachments[") or line.first][:3]
    yield from titles
    first = next((line for line in look.lines if not line.title), None)
    if first is not None and (not titles or look.lines.index(first) < look.lines.index(titles[0])):
        yield first
    yield headline(look)


def _tells_apart(entry: Named, *, weak: bool, enters: bool) -> bool:
    """Identifying fields; below a title that names nothing, every field that could be one."""
    if entry.name in IDENTIFYING or (enters and entry.name in ("user", "account")):
        return True
    if entry.name in LOCATING and not (MEASURED.search(entry.value) or URL.match(entry.value)):
        return True
    told = entry.name in NAMES or is_state_field(entry.name) or VOLATILE.fullmatch(entry.name)
    return weak and not told and not URL.match(entry.value)


def _before_state(lowered: str) -> str:
    """`[Name] [Down] reason` is about Name: what follows a bracketed state is its reason."""
    for found in BRACKETED_STATE.finditer(lowered):
        before = lowered[: found.start()]
        if set(re.findall(r"\w+", found[1])) & STATE_WORDS and list(_said(before)):
            return _with_names(before, lowered[found.end() :])
    return lowered


def _stated(lowered: str) -> str:
    """`Name is DOWN: reason` is about Name; of `Monitor is DOWN: name` the name comes after."""
    found = STATED.fullmatch(lowered)
    if found and found[2] in STATE_WORDS and specific(_said(found[1])):
        return _with_names(found[1], lowered[found.end(2) :])
    return lowered


def _sentence(lowered: str) -> str:
    """The first sentence, when it names something."""
    found = SENTENCE.search(lowered)
    first = lowered[: found.start()] if found else lowered
    if found is None or not specific(_said(first)):
        return lowered
    return first if _says_its_state(first) else _with_names(first, lowered[found.end() :], sure=True)


def _without_reason(lowered: str) -> str:
    """Without a reason, unless only that says what it is about: `CPU high because of db-1`."""
    found = REASON.search(lowered)
    if found is None:
        return lowered
    kept, reason = lowered[: found.start()], found[0]
    if WHO.fullmatch(reason):
        return kept
    account = [match[1] for match in ACCOUNT.finditer(reason) if match[1] not in VARYING | UNITS]
    more = "" if _telling(kept) else " ".join(account[:1])
    return _with_names(kept, reason, sure=not _says_its_state(kept)) + " " + more


def _with_names(kept: str, rest: str, *, sure: bool = False) -> str:
    """What is kept; where it names nothing in particular, together with hosts and the like of the rest.

    `sure`: it must name one of several itself to do without.
    """
    names = names_in(kept)
    if names or (_telling(kept) and not sure):
        return kept
    return " ".join([kept, *names_in(rest)])


def _telling(text: str) -> bool:
    """Whether a text names more than what every machine has."""
    return specific(word for word in _said(text) if word not in EVERYWHERE)


def _says_its_state(text: str) -> bool:
    return _telling(text) and bool(SAYS_STATE & set(WORD.findall(text)))


def _remark(found: re.Match[str]) -> str:
    """A remark in parentheses with a number in it is a measurement; what it names stays."""
    inner = found[0][1:-1].strip()
    if inner.isdigit() and noun_before(found) in LOCATORS:
        return f" {inner} "
    said = re.split(r"[\s()=,;]+", found[0])
    measured = any(PLAIN_NUMBER.fullmatch(word) for word in said if word)
    return f" {' '.join(names_in(inner))} " if measured else found[0]


def _said(text: str) -> Iterator[str]:
    return (STEM.sub("", word) for word in lasting(APART.split(text)))
