"""What is known of a store's health, and of tokens; the scenarios have the fetches, on both sides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fake_store import FakeStore
from flows import FlowRunner
from harness import GOOGLE, IDENTITY, jwt

from cognito_credentials import Credentials
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.records import digest_of_tokens
from cognito_credentials._core.shared_fetch import (
    LEFT_ALONE,
    SharedStore,
    StoreDownError,
    StoreLookup,
    fetch_alone,
)
from cognito_credentials.errors import ConfigurationError, TransportError
from cognito_credentials.stores import FileStore
from cognito_credentials.stores._threaded import wrap_blocking_store
from cognito_credentials.testing import FakeClock


@pytest.fixture
def store():
    return FakeStore(FakeClock())


@pytest.fixture
def shared(store):
    return SharedStore(store)


@pytest.fixture
def runner():
    return FlowRunner()


def get(runner, shared):
    return runner.run(shared.call(shared.store.get, "key"))


def lock(runner, shared):
    return runner.run(shared.call(shared.store.lock, "key", 10.0))


def fails(call, *arguments):
    with pytest.raises(StoreDownError):
        call(*arguments)


def test_what_the_store_answers_is_returned(runner, shared, store):
    runner.run(shared.call(store.put, "key", b"value", expires_at=5.0, lease=None))
    assert get(runner, shared) == b"value"
    assert store.expiries == {"key": 5.0}


def test_after_a_failure_it_is_left_alone_for_as_long_as_that(runner, shared, store):
    store.broken = {"get"}
    fails(get, runner, shared)
    store.broken = set()
    runner.now += LEFT_ALONE - 0.01
    fails(get, runner, shared)
    fails(lock, runner, shared)
    assert store.used == ["get"]
    runner.now += 0.01
    assert get(runner, shared) is None


@pytest.mark.parametrize("is_local", [True, False])
def test_a_folder_that_cannot_be_written_is_still_read(runner, store, is_local):
    """A guest's one identity may be in it. A store elsewhere would be waited for each time."""
    store.is_local = is_local
    shared = SharedStore(store)
    store.broken = {"lock"}
    fails(lock, runner, shared)
    if is_local:
        assert get(runner, shared) is None
    else:
        fails(get, runner, shared)
    fails(lock, runner, shared)
    assert store.used == (["lock", "get"] if is_local else ["lock"])


def test_what_a_store_notes_at_an_error_of_the_system_is_told(runner, shared, caplog):
    def broken(error):
        error.add_note("Make room.")
        raise error

    fails(runner.run, shared.call(broken, OSError(28, "No space left on device", "/store")))
    assert caplog.messages[0].endswith("gets a new one each time. Make room.")
    runner.now += LEFT_ALONE
    fails(runner.run, SharedStore(shared.store).call(broken, ValueError("private")))
    assert "Make room" not in caplog.messages[1]


def test_a_clock_that_is_set_back_does_not_prolong_that(runner, shared, store):
    store.broken = {"get"}
    fails(get, runner, shared)
    store.broken = set()
    runner.now -= 1000
    assert get(runner, shared) is None


def test_an_outage_is_told_once_and_the_next_one_again(runner, shared, store, caplog):
    for broken, warnings in (({"get"}, 1), ({"get"}, 1), (set(), 1), ({"get"}, 2)):
        store.broken = broken
        runner.now += LEFT_ALONE
        if broken:
            fails(get, runner, shared)
        else:
            get(runner, shared)
        assert len(caplog.messages) == warnings
    assert caplog.messages[0] == (
        "The store failed with OSError: going on without it. Each process asks the service for itself, "
        "and a guest whose identity is not stored gets a new one each time."
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(28, "No space left on device", "/store/x"),
            "OSError (No space left on device: /store/x)",
        ),
        (OSError("private"), "OSError:"),
        (
            TransportError("the server cannot be reached: h:1"),
            "TransportError (the server cannot be",
        ),
        (ValueError("private"), "ValueError:"),
    ],
)
def test_an_outage_is_told_so_that_something_can_be_done(runner, shared, error, said, caplog):
    def broken():
        raise error

    fails(runner.run, shared.call(broken))
    assert said in caplog.text
    assert "private" not in caplog.text


