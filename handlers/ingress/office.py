"""The office: commands on the same machine have a running bot do what needs its database."""

import json
from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from bot.domain.refused import Refused
from bot.errors import StoreUnavailable
from bot.integrations import Integrations
from bot.teaching import Teaching
from handlers.state import StateKey, ours

OFFICE_PATH = "/state/integrations"
LONGEST = 10_000


def office_route(integrations: Integrations, teaching: Teaching, key: StateKey) -> web.RouteDef:
    """To whoever shows the key, from this machine and through no proxy; to all others it is not there."""

    async def serve(request: web.Request) -> web.Response:
        if not ours(request, key):
            raise web.HTTPNotFound
        try:
            order = json.loads((await request.content.read(LONGEST)).decode())
            return web.json_response(await carry_out(integrations, teaching, order))
        except Refused as error:
            return web.json_response({"refused": str(error)}, status=409)
        except StoreUnavailable as error:
            return web.json_response({"refused": f"The database {error.why}."}, status=503)
        except (ValueError, KeyError, TypeError):
            raise web.HTTPBadRequest from None

    return web.post(OFFICE_PATH, serve)


async def carry_out(
    integrations: Integrations, teaching: Teaching, order: Mapping[str, str]
) -> Mapping[str, str | int]:
    """Do one thing: the token that was made, or how many were revoked. Raises Refused."""
    match order["do"]:
        case "add":
            return {"token": (await integrations.add(order["name"], order["by"])).text}
        case "rotate":
            grace = timedelta(seconds=float(order["grace"]))
            return {"token": (await integrations.rotate(order["name"], order["by"], grace)).text}
        case "revoke":
            return {"count": await integrations.revoke(order["name"])}
        case "retire":
            return {"in_file": int((await teaching.forget(order["name"])).in_file)}
        case "forget":
            return {"count": await integrations.forget(order["name"].split())}
        case _:
            raise ValueError(order["do"])
