"""Host name lookups and connection attempts, all within one deadline.

A host name lookup cannot be interrupted, so it runs in its own daemon thread, which a caller
abandons at the deadline. Callers that look up the same host at the same time share one lookup, so
that there is only one thread per host while a resolver does not respond.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import deque
from itertools import chain, zip_longest
from selectors import EVENT_WRITE, DefaultSelector

from cognito_credentials.transports._sockets import TimedSocket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials.transports._sockets import HttpExchange

__all__ = ["Address", "Lookup", "attempt_delay", "connect", "encode_host", "look_up", "open_socket"]

Address = tuple[int, int, int, str, "Any"]  # The result of `socket.getaddrinfo` has this format.

# Delay before the next address is tried in parallel, as RFC 8305 recommends.
ATTEMPT_DELAY_SECONDS = 0.25
MAX_ADDRESSES = 32
MAX_LABEL_LENGTH = 63  # See RFC 1035.


class Lookup:
    """Lookup of a host name, which runs in a thread until the resolver responds."""

    __slots__ = ("_addresses", "_callbacks", "_error", "_finished")

    def __init__(self) -> None:
        self._addresses: list[Address] = []
        self._error: BaseException | None = None
        self._finished = threading.Event()
        self._callbacks: deque[Callable[[], object]] = deque()

    def run(self, host: str, port: int) -> None:
        """Look up a host, and call the callbacks."""
        try:
            found = socket.getaddrinfo(encode_host(host), port, type=socket.SOCK_STREAM)
            self._addresses = _alternate_families(found)[:MAX_ADDRESSES]
        except BaseException as error:  # noqa: BLE001 - the waiting threads raise the error
            self._error = error
        self._finished.set()
        self._call_back()

    def wait(self, seconds: float) -> list[Address]:
        """Return the addresses, in the order in which to try them.

        Raises:
            TimeoutError: If the resolver does not respond in time.
            OSError: If the host name cannot be resolved.
        """
        if not self._finished.wait(seconds):
            raise TimeoutError
        return self.result()

    def result(self) -> list[Address]:
        """Return the addresses of a lookup that has finished; see `wait`."""
        if self._error is None:
            return self._addresses
        if isinstance(self._error, OSError):
            raise type(self._error)(*self._error.args)  # Each caller raises its own exception.
        if isinstance(self._error, UnicodeError):
            raise socket.gaierror(socket.EAI_NONAME, "the host name is invalid")
        raise self._error

    def add_callback(self, callback: Callable[[], object]) -> None:
        """Call a function once when the lookup has finished, in any thread."""
        self._callbacks.append(callback)
        if self._finished.is_set():
            self._call_back()

    def _call_back(self) -> None:
        while self._callbacks:
            try:
                callback = self._callbacks.popleft()
            except IndexError:  # Another thread has removed and called the last callback.
                return
            callback()


# The process ID is part of the key, because a forked child does not have its parent's threads.
_lookups: dict[tuple[int, str, int], Lookup] = {}


def look_up(host: str, port: int) -> Lookup:
    """Return the lookup in progress for a host and port, or a new one."""
    if ":" in host or host.replace(".", "").isdigit():
        address = Lookup()
        address.run(host, port)  # This call does not block, because an address needs no resolver.
        return address
    key = (os.getpid(), host, port)
    if (running := _lookups.get(key)) is not None:
        return running
    lookup = Lookup()
    if (running := _lookups.setdefault(key, lookup)) is not lookup:
        return running

    def run() -> None:
        try:
            lookup.run(host, port)
        finally:
            _lookups.pop(key, None)

    try:
        threading.Thread(target=run, name="cognito-credentials lookup", daemon=True).start()
    except RuntimeError:  # The interpreter is shutting down, or there are too many threads.
        run()
    return lookup


def encode_host(host: str) -> str | bytes:
    """Return a valid ASCII name as bytes; return any other name as a str, which IDNA may reject.

    For any name that is a str, the standard library imports the IDNA codec, which takes 1 ms.
    """
    labels = host.split(".")
    is_encoded = host.isascii() and all(0 < len(label) <= MAX_LABEL_LENGTH for label in labels)
    return host.encode("ascii") if is_encoded else host


def open_socket(host: str, port: int, exchange: HttpExchange) -> TimedSocket:
    """Return a socket that is connected to a host, within the connect timeout of an exchange.

    Raises:
        TimeoutError: If no address accepts the connection in time.
        OSError: If the host name cannot be resolved, or every address rejects the connection.
    """
    return connect(look_up(host, port).wait(exchange.remaining()), exchange)


def connect(addresses: list[Address], exchange: HttpExchange) -> TimedSocket:
    """Return a socket that is connected to the first address that accepts the connection.

    Raises:
        TimeoutError: If no address accepts the connection in time.
        OSError: If every address rejects the connection.
    """
    connection = (
        _connect_one(addresses[0], exchange)
        if len(addresses) == 1
        else _connect_first(addresses, exchange)
    )
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        connection.close()
        raise
    return connection


def attempt_delay(seconds: float, addresses: int) -> float:
    """Return the delay between attempts in seconds, so that all addresses are tried in time."""
    return min(ATTEMPT_DELAY_SECONDS, seconds / addresses)


def _connect_one(address: Address, exchange: HttpExchange) -> TimedSocket:
    family, kind, protocol, _, target = address
    connection = TimedSocket(family, kind, protocol)
    try:
        connection.settimeout(exchange.remaining())
        connection.connect(target)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_first(addresses: list[Address], exchange: HttpExchange) -> TimedSocket:
    """Return the first connection that succeeds; try the next address after a delay."""
    waiting = deque(addresses)
    delay = attempt_delay(exchange.remaining(), len(addresses))
    failure = OSError("the host name has no address")
    with DefaultSelector() as selector:
        attempts: dict[int, TimedSocket] = {}
        try:
            while waiting or attempts:
                if waiting:
                    try:
                        connection = _begin_connecting(waiting.popleft())
                    except OSError as error:
                        failure = error
                        continue
                    attempts[connection.fileno()] = connection
                    selector.register(connection, EVENT_WRITE)
                seconds = exchange.remaining()
                for key, _ in selector.select(min(delay, seconds) if waiting else seconds):
                    selector.unregister(key.fd)
                    connection = attempts.pop(key.fd)
                    code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not code:
                        return connection
                    connection.close()
                    failure = OSError(code, os.strerror(code))
            raise failure
        finally:
            for connection in attempts.values():
                connection.close()


def _begin_connecting(address: Address) -> TimedSocket:
    family, kind, protocol, _, target = address
    connection = TimedSocket(family, kind, protocol)
    try:
        connection.setblocking(False)
        connection.connect(target)
    except BlockingIOError:
        pass
    except BaseException:
        connection.close()
        raise
    return connection


def _alternate_families(addresses: list[Any]) -> list[Address]:
    """Return the addresses, alternating between IPv6 and IPv4, in case one family is broken."""
    first = [address for address in addresses if address[0] == addresses[0][0]]
    others = [address for address in addresses if address[0] != addresses[0][0]]
    pairs = chain.from_iterable(zip_longest(first, others))
    return [address for address in pairs if address is not None]