def test_a_method_that_works_does_not_end_the_outage_of_another(runner, shared, store, caplog):
    store.broken = {"lock"}
    for _ in range(3):
        runner.now += LEFT_ALONE
        get(runner, shared)
        fails(lock, runner, shared)
    assert len(caplog.messages) == 1


def test_a_mistake_reaches_the_caller_until_it_has_worked(runner, shared, store, caplog):
    get(runner, shared)
    store.mistaken = {"get", "lock"}
    with pytest.raises(ConfigurationError, match="needs a password"):
        lock(runner, shared)
    fails(get, runner, shared)
    assert "needs a password" in caplog.text
    runner.now += LEFT_ALONE
    with pytest.raises(ConfigurationError, match="needs a password"):
        lock(runner, shared)


def test_an_outage_does_not_hide_a_mistake(runner, shared, store):
    store.broken = {"get"}
    fails(get, runner, shared)
    runner.now += LEFT_ALONE
    store.broken, store.mistaken = set(), {"get"}
    with pytest.raises(ConfigurationError, match="needs a password"):
        get(runner, shared)


def test_forgetting_needs_no_store_that_is_there(runner, shared, store):
    store.entries["key"] = b"value"
    runner.run(shared.forget("key"))
    assert store.entries == {}
    store.broken = {"delete"}
    runner.run(shared.forget("key"))


def test_a_store_is_local_only_where_it_says_so(store):
    assert SharedStore(store).is_local
    assert not SharedStore(object()).is_local


@pytest.mark.parametrize(
    ("tokens", "expires_at"),
    [
        ({}, float("inf")),
        ({"a": "opaque"}, float("inf")),
        ({GOOGLE: jwt(exp=500)}, 500),
        ({GOOGLE: jwt(exp=500), "a": jwt("a", exp=400), "b": "opaque"}, 400),
    ],
)
def test_what_is_wanted_has_the_end_of_the_first_token_that_ends(tokens, expires_at):
    assert StoreLookup("key", ResolvedLogins(tokens), 0.0, 0.0).tokens_expire_at == expires_at


class OneUser:
    """An exchange whose service takes what it is given."""

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
        return credentials, logins, None


credentials = Credentials(
    access_key_id="a",
    secret_access_key="s",
    session_token="t",
    identity_id=IDENTITY,
    expiration=datetime.fromtimestamp(5000, UTC),
)


def test_without_a_store_a_user_s_tokens_are_kept_and_no_other_user_s(runner):
    digests = [digest_of_tokens(OneUser(f"alice {number}").logins) for number in range(2)]
    first = runner.run(fetch_alone(OneUser("alice 0"), None))
    assert first.record.accepted == (digests[0],)
    second = runner.run(fetch_alone(OneUser("alice 1"), first))
    assert second.record.accepted == (digests[1], digests[0])
    other = runner.run(fetch_alone(OneUser("bob"), second))
    assert other.record.accepted == (digest_of_tokens(OneUser("bob").logins),)


# --- what the log says --------------------------------------------------------------------------


def test_what_is_found_is_told_once(shared, caplog):
    caplog.set_level("DEBUG", "cognito_credentials")
    wanted = StoreLookup("credentials:0123456789abcdef", ResolvedLogins({}), 0.0, 0.0)
    for found in ("nothing", "nothing", "credentials for 5 s more"):
        wanted.tell(shared, found)
    assert caplog.messages == [
        "FakeStore, credentials:01234567: nothing",
        "FakeStore, credentials:01234567: credentials for 5 s more",
    ]


def test_ours_say_where_they_are_and_others_only_what(tmp_path):
    file_store = FileStore(tmp_path / "store")
    assert repr(SharedStore(file_store)) == f"<FileStore {tmp_path}/store>"
    assert repr(SharedStore(wrap_blocking_store(file_store))) == f"<FileStore {tmp_path}/store>"

    class Theirs(dict):
        """Its repr is all that it holds."""

    assert repr(SharedStore(Theirs(secret="x"))).endswith(".Theirs")
