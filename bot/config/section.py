"""What all sections of `tocsin.yaml` have in common."""

from pydantic import BaseModel, ConfigDict

from bot.config.references import Known
from bot.config.values import wrong
from bot.domain.people import MethodKind

WAYS = {
    MethodKind.SLACK: ("Slack", "TOCSIN_SLACK__BOT_TOKEN"),
    MethodKind.EMAIL: ("SMTP", "TOCSIN_SMTP__HOST"),
}


class Section(BaseModel):
    """A part of the file: a key that it does not know is an error, and text is never taken for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def require(kind: MethodKind, context: Known) -> None:
    """Refuse a way to reach people that the settings don't have."""
    if context.paging is not None and kind not in context.paging:
        name, variable = WAYS[kind]
        wrong(
            f"{name} is not configured, so this would reach nobody",
            f"Set `{variable}` and what belongs to it.",
        )
