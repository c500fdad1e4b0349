"""Hypertext: the text of an HTML letter without its marks, in time that grows only with its length."""

import re
from html import unescape

LONGEST_TAG = 2_000

_NAME = re.compile(r"<(?P<end>/?)(?P<name>[a-z][a-z0-9]{0,30})", re.IGNORECASE)
_UNSEEN = {
    name: re.compile(rf"</{name}\b[^<>]{{0,100}}>", re.IGNORECASE)
    for name in ("script", "style", "head", "title")
}
_BROKEN_AT_END = {"p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6"}
_SPACE = re.compile(r"[ \t\xa0]{1,1000}")


def bare(html: str) -> str:
    """What a reader would see, a line for each paragraph, row or item.

    What is begun and never ended (a comment, a script, a tag) is shown as it stands: it may be the alert.
    Every kind of end that is not there is looked for once, however often it is begun.
    """
    text = unescape("".join(_seen(html)))
    return "\n".join(line for each in text.splitlines() if (line := _SPACE.sub(" ", each).strip()))


def _seen(html: str) -> list[str]:
    found: list[str] = []
    endless: set[str] = set()
    at = 0
    while (mark := html.find("<", at)) >= 0:
        found.append(html[at:mark])
        at, instead = _behind(html, mark, endless)
        found.append(instead)
    found.append(html[at:])
    return found


def _behind(html: str, mark: int, endless: set[str]) -> tuple[int, str]:
    """Where it goes on after what begins with this `<`, and what is shown instead of it."""
    if html.startswith("<!--", mark):
        return _unseen(html, mark, "--", endless)
    end = html.find(">", mark, mark + LONGEST_TAG)
    if end < 0 or html.find("<", mark + 1, end) >= 0:
        return mark + 1, "<"
    named = _NAME.match(html, mark)
    if named is None:
        return (end + 1, " ") if html[mark + 1] in "!?" else (mark + 1, "<")
    name = named["name"].lower()
    if not named["end"] and name in _UNSEEN:
        return _unseen(html, end, name, endless)
    breaks = name == "br" or (named["end"] and name in _BROKEN_AT_END)
    return end + 1, "\n" if breaks else " "


def _unseen(html: str, at: int, name: str, endless: set[str]) -> tuple[int, str]:
    """Behind the end of a comment or of an element that is not shown, if it has one."""
    if name not in endless:
        if name == "--":
            if (end := html.find("-->", at + len("<!--"))) >= 0:
                return end + len("-->"), " "
        elif ended := _UNSEEN[name].search(html, at):
            return ended.end(), " "
        endless.add(name)
    return at + 1, " "
