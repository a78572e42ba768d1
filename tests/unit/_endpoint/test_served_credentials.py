"""Served credentials with a fake clock and a service that can be blocked."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from harness import GET_CREDENTIALS, IDENTITY, POOL

from cognito_credentials import CredentialsCache, RefreshPolicy, from_cognito_identity
from cognito_credentials._endpoint.served_credentials import (
    REFRESH_CHECK_INTERVAL_SECONDS,
    REFRESH_WINDOW_SECONDS,
    RefreshTimer,
    ServedCredentials,
    ServedIdentity,
    ServedUsers,
)
from cognito_credentials.cli.commands.process import MIN_REMAINING_SECONDS
from cognito_credentials.cli.dispatch import create_parser
from cognito_credentials.cli.endpoint import served_identities
from cognito_credentials.cli.endpoint.served_identities import (
    build_served_identity,
    build_served_users,
)
from cognito_credentials.cli.settings.resolution import Settings, load_settings
from cognito_credentials.clock import SystemClock
from cognito_credentials.errors import (
    ConfigurationError,
    RefreshTimeoutError,
    ResourceNotFoundException,
)
from cognito_credentials.testing import (
    FakeClock,
    ScriptedTransport,
    credentials_response,
    error_response,
)

HOUR = 3600
LONG = 30.0  # A timeout in seconds that no test reaches.


class FakeService:
    """Service that returns new credentials for each call, and blocks while `is_open` is cleared."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.generation = 0
        self.is_open = threading.Event()
        self.is_open.set()
        self.error: Any = None
        self.transport = ScriptedTransport([self.respond])

    def respond(self, _request: Any) -> Any:
        assert self.is_open.wait(LONG)
        if self.error is not None:
            return self.error
        self.generation += 1
        return credentials_response(
            IDENTITY,
            expires_at=self.clock.now() + HOUR,
            generation=self.generation,
            clock=self.clock,
        )

    def serve(self) -> ServedCredentials:
        policy = RefreshPolicy(
            advisory_refresh_window=REFRESH_WINDOW_SECONDS,
            mandatory_refresh_window=MIN_REMAINING_SECONDS,
            jitter=0,
        )
        config = {"transport": self.transport, "clock": self.clock}
        provider = from_cognito_identity(IDENTITY, client_config=config)
        return ServedCredentials(CredentialsCache(provider, policy))

    @property
    def calls(self) -> int:
        return [operation for operation, _ in self.transport.calls].count(GET_CREDENTIALS)


@pytest.fixture
def service() -> FakeService:
    return FakeService()


def background_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "cognito-credentials"]


def wait_for_cached(served: ServedCredentials) -> Any:
    """Return the cached credentials once no fetch is under way."""
    while threads := background_threads():  # A refresh may start another refresh.
        for thread in threads:
            thread.join(LONG)
            assert not thread.is_alive()
    return served.cache.peek()


def test_fresh_credentials_are_returned_without_a_call(service: FakeService):
    served = service.serve()
    first = served.get(LONG)
    service.clock.advance(HOUR - REFRESH_WINDOW_SECONDS - 1)
    served.refresh()
    assert served.get(LONG) is first
    assert wait_for_cached(served) is first
    assert service.calls == 1


@pytest.mark.parametrize(("ahead", "warnings"), [(2 * HOUR, 1), (0, 0), (-2 * HOUR, 0)])
def test_one_warning_reports_that_other_programs_treat_the_credentials_as_expired(
    service: FakeService, caplog: pytest.LogCaptureFixture, ahead: float, warnings: int
):
    """The clock of this machine, which other programs use, is ahead of the service's clock."""
    service.clock.advance(SystemClock.now() - ahead - service.clock.now())
    served = service.serve()
    with caplog.at_level("WARNING", "cognito_credentials"):
        assert served.get(LONG) == served.get(LONG)
    assert len(caplog.messages) == warnings
    assert all("120 min" in message for message in caplog.messages)


@pytest.mark.parametrize("remaining", [REFRESH_WINDOW_SECONDS - 1, MIN_REMAINING_SECONDS - 1, 5])
def test_get_returns_valid_credentials_while_new_ones_are_fetched(
    service: FakeService, remaining: float
):
    served = service.serve()
    first = served.get(LONG)
    service.clock.advance(HOUR - remaining)
    service.is_open.clear()
    assert served.get(LONG) is first  # `get` did not wait for the service.
    service.is_open.set()
    second = wait_for_cached(served)
    assert second.access_key_id != first.access_key_id
    assert service.calls == 2


def test_the_timer_refreshes_credentials_before_botocore_would_ask_on_every_request(
    service: FakeService,
):
    served = service.serve()
    first = served.get(LONG)
    service.clock.advance(HOUR - REFRESH_WINDOW_SECONDS + REFRESH_CHECK_INTERVAL_SECONDS)
    served.refresh()
    assert wait_for_cached(served) is not first
    assert first.remaining.total_seconds() > 15 * 60


