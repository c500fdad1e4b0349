"""Foreign words: what a message hands on of others, such as a file's name or a mail's subject, ends nothing.

Whoever attacks chooses these words. So a word for an end does not count inside a host name, a path, an
address or a value, in what is quoted, or behind the name of what is handed on; trouble always counts.
"""

import re

from handlers.alerts.markup import words
from handlers.alerts.wording import AGAIN, CLEAR_SIGNS, CLEAR_WORDS, ENDED, FINE_WORDS, WORD

LONGEST = 2_000
ENDS = CLEAR_WORDS | FINE_WORDS | ENDED
# Fields whose values others choose.
FOREIGN = words(
    "subject user username user_name account login file filename file_name path url uri query command "
    "cmdline command_line process user_agent useragent referer payload body sender from to branch commit "
    "author domain"
)
URL = re.compile(r"https?://\S+")
# Several words in quotation marks or as code; JSON is no quotation.
QUOTED = re.compile(
    r"`{1,3}([^`\n]{1,300})`{1,3}|“([^“”\n]{1,300})”|«([^«»\n]{1,300})»"
    r"|(?<![\w\"])\"([^\"\n]{1,300})\"(?![\w\"])|(?<!\w)'([^'\n]{1,300})'(?!\w)"
)
# `resolved.example.com`, `fix/resolved`, `resolved-pc`: what makes a word a part of a name.
BEFORE = tuple("/\\@&?#")
BEHIND = re.compile(r"[.@/\\&?#-]\w")
VALUE = re.compile(r"([\w.-]{1,60})=(.*)")
# `by user resolved`, `process "ok"`.
CALLED = re.compile(
    r"\b(?:(?:in|of|by|for|as|from|to|with|on)\s{1,3}(?:the\s{1,3})?(?:user|username|account|file|process)\s{1,3}"
    r"|(?:user|username|account|file|process|named|called)\s{1,3}(?=[^\w\s]))\W{0,4}(?:[^\W_]{2,20}\b)?",
    re.IGNORECASE,
)
# `subject: RESOLVED: your invoice`: all that follows.
HANDED_ON = re.compile(
    r"\b(?:subject|user[ -]?agent|command(?: ?line)?|cmdline|payload|referer|file ?name)\b\W{0,3}[:=].*",
    re.IGNORECASE,
)
# What tells of an attack tells it in the attacker's words.
ATTACK = re.compile(
    r"\battack(?:s|ed|er|ers|ing)?\b|\bphish\w*|\bmalicious\b|\bransomware\b|\btrojan\b|\bspyware\b"
    r"|\bmalware\b(?!\s(?:scan|protection))|\bvirus(?:es)?\b(?!\sscan)|\bbackdoor\w*|\brootkit\w*"
    r"|\bweb[ -]?shell\w*|\b(?:root|reverse) shell\b|\bexploit(?:s|ed|ation)?\b|\bexfiltrat\w*"
    r"|\binjection\b|\bbrute[ -]?forc\w*|\bprivilege escalation\b|\bintru(?:sion|der)\w*|\bsuspicious\b"
    r"|\bunauthori[sz]ed\b|\bimpossible travel\b|\bcredential (?:stuffing|dumping|theft)\b"
    r"|\bcompromised\b|\bbotnet\b|\btor exit\b|\blateral movement\b|\bcross[ -]site scripting\b|\bxss\b",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """A line without words for an end that are not the bot's own; everything else stays as it is."""
    if not _ends(text[:LONGEST]):
        return text
    kept = URL.sub(_dropped, text[:LONGEST])
    if '":' not in kept:
        kept = QUOTED.sub(lambda found: _quotation(found, kept), kept)
    kept = CALLED.sub(_dropped, HANDED_ON.sub(_dropped, kept))
    return re.sub(r"\S+", _named, kept) + text[LONGEST:]


def own_value(name: str, value: str) -> str:
    """The same of a named value; one that others choose has no word for an end that counts."""
    return "" if name in FOREIGN and _ends(value[:LONGEST]) else own_words(value)


def tells_of_attack(text: str) -> bool:
    """Whether a line speaks of an attack, and so may have words of whoever attacks."""
    return bool(ATTACK.search(text[:LONGEST]))


def _ends(text: str) -> bool:
    lowered = text.casefold()
    return (
        not ENDS.isdisjoint(WORD.findall(lowered))
        or any(sign in text for sign in CLEAR_SIGNS)
        or bool(AGAIN.search(lowered))
    )


def _dropped(found: re.Match[str]) -> str:
    return " " if _ends(found.group()) else found.group()


def _quotation(found: re.Match[str], line: str) -> str:
    """One of several words, as long as there is something beside it."""
    inner = next(group for group in found.groups() if group is not None)
    beside = line[: found.start()] + line[found.end() :]
    several = len(inner.split()) > 1 and any(char.isalpha() for char in beside)
    return " " if several and _ends(inner) else found.group()


def _named(found: re.Match[str]) -> str:
    """A part of a line between spaces, without the end in it where that is a part of a name or a value."""
    part = found.group()
    if not _ends(part):
        return part
    if value := VALUE.search(part):
        name, sole = value[1].casefold(), WORD.fullmatch(value[2].strip("\"'.,;)]"))
        return part if sole and name not in FOREIGN else " "
    places = [found.span() for found in WORD.finditer(part) if found.group().casefold() in ENDS]
    places += [(at, at + len(sign)) for sign in CLEAR_SIGNS if (at := part.find(sign)) >= 0]
    joined = (part[:start].endswith(BEFORE) or BEHIND.match(part, end) for start, end in places)
    return " " if any(joined) else part
