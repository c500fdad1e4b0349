"""The colours: told apart by everybody, in every light, and by their shade when there is no colour at all."""

INK, PAPER, FAINT, LINE = "#1d1c1d", "#ffffff", "#616061", "#d0d0d4"
WEEKEND, NIGHT = "#eef0f4", "#e3e6ee"
GAP, GAP_EDGE = "#fde7e7", "#b3001b"
NOW = "#b3001b"

PEOPLE = (
    ("#0072b2", "#ffffff"),
    ("#e69f00", INK),
    ("#009e73", "#ffffff"),
    ("#cc79a7", INK),
    ("#56b4e9", INK),
    ("#d55e00", "#ffffff"),
    ("#f0e442", INK),
    ("#4d4d58", "#ffffff"),
)
"""Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), each with the ink that is legible on it."""

HATCHES = ("", "//", "..", "xx", "\\\\", "oo")
"""When there are more people than colours, the next ones have a pattern besides."""


def dress(number: int) -> tuple[str, str, str]:
    """Colour, ink and pattern of the person with that number."""
    colour, ink = PEOPLE[number % len(PEOPLE)]
    return colour, ink, HATCHES[number // len(PEOPLE) % len(HATCHES)]
