"""TLS sockets that obey the deadline of an exchange; see `_sockets`."""

from __future__ import annotations

import ssl

from cognito_credentials.transports._sockets import TimedMixin

__all__ = ["TimedTlsSocket"]


class TimedTlsSocket(TimedMixin, ssl.SSLSocket):
    """TLS socket that obeys the time limits of the current thread's exchange.

    An `SSLContext` creates its sockets with the class in its attribute `sslsocket_class`.
    """

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002
        self._set_timeout()
        super().do_handshake(block)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except ConnectionError:
            # `SSLContext.wrap_socket` calls this method if the connection has been reset, and does
            # not close the socket after an error.
            if getattr(self, "_sslobj", None) is None:
                self.close()
            raise

    def is_reusable(self) -> bool:
        return self.pending() == 0 and super().is_reusable()
