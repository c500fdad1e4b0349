"""The methods `files.*`, and the address to which an upload goes."""

from typing import Any

from aiohttp import web

from bot.sandbox.slack.call import Call, Method
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.ids import new_id, new_secret
from bot.sandbox.slack.limits import TIER_4
from bot.sandbox.slack.shapes import Json, SlackError, invalid
from bot.sandbox.slack.workspace import Upload

PATH = "/upload/v1/{ticket}"
PNG = b"\x89PNG"


def upload_url(call: Call) -> Json:
    """files.getUploadURLExternal: announce a file. It takes a form, not JSON."""
    name, length = call.need("filename"), call.need("length")
    if not length.isdigit() or int(length) < 1:
        raise invalid("invalid_arguments", ["[ERROR] must be an integer larger than 0: length"])
    ticket, file = new_secret(), new_id("F")
    call.hub.world.uploads[ticket] = Upload(
        id=file, app_id=call.app.id, name=name, length=int(length), alt_text=call.text("alt_txt")
    )
    return {"upload_url": call.hub.base_url + PATH.format(ticket=ticket), "file_id": file}


def complete(call: Call) -> Json:
    """files.completeUploadExternal: files that have arrived are shared in a channel where the app is."""
    files = [_finished(call, each) for each in _listed(call)]
    if call.text("channel_id"):
        channel = call.hub.world.channel(call.text("channel_id"))
        if channel is None:
            raise SlackError("channel_not_found")
        if call.app.user_id not in channel.members:
            raise SlackError("not_in_channel")
        if channel.archived:
            raise SlackError("is_archived")
        body = {
            "text": call.text("initial_comment"),
            "files": [_shape(*each) for each in files],
            "upload": True,
        }
        call.hub.feed.post(channel, call.hub.feed.author(call.app) | body, app_id=call.app.id)
    for upload, _ in files:
        upload.shared = True
    return {"files": [{"id": upload.id, "title": title} for upload, title in files]}


def _listed(call: Call) -> list[Any]:
    found = call.args.get("files")
    if not isinstance(found, list) or not found:
        raise invalid("invalid_arguments", ["[ERROR] must be a list of files: files"])
    return found


def _finished(call: Call, named: Json) -> tuple[Upload, str]:
    wanted = str(named.get("id") or "")
    upload = next((each for each in call.hub.world.uploads.values() if each.id == wanted), None)
    if upload is None or upload.app_id != call.app.id or upload.content is None or upload.shared:
        raise SlackError("file_not_found")
    return upload, str(named.get("title") or upload.name)


def _shape(upload: Upload, title: str) -> Json:
    return {
        "id": upload.id,
        "name": upload.name,
        "title": title,
        "alt_txt": upload.alt_text,
        "mimetype": "image/png" if upload.name.endswith(".png") else "text/plain",
        "size": upload.length,
    }


class Uploads:
    """The endpoint to which the bytes go; it wants no token, and takes exactly what was announced."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def receive(self, request: web.Request) -> web.Response:
        """Take the bytes of a file."""
        upload = self._hub.world.uploads.get(request.match_info["ticket"])
        raw = await request.read()
        if upload is None or upload.content is not None or len(raw) != upload.length:
            return web.Response(status=400, text="bad upload")
        upload.content = raw
        return web.Response(text=f"OK - {len(raw)}")

    async def show(self, request: web.Request) -> web.Response:
        """The picture, for the sandbox's own pages."""
        wanted = request.match_info["id"]
        found = next((each for each in self._hub.world.uploads.values() if each.id == wanted), None)
        if found is None or not found.shared or not (found.content or b"").startswith(PNG):
            return web.Response(status=404)
        headers = {"X-Content-Type-Options": "nosniff"}
        return web.Response(body=found.content, content_type="image/png", headers=headers)


METHODS = {
    "files.getUploadURLExternal": Method(run=upload_url, allowance=TIER_4, scopes=("files:write",)),
    "files.completeUploadExternal": Method(run=complete, allowance=TIER_4, scopes=("files:write",)),
}
