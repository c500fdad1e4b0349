"""What an error of a request to Jira means for the delivery: rejected, not sent, or unknown.

Only codes and field names leave this module. python-jira's errors print headers and the whole answer, with
cookies and what people wrote, so they are neither logged, nor shown, nor chained.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from bot.delivery.failures import AWAY, Outage
from bot.delivery.jira.reading import mapping, text
from bot.errors import DeliveryError, Outcome, Vanished

LONGEST_WISH = timedelta(minutes=5)
TOKEN_REFUSED = "jira_401_token_refused"  # noqa: S105 - the name of a failure
_FIELD = re.compile(r"[A-Za-z][\w.-]{0,63}")


class Refused400(DeliveryError):
    """Jira read the request and refused it; `fields` are those it complained about."""

    def __init__(self, status: int, fields: frozenset[str]) -> None:
        named = f": {', '.join(sorted(fields))}" if fields else ""
        super().__init__(Outcome.REJECTED, f"jira_{status}{named}")
        self.fields = fields


def of_response(response: requests.Response, now: datetime, *, write: bool) -> DeliveryError:
    """The meaning of an answer that is not a success."""
    status = response.status_code
    unsure = Outcome.UNKNOWN if write else Outcome.NOT_SENT
    wish = retry_after(response.headers, now)
    if status == 429:
        return DeliveryError(Outcome.NOT_SENT, "jira_429_rate_limited", retry_after=wish)
    if status == 403 and "x-authentication-denied-reason" in response.headers:
        # Certainly not applied, and over as soon as somebody logs in by browser: no reason to give up.
        return Outage(Outcome.NOT_SENT, "jira_captcha", retry_after=LONGEST_WISH)
    if status == 401:
        # Somebody replaces the token, and until then every ticket meets the same.
        return Outage(Outcome.NOT_SENT, TOKEN_REFUSED, retry_after=AWAY)
    if status == 409:
        return DeliveryError(Outcome.NOT_SENT, "jira_409_conflict", retry_after=wish)
    if status == 408 or status >= 500:
        return Outage(unsure, f"jira_{status}", retry_after=wish)
    if 300 <= status < 400:
        # A login page stands before Jira, which has seen nothing.
        return Outage(Outcome.NOT_SENT, "jira_redirects", retry_after=LONGEST_WISH)
    if status in {400, 422}:
        return Refused400(status, refused_fields(response))
    if status == 404:
        return Vanished(Outcome.REJECTED, "jira_404_not_found")
    return DeliveryError(Outcome.REJECTED, "jira_403_not_permitted" if status == 403 else f"jira_{status}")


def of_exception(error: Exception, *, write: bool) -> DeliveryError:
    """The meaning of a request that brought no answer."""
    if isinstance(error, requests.exceptions.SSLError):
        return Outage(Outcome.NOT_SENT, "jira_tls_failed")
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError) or _unconnected(
        error
    ):
        return Outage(Outcome.NOT_SENT, "jira_unreachable")
    timed_out = isinstance(error, requests.exceptions.Timeout)
    reason = "jira_timed_out" if timed_out else "jira_connection_lost"
    return Outage(Outcome.UNKNOWN if write else Outcome.NOT_SENT, reason)


def _unconnected(error: Exception) -> bool:
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | NameResolutionError)


def refused_fields(response: requests.Response) -> frozenset[str]:
    """The names of the fields in Jira's error document; odd ones are left out."""
    try:
        document: object = response.json()
    except ValueError:
        return frozenset()
    return frozenset(name for name in mapping(mapping(document).get("errors")) if _FIELD.fullmatch(name))


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The provider's wish, in seconds or as an HTTP date, at most five minutes."""
    value = text(headers.get("Retry-After")).strip()
    if not value:
        return None
    if value.isascii() and value.isdecimal():
        return min(timedelta(seconds=min(int(value), 86_400)), LONGEST_WISH)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(timedelta(), min(aware - now, LONGEST_WISH))
