"""One call of a service: attempts, waits, the service's clock, and the diagnosis of a refusal."""

from __future__ import annotations

from cognito_credentials._core import logs, ops, retries
from cognito_credentials._core.service_clock import ServiceClock, request_id
from cognito_credentials.errors import TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials._core.http import HttpRequest, HttpResponse
    from cognito_credentials._core.ops import Flow
    from cognito_credentials.errors import CognitoCredentialsError

    class Wire(Protocol):
        """What `wire_cognito` and `wire_sts` have in common."""

        def request(
            self, url: str, operation: str, members: dict[str, Any], user_agent: str
        ) -> HttpRequest: ...

        def parse_result(self, operation: str, response: HttpResponse) -> dict[str, Any]: ...

        def parse_error(self, response: HttpResponse) -> tuple[str, str]: ...


OK = 200


class ServiceClient:
    """Makes the calls of one provider; holds what they teach about the service.

    `skew` is the service's clock less ours, in seconds: None before the first answer. Used by
    every thread of a provider without a lock: each value stands on its own.
    """

    __slots__ = ("clock", "max_attempts", "quota", "user_agent")

    def __init__(self, *, max_attempts: int, user_agent: str) -> None:
        self.max_attempts = max_attempts
        self.user_agent = user_agent
        self.quota = retries.RetryQuota()
        self.clock = ServiceClock()

    @property
    def skew(self) -> float | None:
        return self.clock.skew

    def service_now(self) -> Flow[float]:
        """Return the time by the service's clock, or ours as long as it is not known."""
        return (yield from ops.now()) + (self.skew or 0.0)

    def call(
        self, wire: Wire, url: str, operation: str, members: dict[str, Any], facts: CallContext
    ) -> Flow[dict[str, Any]]:
        """Return the members of the answer; raises `TransportError` and `ServiceError`."""
        request = wire.request(url, operation, members, self.user_agent)
        with logs.Wait(f"{operation} from {url}") as wait:
            return (yield from self._attempts(wire, request, operation, facts, wait))

    def _attempts(
        self, wire: Wire, request: HttpRequest, operation: str, facts: CallContext, wait: logs.Wait
    ) -> Flow[dict[str, Any]]:
        attempt = paid = 0
        began = yield from ops.now()
        skew = self.clock.skew
        while True:
            attempt += 1
            if attempt > 1:
                wait.text = f"{operation}, attempt {attempt}, from {request.url}"
            error: CognitoCredentialsError
            sent = yield from ops.now()
            try:
                response = yield from ops.send(request)
            except TransportError as failure:
                error = failure
                answer = failure.reason
            else:
                now = yield from ops.now()
                self.clock.learn(response.headers, now, before=skew)
                answer = f"HTTP {response.status}"
                if response.status == OK:
                    self.quota.give_back(paid or 1)
                    yield from _tell(operation, request, attempt, answer, sent)
                    return wire.parse_result(operation, response)
                error = _service_error(wire, operation, response, facts)
                answer = f"{answer}, {error.reason}"
            yield from _tell(operation, request, attempt, answer, sent)
            paid = retries.cost_of(error)
            if not retries.may_retry(error, attempt, self.max_attempts) or not self.quota.take(
                paid
            ):
                if attempt > 1 and isinstance(error, TransportError):
                    seconds = (yield from ops.now()) - began
                    error.message += f" Tried {attempt} times in {seconds:.0f} s."
                raise error
            delay = retries.delay(error, attempt, (yield from ops.random()))
            logs.debug("%s again in %.2f s", operation, delay)
            yield from ops.sleep(delay)


def _tell(
    operation: str, request: HttpRequest, attempt: int, answer: str, sent: float
) -> Flow[None]:
    """Log an attempt and what came of it."""
    milliseconds = 1000 * ((yield from ops.now()) - sent)
    logs.debug(
        "%s, attempt %d: %s %s: %s in %.0f ms",
        operation,
        attempt,
        request.method,
        request.url,
        answer,
        milliseconds,
    )


def _service_error(
    wire: Wire, operation: str, response: HttpResponse, facts: CallContext
) -> CognitoCredentialsError:
    from cognito_credentials._core.diagnosis import service_error

    code, message = wire.parse_error(response)
    headers = response.headers
    return service_error(
        operation_name=operation,
        code=code,
        message=message,
        http_status=response.status,
        request_id=request_id(headers),
        retry_after=_retry_after(headers),
        context=facts,
    )


def _retry_after(headers: dict[str, str]) -> float | None:
    for name, unit in (("x-amz-retry-after", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        # A `Retry-After` may also be a date (RFC 9110): no AWS service sends one.
        if value.isascii() and value.isdigit():
            return int(value[:9]) * unit
    return None
