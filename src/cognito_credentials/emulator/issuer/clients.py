"""The applications that use the issuer.

Without registration, every client ID is accepted, with or without a secret, and with any redirect
URI on this machine. A client that is registered with a secret must present it, and a registered
client may have other redirect URIs.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus, urlsplit

from cognito_credentials._core.loopback import is_loopback
from cognito_credentials.emulator.issuer.errors import OAuthError
from cognito_credentials.emulator.issuer.parameters import Parameters
from cognito_credentials.emulator.messages import RawRequest

MAX_CLIENT_ID_LENGTH = 255  # OIDC providers in IAM have the same limit.


@dataclass(frozen=True, slots=True)
class Client:
    """An application.

    Attributes:
        id: The client ID.
        secret: The client secret. None for a public client, which must use PKCE.
        redirect_uris: The registered redirect URIs. If the sequence is empty, every URI on this
            machine is accepted.
    """

    id: str
    secret: str | None = field(default=None, repr=False)
    redirect_uris: Sequence[str] = ()

    def accepts_redirect_uri(self, uri: str) -> bool:
        """Return True if the browser may be redirected to a URI.

        A registered URI must match exactly, except for the port of a URI on this machine (RFC 8252,
        section 7.3).
        """
        if not uri.isascii() or not uri.isprintable() or " " in uri or "#" in uri:
            return False
        if not self.redirect_uris:
            return _without_local_port(uri) is not None
        if uri in self.redirect_uris:
            return True
        local = _without_local_port(uri)
        return local is not None and local in map(_without_local_port, self.redirect_uris)


class Clients:
    """The registered clients. Not thread-safe."""

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}

    def add(self, client: Client) -> None:
        """Register a client, or replace it."""
        self._clients[client.id] = client

    def find(self, client_id: str) -> Client:
        """Return the client with an ID.

        Raises:
            OAuthError: If the ID is empty, too long or not printable.
        """
        if not is_client_id(client_id):
            raise OAuthError(
                "invalid_client",
                f"a client ID must have 1 to {MAX_CLIENT_ID_LENGTH} printable characters",
            )
        return self._clients.get(client_id) or Client(client_id)

    def authenticate(self, request: RawRequest, parameters: Parameters) -> Client:
        """Return the client that sent a request, after checking its secret.

        Raises:
            OAuthError: If the client is not named, or the secret is missing or wrong.
        """
        client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
        if "Authorization" in request.headers:
            basic_id, basic_secret = _parse_basic(request.header("Authorization"))
            if secret is not None or client_id not in (None, basic_id):
                raise OAuthError("invalid_request", "the client must be authenticated only once")
            client_id, secret = basic_id, basic_secret
        if client_id is None:
            raise OAuthError("invalid_client", "the parameter client_id is missing")
        client = self.find(client_id)
        expected = client.secret
        if expected is not None and not hmac.compare_digest(
            expected.encode(), (secret or "").encode()
        ):
            raise OAuthError("invalid_client", "the client secret is missing or wrong")
        return client


def is_client_id(text: str) -> bool:
    """Return True if a string can be a client ID."""
    return 1 <= len(text) <= MAX_CLIENT_ID_LENGTH and text.isprintable()


def _parse_basic(header: str) -> tuple[str, str]:
    """Return the ID and the secret in an Authorization header (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except ValueError:
        text = ""
    client_id, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "the Authorization header is malformed")
    return unquote_plus(client_id), unquote_plus(secret)


def _without_local_port(uri: str) -> str | None:
    """Return a URI on this machine without its port, or None for any other URI."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    name = f"[{host}]" if ":" in host else host
    # Compare the authority as text, because parsers disagree about unusual spellings of a host.
    authorities = (name, f"{name}:{port}") if port is not None else (name,)
    if parts.scheme not in ("http", "https") or not is_loopback(host):
        return None
    if parts.netloc.lower() not in authorities or "\\" in uri:
        return None
    return parts._replace(netloc=name).geturl()
