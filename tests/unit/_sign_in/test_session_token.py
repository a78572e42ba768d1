from __future__ import annotations

import threading

import pytest

from cognito_credentials._sign_in.client import IssuerError
from cognito_credentials._sign_in.session_token import MIN_REMAINING_SECONDS, SessionToken
from cognito_credentials._sign_in.sessions import FILE, Session, SessionKey, Sessions
from cognito_credentials.errors import (
    CredentialsUnavailableError,
    LoginTokenError,
    MalformedResponseError,
    TransportError,
)
from cognito_credentials.testing import FakeClock

SESSION_KEY = SessionKey("https://login.example.com", "app", "ann")
LIFETIME_SECONDS = 3600.0
LOGIN_COMMAND = "cognito-credentials login --profile game"


def issuer_error(code: str, *, ends_session: bool = True) -> IssuerError:
    return IssuerError(
        f"rejected: {code}",
        provider_name=SESSION_KEY.provider_name,
        code=code,
        hint="Do this.",
        ends_session=ends_session,
    )


class RotatingIssuer:
    """Issuer that accepts each refresh token once, and counts the refreshes."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.refreshes = 0
        self.failures: list[Exception] = []

    def session(self, **changes) -> Session:
        members = {
            "id_token": f"id-token-{self.refreshes}",
            "refresh_token": f"refresh-token-{self.refreshes}",
            "expires_at": self.clock.now() + LIFETIME_SECONDS,
            "method": "oauth",
            "subject": "user-1",
        }
        return Session(SESSION_KEY, **(members | changes))

    def refresh(self, session: Session) -> Session:
        if self.failures:
            raise self.failures.pop(0)
        assert session.refresh_token == f"refresh-token-{self.refreshes}"
        self.refreshes += 1
        return self.session()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def issuer(clock):
    return RotatingIssuer(clock)


@pytest.fixture
def sessions(issuer):
    sessions = Sessions()
    sessions.save(issuer.session(), FILE)
    return sessions


@pytest.fixture
def create_token(sessions, issuer, clock):
    return lambda: SessionToken(
        SESSION_KEY,
        sessions=Sessions(),
        refresh=issuer.refresh,
        clock=clock,
        login_command=LOGIN_COMMAND,
    )


# --- refresh ------------------------------------------------------------------------------------


def test_a_token_with_more_than_two_minutes_remaining_is_not_refreshed(create_token, issuer, clock):
    token = create_token()
    clock.advance(LIFETIME_SECONDS - MIN_REMAINING_SECONDS - 1)
    assert (token(), token(), issuer.refreshes) == ("id-token-0", "id-token-0", 0)


def test_a_token_that_expires_soon_is_refreshed_and_stored(create_token, issuer, clock, sessions):
    token = create_token()
    clock.advance(LIFETIME_SECONDS - MIN_REMAINING_SECONDS)
    assert (token(), token(), issuer.refreshes) == ("id-token-1", "id-token-1", 1)
    assert sessions.find(SESSION_KEY).refresh_token == "refresh-token-1"
    assert sessions.location_of(SESSION_KEY) == FILE


def test_a_token_that_the_service_rejected_is_refreshed(create_token, issuer):
    token = create_token()
    assert (token(refresh=True), issuer.refreshes) == ("id-token-1", 1)


def test_a_token_that_another_process_refreshed_is_used(create_token, issuer, clock):
    token, token_of_other_process = create_token(), create_token()
    clock.advance(LIFETIME_SECONDS)
    assert token_of_other_process() == token() == "id-token-1"
    assert issuer.refreshes == 1
    # Even after a rejection, the token that another process obtained in the meantime is used.
    assert token_of_other_process(refresh=True) == token(refresh=True) == "id-token-2"
    assert issuer.refreshes == 2


def test_threads_share_one_refresh(create_token, issuer, clock):
    token = create_token()
    clock.advance(LIFETIME_SECONDS)
    tokens: list[str] = []
    threads = [threading.Thread(target=lambda: tokens.append(token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tokens == ["id-token-1"] * 8
    assert issuer.refreshes == 1


# --- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        TransportError("no route"),
        MalformedResponseError("a page"),
        issuer_error("temporarily_unavailable"),
        issuer_error("TooManyRequestsException"),
    ],
)
def test_after_a_temporary_failure_the_token_is_used_until_it_expires(
    create_token, issuer, clock, sessions, failure
):
    token = create_token()
    clock.advance(LIFETIME_SECONDS - 1)
    issuer.failures = [failure, failure]
    assert token() == "id-token-0"
    clock.advance(1)
    with pytest.raises(type(failure)):
        token()
    assert sessions.find(SESSION_KEY).refresh_token == "refresh-token-0"
    assert token() == "id-token-1"


def test_a_rejected_token_is_not_returned_again_if_the_refresh_fails(create_token, issuer):
    issuer.failures = [TransportError("no route")]
    with pytest.raises(TransportError):
        create_token()(refresh=True)


@pytest.mark.parametrize(
    "failure",
    [
        issuer_error("invalid_grant"),
        issuer_error("NotAuthorizedException"),
        LoginTokenError("no ID token was issued", provider_name="x"),
    ],
)
def test_a_permanent_failure_ends_the_session(create_token, issuer, clock, failure):
    token = create_token()
    clock.advance(LIFETIME_SECONDS - 1)
    issuer.failures = [failure]
    with pytest.raises(LoginTokenError) as caught:
        token()
    assert failure.message in caught.value.message
    assert caught.value.provider_name == SESSION_KEY.provider_name
    assert LOGIN_COMMAND in caught.value.hint


def test_an_error_that_a_new_sign_in_does_not_resolve_keeps_its_own_hint(
    create_token, issuer, clock, sessions
):
    token = create_token()
    clock.advance(LIFETIME_SECONDS - 1)
    failure = issuer_error("invalid_client", ends_session=False)
    issuer.failures = [failure, failure]
    assert token() == "id-token-0"
    clock.advance(1)
    with pytest.raises(LoginTokenError) as caught:
        token()
    assert caught.value.hint == "Do this."
    assert sessions.find(SESSION_KEY) is not None


def test_a_session_without_a_refresh_token_ends_when_the_id_token_expires(
    create_token, issuer, clock, sessions
):
    sessions.save(issuer.session(refresh_token=""), FILE)
    token = create_token()
    clock.advance(LIFETIME_SECONDS - 1)
    assert token() == "id-token-0"
    clock.advance(1)
    with pytest.raises(LoginTokenError, match="refresh token"):
        token()


def test_a_missing_session_is_rejected_with_the_login_command(create_token, sessions):
    sessions.remove(SESSION_KEY)
    with pytest.raises(CredentialsUnavailableError) as caught:
        create_token()
    assert SESSION_KEY.description in caught.value.message
    assert LOGIN_COMMAND in caught.value.hint


def test_a_session_that_was_removed_meanwhile_is_not_refreshed(create_token, sessions, issuer):
    token = create_token()
    sessions.remove(SESSION_KEY)
    with pytest.raises(LoginTokenError) as caught:
        token(refresh=True)
    assert LOGIN_COMMAND in caught.value.hint
    assert issuer.refreshes == 0


def test_the_repr_names_the_issuer_and_shows_no_token(create_token):
    assert repr(create_token()) == "<SessionToken of https://login.example.com>"
