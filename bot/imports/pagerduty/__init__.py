"""PagerDuty: objects of its REST API v2, alone, in lists, or in a state of Terraform."""

from bot.imports.pagerduty.translate import TRANSLATOR

__all__ = ["TRANSLATOR"]
