"""Everything that the issuer stores."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.issuer.clients import Clients
from cognito_credentials.emulator.issuer.devices import MAX_WAITING_DEVICES, Device
from cognito_credentials.emulator.issuer.errors import OAuthError
from cognito_credentials.emulator.issuer.grants import (
    AccessToken,
    AuthorizationRequest,
    Code,
    RefreshToken,
)
from cognito_credentials.emulator.issuer.tables import Table
from cognito_credentials.emulator.issuer.users import Users

SCOPES = ("openid", "email", "profile", "offline_access")


class IssuerState:
    """The clients, users, codes and tokens of the issuer, in memory. Callers must hold `lock`.

    Args:
        find_url: Function that returns the URL of the issuer.
        clock: The source of the time.

    Attributes:
        form_token: A secret that the forms of the issuer contain, and that other sites cannot read.
    """

    def __init__(self, find_url: Callable[[], str], clock: EmulatorClock) -> None:
        self._find_url = find_url
        self._clock = clock
        self.lock: threading.Lock = threading.Lock()
        self.form_token: str = secrets.token_urlsafe(32)
        self._create_tables()

    def clear(self) -> None:
        """Delete all clients, users, codes and tokens. Acquires `lock`."""
        with self.lock:
            self._create_tables()

    def _create_tables(self) -> None:
        self.clients: Clients = Clients()
        self.users: Users = Users()
        self.requests: Table[AuthorizationRequest] = Table()
        self.codes: Table[Code] = Table()
        self.refresh_tokens: Table[RefreshToken] = Table()
        self.access_tokens: Table[AccessToken] = Table()
        self.devices: Table[Device] = Table(MAX_WAITING_DEVICES)

    @property
    def url(self) -> str:
        """The URL of the issuer."""
        return self._find_url()

    def now(self) -> float:
        """Return the time in seconds since the epoch (UTC)."""
        return self._clock.now()


def parse_scope(text: str) -> tuple[str, ...]:
    """Return the supported scopes of a `scope` parameter.

    Unknown scopes are ignored, as OpenID Connect advises.

    Raises:
        OAuthError: If the scope `openid` is missing.
    """
    requested = text.split(" ")
    if "openid" not in requested:
        raise OAuthError("invalid_scope", "the scope must contain openid")
    return tuple(scope for scope in SCOPES if scope in requested)
