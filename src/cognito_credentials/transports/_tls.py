"""TLS settings. The `SSLContext`, which takes 25 ms to create, is created on first use.

Certificates are always verified, and the minimum version is TLS 1.2.
"""

from __future__ import annotations

import os

from cognito_credentials._validation import expand_home
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from ssl import SSLContext

    from cognito_credentials.config import ResolvedConfig

__all__ = ["TlsSettings"]


class TlsSettings:
    """Settings of TLS connections, and the `SSLContext` created from them on first use.

    Without `ca_bundle`, the certificate authorities of the system are trusted, unless
    `SSL_CERT_FILE` or `SSL_CERT_DIR` names other authorities. Thread-safe; concurrent first calls
    may each create a context.

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
        """Return the `SSLContext`, which the first call creates.

        Raises:
            ConfigurationError: If a file cannot be loaded.
        """
        if self._context is None:
            self._context = self._create_context()
        return self._context

    def _create_context(self) -> SSLContext:
        import ssl

        bundle = expand_home(self.ca_bundle) if self.ca_bundle else None
        try:  # The handler also catches ssl.SSLError, a subclass of OSError.
            if bundle and os.path.isdir(bundle):
                context = ssl.create_default_context(capath=bundle)
            elif bundle:
                from cognito_credentials.transports._certificate_files import readable_path

                with readable_path(bundle) as cafile:
                    context = ssl.create_default_context(cafile=cafile)
            else:
                context = _create_system_context()
        except OSError as error:
            raise self._file_error("ca_bundle", bundle or "", error) from error
        from cognito_credentials.transports._tls_sockets import TimedTlsSocket

        context.sslsocket_class = TimedTlsSocket
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.client_cert:
            self._load_client_cert(context, self.client_cert)
        return context

    def _load_client_cert(self, context: SSLContext, client_cert: str | tuple[str, str]) -> None:
        from contextlib import ExitStack

        from cognito_credentials.transports._certificate_files import readable_path

        certificate, key = (client_cert, None) if isinstance(client_cert, str) else client_cert
        try:
            with ExitStack() as stack:
                certificate_file = stack.enter_context(readable_path(certificate))
                key_file = stack.enter_context(readable_path(key)) if key else None
                # Without a password argument, OpenSSL would prompt for the password of an encrypted
                # key.
                context.load_cert_chain(certificate_file, key_file, password="")
        except OSError as error:
            raise self._file_error("client_cert", certificate, error) from error

    def _file_error(self, setting: str, path: str, error: OSError) -> ConfigurationError:
        source = self.sources.get(setting, "argument")
        return ConfigurationError(
            f"{setting} ({source}) names {path!r}, which cannot be loaded: {_reason(error)}",
            hint="Set the path of a PEM file that this process can read.",
        )


def _create_system_context() -> SSLContext:
    """Return a context that trusts the authorities of the system or of `SSL_CERT_FILE`.

    Raises:
        ConfigurationError: If `SSL_CERT_FILE` names a pipe or a device that cannot be loaded.
    """
    import ssl

    # A pipe is copied first, because OpenSSL would block while it reads the pipe itself.
    path = os.environ.get("SSL_CERT_FILE")
    if not path:
        return ssl.create_default_context()
    from cognito_credentials.transports._certificate_files import is_special_file, readable_path

    if not is_special_file(path):
        return ssl.create_default_context()
    try:
        with readable_path(path) as cafile:
            folder = ssl.get_default_verify_paths().capath
            return ssl.create_default_context(cafile=cafile, capath=folder)
    except OSError as error:
        raise ConfigurationError(
            f"SSL_CERT_FILE names {path!r}, which cannot be loaded: {_reason(error)}",
            hint="Set SSL_CERT_FILE to a PEM file that this process can read, or unset the variable.",
        ) from error


def _reason(error: OSError) -> str:
    return error.strerror or "no reason given"
