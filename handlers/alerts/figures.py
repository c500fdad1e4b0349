"""Figures in a line: which of them name a thing (`VM 101`) and which measure one (`5 min`, `93%`).

A free-standing number behind a noun is a name, unless something says that it is a quantity: a unit or
something countable behind it, a word such as `after`, `>` or `load` before it. In doubt it is a name: two
things that become one cost a page, a thing that becomes two costs one page too many.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from handlers.alerts.markup import words
from handlers.alerts.wording import STATE_WORDS

PLAIN_NUMBER = re.compile(
    r"[#~<>=±+-]{0,2}[0-9][0-9.,]*"
    r"(?:%|[mnuµ]?s|secs?|m|mins?|h|hrs?|d|days?|[kmgt]|[kmgt]?i?b(?:/s|ps)?|k?hz|x|c|°c|°f|rpm|[qr]ps"
    r"|/[0-9]+|st|nd|rd|th)?"
)
NAME_NUMBER = re.compile(r"#?([0-9]{1,6})")
LOCATED_NUMBER = re.compile(r"#?([0-9]{1,12}(?:/[0-9]{1,4}){0,3})")
PLACED_NUMBER = re.compile(r"#?([0-9]{1,4}(?:\.[0-9]{1,4}|[a-z])?)")
OPAQUE_ID = re.compile(
    r"(?=[0-9a-f-]*[0-9])[0-9a-f]{8}-[0-9a-f-]{27}|(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,}|[0-9]{7,}"
)
UNITS = words(
    "second seconds sec secs minute minutes min mins hour hours hrs day days week weeks month months "
    "ms s m h percent % °c °f celsius kb mb gb tb bytes kib mib gib rpm rps qps times "
    "occurrence occurrences events bar psi pa kpa v mv kv ma w kw kwh hz khz mhz ghz db dbm ppm lux "
    "volt volts ampere watt watts degrees m/s mbit gbit mbps gbps kbps mb/s gb/s kb/s iops pm uhr"
)
# A number behind one of these is a name, whatever else is said: "room 2", "port 443".
LOCATORS = words(
    "room server node line port zone shard partition rack site sensor unit disk pump worker replica group "
    "store gate floor bay cluster instance account tenant customer region vlan lane slot channel drive "
    "door track platform building hall cabinet panel feed circuit vm machine camera switch ups turbine "
    "boiler terminal ap elevator lift well phase container interface loop router gateway firewall modem "
    "printer motor engine generator compressor chiller fan psu valve tank silo conveyor robot press oven "
    "furnace freezer fridge cooler kiosk register charger inverter battery transformer breaker feeder "
    "substation relay meter probe station train bus tram vehicle truck van drone vessel aisle shelf bed "
    "ward office branch warehouse plant mill field section sector segment area district pdu nas lun raid "
    "volume ssd nvme core cpu gpu dimm nic tunnel trunk osd host device module card board chassis blade "
    "enclosure controller dock ramp tower antenna cell thread phase pod gi te eth fa xe ge et ethernet "
    "gigabitethernet tengigabitethernet fastethernet kamera zug halle raum pumpe aufzug anlage maschine "
    "linie kessel gerät filiale kasse tor gleis weiche ofen"
)
# Of these some have numbers such as 2.14 and 4b.
PLACES = words(
    "room gate bay bed dock platform rack zone track door floor building hall raum halle tor gleis"
)
# Of these some are measured without any unit.
RESOURCES = words("disk cpu gpu core battery volume replica group")
# A number behind one of these says how much, how often, or which time.
MEASURES = words(
    "load usage size length depth latency temperature humidity count counter total ratio rate average avg "
    "utilization utilisation lag backlog capacity used free speed voltage pressure level duration uptime "
    "downtime age score weight time memory ram swap throughput percentage power energy frequency distance "
    "run runs build builds pipeline attempt attempts retry retries try deploy deployment release version "
    "revision rev v pid uid offset execution iteration batch ticket case request commit change ref seq "
    "full only about around approx approximately nearly almost just exactly least most more less than "
    "until within every last next first past per between under up down near reached reaches hit hits took "
    "takes found lost sent returned returns got rose fell grew value values max min cost price day week "
    "month year hour minute second and or not no but of if then so all any each reads reading shows says "
    "measures reports"
)
# What is counted: "3 attempts", "512 messages waiting", and "errors: 3".
COUNTED = words(
    "errors error failures attempts tries retries users requests alerts messages message items jobs pods "
    "replicas nodes hosts servers services instances containers connections clients occurrences rows "
    "records threads processes sessions packets files queries transactions orders tasks warnings checks "
    "targets devices people customers waiting pending left remaining more firing entries mails emails "
    "letters calls logins hits timeouts restarts exceptions lines points results ready passes percentile "
    "threats issues problems vulnerabilities commits tests bytes responses"
)
# The reasons of HTTP and of programs: they name something only where that is what it is about.
CODES = words("http https status code errno exit rc signal")
HTTP_ERRORS = words("400 401 403 404 405 408 409 429 500 501 502 503 504")
ABOUT_CODES = words("error errors responses response rate")
THROUGH = words("no nr num number id #")
JOBS = words("job task")
# "detected 3", "visitors: 3"
MANY = re.compile(r"[a-z]{4,}ed|[a-z]{3,}[^aiosu\W]s")
NOUN = re.compile(r"[^\W\d_]+(?:[-_/][^\W\d_]+)*")
VALUE = re.compile(r"([^\W\d_]{1,30})[:=][0-9][0-9.,]*\S{0,4}")
EDGES = ".,;:!?\"'“”‘’()[]{}*`|–—-→/=<>"
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
MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
CLOCK = re.compile(
    r"\b[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}(?:[t ][0-9:.]{4,15}(?:z|[+-][0-9:]{4,6})?)?"
    r"|\b[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}\b"
    rf"|\b{MONTH}\.? [0-9]{{1,2}}(?:, [0-9]{{4}})?|\b[0-9]{{1,2}}\.? {MONTH}(?: [0-9]{{4}})?\b"
    r"|\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?\s?(?:am|pm)?(?:\s(?:utc|gmt|cet|cest|[ecmp][sd]t))?\b"
)
LAST_WORD = re.compile(r"([^\W\d_]+)[\s#:]*$")
ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?(?:/[0-9]{1,2})?")
ADDRESS_6 = re.compile(r"(?=.*[0-9])(?=(?:[^:]*:){2})[0-9a-f:]{4,39}(?:/[0-9]{1,3})?")
HOST = re.compile(r"(?=[^\W\d_])(?=.*[0-9])(?=.*[g-z._-])[\w.-]{3,80}|[a-z]{2,20}[0-9]{1,4}")
DOMAIN = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,62}\.){2,8}[a-z]{2,6}|[\w.+-]{1,64}@[\w.-]{3,80}")
VARYING = SMALL | NOISE | STATE_WORDS
VAGUE = MEASURES | COUNTED | UNITS | CODES | VARYING | {"id"}
JOINTS = words("- – — : # |")
SPACE = re.compile(r"[\s()\[\]{}=,;|]+")
NO_HOST = re.compile(r"(?:p|v|sev|s|q|prio|http|ipv|sha|tls|md|utf)-?[0-9][0-9.]*")


@dataclass(frozen=True, slots=True)
class _Token:
    """A word as it stands, and without what stands around it."""

    raw: str
    word: str

    @property
    def sets_apart(self) -> bool:
        """Whether what follows is a value of it, or something else."""
        return self.raw.endswith((":", "=", ",", ";", ">", "<"))


NOTHING = _Token("", "")


def lasting(tokens: Iterable[str], *, chosen: bool = False) -> Iterator[str]:
    """The words that stay, in their order; a number that is a name goes with its noun: `vm#101`.

    `chosen`: somebody has said that the text tells things apart, so that ids stay as well.
    """
    known = [_Token(raw, word) for raw in tokens if not (word := _bare(raw)).startswith("@")]
    before, measured, named, stated = NOTHING, False, False, False
    for token, after in zip_longest(known, known[1:], fillvalue=NOTHING):
        word = token.word
        if not word:  # a sign between words
            before = before if token.raw in JOINTS and before.word in LOCATORS - RESOURCES else NOTHING
            continue
        number = bool(PLAIN_NUMBER.fullmatch(word)) and not ADDRESS.fullmatch(word)
        name = _name(token, before, after.word, named=named, stated=stated) if number else None
        if number and chosen and token is known[0]:
            name = _first(token, after.word)
        if name:
            yield name
        elif not (number or (measured and word in UNITS) or _varies(word, before, chosen=chosen)):
            yield word
            named = named or word.isalpha()
        stated = stated or (named and word in STATE_WORDS)
        measured = number and name is None
        if not (word in THROUGH and NOUN.fullmatch(before.word)):
            before = token


def without_moments(lowered: str) -> str:
    """Without dates and times of day; `interface 1/1/24` is no date."""
    return CLOCK.sub(
        lambda found: found[0] if "/" in found[0] and noun_before(found) in LOCATORS else " ", lowered
    )


def noun_before(found: re.Match[str]) -> str:
    """The word that stands before what was found."""
    before = LAST_WORD.search(found.string[max(0, found.start() - 40) : found.start()])
    return before[1] if before else ""


def looks_like_a_host(word: str) -> bool:
    """Whether a word is an address, a domain, or a name with a number: `db-1`, `10.0.0.7`."""
    if ADDRESS.fullmatch(word):
        return True
    if any(kind.fullmatch(word) for kind in (PLAIN_NUMBER, OPAQUE_ID, NO_HOST)):
        return False
    return any(kind.fullmatch(word) for kind in (ADDRESS_6, HOST, DOMAIN))


def names_in(text: str) -> list[str]:
    """What a text names for sure: hosts, and numbers behind a word such as `turbine`, as they stand."""
    said = [word for raw in SPACE.split(text) if (word := _bare(raw))]
    numbered = (f"{noun} {number}" for noun, number in pairwise(said) if _located(noun, number))
    return [*(word for word in said if looks_like_a_host(word)), *numbered]


def _bare(raw: str) -> str:
    return raw.strip(EDGES).removeprefix("re-")


def _located(noun: str, number: str) -> str | None:
    """The number, if it is one of a thing of which there are several."""
    if noun not in LOCATORS:
        return None
    found = LOCATED_NUMBER.fullmatch(number) or (noun in PLACES and PLACED_NUMBER.fullmatch(number))
    return found[1] if found else None


def _name(token: _Token, before: _Token, after: str, *, named: bool, stated: bool) -> str | None:
    """A number together with the noun before it, if it is the name of one of several."""
    noun, word = before.word, token.word
    if word in HTTP_ERRORS and after in ABOUT_CODES and not stated and (not named or noun in CODES):
        return f"http#{word}"
    if token.raw.lstrip("([{\"'").startswith(("-", "<", ">", "=", "+", "~", "±")) or after in UNITS:
        return None
    value = before.sets_apart and (noun in RESOURCES or noun not in LOCATORS)
    if located := None if value else _located(noun, word):
        return f"{noun}#{located}"
    found = NAME_NUMBER.fullmatch(word)
    if noun == "error" and found and not (named or value or after in COUNTED):
        return f"{noun}#{found[1]}"
    if found is None or value or after in COUNTED or not NOUN.fullmatch(noun) or noun in VAGUE:
        return None
    run = word.startswith("#") and not noun.isalpha()
    job = noun in JOBS and (len(found[1]) > 3 or word.startswith("#"))
    return None if run or job or MANY.fullmatch(noun) else f"{noun}#{found[1]}"


def _first(token: _Token, after: str) -> str | None:
    """`101 is down` is about 101, where somebody says that it names something."""
    counted = after in UNITS or after in COUNTED or after == "of"
    found = None if counted or token.raw[:1] in "-<>=+~±" else NAME_NUMBER.fullmatch(token.word)
    return f"#{found[1]}" if found else None


def _varies(word: str, before: _Token, *, chosen: bool) -> bool:
    if word in VARYING:
        return True
    if value := VALUE.fullmatch(word):
        return value[1] in VARYING or value[1] in MEASURES or value[1] in COUNTED
    return bool(OPAQUE_ID.fullmatch(word)) and not (chosen or before.word in LOCATORS)
