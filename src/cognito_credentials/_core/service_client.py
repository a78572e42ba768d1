"""Calls to the services: retries, delays, error responses and clock skew."""

from __future__ import annotations

from cognito_credentials._core import logs, ops, retries
from cognito_credentials._core.service_clock import ServiceClock
from cognito_credentials.errors import TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from cognito_credentials._core.adaptive_rate import AdaptiveRate
    from cognito_credentials._core.call_context import CallContext
    from cognito_credentials._core.http import HttpRequest, HttpResponse
    from cognito_credentials._core.ops import Flow
    from cognito_credentials.errors import CognitoCredentialsError

    class Wire(Protocol):
        """Interface of `wire_cognito` and `wire_sts`."""

        def build_request(
            self, url: str, operation: str, members: dict[str, Any], user_agent: str
        ) -> HttpRequest: ...

        def parse_result(self, operation: str, response: HttpResponse) -> dict[str, Any]: ...

        def parse_error(self, response: HttpResponse) -> tuple[str, str, str]: ...


# As in the JavaScript SDK, every 2xx status is a success.
SUCCESS = range(200, 300)
# Prefixes of the usual endpoint URLs, for which no warning about missing encryption is needed.
_COMMON_PREFIXES = ("https:", "http://127.0.0.1:", "http://localhost:")


class ServiceClient:
    """Client of one provider, with a retry quota and the measured clock skew of the service.

    A provider's threads share the client without a lock, because the client's attributes are
    independent of each other.
    """

    __slots__ = (
        "adaptive_rate",
        "clock",
        "max_attempts",
        "quota",
        "retry_mode",
        "user_agent",
    )

    def __init__(
        self,
        *,
        max_attempts: int,
        user_agent: str,
        retry_mode: str = "standard",
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self.max_attempts: int = max_attempts
        self.retry_mode: str = retry_mode
        self.user_agent: str = user_agent
        self.quota: retries.RetryQuota = retries.create_quota(retry_mode)
        self.adaptive_rate: AdaptiveRate | None = retries.create_adaptive_rate(retry_mode)
        self.clock: ServiceClock = ServiceClock(monotonic)

    @property
    def skew(self) -> float | None:
        """The service's time minus local time, in seconds; None before the first measurement."""
        return self.clock.skew

    def service_now(self) -> Flow[float]:
        """Return the service's time; before the first measurement, return this machine's time."""
        now = yield from ops.now()
        return now + (self.clock.get_skew(now) or 0.0)

    def call(
        self,
        wire: Wire,
        url: str,
        operation: str,
        members: dict[str, Any],
        context: CallContext,
        *,
        sign: Callable[[HttpRequest, float], HttpRequest] | None = None,
    ) -> Flow[dict[str, Any]]:
        """Call an operation and return the members of its result.

        `sign` takes the request and the service's time, and returns a signed copy of the request.
        `sign` is called for each attempt, because signatures expire.

        Raises:
            TransportError: If the last attempt received no response.
            ServiceError: If the service rejected the request or failed.
            MalformedResponseError: If the response cannot be parsed.
        """
        if not url.startswith(_COMMON_PREFIXES):
            from cognito_credentials._core import loopback

            loopback.warn_if_unencrypted(url)
        request = wire.build_request(url, operation, members, self.user_agent)
        with logs.Wait(f"{operation} from {url}") as wait:
            return (
                yield from self._call_with_retries(wire, request, operation, context, wait, sign)
            )

    def _call_with_retries(
        self,
        wire: Wire,
        request: HttpRequest,
        operation: str,
        context: CallContext,
        wait: logs.Wait,
        sign: Callable[[HttpRequest, float], HttpRequest] | None,
    ) -> Flow[dict[str, Any]]:
        attempt = acquired = token_rejections = 0
        skews: tuple[float, ...] = ()
        while True:
            attempt += 1
            if attempt > 1:
                wait.text = f"{operation}, attempt {attempt}, from {request.url}"
            error: CognitoCredentialsError
            yield from self._wait_for_rate(operation)
            sent_at = yield from ops.now()
            if attempt == 1:
                skews = self.clock.get_possible_skews(sent_at)
            attempted = request if sign is None else sign(request, (yield from self.service_now()))
            try:
                response = yield from ops.send(attempted)
            except TransportError as transport_error:
                error = transport_error
                outcome = transport_error.reason
            else:
                now = yield from ops.now()
                self.clock.measure(response.headers, now, sent_at=sent_at, before=skews)
                outcome = f"HTTP {response.status}"
                if response.status in SUCCESS:
                    self.quota.release(acquired or 1)
                    yield from self._adapt_rate(None)
                    yield from _log_attempt(operation, request, attempt, outcome, sent_at)
                    return wire.parse_result(operation, response)
                error = _parse_service_error(wire, operation, response, context)
                outcome = f"{outcome}, {error.reason}"
            yield from _log_attempt(operation, request, attempt, outcome, sent_at)
            yield from self._adapt_rate(error)
            acquired = retries.get_retry_cost(error)
            token_rejections += retries.is_token_rejection(error)
            if not retries.is_retry_allowed(
                error, attempt, self.max_attempts, token_rejections
            ) or not self.quota.acquire(acquired):
                if attempt > 1 and isinstance(error, TransportError):
                    error.message += f", after {attempt} attempts"
                raise error
            random = yield from ops.random()
            delay = retries.compute_delay(error, attempt, random, retry_mode=self.retry_mode)
            logs.debug("Retrying %s in %.2f s", operation, delay)
            yield from ops.sleep(delay)

    def _wait_for_rate(self, operation: str) -> Flow[None]:
        if self.adaptive_rate is None:
            return
        delay = self.adaptive_rate.reserve((yield from ops.now()))
        if delay > 0:
            logs.debug("Waiting %.2f s before %s, because calls were throttled", delay, operation)
            yield from ops.sleep(delay)

    def _adapt_rate(self, error: CognitoCredentialsError | None) -> Flow[None]:
        if self.adaptive_rate is not None:
            is_throttled = error is not None and retries.is_throttling(error)
            self.adaptive_rate.update((yield from ops.now()), is_throttled=is_throttled)


def _log_attempt(
    operation: str, request: HttpRequest, attempt: int, outcome: str, sent_at: float
) -> Flow[None]:
    milliseconds = 1000 * ((yield from ops.now()) - sent_at)
    logs.debug(
        "%s, attempt %d: %s %s: %s in %.0f ms",
        operation,
        attempt,
        request.method,
        request.url,
        outcome,
        milliseconds,
    )


def _parse_service_error(
    wire: Wire, operation: str, response: HttpResponse, context: CallContext
) -> CognitoCredentialsError:
    from cognito_credentials._core.diagnosis import service_error

    code, message, request_id = wire.parse_error(response)
    return service_error(
        operation_name=operation,
        code=code,
        message=message,
        http_status=response.status,
        request_id=request_id,
        retry_after=_parse_retry_after(response.headers),
        context=context,
    )


def _parse_retry_after(headers: dict[str, str]) -> float | None:
    """Return the delay in seconds that the response requests, or None."""
    for name, unit in (("x-amz-retry-after", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        # RFC 9110 also allows a date in `Retry-After`, but no AWS service sends dates.
        if value.isascii() and value.isdigit():
            return int(value[:9]) * unit
    return None
