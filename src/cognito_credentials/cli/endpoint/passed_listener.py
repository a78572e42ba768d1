"""The listening socket that systemd passes to `serve`.

While `serve` is not running, another user could listen on its port. To prevent this, systemd can
open the port when the machine starts, and pass the socket to `serve` whenever it starts `serve`
(socket activation, sd_listen_fds(3)).
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from cognito_credentials._core.loopback import is_loopback
from cognito_credentials._endpoint.listener import DEFAULT_HOST
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

__all__ = ["take_passed_listener"]

FIRST_PASSED_DESCRIPTOR = 3
PASSED_SOCKET_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


def take_passed_listener(
    host: str, port: int, environment: MutableMapping[str, str] = os.environ
) -> socket.socket | None:
    """Return the socket that systemd has passed to this process; None if there is no such socket.

    The variables of systemd are removed, so that no child process uses the socket.

    Args:
        host: The `--host` option.
        port: The `--port` option.
        environment: The environment variables.

    Raises:
        ConfigurationError: If the passed socket cannot be used, or if the options name another
            address or port.
    """
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = environment.get("LISTEN_FDS", "")
    for name in PASSED_SOCKET_VARIABLES:
        environment.pop(name, None)
    if count != "1":
        raise ConfigurationError(
            f"systemd must pass one socket to serve (LISTEN_FDS=1), not {count!r}",
            hint="Keep exactly one ListenStream= line in the socket unit.",
        )
    listener = _adopt(FIRST_PASSED_DESCRIPTOR)
    passed_host, passed_port = listener.getsockname()[:2]
    if host not in (DEFAULT_HOST, passed_host) or port not in (0, passed_port):
        listener.close()
        raise ConfigurationError(
            f"options --host and --port must name the socket that systemd passes, {passed_host}, port "
            f"{passed_port}",
            hint="Remove --host and --port from the service unit.",
        )
    return listener


def _adopt(descriptor: int) -> socket.socket:
    """Return the socket for an inherited file descriptor.

    Raises:
        ConfigurationError: If the descriptor is not a socket that listens on a loopback address.
    """
    with suppress(OSError):
        os.set_inheritable(descriptor, False)
        listener = socket.socket(fileno=descriptor)
        if (
            listener.family in (socket.AF_INET, socket.AF_INET6)
            and listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            and is_loopback(listener.getsockname()[0])
        ):
            listener.setblocking(True)
            return listener
        listener.close()
    raise ConfigurationError(
        "the socket that systemd passes must listen on a loopback address",
        hint="Set ListenStream= in the socket unit to a loopback address and a port, for example "
        "127.0.0.1:8899.",
    )
