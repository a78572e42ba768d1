"""Attributes and caches of sync and async providers; tests/scenarios tests their fetches."""

from __future__ import annotations

import copy
import pickle
import threading

import pytest
from harness import IDENTITY, POOL

from cognito_credentials.errors import ConfigurationError
from cognito_credentials.testing import AsyncScriptedTransport, FakeClock, ScriptedTransport


class ClosableTransport(ScriptedTransport):
    is_closed = False

    def close(self):
        self.is_closed = True


class AsyncClosableTransport(AsyncScriptedTransport):
    is_closed = False

    async def aclose(self):
        self.is_closed = True


def closable_transport(side):
    return (ClosableTransport if side.is_sync else AsyncClosableTransport)([])


def class_name(side, name):
    return name if side.is_sync else f"Async{name}"


def test_repr_without_an_identity_id(side):
    subject = side.pool([])
    expected = f"<{class_name(side, 'CognitoCredentialProvider')} with no identity ID yet>"
    assert repr(subject.provider) == expected
    assert repr(subject.cache) == f"<{class_name(side, 'CredentialsCache')} of {expected}>"


def test_repr_has_the_identity_id_after_a_fetch(side):
    subject = side.pool([side.id_response(), side.credentials()])
    subject.fetch()
    assert IDENTITY in repr(subject.provider)


def test_no_request_is_sent_before_the_first_call(side):
    for subject in (side.pool([]), side.identity([])):
        assert subject.provider.cached() is not None
        assert subject.requests == []


def test_the_region_is_that_of_the_pool(side):
    assert side.pool([]).provider.region == "us-east-1"


def test_closing_leaves_a_transport_open_that_was_passed(side):
    transport = closable_transport(side)
    subject = side.pool([], client_config={"transport": transport})
    subject.close()
    assert not transport.is_closed


def test_closing_closes_the_transport_that_the_provider_created(side, monkeypatch):
    transport = closable_transport(side)
    name = "default_transport" if side.is_sync else "default_async_transport"
    monkeypatch.setattr(f"cognito_credentials.transports.{name}", lambda config: transport)
    subject = side.pool([], client_config={"transport": None})
    subject.close()
    assert transport.is_closed


def test_a_provider_can_be_closed_twice_and_then_raises(side):
    subject = side.pool([])
    subject.close()
    subject.close()
    subject.expect_error(ConfigurationError)
    subject.expect_error(ConfigurationError, subject.get)
    assert subject.requests == []


def test_another_cache_of_a_closed_provider_raises(side):
    subject = side.pool([])
    subject.close()
    kind = side.module.CredentialsCache if side.is_sync else side.module.AsyncCredentialsCache
    subject.expect_error(ConfigurationError, lambda: side.run(kind(subject.provider).get))


@pytest.mark.parametrize("value", ["", None, 5, "us-east-1", POOL.upper(), f"{POOL} "])
def test_an_id_of_another_form_is_rejected(side, value):
    with pytest.raises(ConfigurationError, match="identity_id"):
        side.module.from_cognito_identity(value)
    with pytest.raises(ConfigurationError, match="identity_pool_id"):
        side.module.from_cognito_identity_pool(value)


def test_a_transport_of_the_other_side_is_rejected(side):
    transport = (AsyncScriptedTransport if side.is_sync else ScriptedTransport)([])
    with pytest.raises(ConfigurationError, match="transport"):
        side.pool([], client_config={"transport": transport})


def test_providers_and_caches_cannot_be_pickled_or_copied(side):
    subject = side.pool([])
    for item in (subject.provider, subject.cache):
        with pytest.raises(TypeError, match="each process"):
            pickle.dumps(item)
        with pytest.raises(TypeError, match="each process"):
            copy.deepcopy(item)


class MeetingClock(FakeClock):
    """A clock whose callers wait for each other if `barrier` is set."""

    barrier = None

    @property
    def monotonic(self):
        if self.barrier is not None:
            self.barrier.wait(30)
        return super().monotonic


def test_threads_that_request_the_cache_at_the_same_time_get_the_same_cache(side):
    clock, caches = MeetingClock(), []
    provider = side.module.from_cognito_identity_pool(POOL, client_config={"clock": clock})
    # Both threads create a cache at the same time.
    clock.barrier = threading.Barrier(2)
    threads = [threading.Thread(target=lambda: caches.append(provider.cached())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(caches) == 2
    assert caches[0] is caches[1]


def test_public_members_are_the_documented_ones(side):
    subject = side.pool([])
    close = "close" if side.is_sync else "aclose"
    assert _public_members(subject.provider) == {
        "cached",
        close,
        "identity_id",
        "is_async",
        "region",
        "serve",
    }
    assert _public_members(subject.cache) == {
        "get",
        "invalidate",
        "mark_rejected",
        "peek",
        "provider",
        "serve",
        close,
    }


def _public_members(item):
    return {name for name in dir(item) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("http://service-{side}.example.com:4566", 1),
        ("http://127.0.0.1.{side}.example.com", 1),
        ("http://127.0.0.1:4566", 0),
        ("http://[::1]:4566", 0),
        ("https://service-{side}.example.com", 0),
    ],
)
def test_a_request_without_encryption_is_reported_once_for_each_host(side, caplog, url, count):
    for _ in range(2):
        subject = side.pool(
            [side.id_response(), side.credentials()],
            client_config={"endpoint_url": url.format(side=side.name)},
        )
        assert not [r for r in caplog.records if r.levelname == "WARNING"][count:]
        subject.fetch()
    warnings = [r for r in caplog.records if r.levelname == "WARNING"]
    assert len(warnings) == count
