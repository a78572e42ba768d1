"""Lookups and fetches without a store; tests/scenarios tests fetches through a store."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fake_store import FakeStore
from flows import FlowRunner
from harness import GOOGLE, IDENTITY, jwt

from cognito_credentials import Credentials
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.records import tokens_digest
from cognito_credentials._core.shared_fetch import StoreLookup, fetch_unshared
from cognito_credentials._core.shared_store import SharedStore
from cognito_credentials.testing import FakeClock


@pytest.mark.parametrize(
    ("tokens", "expires_at"),
    [
        ({}, float("inf")),
        ({"a": "opaque"}, float("inf")),
        ({GOOGLE: jwt(exp=500)}, 500),
        ({GOOGLE: jwt(exp=500), "a": jwt("a", exp=400), "b": "opaque"}, 400),
    ],
)
def test_a_lookup_expires_with_the_first_token(tokens, expires_at):
    assert StoreLookup("key", ResolvedLogins(tokens), 0.0, 0.0).tokens_expire_at == expires_at


def test_a_lookup_logs_a_result_once(caplog):
    caplog.set_level("DEBUG", "cognito_credentials")
    shared = SharedStore(FakeStore(FakeClock()))
    lookup = StoreLookup("credentials:0123456789abcdef", ResolvedLogins({}), 0.0, 0.0)
    for text in ("no entry", "no entry", "credentials that expire in 5 s"):
        lookup.log(shared, text)
    assert caplog.messages == [
        "FakeStore, credentials:01234567: no entry",
        "FakeStore, credentials:01234567: credentials that expire in 5 s",
    ]


CREDENTIALS = Credentials(
    access_key_id="a",
    secret_access_key="s",
    session_token="t",
    identity_id=IDENTITY,
    expiration=datetime.fromtimestamp(5000, UTC),
    _now=lambda: 0.0,
)


class OneUserExchange:
    """An exchange whose service accepts every login token."""

    def __init__(self, token):
        self.logins = ResolvedLogins({"a": token})

    def resolve(self):
        yield from ()
        return self.logins

    def scope(self, logins):
        yield from ()
        return {"user": self.logins.tokens["a"].partition(" ")[0]}

    def fetch(self, logins):
        yield from ()
        return CREDENTIALS, logins, None


def test_without_a_store_the_accepted_tokens_of_the_same_user_are_retained():
    runner = FlowRunner()
    digests = [tokens_digest(OneUserExchange(f"alice {number}").logins) for number in range(2)]
    first = runner.run(fetch_unshared(OneUserExchange("alice 0"), None))
    assert first.record.accepted == (digests[0],)
    second = runner.run(fetch_unshared(OneUserExchange("alice 1"), first))
    assert second.record.accepted == (digests[1], digests[0])
    other = runner.run(fetch_unshared(OneUserExchange("bob"), second))
    assert other.record.accepted == (tokens_digest(OneUserExchange("bob").logins),)
