"""News: what bots tell besides alerts, such as work on code, jobs that have only begun, work that is done.

It is only news when it says so and nothing in it speaks of trouble: otherwise it is read as an alert.
"""

import re

from handlers.alerts.look import Look, bare
from handlers.alerts.routine import is_routine
from handlers.alerts.verdict import is_state_field, tells_of_trouble

WORK = re.compile(
    r"\b(?:pull|merge) requests?\b|\b[0-9]+ (?:new )?commits?\b|\b(?:force-)?pushed\b"
    r"|\b(?:created|deleted|new) (?:branch|tag)\b"
    r"|\b(?:branch|tag) \S+ (?:was |has been )?(?:created|deleted)\b"
    r"|^\W*(?:comment|review|release)\b|\bcommented on\b|\brequested changes\b"
    r"|^\W*(?:issue|ticket|task|card|story) (?:opened|closed|reopened|created|edited|labeled|assigned)\b"
)
BEGUN = re.compile(
    r"\bhas (?:been )?started\b|\bstarted (?:by|deploying|running|building)\b|\bin progress\b|\bqueued\b"
    r"|\bis (?:deploying|building|running|planning|starting|in progress)\b"
    r"|\bunder maintenance\b|\bwill (?:start|begin)\b|^\W*deploying\b"
)
UNDER_WAY = re.compile(
    r"(?:running|queued|pending|planning|building|deploying|started|in progress|scheduled)\b"
)


def is_news(look: Look) -> bool:
    """Whether a message tells of ordinary work and of no trouble."""
    lines = [bare(line.text).casefold()[:500] for line in (*look.titles, *look.summaries, *look.lines[:3])]
    work, begun = (any(kind.search(line) for line in lines) for kind in (WORK, BEGUN))
    fields = (entry.value.casefold() for entry in look.fields if is_state_field(entry.name))
    begun = begun or any(UNDER_WAY.match(value) for value in fields)
    # below the first line of news of work stand the words of others, such as what a commit mended
    return is_routine(look) or ((work or begun) and not tells_of_trouble(look, lines=5 if begun else 1))
