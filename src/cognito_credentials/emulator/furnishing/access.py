"""Access to an emulator, for the functions that create resources."""

from __future__ import annotations

from typing import Any, Protocol
from weakref import WeakKeyDictionary

from cognito_credentials.emulator.clock import MovableClock


class AdministratorAccess(Protocol):
    """Administrator access to a running emulator.

    Attributes:
        region: The AWS region of the emulator.
        clock: The clock of the emulator.
    """

    region: str
    clock: MovableClock

    @property
    def endpoint_url(self) -> str:
        """The endpoint URL for every service."""
        ...

    def client(self, service: str, **options: Any) -> Any:
        """Return a new boto3 client with the access key of an administrator."""
        ...


# Creating a client takes longer than most requests.
_clients: WeakKeyDictionary[AdministratorAccess, dict[str, Any]] = WeakKeyDictionary()


def get_client(emulator: AdministratorAccess, service: str) -> Any:
    """Return a boto3 client for a service; later calls return the same client. Thread-safe.

    Raises:
        RuntimeError: If the emulator is not running.
    """
    _ = emulator.endpoint_url  # Raises RuntimeError unless the emulator is running.
    clients = _clients.setdefault(emulator, {})
    if service not in clients:
        clients[service] = emulator.client(service)
    return clients[service]
