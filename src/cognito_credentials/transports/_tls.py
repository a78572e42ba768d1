"""TLS settings. The `SSLContext` is created for the first https request, because that takes 25 ms.

Certificates are always verified, and the minimum version is TLS 1.2.
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

__all__ = ["TlsSettings"]

MAX_PIPE_BYTES = 16 * 1024 * 1024
PIPE_TIMEOUT_SECONDS = 5.0


class TlsSettings:
    """Settings of TLS connections, and the `SSLContext` created from them on first use.

    Without `ca_bundle`, the certificate authorities of the system are trusted, or those that
    `SSL_CERT_FILE` and `SSL_CERT_DIR` name. Thread-safe; concurrent first calls may each create a
    context.

    Args:
        ca_bundle: PEM file or directory of certificate authorities.
        client_cert: PEM file of a client certificate, or the pair (certificate, key).
        sources: Where each setting was configured, for error messages.
    """

    __slots__ = ("_context", "ca_bundle", "client_cert", "sources")

    def __init__(
        self,
        *,
        ca_bundle: str | None = None,
        client_cert: str | tuple[str, str] | None = None,
        sources: Mapping[str, str] | None = None,
    ) -> None:
        self.ca_bundle: str | None = ca_bundle
        self.client_cert: str | tuple[str, str] | None = client_cert
        self.sources: Mapping[str, str] = sources or {}
        self._context: SSLContext | None = None

    @classmethod
    def from_config(cls, config: ResolvedConfig) -> TlsSettings:
        return cls(
            ca_bundle=config.ca_bundle,
            client_cert=config.client_cert,
            sources=config.sources,
        )

    def ssl_context(self) -> SSLContext:
        """Return the context.

        Raises:
            ConfigurationError: If a file cannot be loaded.
        """
        if self._context is None:
            self._context = self._create_context()
        return self._context

    def _create_context(self) -> SSLContext:
        import ssl

        bundle = os.path.expanduser(self.ca_bundle) if self.ca_bundle else None
        try:  # ssl.SSLError is a subclass of OSError
            if bundle and os.path.isdir(bundle):
                context = ssl.create_default_context(capath=bundle)
            elif bundle:
                with _readable_path(bundle) as cafile:
                    context = ssl.create_default_context(cafile=cafile)
            else:
                context = _create_system_context()
        except OSError as error:
            raise self._file_error("ca_bundle", bundle or "", error) from error
        from cognito_credentials.transports._tls_sockets import TimedTlsSocket

        context.sslsocket_class = TimedTlsSocket
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.client_cert:
            certificate, key = (
                (self.client_cert, None) if isinstance(self.client_cert, str) else self.client_cert
            )
            try:
                with ExitStack() as stack:
                    certificate_file = stack.enter_context(_readable_path(certificate))
                    key_file = stack.enter_context(_readable_path(key)) if key else None
                    # Without a password argument, OpenSSL prompts for a password on the terminal.
                    context.load_cert_chain(certificate_file, key_file, password="")
            except OSError as error:
                raise self._file_error("client_cert", certificate, error) from error
        return context

    def _file_error(self, setting: str, path: str, error: OSError) -> ConfigurationError:
        source = self.sources.get(setting, "argument")
        return ConfigurationError(
            f"{setting} ({source}) names {path!r}, which cannot be loaded: {_reason(error)}",
            hint="Set the path of a PEM file that this process can read.",
        )


def _create_system_context() -> SSLContext:
    """Return a context that trusts the authorities of the system, or those of `SSL_CERT_FILE`."""
    import ssl

    # Copied first, because OpenSSL would open this file itself and block if it is a pipe.
    path = os.environ.get("SSL_CERT_FILE")
    if not path or not _is_special_file(path):
        return ssl.create_default_context()
    try:
        with _readable_path(path) as cafile:
            folder = ssl.get_default_verify_paths().capath
            return ssl.create_default_context(cafile=cafile, capath=folder)
    except OSError as error:
        raise ConfigurationError(
            f"SSL_CERT_FILE names {path!r}, which cannot be loaded: {_reason(error)}",
            hint="Set SSL_CERT_FILE to a PEM file that this process can read, or unset the variable.",
        ) from error


@contextmanager
def _readable_path(path: str) -> Generator[str]:
    """Yield a path that OpenSSL reads without blocking; a pipe is copied to memory.

    Raises:
        OSError: If a pipe does not end in time, is too large or cannot be read.
    """
    if not _is_special_file(path):
        yield path
        return
    if not hasattr(os, "memfd_create"):
        raise OSError(errno.EINVAL, "not a regular file")
    try:
        content = read_file(path, max_bytes=MAX_PIPE_BYTES, timeout=PIPE_TIMEOUT_SECONDS)
    except TimeLimitError:
        reason = f"the pipe did not end within {PIPE_TIMEOUT_SECONDS:g} s"
        raise OSError(errno.ETIMEDOUT, reason) from None
    except TooLongError:
        raise OSError(errno.EFBIG, f"larger than {MAX_PIPE_BYTES} bytes") from None
    with open(os.memfd_create("tls"), "wb") as memory:
        memory.write(content)
        memory.flush()
        yield f"/proc/self/fd/{memory.fileno()}"


def _is_special_file(path: str) -> bool:
    """Return True if a path leads to a pipe, a socket or a device."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False  # OpenSSL reports the problem of the path
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _reason(error: OSError) -> str:
    return error.strerror or "no reason given"
