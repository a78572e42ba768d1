"""Rules of `Exchange` that need a scripted identity source.

tests/scenarios tests the other rules.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flows import FlowRunner

from cognito_credentials._core.exchange import Exchange, IdentityChange
from cognito_credentials._core.identity_sources import ResolvedIdentity, UserKey
from cognito_credentials._core.responses import IssuedCredentials
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials._core.service_clock import ServiceTime
from cognito_credentials.errors import (
    CognitoCredentialsError,
    ConfigurationError,
    ExpiredOnArrivalError,
    IdentityForbidden,
    IdentityNotFound,
    LoginTokenExpired,
    NotAuthorizedException,
    ResourceNotFoundException,
    TransportError,
    ValidationException,
)

NOW = 1_800_007_200.0
OLD, NEW = "us-east-1:1", "us-east-1:2"


def make_error(kind, message="text", *, http_status=400):
    return kind(message, operation_name="GetId", code="Code", http_status=http_status)


def make_not_found(identity_id=OLD, **options):
    return make_error(IdentityNotFound, f"Identity '{identity_id}' not found.", **options)


class FakeIdentitySource:
    """Identity source that returns OLD until an eviction, then NEW; `steps` records the calls."""

    identity_pool_id = None

    def __init__(self, *, is_cached=True, is_fixed=False):
        self.user = None if is_fixed else UserKey("user")
        self.is_cached = is_cached
        self.current = OLD
        self.steps = []

    def identify(self, client, logins):
        self.steps.append("identify")
        yield from ()
        return ResolvedIdentity(self.current, self.user, is_cached=self.is_cached)

    def scope(self, logins):
        yield from ()
        return {"user": logins}

    def evict(self, identity):
        self.steps.append(f"evict {identity.id}")
        self.current = NEW
        yield from ()

    def adopt(self, identity, identity_id):
        self.steps.append(f"adopt {identity_id}")
        yield from ()


class FakeCredentialSource:
    """Credential source that raises the given errors one by one, then returns credentials."""

    credential_lifetime = 3600.0

    def __init__(self, *errors, expires_at=NOW + 3600, identity_id=None):
        self.errors = list(errors)
        self.expires_at = expires_at
        self.identity_id = identity_id
        self.requested_ids = []

    def scope(self, logins):
        yield from ()
        return {"role_of": logins}

    def fetch(self, client, identity_id, logins, context):
        self.requested_ids.append(identity_id)
        yield from ()
        if self.errors:
            raise self.errors.pop(0)
        return IssuedCredentials(
            access_key_id="ASIA1",
            secret_access_key="a-secret-key",
            session_token="a-session-token",
            expiration=datetime.fromtimestamp(self.expires_at, UTC),
            identity_id=self.identity_id or identity_id,
        )


def make_exchange(credential_source, identity_source=None, *, logins=None, on_identity_change=None):
    client = ServiceClient(max_attempts=1, user_agent="")
    return Exchange(
        client=client,
        identity_source=identity_source or FakeIdentitySource(),
        credential_source=credential_source,
        logins=logins,
        account_id="123456789012",
        on_identity_change=on_identity_change,
        service_now=ServiceTime(lambda: NOW, client.clock),
    )


def run(exchange):
    return FlowRunner(now=NOW).run(exchange.run())


def test_the_scope_consists_of_the_user_the_permissions_and_the_account():
    exchange = make_exchange(FakeCredentialSource())
    expected = {"user": "logins", "role_of": "logins"}
    assert FlowRunner(now=NOW).run(exchange.scope("logins")) == {
        **expected,
        "account_id": "123456789012",
    }
    exchange.account_id = None
    assert FlowRunner(now=NOW).run(exchange.scope("logins")) == expected


def test_run_returns_credentials():
    exchange = make_exchange(FakeCredentialSource())
    credentials = run(exchange)
    assert credentials.identity_id == exchange.identity_id == OLD
    assert credentials.account_id == "123456789012"
    assert credentials.remaining.total_seconds() == 3600


@pytest.mark.parametrize(
    ("error", "is_cached", "is_evicted"),
    [
        (make_not_found(), True, True),
        (make_not_found(), False, True),
        (make_error(IdentityForbidden), True, True),
        (make_error(IdentityForbidden), False, False),
        (make_error(ValidationException, "Value 'x' at 'identityId' failed"), True, True),
        (make_error(ValidationException, "Value 'x' at 'identityId' failed"), False, False),
        (make_error(ValidationException, "Value 'x' at 'logins' failed"), True, False),
        (make_not_found(NEW), True, False),
        (
            make_error(IdentityNotFound, "The role of Identity 'us-east-1:1' is missing"),
            True,
            False,
        ),
        (make_error(ResourceNotFoundException, "not found"), True, False),
        (make_not_found(http_status=503), True, False),
        (make_not_found(http_status=429), True, False),
        (make_error(IdentityForbidden, http_status=502), True, False),
        (make_error(ValidationException, "'x' at 'identityId'", http_status=500), True, False),
        (make_error(NotAuthorizedException), True, False),
        (TransportError("x"), True, False),
    ],
)
def test_only_proof_that_an_id_is_invalid_evicts_the_id(error, is_cached, is_evicted):
    identity_source = FakeIdentitySource(is_cached=is_cached)
    exchange = make_exchange(FakeCredentialSource(error), identity_source)
    if is_evicted:
        assert run(exchange).identity_id == NEW
        assert identity_source.steps == ["identify", f"evict {OLD}", "identify", f"adopt {NEW}"]
    else:
        with pytest.raises(CognitoCredentialsError) as raised:
            run(exchange)
        assert raised.value is error
        assert identity_source.steps == ["identify"]


def test_an_id_of_the_caller_is_never_evicted():
    identity_source = FakeIdentitySource(is_fixed=True)
    with pytest.raises(IdentityNotFound):
        run(make_exchange(FakeCredentialSource(make_not_found()), identity_source))
    assert identity_source.steps == ["identify"]


def test_the_id_is_replaced_at_most_once():
    source = FakeCredentialSource(make_not_found(), make_error(IdentityForbidden))
    with pytest.raises(IdentityForbidden):
        run(make_exchange(source))
    assert source.requested_ids == [OLD, NEW]


def test_the_logins_are_refreshed_at_most_once():
    source = FakeCredentialSource(make_error(LoginTokenExpired), make_error(LoginTokenExpired))
    with pytest.raises(LoginTokenExpired):
        run(make_exchange(source, logins={"graph.facebook.com": lambda: "a-token"}))
    assert source.requested_ids == [OLD, OLD]


def test_a_fetch_can_refresh_the_logins_and_replace_the_id_in_either_order():
    for errors in (
        (make_error(LoginTokenExpired), make_not_found()),
        (make_not_found(), make_error(LoginTokenExpired)),
    ):
        exchange = make_exchange(
            FakeCredentialSource(*errors), logins={"graph.facebook.com": lambda: "a-token"}
        )
        assert run(exchange).identity_id == NEW


def test_an_identity_change_is_reported_once_and_again_after_a_change_back():
    changes = []
    credential_source = FakeCredentialSource(identity_id=NEW)
    identity_source = FakeIdentitySource()
    exchange = make_exchange(credential_source, identity_source, on_identity_change=changes.append)
    run(exchange)
    run(exchange)
    assert [(change.old, change.new) for change in changes] == [(OLD, NEW)]
    identity_source.current, credential_source.identity_id = NEW, OLD
    run(exchange)
    identity_source.current, credential_source.identity_id = OLD, NEW
    run(exchange)
    assert [(change.old, change.new) for change in changes] == [(OLD, NEW), (NEW, OLD), (OLD, NEW)]


def test_the_change_of_an_evicted_id_is_reported_with_the_first_id_of_the_fetch():
    changes = []
    source = FakeCredentialSource(make_not_found(), identity_id="us-east-1:3")
    run(make_exchange(source, on_identity_change=changes.append))
    assert [(change.old, change.new) for change in changes] == [(OLD, "us-east-1:3")]


def test_a_configuration_error_of_the_callback_is_raised():
    def callback(change):
        raise ConfigurationError("asynchronous")

    with pytest.raises(ConfigurationError):
        run(make_exchange(FakeCredentialSource(identity_id=NEW), on_identity_change=callback))


@pytest.mark.parametrize("expires_at", [NOW, NOW - 1, 0.0])
def test_expired_credentials_in_a_response_are_rejected_and_their_id_is_not_adopted(expires_at):
    identity_source, changes = FakeIdentitySource(), []
    exchange = make_exchange(
        FakeCredentialSource(expires_at=expires_at, identity_id=NEW),
        identity_source,
        on_identity_change=changes.append,
    )
    with pytest.raises(ExpiredOnArrivalError, match=f"{NOW - expires_at:.0f} s"):
        run(exchange)
    assert identity_source.steps == ["identify"]
    assert changes == []
    assert exchange.identity_id is None


def test_the_repr_of_a_change_shows_both_ids():
    assert repr(IdentityChange(OLD, NEW)) == f"IdentityChange(old='{OLD}', new='{NEW}')"
