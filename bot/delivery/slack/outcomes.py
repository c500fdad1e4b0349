"""What a failed call to Slack means: the status decides first, then the error in the body."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.delivery.failures import AWAY, Outage, PayloadRefused
from bot.errors import DeliveryError, Outcome

SHORTEST_WISH = timedelta(seconds=1)
LONGEST_WISH = timedelta(hours=1)


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NO_ENTRY = _codes(
    "invalid_auth not_authed token_revoked token_expired account_inactive org_login_required "
    "two_factor_setup_required team_access_not_granted accesslimited ekm_access_denied invalid_app_id "
    "enterprise_is_restricted"
)
_TARGET = _codes(
    "channel_not_found is_archived is_inactive not_in_channel user_not_found users_not_found user_disabled "
    "user_not_visible cannot_dm_bot messages_tab_disabled restricted_action "
    "restricted_action_read_only_channel "
    "restricted_action_thread_only_channel restricted_action_non_threadable_channel "
    "restricted_action_thread_locked cannot_reply_to_message thread_not_found user_not_in_channel "
    "as_user_not_supported message_not_found cant_update_message edit_window_closed cant_invite_self "
    "not_enabled method_not_supported_for_channel_type "
    "missing_scope no_permission not_allowed_token_type access_denied unknown_method "
    "no_such_subteam subteam_not_found subteam_disabled no_users_provided invalid_users user_is_bot "
    "user_is_restricted user_is_ultra_restricted cannot_add_guest permission_denied paid_teams_only "
    "plan_upgrade_required team_not_found file_not_found file_uploads_disabled posting_to_channel_denied"
)
_PAYLOAD = _codes(
    "invalid_blocks invalid_blocks_format invalid_attachments msg_too_long msg_blocks_too_long no_text "
    "too_many_attachments invalid_arguments invalid_arg_name invalid_array_arg invalid_metadata_format "
    "invalid_metadata_schema metadata_too_large metadata_must_be_sent_from_app markdown_text_conflict "
    "view_too_large invalid_form_data invalid_charset invalid_json json_not_object duplicate_external_id "
    "block_mismatch"
)
_LATER = _codes("ratelimited rate_limited message_limit_exceeded request_timeout team_added_to_org")


def classify(error: Exception, now: datetime) -> DeliveryError:
    """The outcome of a call that raised. Whatever is not known to be certain is UNKNOWN."""
    if isinstance(error, SlackApiError):
        return _answered(error, now)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
        return Outage(Outcome.NOT_SENT, _unreached(error))
    if isinstance(error, TimeoutError):
        return Outage(Outcome.UNKNOWN, "timeout")
    if isinstance(error, aiohttp.ClientError | OSError):
        return Outage(Outcome.UNKNOWN, "connection_lost")
    if isinstance(error, SlackClientError):
        return DeliveryError(Outcome.NOT_SENT, "not_a_request")
    return Outage(Outcome.UNKNOWN, "unreadable_answer")


def _unreached(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "name_not_resolved"
        case aiohttp.ClientSSLError():
            return "tls_failed"
        case aiohttp.ConnectionTimeoutError():
            return "connect_timeout"
        case aiohttp.InvalidURL():
            return "invalid_address"
        case _:
            return "connection_refused"


def _answered(error: SlackApiError, now: datetime) -> DeliveryError:
    status, headers, code = _parts(error)
    if status == 429:
        return DeliveryError(Outcome.NOT_SENT, "ratelimited", retry_after=wish(headers, now))
    if status >= 500:
        return Outage(Outcome.UNKNOWN, f"http_{status}")
    if code is None:
        return _without_body(status)
    if code in _NO_ENTRY or code.startswith("token_"):
        return Outage(Outcome.NOT_SENT, code, retry_after=AWAY)
    if code in _LATER:
        return DeliveryError(Outcome.NOT_SENT, code, retry_after=wish(headers, now))
    if code in _PAYLOAD:
        return PayloadRefused(Outcome.REJECTED, code)
    if code in _TARGET or code.startswith("slack_connect_"):
        return DeliveryError(Outcome.REJECTED, code)
    # internal_error, fatal_error, service_unavailable and every code that Slack does not document
    return DeliveryError(Outcome.UNKNOWN, code)


def _without_body(status: int) -> DeliveryError:
    """Not Slack's own answer: a proxy that lets nothing through (4xx), or a page in the answer's place."""
    if status == 413:
        return PayloadRefused(Outcome.REJECTED, "http_413")
    if 400 <= status < 500:
        return Outage(Outcome.NOT_SENT, f"http_{status}", retry_after=AWAY)
    return Outage(Outcome.UNKNOWN, "unreadable_answer")


def _parts(error: SlackApiError) -> tuple[int, Mapping[str, str], str | None]:
    """Status, headers and error code; slack_sdk hands out aiohttp's response when JSON is broken."""
    response: object = error.response
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    headers = getattr(response, "headers", None)
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return (
        status if isinstance(status, int) else 200,
        headers if isinstance(headers, Mapping) else {},
        _tame(code) if isinstance(code, str) and code else None,
    )


def _tame(code: str) -> str:
    """A code as Slack writes them; anything else did not come from Slack and is not repeated."""
    return code if len(code) <= 80 and code.replace("_", "").isalnum() and code.isascii() else "unnamed_error"


def wish(headers: Mapping[str, str], now: datetime) -> timedelta:
    """`Retry-After` in seconds or as a date; a second when it cannot be read, an hour at the most."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    return min(max(_seconds(text, now), SHORTEST_WISH), LONGEST_WISH)


def _seconds(text: str, now: datetime) -> timedelta:
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text[:9]))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return SHORTEST_WISH
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
