"""The templates, and the one place where HTML leaves for the browser."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


class Drawing:
    """Renders templates; everything that is not markup already is escaped."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("bot.sandbox.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def draw(self, template: str, **values: object) -> Markup:
        """A page or a part of one."""
        return Markup(self._environment.get_template(template).render(**values))  # noqa: S704 - autoescaped


def encoded(html: str) -> bytes:
    """UTF-8; half characters, which JSON can smuggle in, become question marks."""
    return html.encode("utf-8", "replace")
