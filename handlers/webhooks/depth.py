"""Documents that are nested deeper than anybody nests them: what is too deep is cut out of their text."""

import re

DEEPEST = 100
TOO_DEEP = "-Infinity"
"""What stands instead of it: something else that nobody may send."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')


def flattened(text: str) -> str:
    """The document with something unacceptable instead of whatever is nested too deep."""
    parts, depth, begin = [], 0, 0
    for found in _TOKEN.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                parts += [text[begin : found.start()], TOO_DEEP]
        elif found[0] in "]}":
            if depth == DEEPEST + 1:
                begin = found.end()
            depth -= 1
    return "".join([*parts, text[begin:] if depth <= DEEPEST else ""])
