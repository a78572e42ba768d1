"""The TLS context, made when the first https request needs it: loading the authorities costs 25 ms.

Certificates are always verified, and TLS 1.2 is the oldest spoken.
"""

from __future__ import annotations

import os

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from ssl import SSLContext

    from cognito_credentials.config import ResolvedConfig

__all__ = ["Tls"]


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
            else:
                context = ssl.create_default_context(cafile=bundle)
        except OSError as error:
            raise self._refusal("ca_bundle", bundle or "", error) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.client_cert:
            certificate, key = (
                (self.client_cert, None) if isinstance(self.client_cert, str) else self.client_cert
            )
            try:
                # The empty password keeps OpenSSL from asking for one on the terminal.
                context.load_cert_chain(certificate, key, password="")
            except OSError as error:
                raise self._refusal("client_cert", certificate, error) from error
        return context

    def _refusal(self, setting: str, path: str, error: OSError) -> ConfigurationError:
        return ConfigurationError(
            f"{setting} ({self.sources.get(setting, 'argument')}) is {path!r}, which cannot be "
            f"loaded ({error.strerror or 'no reason given'}).",
            hint="Give the path of a PEM file that this process can read.",
        )
