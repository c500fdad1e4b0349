"""What a fresh sandbox Jira contains: one project, three people, and the account of the bot."""

from bot.sandbox.jira.model import FieldDef, IssueType, Option, Project, Status, Transition, User

BOT_EMAIL = "tocsin@example.com"
BOT_TOKEN = "sandbox-jira-token"  # noqa: S105 - the sandbox's own, worthless elsewhere

PRIORITIES = tuple(
    Option(id=str(number), name=name)
    for number, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), start=1)
)
RESOLUTIONS = tuple(
    Option(id=str(10000 + number), name=name)
    for number, name in enumerate(("Done", "Won't Do", "Duplicate", "Cannot Reproduce"))
)
LINK_TYPES = {
    "Relates": ("relates to", "relates to"),
    "Duplicate": ("is duplicated by", "duplicates"),
    "Blocks": ("is blocked by", "blocks"),
}
ROLES = ("Administrators", "Developers", "Service Desk Team")

TO_DO = Status(id="10000", name="To Do", category="new")
IN_PROGRESS = Status(id="3", name="In Progress", category="indeterminate")
DONE = Status(id="10001", name="Done", category="done")

SUMMARY = FieldDef(id="summary", name="Summary", required=True)
RESOLUTION = FieldDef(id="resolution", name="Resolution", kind="resolution", allowed=RESOLUTIONS)

SCREEN = (
    SUMMARY,
    FieldDef(id="issuetype", name="Issue Type", kind="issuetype", required=True),
    FieldDef(id="project", name="Project", kind="project", required=True),
    FieldDef(id="description", name="Description"),
    FieldDef(id="priority", name="Priority", kind="priority", has_default=True, allowed=PRIORITIES),
    FieldDef(id="labels", name="Labels", kind="array"),
    FieldDef(id="components", name="Components", kind="components"),
    FieldDef(id="assignee", name="Assignee", kind="user"),
)

WORKFLOW = (
    Transition(id="11", name="Start Progress", target="In Progress", sources=("To Do",)),
    Transition(id="21", name="Stop Progress", target="To Do", sources=("In Progress",)),
    Transition(id="31", name="Resolve", target="Done", sources=("To Do", "In Progress")),
    Transition(id="41", name="Reopen", target="To Do", sources=("Done",)),
)


def people() -> tuple[User, ...]:
    """Ann, Bob and Cleo, and the bot, who alone has a token."""
    names = ("Ann", "Bob", "Cleo")
    persons = tuple(
        User(
            account_id=f"5b10a284{number:016x}",
            name=name.lower(),
            email=f"{name.lower()}@example.com",
            display_name=name,
        )
        for number, name in enumerate(names, start=1)
    )
    bot = User(
        account_id="5b10a2840000000000000b07",
        name="tocsin",
        email=BOT_EMAIL,
        display_name="Tocsin",
        secret=BOT_TOKEN,
    )
    return (*persons, bot)


def operations() -> Project:
    """The project OPS."""
    return Project(
        id="10000",
        key="OPS",
        name="Operations",
        types=(
            IssueType(id="10001", name="Incident", screen=SCREEN),
            IssueType(id="10002", name="Task", screen=SCREEN),
        ),
        statuses=(TO_DO, IN_PROGRESS, DONE),
        transitions=WORKFLOW,
        components=(Option(id="10100", name="api"), Option(id="10101", name="web")),
        lead="ann",
    )
