from __future__ import annotations

import threading

import pytest

from cognito_credentials._sign_in.client import RefusedError
from cognito_credentials._sign_in.session_token import MARGIN, SessionToken
from cognito_credentials._sign_in.sessions import FILE, Session, SessionKey, Sessions
from cognito_credentials.errors import (
    CredentialsUnavailableError,
    LoginTokenError,
    MalformedResponseError,
    TransportError,
)
from cognito_credentials.testing import FakeClock

SESSION_KEY = SessionKey("https://login.example.com", "app", "ann")
LIFETIME = 3600.0


def refused(code: str) -> RefusedError:
    return RefusedError(f"it said {code}", provider_name=SESSION_KEY.provider_name, code=code)


class Issuer:
    """Renews sessions, each refresh token once, and counts."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.count = 0
        self.failures: list[Exception] = []

    def session(self, **changes) -> Session:
        members = {
            "id_token": f"id-token-{self.count}",
            "refresh_token": f"refresh-token-{self.count}",
            "expires_at": self.clock.now() + LIFETIME,
            "method": "oauth",
            "subject": "user-1",
        }
        return Session(SESSION_KEY, **(members | changes))

    def renew(self, session: Session) -> Session:
        if self.failures:
            raise self.failures.pop(0)
        assert session.refresh_token == f"refresh-token-{self.count}"
        self.count += 1
        return self.session()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def issuer(clock):
    return Issuer(clock)


@pytest.fixture
def sessions(issuer):
    sessions = Sessions()
    sessions.save(issuer.session(), FILE)
    return sessions


@pytest.fixture
def make(sessions, issuer, clock):
    return lambda: SessionToken(
        SESSION_KEY,
        sessions=Sessions(),
        renew=issuer.renew,
        clock=clock,
        login_command="cognito-credentials login --profile game",
    )


def test_a_fresh_token_is_given_as_it_is(make, issuer, clock):
    token = make()
    clock.advance(LIFETIME - MARGIN - 1)
    assert (token(), token(), issuer.count) == ("id-token-0", "id-token-0", 0)


def test_a_token_that_ends_soon_is_renewed_and_kept(make, issuer, clock, sessions):
    token = make()
    clock.advance(LIFETIME - MARGIN)
    assert (token(), token(), issuer.count) == ("id-token-1", "id-token-1", 1)
    assert sessions.find(SESSION_KEY).refresh_token == "refresh-token-1"
    assert sessions.place_of(SESSION_KEY) == FILE


def test_a_token_that_was_refused_is_renewed(make, issuer):
    token = make()
    assert (token(refresh=True), issuer.count) == ("id-token-1", 1)


def test_what_another_process_renewed_is_taken(make, issuer, clock):
    ours, theirs = make(), make()
    clock.advance(LIFETIME)
    assert theirs() == ours() == "id-token-1"
    assert issuer.count == 1
    # Refused, and renewed meanwhile: the other's will do.
    assert theirs(refresh=True) == ours(refresh=True) == "id-token-2"
    assert issuer.count == 2


def test_threads_renew_once(make, issuer, clock):
    token = make()
    clock.advance(LIFETIME)
    given: list[str] = []
    threads = [threading.Thread(target=lambda: given.append(token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given == ["id-token-1"] * 8
    assert issuer.count == 1


# --- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        TransportError("no route"),
        MalformedResponseError("a page"),
        refused("temporarily_unavailable"),
        refused("TooManyRequestsException"),
    ],
)
def test_a_failure_of_the_moment_loses_nothing(make, issuer, clock, sessions, failure):
    token = make()
    clock.advance(LIFETIME - 1)
    issuer.failures = [failure, failure]
    assert token() == "id-token-0"  # which is good for another second
    clock.advance(1)
    with pytest.raises(type(failure)):
        token()
    assert sessions.find(SESSION_KEY).refresh_token == "refresh-token-0"
    assert token() == "id-token-1"


def test_a_refused_token_is_not_given_again(make, issuer):
    issuer.failures = [TransportError("no route")]
    with pytest.raises(TransportError):
        make()(refresh=True)


@pytest.mark.parametrize(
    "failure",
    [
        refused("invalid_grant"),
        refused("NotAuthorizedException"),
        LoginTokenError("gave no ID token", provider_name="x"),
    ],
)
def test_a_session_that_is_over(make, issuer, clock, failure):
    token = make()
    clock.advance(LIFETIME - 1)
    issuer.failures = [failure]
    with pytest.raises(LoginTokenError, match=r"the session at .* is over") as caught:
        token()
    assert failure.message in caught.value.message
    assert caught.value.hint == "Sign in with: cognito-credentials login --profile game"


def test_a_session_without_a_refresh_token(make, issuer, clock, sessions):
    sessions.save(issuer.session(refresh_token=""), FILE)
    token = make()
    clock.advance(LIFETIME - 1)
    assert token() == "id-token-0"
    clock.advance(1)
    with pytest.raises(LoginTokenError, match="nothing to renew it with"):
        token()


def test_nobody_is_signed_in(make, sessions):
    sessions.remove(SESSION_KEY)
    with pytest.raises(
        CredentialsUnavailableError,
        match=r"nobody is signed in at https://login\.example\.com as ann",
    ) as caught:
        make()
    assert "cognito-credentials login --profile game" in caught.value.hint


def test_somebody_signs_out_meanwhile(make, sessions):
    token = make()
    sessions.remove(SESSION_KEY)
    with pytest.raises(LoginTokenError, match="somebody has signed out"):
        token(refresh=True)


def test_it_shows_no_token(make):
    assert repr(make()) == "<SessionToken of https://login.example.com>"
