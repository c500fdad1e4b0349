"""Tickets in `tocsin.yaml`: a service's plan, and what a route changes of it."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from bot.config.references import known
from bot.config.section import Section
from bot.config.values import SeverityName, Shape, wrong

Text = Annotated[str, Field(min_length=1, max_length=200), Shape("text")]
Project = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,79}$"), Shape("a key such as `OPS`")]
Label = Annotated[str, Field(pattern=r"^\S{1,255}$"), Shape("a word")]


class TicketSection(Section):
    """How an incident becomes a Jira ticket. Statuses are names, or `new`, `indeterminate`, `done`."""

    project: Project = Field(description="The project's key.")
    type: Text = Field(default="Task", description="The type of the ticket.")
    priorities: dict[SeverityName, Text] = Field(
        default_factory=dict, description="The priority's name for each severity."
    )
    labels: list[Label] = Field(default_factory=list, max_length=20, description="Labels, without spaces.")
    components: list[Text] = Field(default_factory=list, max_length=20, description="Components that exist.")
    security: Text | None = Field(default=None, description="The security level's name.")
    fields: dict[Text, object] = Field(
        default_factory=dict, description="Further fields by id, as Jira's REST API takes them."
    )
    acknowledged: Text = Field(default="indeterminate", description="The status when somebody acknowledges.")
    resolved: Text = Field(default="done", description="The status when it is resolved.")
    reopened: Text = Field(default="new", description="The status when it is triggered again.")
    resolution: Text | None = Field(default=None, description="The resolution, when a screen requires one.")
    internal_comments: bool = Field(
        default=False, description="Whether comments are internal (Jira Service Management)."
    )

    @model_validator(mode="after")
    def _tracked(self, info: ValidationInfo) -> Self:
        if known(info).jira is False:
            wrong(
                "Jira is not configured, so there would be no ticket", "Set `TOCSIN_JIRA__URL` and its token."
            )
        return self


class RouteTicketSection(Section):
    """What is different about the tickets of these alerts; the rest is as with the service."""

    wanted: bool = Field(default=True, description="`false`: there is none. `ticket: false` means the same.")
    project: Project | None = Field(
        default=None, description="The project's key; needed where the service has no tickets."
    )
    type: Text | None = Field(default=None, description="The type of the ticket.")
    labels: list[Label] | None = Field(default=None, max_length=20, description="Labels, without spaces.")
    components: list[Text] | None = Field(default=None, max_length=20, description="Components that exist.")

    @model_validator(mode="after")
    def _tracked(self, info: ValidationInfo) -> Self:
        if self.wanted and known(info).jira is False:
            wrong(
                "Jira is not configured, so there would be no ticket", "Set `TOCSIN_JIRA__URL` and its token."
            )
        return self


def _unwanted(value: object) -> object:
    """`false` is short for a section that wants none."""
    return {"wanted": False} if value is False else value


RouteTicket = Annotated[RouteTicketSection, BeforeValidator(_unwanted)]
