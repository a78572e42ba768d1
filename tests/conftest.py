"""Guards for every test: no access to this machine's settings or the network, no secrets in output."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import logging
import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cognito_credentials.emulator import Emulator

# A deadline would make tests fail on a slow machine. Every run uses the same examples, so that a
# failure is due to a change of the code; `make fuzz` and `make mutation` set EXAMPLES, and then each
# run uses other examples.
EXAMPLES = os.environ.get("EXAMPLES")
settings.register_profile(
    "suite",
    settings.default,
    deadline=None,
    derandomize=EXAMPLES is None,
    database=None if EXAMPLES is None else settings.default.database,
    max_examples=int(EXAMPLES or "40"),
)
settings.load_profile("suite")


# --- settings of the machine ------------------------------------------------------------------

CERTIFICATES = {
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
}
# PYTHONUNBUFFERED would hide a missing flush; PYTHONDONTWRITEBYTECODE would make each process
# compile all modules again.
INTERPRETER = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
TERMINAL = {"COLUMNS", "NO_COLOR"}


def pytest_configure() -> None:
    """Remove this machine's settings before test modules are imported."""
    for name in list(os.environ):
        upper = name.upper()
        if (
            upper.startswith("AWS_")
            or upper.endswith("_PROXY")
            or upper in CERTIFICATES | INTERPRETER | TERMINAL
        ):
            del os.environ[name]
    # Child processes inherit this variable, so no test waits for instance metadata.
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    sys.addaudithook(block_network)
    # The debug mode of asyncio detects, for example, calls from other threads. If `get_debug` returns
    # True, asyncio also records a traceback for each future and callback, which takes half of the time
    # of async tests. PYTHONASYNCIODEBUG=1 enables these tracebacks.
    if not os.environ.get("PYTHONASYNCIODEBUG"):
        asyncio.BaseEventLoop.get_debug = lambda _: False


def freeze_objects() -> None:
    """Exclude all current objects from garbage collection, which otherwise takes much of the time."""
    gc.collect()
    gc.freeze()


def pytest_collection_finish() -> None:
    """Freeze the modules and the tests."""
    freeze_objects()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Freeze what a test module has left behind, such as the service models of botocore and moto."""
    yield
    if nextitem is not None and nextitem.path != item.path:
        freeze_objects()


class EmptyHomes:
    """Empty home directories, which tests share because creating and deleting them takes long."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._home: Path | None = None
        self._mode = 0

    def get(self) -> Path:
        """Return the same directory as before, unless a test changed it."""
        if self._home is None or not self._is_unchanged(self._home):
            self._home = self._factory.mktemp("home")
            self._mode = os.lstat(self._home).st_mode
        return self._home

    def _is_unchanged(self, home: Path) -> bool:
        try:
            return os.lstat(home).st_mode == self._mode and not os.listdir(home)
        except OSError:
            return False


@pytest.fixture(scope="session")
def empty_homes(tmp_path_factory: pytest.TempPathFactory) -> EmptyHomes:
    return EmptyHomes(tmp_path_factory)


@pytest.fixture(autouse=True)
def home(empty_homes: EmptyHomes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test, and the programs that it runs, an empty home directory."""
    # Commands that tests run in this process set this variable.
    os.environ.pop("_COGNITO_CREDENTIALS_CHAIN", None)
    home = empty_homes.get()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / ".aws" / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / ".aws" / "credentials"))
    return home


# --- network ------------------------------------------------------------------------------------


def is_on_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in {"", "localhost"} or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def block_network(event: str, args: tuple[object, ...]) -> None:
    """Fail a test that looks up or connects to another host.

    This audit hook sees every use of the `socket` module. It raises a `BaseException`, which no
    retry or fallback catches.
    """
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = args[1]
        # The address of a Unix socket is a path instead of a tuple.
        host = address[0] if isinstance(address, tuple) else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        host = args[0]
    else:
        return
    if not is_on_this_machine(host):
        pytest.fail(f"{event}: tests must not connect to {host!r}, which is another machine")


# --- secrets ------------------------------------------------------------------------------------


class SecretDetector(logging.Handler):
    """Log handler that records the library's messages, and finds registered secrets in strings."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: set[str] = set()
        self.lines: list[str] = []

    def register(self, secret: str) -> str:
        assert len(secret) >= 8, "a secret must have at least 8 characters"
        self.secrets.add(secret)
        return secret

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def finds_secret(self, text: str) -> bool:
        return any(secret in text for secret in self.secrets)


DETECTOR = SecretDetector()


@pytest.fixture(scope="session", autouse=True)
def recorded_log() -> Iterator[None]:
    logger = logging.getLogger("cognito_credentials")
    logger.addHandler(DETECTOR)
    logger.setLevel(logging.DEBUG)
    yield
    logger.removeHandler(DETECTOR)
    logger.setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def never_printed() -> Callable[[str], str]:
    """Return a function that registers a secret; tests whose output contains the secret fail."""
    return DETECTOR.register


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Iterator[None]:
    report = yield
    failure = report.longreprtext if report.longrepr else ""
    texts = [failure, *(text for _, text in report.sections), *DETECTOR.lines]
    DETECTOR.lines.clear()
    if DETECTOR.finds_secret("\n".join(texts)):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} ({report.when}) printed a secret; the output is not shown"
        report.sections = []
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test after which the thread still handles an exception.

    Python would make this exception the context of all later exceptions.
    """
    before = sys.exc_info()[1]
    yield
    if sys.exc_info()[1] is not before:
        pytest.fail("the test has ended, but Python still regards an exception as being handled")


# --- emulator -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """Run the emulator that most tests share.

    It does not use the default account ID, so that tests can run an emulator with that account.
    """
    from cognito_credentials.emulator import Emulator

    with Emulator(account_id="111122223333") as running:
        gc.freeze()  # moto and the service models of botocore
        yield running
