"""Who is asking: e-mail and token on Cloud, a personal access token or a password on Data Center."""

import base64
import binascii
from collections.abc import Mapping

from bot.sandbox.jira.model import Flavour, User
from bot.sandbox.jira.refusal import Refusal
from bot.sandbox.jira.site import Site

LOGIN_FAILED = {
    "X-Seraph-LoginReason": "AUTHENTICATED_FAILED",
    "WWW-Authenticate": 'OAuth realm="sandbox"',
}


def identify(site: Site, authorization: str | None, *, reject: bool = False) -> str | None:
    """The account id behind the Authorization header, None for a stranger.

    Cloud treats wrong credentials as a stranger, which a GET then answers with "not there" and not with
    401; Data Center refuses them whatever was asked. `reject` accepts no credentials at all.
    """
    known = None if reject else _known(site, authorization or "")
    if known is not None and known.active:
        return known.account_id
    if site.flavour is Flavour.DATA_CENTER and authorization:
        raise Refusal(401, headers=LOGIN_FAILED)
    return None


def captcha(root: str) -> Refusal:
    """Jira wants a person to log in by browser first."""
    reason = f"CAPTCHA_CHALLENGE; login-url={root}/login.jsp"
    headers: Mapping[str, str] = {
        "X-Seraph-LoginReason": "AUTHENTICATION_DENIED",
        "X-Authentication-Denied-Reason": reason,
    }
    return Refusal(403, "Basic Authentication Failure - Reason : AUTHENTICATION_DENIED", headers=headers)


def _known(site: Site, authorization: str) -> User | None:
    scheme, _, rest = authorization.partition(" ")
    people = [person for person in site.people.values() if person.secret]
    if scheme == "Bearer" and site.flavour is Flavour.DATA_CENTER:
        return next((person for person in people if person.secret == rest), None)
    if scheme != "Basic":
        return None
    try:
        name, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    cloud = site.flavour is Flavour.CLOUD
    return next(
        (one for one in people if name == (one.email if cloud else one.name) and secret == one.secret), None
    )
