from __future__ import annotations

import pytest
from fake_store import FakeStore
from flows import FlowRunner

from cognito_credentials._core.shared_store import (
    RETRY_INTERVAL_SECONDS,
    SharedStore,
    StoreUnavailableError,
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


def assert_unavailable(call, *arguments):
    with pytest.raises(StoreUnavailableError):
        call(*arguments)


def test_call_returns_the_result_of_the_method(runner, shared, store):
    runner.run(shared.call(store.put, "key", b"value", expires_at=5.0, lease=None))
    assert get(runner, shared) == b"value"
    assert store.expiries == {"key": 5.0}


def test_after_a_failure_the_store_is_not_called_for_a_while(runner, shared, store):
    store.broken = {"get"}
    assert_unavailable(get, runner, shared)
    store.broken = set()
    runner.now += RETRY_INTERVAL_SECONDS - 0.01
    assert_unavailable(get, runner, shared)
    assert_unavailable(lock, runner, shared)
    assert store.used == ["get"]
    runner.now += 0.01
    assert get(runner, shared) is None


@pytest.mark.parametrize("is_local", [True, False])
def test_only_a_local_store_is_read_after_another_method_failed(runner, store, is_local):
    """A directory that is not writable may contain the only copy of a guest's identity ID."""
    store.is_local = is_local
    shared = SharedStore(store)
    store.broken = {"lock"}
    assert_unavailable(lock, runner, shared)
    if is_local:
        assert get(runner, shared) is None
    else:
        assert_unavailable(get, runner, shared)
    assert_unavailable(lock, runner, shared)
    assert store.used == (["lock", "get"] if is_local else ["lock"])


def test_a_clock_that_is_set_back_does_not_prolong_the_pause(runner, shared, store):
    store.broken = {"get"}
    assert_unavailable(get, runner, shared)
    store.broken = set()
    runner.now -= 1000
    assert get(runner, shared) is None


@pytest.mark.parametrize(("seconds", "attempts"), [(0.0, 3), (700.0, 2)])
def test_a_slow_call_is_retried_once(runner, shared, store, seconds, attempts):
    """The machine may have been suspended during the call, so the store has not necessarily stalled."""

    def get(key):
        runner.now += seconds
        return store.get(key)

    store.broken = {"get"}
    with pytest.raises(StoreUnavailableError):
        runner.run(shared.call_with_retries(get, "key"))
    assert store.used == ["get"] * attempts


def test_each_outage_is_logged_once(runner, shared, store, caplog):
    for broken, warnings in (({"get"}, 1), ({"get"}, 1), (set(), 1), ({"get"}, 2)):
        store.broken = broken
        runner.now += RETRY_INTERVAL_SECONDS
        if broken:
            assert_unavailable(get, runner, shared)
        else:
            get(runner, shared)
        assert len(caplog.messages) == warnings


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (
            OSError(28, "No space left on device", "/store/x"),
            ["OSError", "No space left on device", "/store/x"],
        ),
        (OSError("private"), ["OSError"]),
        (TransportError("the server cannot be reached: h:1"), ["TransportError", "h:1"]),
        (ValueError("private"), ["ValueError"]),
    ],
)
def test_the_warning_has_the_cause_but_no_text_of_another_library(
    runner, shared, error, logged, caplog
):
    def broken():
        raise error

    assert_unavailable(runner.run, shared.call(broken))
    assert all(text in caplog.text for text in logged)
    assert "private" not in caplog.text


def test_the_warning_has_the_notes_of_an_error_of_the_system(runner, shared, caplog):
    def broken(error):
        error.add_note("Free some space.")
        raise error

    assert_unavailable(runner.run, shared.call(broken, OSError(28, "No space left on device")))
    assert caplog.messages[0].endswith("Free some space.")
    runner.now += RETRY_INTERVAL_SECONDS
    assert_unavailable(runner.run, SharedStore(shared.store).call(broken, ValueError("private")))
    assert "Free some space." not in caplog.messages[1]


def test_a_working_method_does_not_end_the_outage_of_another(runner, shared, store, caplog):
    store.broken = {"lock"}
    for _ in range(3):
        runner.now += RETRY_INTERVAL_SECONDS
        get(runner, shared)
        assert_unavailable(lock, runner, shared)
    assert len(caplog.messages) == 1


def test_a_configuration_error_is_raised_unless_the_method_has_worked(
    runner, shared, store, caplog
):
    get(runner, shared)
    store.misconfigured = {"get", "lock"}
    with pytest.raises(ConfigurationError, match="password"):
        lock(runner, shared)
    assert_unavailable(get, runner, shared)
    assert "password" in caplog.text
    runner.now += RETRY_INTERVAL_SECONDS
    with pytest.raises(ConfigurationError, match="password"):
        lock(runner, shared)


def test_an_outage_does_not_hide_a_configuration_error(runner, shared, store):
    store.broken = {"get"}
    assert_unavailable(get, runner, shared)
    runner.now += RETRY_INTERVAL_SECONDS
    store.broken, store.misconfigured = set(), {"get"}
    with pytest.raises(ConfigurationError, match="password"):
        get(runner, shared)


def test_delete_ignores_an_unavailable_store(runner, shared, store):
    store.entries["key"] = b"value"
    runner.run(shared.delete("key"))
    assert store.entries == {}
    store.broken = {"delete"}
    runner.run(shared.delete("key"))


def test_a_store_is_local_only_if_its_attribute_is_true(store):
    assert SharedStore(store).is_local
    assert not SharedStore(object()).is_local


def test_the_log_names_the_place_of_our_stores_and_the_class_of_others(tmp_path):
    file_store = FileStore(tmp_path / "store")
    assert repr(SharedStore(file_store)) == f"<FileStore {tmp_path}/store>"
    assert repr(SharedStore(wrap_blocking_store(file_store))) == f"<FileStore {tmp_path}/store>"

    class OtherStore(dict):
        """A store whose repr shows all its entries."""

    assert repr(SharedStore(OtherStore(secret="x"))).endswith(".OtherStore")
