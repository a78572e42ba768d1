"""Handed out at once, renewed behind: with a clock that is moved and a service that is held up."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from harness import GET_CREDENTIALS, IDENTITY, POOL

from cognito_credentials import CredentialsCache, RefreshPolicy, from_cognito_identity
from cognito_credentials.cli.commands.process import LEAST
from cognito_credentials.cli.endpoint import served_credentials
from cognito_credentials.cli.endpoint.served_credentials import (
    ADVISORY,
    FLIGHT,
    RenewalTimer,
    ServedCredentials,
    ServedIdentity,
    ServedUsers,
)
from cognito_credentials.cli.program import create_parser
from cognito_credentials.cli.settings.resolution import Selection
from cognito_credentials.errors import (
    ConfigurationError,
    RefreshTimeoutError,
    ResourceNotFoundException,
)
from cognito_credentials.testing import FakeClock, ScriptedTransport, credentials_answer, refusal

HOUR = 3600
LONG = 30.0  # nobody waits for so long: the service is let go on first


class Service:
    """Answers with one generation after another, and can be held up."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.generation = 0
        self.open = threading.Event()
        self.open.set()
        self.error: Any = None
        self.transport = ScriptedTransport([self.answer])

    def answer(self, _request: Any) -> Any:
        assert self.open.wait(LONG)
        if self.error is not None:
            return self.error
        self.generation += 1
        return credentials_answer(
            IDENTITY,
            expires_at=self.clock.now() + HOUR,
            generation=self.generation,
            clock=self.clock,
        )

    def kept(self) -> ServedCredentials:
        policy = RefreshPolicy(
            advisory_refresh_window=ADVISORY, mandatory_refresh_window=LEAST, jitter=0
        )
        config = {"transport": self.transport, "clock": self.clock}
        return ServedCredentials(
            CredentialsCache(from_cognito_identity(IDENTITY, client_config=config), policy)
        )

    @property
    def calls(self) -> int:
        return [operation for operation, _ in self.transport.calls].count(GET_CREDENTIALS)


@pytest.fixture
def service() -> Service:
    return Service()


def landed(subject: ServedCredentials) -> Any:
    """Return what is held once all that is under way has ended."""
    for flights in (subject._flights, subject.cache._flights):  # the one may begin the other
        for flight in list(flights._flights.values()):
            assert flight.done.wait(LONG)
    return subject.cache.peek()


def test_what_is_fresh_is_handed_out_without_a_call(service: Service):
    subject = service.kept()
    first = subject.get(LONG)
    service.clock.advance(HOUR - ADVISORY - 1)
    subject.renew()
    assert subject.get(LONG) is first
    assert landed(subject) is first
    assert service.calls == 1


@pytest.mark.parametrize("left", [ADVISORY - 1, LEAST - 1, 5])
def test_what_is_due_is_handed_out_while_new_ones_are_fetched(service: Service, left: float):
    subject = service.kept()
    first = subject.get(LONG)
    service.clock.advance(HOUR - left)
    service.open.clear()
    assert subject.get(LONG) is first  # LONG would have failed: nobody opens
    service.open.set()
    second = landed(subject)
    assert second.access_key_id != first.access_key_id
    assert service.calls == 2


def test_the_timer_renews_what_is_due_before_15_minutes_are_left(service: Service):
    subject = service.kept()
    first = subject.get(LONG)
    service.clock.advance(HOUR - ADVISORY + served_credentials.SECONDS_BETWEEN_LOOKS)
    subject.renew()
    assert landed(subject) is not first
    assert first.remaining.total_seconds() > 15 * 60


def test_who_comes_where_nothing_is_valid_waits_for_a_moment_and_the_fetch_goes_on(
    service: Service,
):
    subject = service.kept()
    service.open.clear()
    for _ in range(3):
        with pytest.raises(RefreshTimeoutError):
            subject.get(0.01)
    service.open.set()
    assert subject.get(LONG).identity_id == IDENTITY
    assert service.calls == 1


def test_what_is_over_is_not_handed_out(service: Service):
    subject = service.kept()
    first = subject.get(LONG)
    service.clock.advance(HOUR + 1)
    assert subject.get(LONG).access_key_id != first.access_key_id


