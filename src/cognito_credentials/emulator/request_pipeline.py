"""The steps from an HTTP request to its response, which are the same for all services."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from cognito_credentials._external_text import printable
from cognito_credentials.emulator.account import EmulatedAccount
from cognito_credentials.emulator.clock import EmulatorClock, ServiceClock, faulty_times, http_date
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.faults import Fault, FaultKind, Faults
from cognito_credentials.emulator.front.browsers import is_own_host, reject_host
from cognito_credentials.emulator.front.error_responses import error_response, read_error
from cognito_credentials.emulator.front.principals import ANONYMOUS
from cognito_credentials.emulator.front.request_parsing import parse_request
from cognito_credentials.emulator.identity.discovery import is_discovery
from cognito_credentials.emulator.identity.wire import is_preflight, preflight_response
from cognito_credentials.emulator.messages import (
    Delivery,
    RawRequest,
    RawResponse,
    ServiceRequest,
)
from cognito_credentials.emulator.quotas import RequestQuotas
from cognito_credentials.emulator.recorded_calls import (
    RecordedCall,
    RecordedCalls,
    find_region,
)
from cognito_credentials.emulator.request_gate import RequestGate
from cognito_credentials.errors import ConfigurationError

_log = logging.getLogger(__name__)

_RESET_TIMEOUT_SECONDS = 5.0

_DELIVERIES: Mapping[FaultKind, Delivery] = {
    "truncated-response": Delivery.TRUNCATED,
    "dropped-response": Delivery.DROPPED,
}


@dataclass(slots=True)
class _Call:
    """A request that the pipeline is processing, and the data about the request so far."""

    request: ServiceRequest
    arrived_at: float
    started_at: float
    faults: tuple[FaultKind, ...] = ()
    principal_arn: str | None = None
    error: AwsError | None = None


class RequestPipeline:
    """Responds to the requests to one emulator, and records them. Thread-safe.

    Args:
        account: The emulated account, which `reset` replaces.
        host: The address on which the emulator listens.
        region: The region of requests that name no region.
        clock: The clock of the emulator.

    Attributes:
        account: The current account.
        faults: The faults that affect the next requests.
        quotas: The quotas of Amazon Cognito Identity.
    """

    def __init__(
        self, account: EmulatedAccount, *, host: str, region: str, clock: EmulatorClock
    ) -> None:
        self.account: EmulatedAccount = account
        self.faults: Faults = Faults()
        self.quotas: RequestQuotas = RequestQuotas(clock)
        self._host = host
        self._region = region
        self._clock = clock
        self._service_clock = ServiceClock(clock)
        self._calls = RecordedCalls()
        self._gate = RequestGate()

    @property
    def calls(self) -> tuple[RecordedCall, ...]:
        """The latest requests, in the order of the responses."""
        return self._calls.list_calls()

    def respond(self, raw: RawRequest) -> RawResponse:
        """Return the response to a request. Never raises an exception."""
        arrived_at = self._clock.now()
        if not is_own_host(raw, self._host):
            return reject_host(raw)
        if is_preflight(raw):
            return preflight_response(now=arrived_at)
        if is_discovery(raw):
            return self.account.identity_service.respond_to_discovery(raw)
        started_at = time.perf_counter()
        request = parse_request(raw, default_region=self._region)
        call = _Call(request, arrived_at, started_at)
        faults = self.faults.take_next(
            request.operation_or_method, lambda: self.account.moto.find_rest_operation_name(request)
        )
        if not faults:
            with self._gate:
                return self._respond(call)
        return self._respond_with_faults(call, faults)

    def reset(
        self,
        make_account: Callable[[], EmulatedAccount],
        *,
        timeout: float = _RESET_TIMEOUT_SECONDS,
    ) -> None:
        """Replace the account, and delete the recorded calls, faults and quotas.

        Running requests finish first, and later requests get the new account.

        Args:
            make_account: Function that returns the new account; called after the old account is closed.
            timeout: The maximum wait for running requests, in seconds. After this time, requests
                that are still running fail with `ServiceUnavailable`.
        """
        with self.exclusive(timeout=timeout):
            self.account.close()
            self.account = make_account()
            self.faults.clear()
            self.quotas.enforce({})
            self._calls.clear()

    def exclusive(self, *, timeout: float = _RESET_TIMEOUT_SECONDS) -> AbstractContextManager[None]:
        """Return a context manager that waits for running requests, and blocks later requests."""
        return self._gate.exclusive(timeout=timeout)

    def _respond_with_faults(self, call: _Call, faults: Mapping[FaultKind, Fault]) -> RawResponse:
        call.faults = tuple(faults)
        if "dropped-request" in faults:
            response = RawResponse(0, delivery=Delivery.DROPPED)
            self._record(call, response)
            return response
        offset = faults["clock-offset"].seconds if "clock-offset" in faults else 0.0
        with (
            faulty_times(offset=offset, issues_expired="expired-credentials" in faults),
            self._gate,
        ):
            response = self._respond(call, faults.get("error"))
        for kind, delivery in _DELIVERIES.items():
            if kind in faults:
                response.delivery = delivery
        return response

    def _respond(self, call: _Call, fault: Fault | None = None) -> RawResponse:
        account = self.account
        response = self._perform(account, call, fault)
        if account is not self.account:
            text = "the emulator was reset during the request"
            failure = AwsError("ServiceUnavailable", text, HTTPStatus.SERVICE_UNAVAILABLE)
            return error_response(call.request, failure, now=self._service_clock.now())
        # Clients derive their clock skew from this header, for which moto uses the system time.
        response.set_header("Date", http_date(self._service_clock.now()))
        self._record(call, response)
        return response

    def _perform(self, account: EmulatedAccount, call: _Call, fault: Fault | None) -> RawResponse:
        request = call.request
        try:
            self._check_fault_and_quota(request, fault)
            principal = account.authenticate(request)
            call.principal_arn = None if principal is ANONYMOUS else principal.arn
            return account.handle(request, principal)
        except AwsError as error:
            call.error = error
        except ConfigurationError as error:  # The state file cannot be written.
            call.error = AwsError("InternalFailure", str(error), 500)
        except Exception:  # noqa: BLE001 - the error is logged, and the client gets an AWS error
            _log.exception(
                "The emulator raised an unexpected error for %s %s. Responding with"
                " InternalFailure (status 500).",
                printable(request.service),
                printable(request.operation),
            )
            text = "the emulator raised an unexpected error; its log has the traceback"
            call.error = AwsError("InternalFailure", text, 500)
        return error_response(request, call.error, now=self._service_clock.now())

    def _check_fault_and_quota(self, request: ServiceRequest, fault: Fault | None) -> None:
        """Raise the error that a fault injects, or the error for an exceeded quota."""
        if fault is not None:
            error = AwsError(fault.code, fault.message or fault.code, fault.status)
            raise error.with_explanation("This error was injected with Emulator.faults.")
        if request.service == "cognito-identity":
            self.quotas.count(request.operation, lambda: find_region(request))

    def _record(self, call: _Call, response: RawResponse) -> None:
        request, error = call.request, call.error
        code = message = None
        if error is not None:
            code, message = error.code, error.message
        elif response.status >= HTTPStatus.BAD_REQUEST:
            code, message = read_error(response)
        record = partial(
            RecordedCall,
            service=request.service,
            operation=self._find_operation(request),
            status=response.status,
            time=call.arrived_at,
            region=find_region(request),
            parameters=dict(request.parameters),
            principal_arn=call.principal_arn,
            access_key_id=request.signature.access_key_id if request.signature else None,
            error_code=code,
            error_message=message,
            explanation=() if error is None else error.explanation,
            faults=call.faults,
            duration=time.perf_counter() - call.started_at,
        )
        self._calls.add(record)

    def _find_operation(self, request: ServiceRequest) -> str:
        """Return the name of the operation, or the HTTP method if the request has none."""
        if request.operation:
            return request.operation
        return self.account.moto.find_rest_operation_name(request) or request.http.method
