"""The doctor: looks at everything that keeps pages from people, and says in words what it means."""

from bot.doctor.examination import examine
from bot.doctor.line import Line, Verdict, worst
from bot.doctor.report import as_json, show

__all__ = ["Line", "Verdict", "as_json", "examine", "show", "worst"]
