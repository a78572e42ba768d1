"""The rules themselves run in tests/scenarios; here is what only the core can show."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flows import FlowRunner

from cognito_credentials._core.exchange import Exchange, IdentityChange
from cognito_credentials._core.identity_sources import Identity, User
from cognito_credentials._core.responses import Grant
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
    TransportError,
    ValidationException,
)

NOW = 1_800_007_200.0
OLD, NEW = "us-east-1:1", "us-east-1:2"


def refused(kind, message="text"):
    return kind(message, operation_name="GetId", code="Code", http_status=400)


class Identities:
    """Finds OLD until that is dropped, then NEW."""

    identity_pool_id = None

    def __init__(self, *, is_known=True, given=False):
        self.user = None if given else User("user")
        self.is_known = is_known
        self.current = OLD
        self.done = []

    def identify(self, caller, logins):
        self.done.append("identify")
        yield from ()
        return Identity(self.current, self.user, is_known=self.is_known)

    def drop(self, identity):
        self.done.append(f"drop {identity.id}")
        self.current = NEW
        yield from ()

    def adopt(self, identity, answered_id):
        self.done.append(f"adopt {answered_id}")
        yield from ()


class Fetches:
    """Does what its script says: raises, or grants for the identity asked with."""

    credential_lifetime = 3600.0

    def __init__(self, *script, expires_at=NOW + 3600, identity_id=None):
        self.script = list(script)
        self.expires_at = expires_at
        self.identity_id = identity_id
        self.asked = []

    def fetch(self, caller, identity_id, logins, facts):
        self.asked.append(identity_id)
        yield from ()
        if self.script:
            raise self.script.pop(0)
        return Grant(
            access_key_id="ASIA1",
            secret_access_key="a-secret-key",
            session_token="a-session-token",
            expiration=datetime.fromtimestamp(self.expires_at, UTC),
            identity_id=self.identity_id or identity_id,
        )


def exchange(fetches, identities=None, *, logins=None, on_identity_change=None):
    caller = ServiceClient(max_attempts=1, user_agent="")
    return Exchange(
        client=caller,
        identity_source=identities or Identities(),
        credential_source=fetches,
        logins=logins,
        account_id="123456789012",
        on_identity_change=on_identity_change,
        service_now=ServiceTime(lambda: NOW, caller.clock),
    )


def run(subject):
    return FlowRunner(now=NOW).run(subject.run())


def test_a_grant_becomes_credentials():
    subject = exchange(Fetches())
    credentials = run(subject)
    assert credentials.identity_id == subject.identity_id == OLD
    assert credentials.account_id == "123456789012"
    assert credentials.remaining.total_seconds() == 3600


@pytest.mark.parametrize(
    ("error", "is_known", "is_dead"),
    [
        (refused(IdentityNotFound), True, True),
        (refused(IdentityNotFound), False, True),
        (refused(IdentityForbidden), True, True),
        (refused(IdentityForbidden), False, False),
        (refused(ValidationException, "Value 'x' at 'identityId' failed"), True, True),
        (refused(ValidationException, "Value 'x' at 'identityId' failed"), False, False),
        (refused(ValidationException, "Value 'x' at 'logins' failed"), True, False),
        (refused(NotAuthorizedException), True, False),
        (TransportError("x"), True, False),
    ],
)
def test_what_proves_an_id_dead(error, is_known, is_dead):
    identities = Identities(is_known=is_known)
    subject = exchange(Fetches(error), identities)
    if is_dead:
        assert run(subject).identity_id == NEW
        assert identities.done == ["identify", f"drop {OLD}", "identify", f"adopt {NEW}"]
    else:
        with pytest.raises(CognitoCredentialsError) as raised:
            run(subject)
        assert raised.value is error
        assert identities.done == ["identify"]


def test_a_given_id_is_never_dropped():
    identities = Identities(given=True)
    with pytest.raises(IdentityNotFound):
        run(exchange(Fetches(refused(IdentityNotFound)), identities))
    assert identities.done == ["identify"]


def test_one_replacement_is_all_there_is():
    fetches = Fetches(refused(IdentityNotFound), refused(IdentityForbidden))
    with pytest.raises(IdentityForbidden):
        run(exchange(fetches))
    assert fetches.asked == [OLD, NEW]


def test_one_newer_login_is_all_there_is():
    fetches = Fetches(refused(LoginTokenExpired), refused(LoginTokenExpired))
    with pytest.raises(LoginTokenExpired):
        run(exchange(fetches, logins={"graph.facebook.com": lambda: "a-token"}))
    assert fetches.asked == [OLD, OLD]


def test_both_in_either_order():
    for script in (
        (refused(LoginTokenExpired), refused(IdentityNotFound)),
        (refused(IdentityNotFound), refused(LoginTokenExpired)),
    ):
        subject = exchange(Fetches(*script), logins={"graph.facebook.com": lambda: "a-token"})
        assert run(subject).identity_id == NEW


def test_a_change_is_told_once_and_after_a_change_back_again():
    told = []
    fetches = Fetches(identity_id=NEW)
    identities = Identities()
    subject = exchange(fetches, identities, on_identity_change=told.append)
    run(subject)
    run(subject)
    assert [(change.old, change.new) for change in told] == [(OLD, NEW)]
    identities.current, fetches.identity_id = NEW, OLD
    run(subject)
    identities.current, fetches.identity_id = OLD, NEW
    run(subject)
    assert [(change.old, change.new) for change in told] == [(OLD, NEW), (NEW, OLD), (OLD, NEW)]


def test_a_replaced_id_is_told_as_the_change_of_the_first_one():
    told = []
    fetches = Fetches(refused(IdentityNotFound), identity_id="us-east-1:3")
    run(exchange(fetches, on_identity_change=told.append))
    assert [(change.old, change.new) for change in told] == [(OLD, "us-east-1:3")]


def test_a_callback_that_is_a_mistake_is_told():
    def callback(change):
        raise ConfigurationError("asynchronous")

    with pytest.raises(ConfigurationError):
        run(exchange(Fetches(identity_id=NEW), on_identity_change=callback))


@pytest.mark.parametrize("expires_at", [NOW, NOW - 1, 0.0])
def test_what_is_over_is_refused_and_adopted_nowhere(expires_at):
    identities, told = Identities(), []
    subject = exchange(
        Fetches(expires_at=expires_at, identity_id=NEW), identities, on_identity_change=told.append
    )
    with pytest.raises(ExpiredOnArrivalError, match=f"{NOW - expires_at:.0f} s before"):
        run(subject)
    assert identities.done == ["identify"]
    assert told == []
    assert subject.identity_id is None


def test_its_repr():
    assert repr(IdentityChange(OLD, NEW)) == f"IdentityChange(old='{OLD}', new='{NEW}')"
