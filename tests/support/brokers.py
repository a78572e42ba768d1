"""Sync and async brokers with one blocking interface, and a service that accepts every user."""

from __future__ import annotations

import json
from typing import Any

from harness import GET_CREDENTIALS, GET_ID, POOL, Side, operation_of

import cognito_credentials
from cognito_credentials import aio
from cognito_credentials.testing import credentials_response, success_response


class Service:
    """Service that responds to GetId and GetCredentialsForIdentity; each user has a separate ID.

    It calls `on_request` for each request, and raises or returns the items of `errors` first.
    """

    def __init__(self, side: Side) -> None:
        self.side = side
        self.operations: list[str] = []
        self.times: list[float] = []
        self.generation = 0
        self.lifetime = 3600.0
        self.errors: list[Any] = []
        self.on_request: Any = lambda: None
        self.ids: dict[str, str] = {}

    def respond(self, request: Any) -> Any:
        operation = operation_of(request)
        self.operations.append(operation)
        self.times.append(self.side.clock.monotonic())
        self.on_request()
        if self.errors:
            error = self.errors.pop(0)
            if isinstance(error, Exception):
                raise error
            return error
        members = json.loads(request.body)
        if operation == GET_ID:
            login_json = json.dumps(members.get("Logins", f"guest {len(self.ids)}"))
            name = self.ids.setdefault(
                login_json, f"us-east-1:00000000-0000-4000-8000-{len(self.ids):012x}"
            )
            return success_response(IdentityId=name, clock=self.side.service_clock())
        self.generation += 1
        clock = self.side.service_clock()
        return credentials_response(
            members["IdentityId"],
            generation=self.generation,
            expires_at=clock.now() + self.lifetime,
            clock=clock,
        )

    def count(self, operation: str = GET_CREDENTIALS) -> int:
        return self.operations.count(operation)


class Transport:
    def __init__(self, service: Service) -> None:
        self.service = service
        self.closed = 0

    def send(self, request: Any) -> Any:
        if self.service.side.gate is not None:
            self.service.side.gate.wait()
        return self.service.respond(request)

    def close(self) -> None:
        self.closed += 1


class AsyncTransport(Transport):
    async def send(self, request: Any) -> Any:
        if self.service.side.gate is not None:
            await self.service.side.gate.wait_async()
        return self.service.respond(request)

    async def aclose(self) -> None:
        self.closed += 1


class Broker:
    """A blocking interface to a sync or async broker."""

    def __init__(self, side: Side, service: Service | None = None, **arguments: Any) -> None:
        self.side = side
        self.service = service or Service(side)
        kind = cognito_credentials.CredentialBroker if side.is_sync else aio.AsyncCredentialBroker
        transport = (Transport if side.is_sync else AsyncTransport)(self.service)
        config = {"transport": transport, "clock": side.clock, "max_attempts": 1}
        config |= arguments.pop("client_config", {})
        self.broker: Any = kind(POOL, client_config=config, random=lambda: side.random, **arguments)

    @property
    def metrics(self) -> Any:
        return self.broker.metrics

    def get(self, user: Any, logins: Any = None, **options: Any) -> Any:
        self.side.record(self.broker)
        credentials = self._run(lambda: self.broker.get(user, logins, **options))
        self.side.record(credentials)
        return credentials

    def generation(self, user: Any, logins: Any = None, **options: Any) -> int:
        return int(self.get(user, logins, **options).access_key_id[-6:])

    def prefetch(self) -> int:
        return int(self._run(self.broker.prefetch))

    def forget(self, user: str) -> None:
        self._run(lambda: self.broker.forget(user))

    def close(self) -> None:
        self._run(self.broker.close if self.side.is_sync else self.broker.aclose)

    def _run(self, function: Any) -> Any:
        if self.side.is_sync:
            return self.side.run(function)

        async def awaited() -> Any:
            return await function()

        return self.side.run(awaited)
