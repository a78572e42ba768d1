"""The TLS context, made when the first https request needs it: loading the authorities costs 25 ms.

Certificates are always verified, and TLS 1.2 is the oldest spoken.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import ExitStack, contextmanager

from cognito_credentials._suppliers.bounded_io import TimeLimitError, TooLongError, read_file
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from ssl import SSLContext

    from cognito_credentials.config import ResolvedConfig

__all__ = ["Tls"]

MAX_PIPE_BYTES = 16 * 1024 * 1024
PIPE_TIMEOUT_SECONDS = 5.0


class Tls:
    """Make one `SSLContext` on first use, from `ca_bundle` and `client_cert`.

    Without `ca_bundle`, the system's authorities are trusted, or those that `SSL_CERT_FILE` and
    `SSL_CERT_DIR` name. Two threads that come first at once may both make one.
    """

    __slots__ = ("_context", "ca_bundle", "client_cert", "sources")

    def __init__(
        self,
        *,
        ca_bundle: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
        sources: Mapping[str, str] | None = None,
    ) -> None:
        self.ca_bundle = ca_bundle
        self.client_cert = client_cert
        self.sources = sources or {}
        self._context: SSLContext | None = None

    @classmethod
    def of(cls, resolved: ResolvedConfig) -> Tls:
        return cls(
            ca_bundle=resolved.ca_bundle,
            client_cert=resolved.client_cert,
            sources=resolved.sources,
        )

    def context(self) -> SSLContext:
        """Return the context; raises `ConfigurationError` where a file of it cannot be used."""
        if self._context is None:
            self._context = self._made()
        return self._context

    def _made(self) -> SSLContext:
        import ssl

        # ssl.SSLError is an OSError.
        bundle = os.path.expanduser(self.ca_bundle) if self.ca_bundle else None
        try:
            if bundle and os.path.isdir(bundle):
                context = ssl.create_default_context(capath=bundle)
            elif bundle:
                with _without_blocking(bundle) as cafile:
                    context = ssl.create_default_context(cafile=cafile)
            else:
                context = _system_context()
        except OSError as error:
            raise self._refusal("ca_bundle", bundle or "", error) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.client_cert:
            certificate, key = (
                (self.client_cert, None) if isinstance(self.client_cert, str) else self.client_cert
            )
            try:
                with ExitStack() as stack:
                    certificate_file = stack.enter_context(_without_blocking(certificate))
                    key_file = stack.enter_context(_without_blocking(key)) if key else None
                    # The empty password keeps OpenSSL from asking for one on the terminal.
                    context.load_cert_chain(certificate_file, key_file, password="")
            except OSError as error:
                raise self._refusal("client_cert", certificate, error) from error
        return context

    def _refusal(self, setting: str, path: str, error: OSError) -> ConfigurationError:
        return ConfigurationError(
            f"{setting} ({self.sources.get(setting, 'argument')}) is {path!r}, which cannot be "
            f"loaded ({error.strerror or 'no reason given'}).",
            hint="Give the path of a PEM file that this process can read.",
        )


def _system_context() -> SSLContext:
    """Return a context that trusts the system's authorities, or those of `SSL_CERT_FILE`."""
    import ssl

    # OpenSSL opens this file by itself, and blocks if it is a pipe.
    path = os.environ.get("SSL_CERT_FILE")
    if not path or not _is_special(path):
        return ssl.create_default_context()
    try:
        with _without_blocking(path) as cafile:
            folder = ssl.get_default_verify_paths().capath
            return ssl.create_default_context(cafile=cafile, capath=folder)
    except OSError as error:
        raise ConfigurationError(
            f"SSL_CERT_FILE is {path!r}, which cannot be loaded "
            f"({error.strerror or 'no reason given'}).",
            hint="Set SSL_CERT_FILE to a PEM file that this process can read, or unset it.",
        ) from error


@contextmanager
def _without_blocking(path: str) -> Generator[str]:
    """Yield a path that OpenSSL reads without blocking; the contents of a pipe are copied to memory.

    Raises:
        OSError: If a pipe does not end in time, or has too much in it, or cannot be read.
    """
    if not _is_special(path):
        yield path
        return
    if not hasattr(os, "memfd_create"):
        raise OSError(errno.EINVAL, "it is not a regular file")
    try:
        contents = read_file(path, max_bytes=MAX_PIPE_BYTES, timeout=PIPE_TIMEOUT_SECONDS)
    except TimeLimitError:
        reason = f"the pipe did not end within {PIPE_TIMEOUT_SECONDS:g} s"
        raise OSError(errno.ETIMEDOUT, reason) from None
    except TooLongError:
        reason = f"it is larger than {MAX_PIPE_BYTES} bytes"
        raise OSError(errno.EFBIG, reason) from None
    with open(os.memfd_create("tls"), "wb") as memory:
        memory.write(contents)
        memory.flush()
        yield f"/proc/self/fd/{memory.fileno()}"


def _is_special(path: str) -> bool:
    """Return True if a path leads to a pipe, a socket or a device."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False  # which OpenSSL reports
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
