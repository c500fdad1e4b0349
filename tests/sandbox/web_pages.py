"""What the tests of the pages share: a reader, and the grammar of HTML that the pages may send."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from bot.sandbox.slack.seed import seed
from bot.sandbox.web.reader import Reader

NOW = datetime(2026, 11, 22, 14, 37, tzinfo=UTC)
JIRA = "http://127.0.0.1:7001"

_TAGS = frozenset(
    [
        "a",
        "article",
        "b",
        "blockquote",
        "br",
        "button",
        "code",
        "details",
        "div",
        "em",
        "figcaption",
        "figure",
        "form",
        "h3",
        "hr",
        "i",
        "input",
        "label",
        "li",
        "ol",
        "option",
        "p",
        "pre",
        "rect",
        "s",
        "select",
        "small",
        "span",
        "summary",
        "svg",
        "textarea",
        "time",
        "ul",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "aria-hidden",
        "aria-invalid",
        "aria-label",
        "autocomplete",
        "autofocus",
        "checked",
        "class",
        "data-press",
        "fill",
        "for",
        "formnovalidate",
        "height",
        "href",
        "id",
        "maxlength",
        "minlength",
        "name",
        "placeholder",
        "rel",
        "role",
        "rows",
        "selected",
        "target",
        "title",
        "type",
        "value",
        "width",
    ]
)
_CLEAN = re.compile(r"/as/ann/|https?://|mailto:", re.IGNORECASE)


def reader(name: str = "ann") -> Reader:
    world = seed()
    user = world.user(name)
    assert user
    return Reader(world=world, user=user, now=NOW, jira=JIRA)


class Tame(HTMLParser):
    """Reads HTML as a browser would and notes everything that the drawing code never writes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wild: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.wild.append(f"<{tag}>")
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                self.wild.append(f"{tag} {name}={value!r}")
            if name == "href" and not _CLEAN.match(value or ""):
                self.wild.append(f"href {value!r}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.wild.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.wild.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.wild.append(f"<?{data}>")


def read(html: str) -> Tame:
    tame = Tame()
    tame.feed(html)
    tame.close()
    return tame


def words_of(html: str) -> str:
    return "".join(read(html).words)
