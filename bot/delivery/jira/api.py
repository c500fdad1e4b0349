"""One request to Jira through python-jira: no retries, no redirects, within the time that is left."""

import json
import threading
import time
from collections.abc import Iterator, Mapping

import requests
from jira import JIRA
from jira.exceptions import JIRAError

from bot.clock import Clock
from bot.delivery.failures import Outage, Withheld
from bot.delivery.jira import verdicts
from bot.delivery.jira.options import JiraOptions
from bot.errors import DeliveryError, Outcome

CONNECT_LIMIT = 5.0
READ_LIMIT = 20.0


class Budget:
    """The time of one call, shared by the one who waits and the thread that works.

    Seconds are real ones, as those of a socket. Once it is over no further request begins, so nothing is
    sent after the waiting side has given its verdict.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._least = seconds / 10
        self._lock = threading.Lock()
        self._over = False
        self._begun = False
        self._unsettled = False

    def begin(self, *, write: bool) -> float:
        """Begin a request: the seconds that are left, enough for an answer."""
        with self._lock:
            left = self._ends - time.monotonic()
            if self._over or left < self._least:
                raise Withheld(Outcome.NOT_SENT, "jira_time_limit")
            self._begun, self._unsettled = True, write
            return left

    def still(self) -> None:
        """Raise Withheld when it is over: whoever waited may have given up."""
        with self._lock:
            if self._over or time.monotonic() > self._ends:
                self._unsettled = False
                raise Withheld(Outcome.NOT_SENT, "jira_time_limit")

    def settle(self) -> None:
        """The answer to the request is known."""
        with self._lock:
            self._unsettled = False

    def give_up(self) -> DeliveryError:
        """End it: what is known of a call that took too long."""
        with self._lock:
            self._over = True
            if not self._begun:
                return Withheld(Outcome.NOT_SENT, "jira_no_free_thread")
            return Outage(Outcome.UNKNOWN if self._unsettled else Outcome.NOT_SENT, "jira_time_limit")


class Body:
    """A request's body that is not written any more once the call's time is over.

    A process may stand still between the beginning of a request and its writing, and somebody else may have
    done the work by then. Without its body Jira does nothing with a request.
    """

    def __init__(self, content: bytes, budget: Budget) -> None:
        self._content = content
        self._budget = budget

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        """All of it at once, asked for right before it is written. Raises Withheld."""
        self._budget.still()
        yield self._content


def connect(options: JiraOptions) -> JIRA:
    """A client of python-jira's, without a request."""
    settings: dict[str, str | bool | object] = {"check_update": False, "verify": options.ca_file or True}
    basic = (options.email, options.token) if options.email else None
    return JIRA(
        server=options.url.rstrip("/"),
        options=settings,
        basic_auth=basic,
        token_auth=None if options.email else options.token,
        max_retries=0,
        timeout=(CONNECT_LIMIT, READ_LIMIT),
        get_server_info=False,
        logging=False,
    )


class Api:
    """Requests of one call, on a client that belongs to this thread."""

    def __init__(self, jira: JIRA, budget: Budget, clock: Clock) -> None:
        self._jira = jira
        self._budget = budget
        self._clock = clock

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> object:
        """Read something; every failure but a refusal may simply be repeated."""
        return self._request("GET", path, params=params)

    def post(self, path: str, body: object) -> object:
        """Change something with one request."""
        return self._request("POST", path, body=body)

    def _request(
        self, method: str, path: str, *, params: Mapping[str, str | int] | None = None, body: object = None
    ) -> object:
        write = method != "GET"
        # python-jira's own methods hide further requests behind this session; facts about it stay here.
        session, url = self._jira._session, self._jira._get_url(path)  # noqa: SLF001 - nothing else is bare
        left = self._budget.begin(write=write)
        session.timeout = (min(CONNECT_LIMIT, left), min(READ_LIMIT, left))
        data = Body(json.dumps(body).encode(), self._budget) if body is not None else None
        try:
            response = session.request(method, url, params=params, data=data, allow_redirects=False)
        except JIRAError as error:
            if error.response is None:
                failure: DeliveryError = Outage(
                    Outcome.UNKNOWN if write else Outcome.NOT_SENT, "jira_no_response"
                )
            else:
                failure = verdicts.of_response(error.response, self._clock.now(), write=write)
        except (requests.exceptions.RequestException, ValueError) as error:
            failure = verdicts.of_exception(error, write=write)
        else:
            return self._content(response, write=write)
        raise self._settled(failure) from None

    def _content(self, response: requests.Response, *, write: bool) -> object:
        if response.status_code >= 300:
            raise self._settled(verdicts.of_response(response, self._clock.now(), write=write))
        self._budget.settle()
        if not response.content:
            return None
        try:
            document: object = response.json()
        except ValueError:
            outcome = Outcome.UNKNOWN if write else Outcome.NOT_SENT
            raise Outage(outcome, "jira_answer_is_not_json") from None
        return document

    def _settled(self, failure: DeliveryError) -> DeliveryError:
        if failure.outcome is not Outcome.UNKNOWN:
            self._budget.settle()
        return failure
