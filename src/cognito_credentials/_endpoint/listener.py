"""The listening socket of an endpoint."""

from __future__ import annotations

import errno
import os
import socket

from cognito_credentials._core.hints import Hint
from cognito_credentials._core.loopback import is_loopback
from cognito_credentials._validation import MAX_PORT
from cognito_credentials.errors import ConfigurationError

__all__ = ["DEFAULT_HOST", "open_listener"]

DEFAULT_HOST = "127.0.0.1"
BACKLOG = 128
PORT_HINT = Hint(
    "Pass another port, or 0 for any free port.",
    for_command="Pass another --port, or 0 for any free port.",
)


def open_listener(host: str = DEFAULT_HOST, port: int = 0, *, prefix: str = "") -> socket.socket:
    """Return a new socket that listens on a loopback address.

    Args:
        host: A loopback address or `localhost`.
        port: A port number; 0 for any free port.
        prefix: Prefix of the parameter names in messages: "--" if the values come from options.

    Raises:
        ConfigurationError: If the host is not a loopback address, or the port is not available.
    """
    host = DEFAULT_HOST if host == "localhost" else host
    if not is_loopback(host):
        raise ConfigurationError(
            f"{prefix}host must be a loopback address, not {host!r}",
            hint=f"Remove {prefix}host, or pass 127.0.0.1 or ::1. A container reaches the endpoint if "
            "it uses the host's network.",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if not 0 <= port <= MAX_PORT:
        raise ConfigurationError(
            f"{prefix}port must be a number from 0 to {MAX_PORT}, not {port}", hint=PORT_HINT
        )
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        # str(error) would repeat the address.
        problem = f"cannot listen on port {port} of {host}: {os.strerror(error.errno or 0)}"
        if error.errno == errno.EADDRINUSE:
            problem = f"port {port} is already in use, possibly by another serve process"
    raise ConfigurationError(problem, hint=PORT_HINT)