def test_get_without_cached_credentials_times_out_while_the_fetch_continues(service: FakeService):
    served = service.serve()
    service.is_open.clear()
    for _ in range(3):
        with pytest.raises(RefreshTimeoutError):
            served.get(0.01)
    service.is_open.set()
    assert served.get(LONG).identity_id == IDENTITY
    assert service.calls == 1


def test_expired_credentials_are_not_returned(service: FakeService):
    served = service.serve()
    first = served.get(LONG)
    service.clock.advance(HOUR + 1)
    assert served.get(LONG).access_key_id != first.access_key_id


def test_the_timer_does_not_repeat_a_rejected_call(service: FakeService):
    service.error = error_response("ResourceNotFoundException", f"Identity '{IDENTITY}' not found.")
    served = service.serve()
    with pytest.raises(ResourceNotFoundException):
        served.get(LONG)
    wait_for_cached(served)
    calls = service.calls
    service.clock.advance(HOUR)
    served.refresh()
    assert not background_threads()
    assert service.calls == calls


def test_cached_credentials_are_returned_while_the_service_rejects_calls(service: FakeService):
    served = service.serve()
    first = served.get(LONG)
    service.clock.advance(HOUR - 300)
    service.error = error_response("NotAuthorizedException", "no")
    assert served.get(LONG) is first
    assert wait_for_cached(served) is first


def test_closing_closes_the_provider(service: FakeService):
    served = service.serve()
    served.close()
    with pytest.raises(ConfigurationError, match="closed"):
        served.get(LONG)


# --- one and several identities -----------------------------------------------------------------


class FakeServedCredentials:
    def __init__(self, name: str) -> None:
        self.name = name
        self.is_refreshed = threading.Event()
        self.is_closed = False

    def refresh(self) -> None:
        self.is_refreshed.set()

    def close(self) -> None:
        self.is_closed = True


def test_a_single_identity_has_a_single_path(service: FakeService):
    served = service.serve()
    identity = ServedIdentity(served)
    assert identity.find("/credentials") is served
    assert identity.all() == [served]
    for path in ("/", "/credentials/", "/credentials?a", "/users/ada", "http://x/credentials"):
        assert identity.find(path) is None


def test_each_user_name_has_credentials_that_are_created_once():
    users = ServedUsers(FakeServedCredentials)
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
        "/users/ANONYMOUS",
    ],
)
def test_a_path_without_a_valid_user_name_has_no_credentials(path: str):
    assert ServedUsers(FakeServedCredentials).find(path) is None


def test_the_least_recently_used_name_is_evicted_and_closed():
    users = ServedUsers(FakeServedCredentials, max_users=2)
    ada, bob = users.find("/users/ada"), users.find("/users/bob")
    users.find("/users/ada")
    users.find("/users/cleo")
    assert bob.is_closed
    assert not ada.is_closed
    assert [user.name for user in users.all()] == ["ada", "cleo"]


def test_the_timer_refreshes_all_credentials_and_closes_them_at_the_end():
    users = ServedUsers(FakeServedCredentials)
    ada = users.find("/users/ada")
    with RefreshTimer(users, interval_seconds=0.001):
        assert ada.is_refreshed.wait(LONG)
        assert not ada.is_closed
    assert ada.is_closed


# --- from the settings --------------------------------------------------------------------------


def select(*words: str) -> Settings:
    return load_settings(create_parser("serve").parse_args(words))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("--identity-id", IDENTITY), "identity_id"),
        (("--identity-pool-id", POOL, "--user", "ada"), "user"),
        (("--identity-pool-id", POOL, "--login", "accounts.google.com=env:TOKEN"), "logins"),
    ],
)
def test_settings_of_a_single_user_are_rejected_for_several_users(
    words: tuple[str, ...], name: str
):
    with pytest.raises(ConfigurationError, match=name):
        build_served_users(select(*words))


def test_users_without_an_identity_pool_are_rejected_at_once():
    with pytest.raises(ConfigurationError, match="identity pool"):
        build_served_users(select())


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replace the function that creates caches, and return the settings passed to that function."""
    built: list[dict[str, Any]] = []

    def build_cache(
        settings: Settings, _store: Any, *, advisory_window: float, mandatory_window: float
    ) -> Any:
        built.append({**settings.values, "windows": (advisory_window, mandatory_window)})
        return object()

    monkeypatch.setattr(served_identities, "build_cache", build_cache)
    return built


def test_users_of_a_pool_are_separate_users(built: list[dict[str, Any]]):
    settings = select("--identity-pool-id", POOL)
    users = build_served_users(settings)
    users.find("/users/ada")
    users.find("/users/bob")
    assert [values["user"] for values in built] == ["ada", "bob"]
    assert "user" not in settings.values


def test_served_credentials_are_refreshed_a_minute_before_process_would_not_accept_them(
    built: list[dict[str, Any]],
):
    build_served_identity(select("--identity-pool-id", POOL))
    assert [values["windows"] for values in built] == [(1020, 960)]
