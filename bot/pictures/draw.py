"""Draws a timetable: `python -m bot.pictures.draw`, a sheet on its input, the picture on its output."""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.confined import confine
from bot.pictures.palette import (
    FAINT,
    GAP,
    GAP_EDGE,
    INK,
    LINE,
    NIGHT,
    NOW,
    PAPER,
    WEEKEND,
    dress,
)
from bot.pictures.sheet import understood
from bot.render.timetable import Bar, Timetable

WIDTH, DPI = 12.0, 110
MARGIN, TOP, HEAD, GUTTER = 0.32, 1.36, 0.52, 0.26
LANE, TIGHT, FOOT = 0.64, 0.44, 0.52
PAD, SMALL = 0.028, 14.0
NIGHT_ENDS, NIGHT_BEGINS = 7 / 24, 22 / 24
FONTS = [
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans Arabic",
    "Noto Sans",
    "WenQuanYi Zen Hei",
]

Axes = Any  # matplotlib tells no types here
Canvas = Any
Look = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A part of a bar, or of a gap (without a name), within one week: from where to where, in days."""

    name: str | None
    begin: float
    end: float
    lane: int = 0
    overridden: bool = False
    starts: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """A row of the picture."""

    days: Sequence[date]
    pieces: Sequence[Piece]
    lanes: int


def main() -> None:
    """Draw what is asked for."""
    confine()
    table, form = understood(sys.stdin.buffer.read())
    sys.stdout.buffer.write(draw(table, form))


def draw(table: Timetable, form: str) -> bytes:
    """The picture as PNG or SVG."""
    import matplotlib as mpl  # noqa: PLC0415 - this process alone loads it

    mpl.use("Agg")
    from matplotlib.font_manager import fontManager  # noqa: PLC0415 - the same

    there = set(fontManager.get_font_names())
    mpl.rcParams.update(
        {
            "font.family": [font for font in FONTS if font in there],
            "hatch.linewidth": 1.2,
            "hatch.color": "#00000055",
            "svg.fonttype": "path",
        }
    )
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - the same
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    weeks = [_week(table, start) for start in range(0, len(table.days), 7)]
    numbers = {name: number for number, name in enumerate(table.names)}
    legend = -(-len(numbers) // 4) if numbers else 0
    heights = [_height(week) for week in weeks]
    height = TOP + sum(heights) + FOOT * (legend + 1) + MARGIN
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=PAPER)
    FigureCanvasAgg(figure)
    paper = figure.add_axes((0, 0, 1, 1))
    paper.set_xlim(0, WIDTH)
    paper.set_ylim(height, 0)
    paper.axis("off")
    _title(paper, table)
    y = TOP
    for week, row in zip(weeks, heights, strict=True):
        _draw_week(paper, table, week, y, numbers)
        y += row
    _foot(paper, table, y, numbers)
    out = io.BytesIO()
    figure.savefig(out, format=form, facecolor=PAPER, metadata={"Date": None} if form == "svg" else None)
    return out.getvalue()


def _title(paper: Axes, table: Timetable) -> None:
    zone = ZoneInfo(table.zone)
    first, last = table.since.astimezone(zone), (table.until - timedelta(minutes=1)).astimezone(zone)
    odd = (
        {bar.until for bar in table.bars if bar.overridden}
        | {until for _, until in table.gaps}
        | {table.since}
    )
    whole = [bar.since for bar in table.bars if not bar.overridden and bar.since not in odd]
    hours = {f"{since.astimezone(zone):%H:%M}" for since in whole}
    handoff = f" · hand-off {hours.pop()}" if len(hours) == 1 else ""
    title = _cut(paper, table.title, WIDTH - 2 * MARGIN, 30, bold=True)
    paper.text(MARGIN, 0.62, title, size=30, color=INK, weight="bold")
    words = f"{first:%d %b} – {last:%d %b %Y} · {table.zone}{handoff}"
    paper.text(MARGIN, 1.08, words, size=18, color=FAINT)


def _week(table: Timetable, start: int) -> Week:
    days = table.days[start : start + 7]
    edges = [table.day(day) for day in days]
    pieces = [piece for bar in table.bars if (piece := _piece(bar.name, bar.since, bar.until, edges, bar))]
    gaps = [piece for since, until in table.gaps if (piece := _piece(None, since, until, edges, None))]
    placed: list[Piece] = []
    ends: list[float] = []
    for piece in sorted(pieces, key=lambda each: (each.begin, -each.end)):
        lane = next((number for number, end in enumerate(ends) if end <= piece.begin + 1e-9), len(ends))
        ends[lane : lane + 1] = [piece.end]
        placed.append(
            Piece(
                name=piece.name,
                begin=piece.begin,
                end=piece.end,
                lane=lane,
                overridden=piece.overridden,
                starts=piece.starts,
            )
        )
    return Week(days=days, pieces=[*gaps, *placed], lanes=max(1, len(ends)))


def _piece(
    name: str | None,
    since: datetime,
    until: datetime,
    edges: Sequence[tuple[datetime, datetime]],
    bar: Bar | None,
) -> Piece | None:
    if until <= edges[0][0] or since >= edges[-1][1]:
        return None
    return Piece(
        name=name,
        begin=_place(since, edges),
        end=_place(until, edges),
        overridden=bar.overridden if bar else False,
        starts=since >= edges[0][0],
    )


def _place(at: datetime, edges: Sequence[tuple[datetime, datetime]]) -> float:
    """Where an instant is in the week, in days; a day of 23 or 25 hours is as wide as the others."""
    for number, (since, until) in enumerate(edges):
        if at < since:
            return float(number)
        if at < until:
            return number + (at - since) / (until - since)
    return float(len(edges))


def _lane(week: Week) -> float:
    return LANE if week.lanes <= 3 else TIGHT


def _height(week: Week) -> float:
    return HEAD + week.lanes * _lane(week) + GUTTER


def _draw_week(paper: Axes, table: Timetable, week: Week, y: float, numbers: dict[str, int]) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - as above

    day = (WIDTH - 2 * MARGIN) / 7
    body, deep = y + HEAD, week.lanes * _lane(week)
    for number, each in enumerate(week.days):
        x = MARGIN + number * day
        if each.weekday() >= 5:
            paper.add_patch(Rectangle((x, y), day, HEAD + deep, color=WEEKEND, lw=0, zorder=0))
        for begin, end in ((0.0, NIGHT_ENDS), (NIGHT_BEGINS, 1.0)):
            dark = Rectangle(
                (x + begin * day, body - 0.08), (end - begin) * day, deep + 0.16, color=NIGHT, lw=0
            )
            paper.add_patch(dark)
        _day_head(paper, table, each, x, y, day)
    for number in range(8):
        x = MARGIN + number * day
        paper.plot([x, x], [y + 0.06, body + deep], color=LINE, lw=1.2, zorder=2)
    for piece in week.pieces:
        _draw_piece(paper, week, piece, body, day, numbers)
    edges = [table.day(each) for each in week.days]
    if edges[0][0] <= table.now < edges[-1][1]:
        x = MARGIN + _place(table.now, edges) * day
        paper.plot([x, x], [body - 0.05, body + deep + 0.05], color=NOW, lw=3, zorder=6)
        paper.plot([x], [body - 0.07], marker="v", color=NOW, markersize=12, zorder=6)


def _day_head(paper: Axes, table: Timetable, each: date, x: float, y: float, day: float) -> None:
    zone = ZoneInfo(table.zone)
    today = table.now.astimezone(zone).date() == each
    change = next((c for c in table.changes if c.at.astimezone(zone).date() == each), None)
    words = f"{each:%a} {each.day}{f' {each:%b}' if each.day == 1 else ''}"
    if change is not None:
        hours = f"{abs(change.minutes) // 60} h" if change.minutes % 60 == 0 else f"{abs(change.minutes)} min"
        words = f"{each:%a} {each.day} {'+' if change.minutes > 0 else '−'}{hours}"
    paper.text(
        x + day / 2,
        y + 0.34,
        words,
        size=17,
        ha="center",
        color=NOW if today or change is not None else INK,
        weight="bold" if today or change is not None else "normal",
    )


def _draw_piece(
    paper: Axes, week: Week, piece: Piece, body: float, day: float, numbers: dict[str, int]
) -> None:
    x, width = MARGIN + piece.begin * day, (piece.end - piece.begin) * day
    if piece.name is None:
        _draw_gap(paper, x, width, body, week.lanes * _lane(week))
    else:
        _draw_bar(paper, piece, dress(numbers[piece.name]), (x, width), body, _lane(week))


def _draw_gap(paper: Axes, x: float, width: float, body: float, deep: float) -> None:
    """As deep as all lanes: nobody at all is on call."""
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - as above

    look: Look = {"facecolor": GAP, "edgecolor": GAP_EDGE, "hatch": "////", "lw": 2.4}
    paper.add_patch(Rectangle((x, body + 0.05), width, deep - 0.1, zorder=3, **look))
    words = _fitting(paper, ("NOBODY", "none", "?"), width - 0.1, 17)
    if words:
        box = {"facecolor": GAP, "edgecolor": "none", "pad": 1.5}
        look = {"size": 17, "weight": "bold", "color": GAP_EDGE, "ha": "center", "va": "center"}
        paper.text(x + width / 2, body + deep / 2, words, zorder=5, bbox=box, **look)


def _draw_bar(
    paper: Axes,
    piece: Piece,
    dressed: tuple[str, str, str],
    place: tuple[float, float],
    body: float,
    lane: float,
) -> None:
    """With a thick frame where somebody overrode the layers."""
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415 - as above

    (colour, ink, hatch), (x, width) = dressed, place
    y, deep, wide = body + piece.lane * lane + 0.06, lane - 0.12, max(width - 2 * PAD, 0.02)
    look: Look = {"facecolor": colour, "hatch": hatch, "edgecolor": colour, "lw": 0.6}
    if piece.overridden:
        look |= {"edgecolor": INK, "lw": 4}
    round_ = f"round,pad=0,rounding_size={min(0.1, wide / 2)}"
    paper.add_patch(FancyBboxPatch((x + PAD, y), wide, deep, boxstyle=round_, zorder=4, **look))
    words, size = _label(paper, piece, width, 20 if lane == LANE else 15)
    box = {"facecolor": colour, "edgecolor": "none", "pad": 1.0} if hatch and words else None
    at, side = (x + 0.12, "left") if width > 1.2 else (x + width / 2, "center")
    text = {"size": size, "color": ink, "ha": side, "va": "center_baseline", "weight": "bold"}
    paper.text(at, y + deep / 2, words, zorder=5, bbox=box, **text)


def _label(paper: Axes, piece: Piece, width: float, size: float) -> tuple[str, float]:
    """As much of the name as fits, in small letters if need be."""
    star = "*" if piece.overridden else ""
    choices = [f"{each}{star}" for each in _shorter(piece.name or "")]
    if words := _fitting(paper, choices, width - 0.16, size):
        return words, size
    return _fitting(paper, choices, width - 0.06, SMALL), SMALL


def _shorter(name: str) -> list[str]:
    """A name, and ways to shorten it."""
    words = name.split()
    initials = (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()
    first = [words[0]] if len(words) > 1 else [name[:8]]
    last = [f"{words[0]} {words[-1][0]}."] if len(words) > 1 else []
    return [name, *last, *first, initials]


def _fitting(paper: Axes, choices: Sequence[str], room: float, size: float) -> str:
    """The first that fits; nothing when none does."""
    return next((each for each in choices if each and _width(paper, each, size, bold=True) <= room), "")


def _cut(paper: Axes, text: str, room: float, size: float, *, bold: bool = False) -> str:
    shown = text
    while len(shown) > 1 and _width(paper, shown, size, bold=bold) > room:
        shown = shown[:-2].rstrip() + "…"
    return shown


def _width(paper: Axes, text: str, size: float, *, bold: bool) -> float:
    """How wide a text is, in inches."""
    canvas: Canvas = paper.figure.canvas
    drawn = paper.text(0, 0, text, size=size, weight="bold" if bold else "normal")
    extent = drawn.get_window_extent(canvas.get_renderer())
    drawn.remove()
    return float(extent.width) / float(paper.figure.dpi)


def _foot(paper: Axes, table: Timetable, y: float, numbers: dict[str, int]) -> None:
    """Who has which colour, and what the signs mean."""
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - as above

    column = (WIDTH - 2 * MARGIN) / 4
    for name, number in numbers.items():
        x, top = MARGIN + number % 4 * column, y + number // 4 * FOOT
        colour, _, hatch = dress(number)
        paper.add_patch(Rectangle((x, top + 0.1), 0.3, 0.3, facecolor=colour, hatch=hatch, lw=0))
        paper.text(x + 0.4, top + 0.26, _cut(paper, name, column - 0.5, 16), size=16, color=INK, va="center")
    signs = ["shaded: nights and weekends"]
    if any(bar.overridden for bar in table.bars):
        signs.insert(0, "* framed: override")
    if table.gaps:
        signs.insert(0, "striped: nobody on call")
    if table.changes:
        signs.append("±h: clocks change")
    rows = -(-len(numbers) // 4)
    paper.text(MARGIN, y + rows * FOOT + 0.3, " · ".join(signs), size=15, color=FAINT, va="center")


if __name__ == "__main__":
    main()
