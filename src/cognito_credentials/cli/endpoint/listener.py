"""The listening socket of an endpoint, which this process opens or systemd passes to it.

While `serve` is not running, another user could listen on its port. To prevent this, systemd can
open the port when the machine starts, and pass the socket to `serve` whenever it starts `serve`
(socket activation, sd_listen_fds(3)).
"""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from cognito_credentials._core.loopback import is_loopback
from cognito_credentials._validation import MAX_PORT
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

__all__ = ["DEFAULT_HOST", "open_listener", "take_passed_listener"]

DEFAULT_HOST = "127.0.0.1"
BACKLOG = 128
PORT_HINT = "Pass another --port, or 0 for any free port."
FIRST_PASSED_DESCRIPTOR = 3
PASSED_SOCKET_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


def open_listener(host: str = DEFAULT_HOST, port: int = 0) -> socket.socket:
    """Return a new socket that listens on a loopback address.

    Args:
        host: A loopback address or `localhost`.
        port: A port number; 0 for any free port.

    Raises:
        ConfigurationError: If the host is not a loopback address, or the port is not available.
    """
    host = DEFAULT_HOST if host == "localhost" else host
    if not is_loopback(host):
        raise ConfigurationError(
            f"--host must be a loopback address, not {host!r}",
            hint="Remove --host, or pass 127.0.0.1 or ::1. A container reaches the endpoint if it uses "
            "the host's network.",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if not 0 <= port <= MAX_PORT:
        raise ConfigurationError(
            f"--port must be a number from 0 to {MAX_PORT}, not {port}", hint=PORT_HINT
        )
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        # str(error) would repeat the address.
        problem = f"cannot listen on port {port} of {host}: {os.strerror(error.errno or 0)}"
        if error.errno == errno.EADDRINUSE:
            problem = f"port {port} is already in use, possibly by another serve process"
    raise ConfigurationError(problem, hint=PORT_HINT)


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
