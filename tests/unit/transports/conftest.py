from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tls_authority import authority
from transport_servers import KINDS, Handler, Server, Sync

__all__ = ["authority"]


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(handler: Handler, context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(handler, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def _maker(kind: str) -> Iterator[Callable[..., Sync]]:
    made: list[Sync] = []

    def make(**settings: Any) -> Sync:
        made.append(KINDS[kind](**({"connect_timeout": 2.0, "request_timeout": 2.0} | settings)))
        return made[-1]

    yield make
    for sender in made:
        sender.close()


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Iterator[Callable[..., Sync]]:
    """Return a function that creates a transport; tests run with each kind of transport."""
    yield from _maker(request.param)


@pytest.fixture(params=["urllib3", "aiohttp"])
def make_proxied(request: pytest.FixtureRequest) -> Iterator[Callable[..., Sync]]:
    """Return a function that creates a transport; tests run with each kind that supports proxies."""
    yield from _maker(request.param)


@pytest.fixture
def make_direct() -> Iterator[Callable[..., Sync]]:
    yield from _maker("direct")
