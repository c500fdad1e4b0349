"""What a message of an unknown bot is about: the words that stay the same until it is over.

Left out is what differs between messages about one thing: states, severities, times, values, reasons, ids
and who did something. Kept is what tells things apart: `web-1`, `10.0.0.7`, `room 2`. Where a title names
nothing in particular (`New incident`), the fields and lines below it are taken, so that two things do not
become one: a page too many is bad, a page that never comes is worse.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from handlers.alerts.look import Line, Look, Named, bare
from handlers.alerts.markup import words
from handlers.alerts.severities import NAMES
from handlers.alerts.verdict import headline, is_state_field
from handlers.alerts.wording import AGAIN, DENIED, STATE_WORDS

# Fields that tell one thing from another and are the same when it is over.
IDENTIFYING = words(
    "host hostname instance service monitor check resource alarm_name name rule rule_name rule_id "
    "project environment env cluster namespace application app device agent job region node pod "
    "database queue entity task dag workspace server endpoint container table topic interface sensor "
    "alertname alert_name check_name monitor_name affected_resource resource_name"
)
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
SENTENCE = re.compile(r"[.!?]\s")
PARENTHESES = re.compile(r"\([^()]{0,120}\)")
MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
CLOCK = re.compile(
    r"\b[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}(?:[t ][0-9:.]{4,15}(?:z|[+-][0-9:]{4,6})?)?"
    r"|\b[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}\b"
    rf"|\b{MONTH}\.? [0-9]{{1,2}}(?:, [0-9]{{4}})?|\b[0-9]{{1,2}}\.? {MONTH}(?: [0-9]{{4}})?\b"
    r"|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?\s?(?:am|pm)?(?:\s(?:utc|gmt|cet|cest|[ecmp][sd]t))?\b"
)
PLAIN_NUMBER = re.compile(
    r"[#~<>=±+-]{0,2}[0-9][0-9.,]*"
    r"(?:%|[mnuµ]?s|secs?|m|mins?|h|hrs?|d|days?|[kmgt]|[kmgt]?i?b(?:/s|ps)?|k?hz|x|c|°c|°f|rpm|[qr]ps"
    r"|/[0-9]+|st|nd|rd|th)?"
)
OPAQUE_ID = re.compile(
    r"(?=[0-9a-f-]*[0-9])[0-9a-f]{8}-[0-9a-f-]{27}|(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,}|[0-9]{7,}"
)
UNITS = words(
    "second seconds sec secs minute minutes min mins hour hours hrs day days week weeks month months "
    "ms s m h percent % °c °f celsius kb mb gb tb bytes kib mib gib rpm rps qps times "
    "occurrence occurrences events"
)
# A number behind one of these is a name: "room 2", "port 443".
LOCATORS = words(
    "room server node line port zone shard partition rack site sensor unit disk pump worker replica group "
    "store gate floor bay cluster instance account tenant customer region vlan lane queue slot channel drive "
    "door track platform building hall cabinet panel feed circuit"
)
SMALL = words(
    "a an the in at on of for to is are was were has have had been be being now again back by over since "
    "went your this that it its and or with from as when"
)
# Words that every alert could have: they name nothing and differ between firing and cleared.
NOISE = words(
    "alert alerts alarm alarms issue incident problem notification notifications notice monitor monitoring "
    "event detection new priority severity status update message automatic automatically automated system "
    "threshold limit max min maximum minimum value current currently above below high low urgency still"
)
# Words that stay, but do not name a thing by themselves.
WEAK = words(
    "task job jobs service host site server check checks run build health connection test request query "
    "process deploy deployment pipeline workflow database application app website page backup name state "
    "change changed found detected report condition all other response time rule"
)
# `deploying` and `deployed` are one.
STEM = re.compile(r"(?<=[a-z]{4})(?:ing|ed)$")
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
    fields = tuple(entry for entry in look.fields if _tells_apart(entry, weak=weak))
    if weak and not fields:
        more = next((line for line in look.lines if specific(subject_of(line.text))), None)
        lines += [more] if more and more not in lines else []
    return Identity(lines=tuple(lines), fields=fields)


def normalised(text: str) -> str:
    """A line without what differs from one message about the same thing to the next, in its order."""
    lowered = URL.sub(" ", EMOJI.sub(" ", bare(text[:1_000]))).casefold()
    lowered = AGAIN.sub(" ok ", DENIED.sub(" down ", lowered))
    named = _sentence(_stated(_before_state(lowered)))
    named = PARENTHESES.sub(_remark, CLOCK.sub(" ", REASON.sub("", named)))
    return " ".join(_words(re.split(r"[\s\[\]]+", named)))


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


def _tells_apart(entry: Named, *, weak: bool) -> bool:
    """Identifying fields; below a title that names nothing, every field that could be one."""
    if entry.name in IDENTIFYING:
        return True
    told = entry.name in NAMES or is_state_field(entry.name) or VOLATILE.fullmatch(entry.name)
    return weak and not told and not URL.match(entry.value)


def _before_state(lowered: str) -> str:
    """`[Name] [Down] reason` is about Name: what follows a bracketed state is its reason."""
    for found in BRACKETED_STATE.finditer(lowered):
        before = lowered[: found.start()]
        if set(re.findall(r"\w+", found[1])) & STATE_WORDS and list(_words(re.split(r"[\s\[\]]+", before))):
            return before
    return lowered


def _stated(lowered: str) -> str:
    """`Name is DOWN: reason` is about Name; of `Monitor is DOWN: name` the name comes after."""
    found = STATED.fullmatch(lowered)
    if found and found[2] in STATE_WORDS and specific(_words(found[1].split())):
        return found[1]
    return lowered


def _sentence(lowered: str) -> str:
    """The first sentence, when it names something."""
    found = SENTENCE.search(lowered)
    first = lowered[: found.start()] if found else lowered
    return first if specific(_words(first.split())) else lowered


def _remark(found: re.Match[str]) -> str:
    """A remark in parentheses with a number in it is a measurement."""
    said = re.split(r"[\s()=,;]+", found[0])
    return " " if any(PLAIN_NUMBER.fullmatch(word) for word in said if word) else found[0]


def _words(tokens: Iterable[str]) -> Iterator[str]:
    before, number = "", False
    for token in tokens:
        word = token.strip(".,;:!?\"'“”‘’()[]{}*`|–—-→/=<>").removeprefix("re-")
        if not word or word.startswith("@"):
            continue
        located = before in LOCATORS and word.isdigit() and len(word) <= 5
        varies = not located and _varies(word)
        if not varies and not (number and word in UNITS):
            yield STEM.sub("", word)
        number, before = bool(PLAIN_NUMBER.fullmatch(word)), word


def _varies(word: str) -> bool:
    if word.count(".") == 3 and word.replace(".", "").isdigit():
        return False  # an address
    if word in SMALL or word in NOISE or word in STATE_WORDS:
        return True
    head, _, tail = word.partition(":")
    if head in STATE_WORDS and tail.isdigit():
        return True  # firing:3
    return bool(PLAIN_NUMBER.fullmatch(word) or OPAQUE_ID.fullmatch(word))
