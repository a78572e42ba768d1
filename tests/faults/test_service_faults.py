"""Every fault of the service, injected into every kind of call over real sockets.

`fault_cells.py` defines the combinations of a fault and a call. Every fault is tested in two of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fault_cells import CACHE, COLD, EXPIRED, PROVIDER, WARM, Cell, select_cells
from faulty_service import FOREIGN_KEY_ID, LIFETIME_SECONDS, FaultyService
from harness import (
    ASSUME_ROLE,
    FACEBOOK,
    FACEBOOK_TOKEN,
    GET_ID,
    GET_OPENID_TOKEN,
    POOL,
    ROLE,
    Side,
)
from service_faults import CREDENTIALS, ERROR, FAULTS, Fault
from tls_authority import Authority

from cognito_credentials import BasicFlow
from cognito_credentials.errors import CognitoCredentialsError, RequestTimeoutError
from cognito_credentials.integrations import aiobotocore, boto3
from cognito_credentials.transports._tls import TlsSettings
from cognito_credentials.transports.direct import DirectTransport
from cognito_credentials.transports.via_aiohttp import AiohttpTransport

CONNECT_TIMEOUT = REQUEST_TIMEOUT = 5.0
SHORT_TIMEOUT = 0.1  # Timeout for faults that last until the caller gives up.
MARGIN_SECONDS = 4.5  # Allowance for a busy machine; must be less than REQUEST_TIMEOUT.
FAILURE_SECONDS = 6.0  # Maximum time for which a failure is cached.


class Caller:
    """A provider, a cache or a boto3 client that sends its requests to one service."""

    def __init__(self, side: Side, service: FaultyService, cell: Cell, tls: TlsSettings) -> None:
        self.side, self.cell = side, cell
        kind = DirectTransport if side.is_sync else AiohttpTransport
        self.transport: Any = kind(
            connect_timeout=CONNECT_TIMEOUT, request_timeout=REQUEST_TIMEOUT, tls=tls
        )
        uses_basic_flow = cell.operation in {GET_OPENID_TOKEN, ASSUME_ROLE}
        self.provider: Any = side.module.from_cognito_identity_pool(
            POOL,
            logins={FACEBOOK: FACEBOOK_TOKEN} if cell.user == "user" else None,
            basic_flow=BasicFlow(role_arn=ROLE) if uses_basic_flow else None,
            client_config={
                "endpoint_url": service.url,
                "sts_endpoint_url": service.url,
                "max_attempts": cell.attempts,
                "transport": self.transport,
                "clock": side.clock,
            },
        )
        self.cache: Any = self.provider.cached()
        self._client: Any = None
        self._exits = AsyncExitStack()

    def set_timeouts(self, seconds: float) -> None:
        self.transport.connect_timeout = self.transport.request_timeout = seconds

    def get(self) -> Any:
        """Return credentials."""
        if self.cell.api == PROVIDER:
            return self.side.run(self.provider)
        if self.cell.api == CACHE:
            return self.side.run(self.cache.get)
        url = self.side.run(self._presign if self.side.is_sync else self._presign_async)
        credentials = self.cache.peek()
        key_id = parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].partition("/")[0]
        assert key_id == credentials.access_key_id
        return credentials

    def _presign(self) -> str:
        if self._client is None:
            self._client = boto3.session(self.provider).client("sts")
        return self._client.generate_presigned_url("get_caller_identity")

    async def _presign_async(self) -> str:
        if self._client is None:
            context = aiobotocore.session(self.provider).create_client("sts")
            self._client = await self._exits.enter_async_context(context)
        return await self._client.generate_presigned_url("get_caller_identity")

    def close(self) -> None:
        if self.side.is_sync:
            if self._client is not None:
                self._client.close()
            self.provider.close()
            self.transport.close()
        else:
            self.side.run(self._exits.aclose)
            self.side.run(self.provider.aclose)
            self.side.run(self.transport.aclose)


def get_when_able(caller: Caller) -> Any:
    """Return credentials from the service after a fault; allow a busy machine more time than usual."""
    for _ in range(2):
        try:
            return caller.get()
        except RequestTimeoutError:
            caller.side.clock.advance(FAILURE_SECONDS)
    return caller.get()


def check_cell(fault: Fault, cell: Cell, service: FaultyService, tls: TlsSettings) -> None:
    with Side(cell.side) as side:
        service.start(side.clock)
        service.closes_connections = fault.at_connection
        caller = Caller(side, service, cell, tls)
        try:
            check_calls(fault, cell, service, caller)
        finally:
            service.end_fault()
            caller.close()
    # The service can tell whether the provider has closed all connections.
    service.wait_for_close()
    assert side.leaks() == []


def check_calls(fault: Fault, cell: Cell, service: FaultyService, caller: Caller) -> None:
    clock = caller.side.clock
    cached = identity_id = None
    if cell.state != COLD:
        first = get_when_able(caller)
        identity_id = first.identity_id
        if cell.api != PROVIDER:
            cached = first
            # In the last minute of their lifetime, a call waits for new credentials. Leave 50 s,
            # because retries take up to 40 s.
            clock.advance(LIFETIME_SECONDS + (1 if cell.state == EXPIRED else -50))

    service.inject(fault, cell.operation)
    result = call_during_fault(fault, cell, caller)
    check_result(fault, cell, result, cached)
    check_requests(fault, cell, service)
    if cell.state == COLD and cell.operation != GET_ID and not fault.at_connection:
        identity_id = caller.provider.identity_id

    service.end_fault()
    clock.advance(FAILURE_SECONDS)
    healed = get_when_able(caller)
    check_credentials(healed)
    is_new = isinstance(result, Exception) or result is cached or cell.api == PROVIDER
    assert (healed.access_key_id in service.key_ids) or not is_new, "the fault has not ended"
    if identity_id is not None:
        assert healed.identity_id == identity_id, "the identity ID was replaced"


def call_during_fault(fault: Fault, cell: Cell, caller: Caller) -> Any:
    """Return the credentials or the error of a call, and check how long the call takes."""
    limit = MARGIN_SECONDS
    if fault.is_slow:
        caller.set_timeouts(SHORT_TIMEOUT)
        limit += cell.attempts * 2 * SHORT_TIMEOUT
    started_at = time.monotonic()
    try:
        result = caller.get()
        caller.side.record(result)
    except Exception as error:  # noqa: BLE001 - any error is a result
        result = error
    elapsed = time.monotonic() - started_at
    caller.set_timeouts(REQUEST_TIMEOUT)
    assert elapsed < limit, f"the call took {elapsed:.2f} s"
    return result


def check_result(fault: Fault, cell: Cell, result: Any, cached: Any) -> None:
    if isinstance(result, Exception):
        assert isinstance(result, CognitoCredentialsError), repr(result)
        assert result.hint, f"the error has no hint: {result!r}"
        assert len(str(result)) < 6000
        assert fault.outcome != CREDENTIALS, result
        assert cell.state != WARM or cached is None, (
            f"valid credentials were not returned: {result}"
        )
        return
    check_credentials(result)
    assert fault.outcome != ERROR or result is cached, "a faulty response was accepted"
    assert fault.outcome != CREDENTIALS or result is not cached, "a valid response was not accepted"


def check_credentials(credentials: Any) -> None:
    assert not credentials.is_expired
    assert credentials.remaining.total_seconds() <= LIFETIME_SECONDS + 61
    assert not credentials.access_key_id.startswith(FOREIGN_KEY_ID[:12])


def check_requests(fault: Fault, cell: Cell, service: FaultyService) -> None:
    count = service.operations.count(cell.operation)
    if fault.at_connection:
        assert not service.operations
        return
    maximum = cell.attempts + fault.resends
    assert 1 <= count <= maximum, f"{count} requests in {cell.attempts} attempts"
    assert not fault.is_retried or count >= cell.attempts, (
        f"not every attempt was made: {count} requests"
    )


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault(fault: Fault, request: pytest.FixtureRequest, authority: Authority) -> None:
    service = request.getfixturevalue("https_service" if fault.uses_tls else "http_service")
    tls = TlsSettings(ca_bundle=authority.ca)
    if failures := list(find_failures(fault, service, tls)):
        pytest.fail("\n".join(failures), pytrace=False)


def find_failures(fault: Fault, service: FaultyService, tls: TlsSettings) -> Iterator[str]:
    for cell in select_cells(fault):
        try:
            check_cell(fault, cell, service, tls)
        except Exception as error:  # noqa: BLE001 - the error is reported with its cell
            yield f"{' '.join(map(str, cell))}: {type(error).__name__}: {str(error)[:300]}"
