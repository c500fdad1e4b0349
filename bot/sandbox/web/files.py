"""Files below a message: pictures are shown, others are named."""

from markupsafe import Markup

from bot.sandbox.slack.shapes import Json

_NOTHING = Markup("")


def files(many: object) -> Markup:
    """All files of a message."""
    found = [each for each in many if isinstance(each, dict)] if isinstance(many, list) else []
    return _NOTHING.join(_file(each) for each in found)


def _file(one: Json) -> Markup:
    title = str(one.get("title") or one.get("name") or "a file")
    if str(one.get("mimetype") or "").startswith("image/"):
        return Markup('<figure class="file"><img src="/files/{}" alt="{}"></figure>').format(
            str(one.get("id") or ""), str(one.get("alt_txt") or title)
        )
    return Markup('<p class="file">{}</p>').format(title)
