"""Text for Jira's wiki markup: untrusted words cannot format, mention, embed or link anything."""

import re

from bot.render.escape import NOTHING, one_line, safe_url, several_lines

_SPECIAL = re.compile(r"[{}\[\]*_\-!|^~+?#]")
_ENTITY_START = re.compile(r"&(?=#?\w+;)")
_BLOCK_START = re.compile(r"^(\s*)(h[1-6]|bq)\.", re.MULTILINE)
_NOFORMAT = re.compile(r"\{(?=\s*(?:noformat|code))", re.IGNORECASE)


def wiki(text: str, limit: int = 200) -> str:
    """One line of untrusted text."""
    return _escaped(one_line(text, limit))


def wiki_lines(text: str, limit: int = 3000) -> str:
    """Several lines of untrusted text."""
    return _escaped(several_lines(text, limit))


def noformat(text: str, limit: int = 10_000) -> str:
    """A block shown as it is; what would end it early is broken up by a zero-width space."""
    inner = _NOFORMAT.sub("{\u200b", several_lines(text, limit))
    return f"{{noformat}}\n{inner or NOTHING}\n{{noformat}}"


def wiki_link(label: str, url: str) -> str:
    """A link; the label alone when the address may not be linked."""
    address = safe_url(url)
    if address is None or any(each in address for each in "[]|"):
        return wiki(label)
    return f"[{wiki(label, 100)}|{address}]"


def _escaped(text: str) -> str:
    """Backslash before what is special. `\\\\` would be a line break, so a backslash becomes its entity."""
    text = _ENTITY_START.sub("&amp;", text).replace("\\", "\0")
    text = _BLOCK_START.sub(r"\1\2&#46;", _SPECIAL.sub(lambda found: f"\\{found.group(0)}", text))
    return text.replace("\0", "&#92;")
