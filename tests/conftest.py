"""What holds for every test: no settings of the machine, no network, no secret in any output."""

from __future__ import annotations

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

# The machine's speed is not what a property is about.
settings.register_profile("suite", settings.default, deadline=None)
settings.load_profile("suite")


# --- the machine's settings -----------------------------------------------------------------

CERTIFICATES = {
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
}
# A missing flush would not show, and each process would compile anew what no other has written.
INTERPRETER = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def pytest_configure() -> None:
    """Forget the machine's settings before the first module is imported, for this process."""
    for name in list(os.environ):
        upper = name.upper()
        if (
            upper.startswith("AWS_")
            or upper.endswith("_PROXY")
            or upper in CERTIFICATES | INTERPRETER
        ):
            del os.environ[name]
    # Child processes too: no test waits for an instance's metadata.
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    sys.addaudithook(refuse_the_network)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test, and the programs it runs, an empty home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / ".aws" / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / ".aws" / "credentials"))
    return home


# --- the network ----------------------------------------------------------------------------


def is_on_this_machine(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in {"", "localhost"} or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse_the_network(event: str, args: tuple[object, ...]) -> None:
    """Fail the test that looks up or reaches another host.

    An audit hook sees every socket, those of C code too. What it raises is no `Exception`, so
    that no retry and no fallback hides it.
    """
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a path, or already connected
    elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        host = args[0]
    else:
        return
    if not is_on_this_machine(host):
        pytest.fail(f"{event}: a test reached for {host!r}, which is not this machine")


# --- secrets --------------------------------------------------------------------------------


class SecretWatch(logging.Handler):
    """Keep what the library logs, at every level, and find registered secrets in text."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: set[str] = set()
        self.lines: list[str] = []

    def register(self, secret: str) -> str:
        assert len(secret) >= 8, "too short to be told from other text"
        self.secrets.add(secret)
        return secret

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def finds(self, text: str) -> bool:
        return any(secret in text for secret in self.secrets)


WATCH = SecretWatch()


@pytest.fixture(scope="session", autouse=True)
def watched_log() -> Iterator[None]:
    logger = logging.getLogger("cognito_credentials")
    logger.addHandler(WATCH)
    logger.setLevel(logging.DEBUG)
    yield
    logger.removeHandler(WATCH)
    logger.setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def never_printed() -> Callable[[str], str]:
    """Register a secret and return it: from then on a test whose output has it fails."""
    return WATCH.register


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Iterator[None]:  # each phase of each test: its log, what it wrote, its traceback
    report = yield
    printed = [report.longreprtext, *(text for _, text in report.sections), *WATCH.lines]
    WATCH.lines.clear()
    if WATCH.finds("\n".join(printed)):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} ({report.when}) printed a secret; its output is withheld"
        report.sections = []
    return report


# --- the service ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """Run one emulator for every test that needs no state of its own.

    Its account is not the default one, so that a test may run an emulator of its own beside it.
    """
    from cognito_credentials.emulator import Emulator

    with Emulator(account_id="111122223333") as running:
        yield running
