from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from local_issuer import LocalIssuer

from cognito_credentials.emulator.issuer_keys import IssuerKeys
from cognito_credentials.emulator.messages import RawResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

METADATA = "/.well-known/openid-configuration"


class Now:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def keys(now: Now) -> Iterator[IssuerKeys]:
    keys = IssuerKeys(request_timeout=0.5, now=now)
    yield keys
    keys.close()


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    with LocalIssuer("/tenant") as issuer:
        yield issuer


def reply(body: bytes, status: int = 200, **headers: str) -> Callable[[], RawResponse]:
    return lambda: RawResponse(status, list(headers.items()), body)


@pytest.mark.parametrize("suffix", ["", "/"])
def test_the_keys_are_those_that_the_issuer_publishes(
    keys: IssuerKeys, issuer: LocalIssuer, suffix: str
):
    issuer.metadata["issuer"] = issuer.url + suffix
    assert keys.find(issuer.url + suffix) == {"keys": issuer.keys}
    assert issuer.requests == [METADATA, "/jwks"]


def test_keys_are_cached_and_refreshed(keys: IssuerKeys, issuer: LocalIssuer, now: Now):
    def count_requests(seconds: float, *, refresh: bool = False) -> int:
        before = len(issuer.requests)
        now.time += seconds
        assert keys.find(issuer.url, refresh=refresh)
        return len(issuer.requests) - before

    assert count_requests(0) == 2
    assert count_requests(0.5, refresh=True) == 0  # This is too soon for another request.
    assert count_requests(200) == 0
    assert count_requests(0, refresh=True) == 2
    assert count_requests(301) == 2


def test_a_failure_is_not_cached_for_long(keys: IssuerKeys, issuer: LocalIssuer, now: Now):
    issuer.responses["/jwks"] = reply(b"", 503)
    assert keys.find(issuer.url) is None
    del issuer.responses["/jwks"]
    assert keys.find(issuer.url, refresh=True) is None
    now.time += 1
    assert keys.find(issuer.url) == {"keys": issuer.keys}


@pytest.mark.parametrize(
    ("path", "response"),
    [
        (METADATA, reply(b"", 404)),
        (METADATA, reply(b"not JSON")),
        (METADATA, reply(b"[]")),
        (METADATA, reply(b"{}")),
        (METADATA, reply(b'{"a":' * 100_000)),
        (METADATA, reply(b" " * (2 << 20))),
        (METADATA, reply(b"", 302, Location="/tenant/elsewhere")),
        ("/jwks", reply(b"", 500)),
        ("/jwks", reply(b"", 307, Location="/tenant/elsewhere")),
        ("/jwks", reply(b"null")),
        ("/jwks", reply(b"{}")),
        ("/jwks", reply(b'{"keys": {}}')),
    ],
)
def test_a_bad_response_is_logged(
    keys: IssuerKeys,
    issuer: LocalIssuer,
    caplog: pytest.LogCaptureFixture,
    path: str,
    response: Callable[[], RawResponse],
):
    issuer.responses[path] = response
    issuer.responses["/elsewhere"] = reply(b'{"keys": [{}]}')
    with caplog.at_level(logging.WARNING):
        assert keys.find(issuer.url) is None
    assert issuer.url in caplog.text
    assert "/elsewhere" not in issuer.requests


def test_keys_that_are_not_objects_are_ignored(keys: IssuerKeys, issuer: LocalIssuer):
    issuer.keys = ["key", 1, None, {"kid": "k1"}]
    assert keys.find(issuer.url) == {"keys": [{"kid": "k1"}]}


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "https://login.example.com/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://user:password@127.0.0.1/"},
        {"jwks_uri": "http://127.0.0.1:99999/"},
        {"jwks_uri": "http://127.0.0.1/\r\nX: y"},
        {"jwks_uri": "nonsense"},
    ],
)
def test_metadata_that_names_other_places(
    keys: IssuerKeys, issuer: LocalIssuer, metadata: dict[str, Any]
):
    issuer.metadata = metadata
    assert keys.find(issuer.url) is None
    assert issuer.requests == [METADATA]


@pytest.mark.parametrize(
    "url", ["http://login.example.com", "ftp://127.0.0.1", "nonsense", "http://", "https://[", ""]
)
def test_unsuitable_urls_are_not_requested(keys: IssuerKeys, url: str):
    assert keys.find(url) is None


def test_an_issuer_that_never_responds(keys: IssuerKeys):
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert keys.find(f"http://127.0.0.1:{server.getsockname()[1]}") is None


def test_concurrent_callers_share_a_fetch(keys: IssuerKeys, issuer: LocalIssuer):
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(keys.find(issuer.url))) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"keys": issuer.keys}] * 20
    assert len(issuer.requests) == 2
