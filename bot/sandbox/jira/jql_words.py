"""The words of a JQL query, and the errors that Jira words so carefully."""

import re
from dataclasses import dataclass

from bot.sandbox.jira.refusal import Refusal

_RESERVED_TEXT = """
    abort access add after alias all alter and any as asc audit avg before begin between boolean break
    byte catch cf char character check checkpoint collate collation column commit connect continue count
    create current date decimal declare decrement default defaults define delete delimiter desc
    difference distinct divide do double drop else empty encoding end equals escape exclusive exec
    execute exists explain false fetch file field first float for from function go goto grant greater
    group having identified if immediate in increment index initial inner inout input insert int integer
    intersect intersection into is isempty isnull join last left less like limit lock long max min minus
    mode modify modulo more multiply next noaudit not notin nowait null number object of on option or
    order outer output power previous prior privileges public raise raw remainder rename resource return
    returns revoke right row rowid rownum rows select session set share size sqrt start strict string
    subtract sum synonym table then to trans transaction trigger true uid union unique update user
    validate values view when whenever where while with
"""
RESERVED = frozenset(_RESERVED_TEXT.split())
_WORD = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<symbol>!=|!~|>=|<=|&&|\|\||[=~<>!(),])
      | (?P<bare>[^\s"'=~<>!(),&|]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\", " ": " "}


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word: quoted, bare, or a symbol; `at` is where it begins, counted from 1."""

    kind: str
    text: str
    at: int

    @property
    def keyword(self) -> str:
        """The word in lower case when it can be a keyword, else nothing."""
        return self.text.casefold() if self.kind == "bare" else ""


def syntax_error(message: str, at: int) -> Refusal:
    """Jira's complaint about a query that it cannot read."""
    return Refusal(400, f"Error in the JQL Query: {message} (line 1, character {at}).")


def words(query: str) -> list[Word]:
    """The words of a query, with a last one of kind `end`."""
    found = []
    position = 0
    while query[position:].strip():
        match = _WORD.match(query, position)
        if match is None:
            start = position + len(query[position:]) - len(query[position:].lstrip())
            raise syntax_error(
                "The quoted string has not been completed or a character is illegal.", start + 1
            )
        kind = str(match.lastgroup)
        text = match[kind]
        at = match.start(kind) + 1
        found.append(Word(kind=kind, text=unquoted(text, at) if kind == "quoted" else text, at=at))
        position = match.end()
    return [*found, Word(kind="end", text="", at=len(query) + 1)]


def unquoted(text: str, at: int) -> str:
    """The content of a quoted string."""

    def plain(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise syntax_error(f"'\\{match[1]}' is an illegal JQL escape sequence.", at)
        return _ESCAPES[match[1]]

    return re.sub(r"\\(.)", plain, text[1:-1], flags=re.DOTALL)