def test_a_refusal_is_raised_and_the_timer_does_not_ask_again(service: Service):
    service.error = refusal("ResourceNotFoundException", f"Identity '{IDENTITY}' not found.")
    subject = service.kept()
    with pytest.raises(ResourceNotFoundException):
        subject.get(LONG)
    calls = service.calls
    service.clock.advance(HOUR)
    subject.renew()
    assert not subject._flights.in_flight(FLIGHT)
    assert service.calls == calls


def test_while_the_service_refuses_what_is_held_goes_on(service: Service):
    subject = service.kept()
    first = subject.get(LONG)
    service.clock.advance(HOUR - 300)
    service.error = refusal("NotAuthorizedException", "no")
    assert subject.get(LONG) is first
    assert landed(subject) is first


def test_closing_closes_the_provider(service: Service):
    subject = service.kept()
    subject.close()
    with pytest.raises(ConfigurationError, match="closed"):
        subject.get(LONG)


# --- several ------------------------------------------------------------------------------------


class Closing:
    def __init__(self, name: str) -> None:
        self.name = name
        self.renewed = threading.Event()
        self.closed = False

    def renew(self) -> None:
        self.renewed.set()

    def close(self) -> None:
        self.closed = True


def test_one_identity_has_one_path(service: Service):
    subject = service.kept()
    one = ServedIdentity(subject)
    assert one.find("/credentials") is subject
    assert one.all() == [subject]
    for path in ("/", "/credentials/", "/credentials?a", "/users/ada", "http://x/credentials"):
        assert one.find(path) is None


def test_each_name_has_an_identity_that_is_made_once():
    users = ServedUsers(Closing)
    ada = users.find("/users/ada")
    assert users.find("/users/bob") is not ada
    assert users.find("/users/ada") is ada
    assert {user.name for user in users.all()} == {"ada", "bob"}


@pytest.mark.parametrize(
    "path",
    [
        "/credentials",
        "/users/",
        "/users/a/b",
        "/users/a%20b",
        "/users/a?b",
        "/users/../credentials",
        "ada",
        "/users/" + "a" * 129,
    ],
)
def test_a_path_without_a_name_is_nobodys(path: str):
    assert ServedUsers(Closing).find(path) is None


def test_the_least_used_name_is_forgotten_and_closed():
    users = ServedUsers(Closing, most=2)
    ada, bob = users.find("/users/ada"), users.find("/users/bob")
    users.find("/users/ada")
    users.find("/users/cleo")
    assert bob.closed
    assert not ada.closed
    assert [user.name for user in users.all()] == ["ada", "cleo"]


def test_the_timer_looks_after_all_and_closes_them():
    users = ServedUsers(Closing)
    ada = users.find("/users/ada")
    with RenewalTimer(users, seconds=0.001):
        assert ada.renewed.wait(LONG)
        assert not ada.closed
    assert ada.closed


# --- from a selection ---------------------------------------------------------------------------


def selection(*words: str) -> Selection:
    return Selection(create_parser("serve").parse_args(words))


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--identity-id", IDENTITY), "identity_id"),
        (("--identity-pool-id", POOL, "--user", "ada"), "user"),
        (("--identity-pool-id", POOL, "--login", "accounts.google.com=env:TOKEN"), "logins"),
    ],
)
def test_users_are_guests_of_a_pool(words: tuple[str, ...], named: str):
    with pytest.raises(ConfigurationError, match=named):
        served_credentials.build_served_users(selection(*words))


def test_users_without_a_pool_are_refused_at_once():
    with pytest.raises(ConfigurationError, match="identity pool"):
        served_credentials.build_served_users(selection())


def test_users_of_a_pool_share_nothing():
    users = served_credentials.build_served_users(selection("--identity-pool-id", POOL))
    scopes = set()
    for name in ("ada", "bob"):
        provider = users.find(f"/users/{name}").cache.provider
        scopes.add(provider._exchange.identities.user_identifier)
    assert scopes == {"ada", "bob"}
    for user in users.all():
        user.close()


def test_what_is_kept_has_the_windows_of_process():
    one = served_credentials.build_served_identity(selection("--identity-pool-id", POOL))
    policy = one.served.cache._holding._policy
    assert (policy.advisory_refresh_window, policy.mandatory_refresh_window) == (1020, 960)
    one.served.close()
