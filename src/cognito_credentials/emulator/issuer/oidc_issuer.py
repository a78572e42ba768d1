"""`OidcIssuer`, the class with which tests use the issuer of the emulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from cognito_credentials._validation import format_value
from cognito_credentials.emulator.argument_checks import (
    check_json_object,
    check_seconds,
    check_text,
    check_type,
)
from cognito_credentials.emulator.issuer import id_tokens
from cognito_credentials.emulator.issuer.clients import MAX_CLIENT_ID_LENGTH, Client, is_client_id
from cognito_credentials.emulator.issuer.state import IssuerState
from cognito_credentials.emulator.issuer.users import MAX_NAME_LENGTH, normalize_name


class OidcIssuer:
    """The OpenID Connect issuer of an emulator. Thread-safe.

    The issuer supports authorization codes with PKCE, device codes, refresh tokens and revocation,
    and signs in every user without a password. All of its times follow the clock of the emulator: a
    code expires after one minute, an ID token after one hour, and a refresh token after 30 days. A
    refresh token is issued for the scope `offline_access`, and is replaced when it is used.

    Every client ID is accepted, with or without a secret, and with every redirect URI on this
    machine, unless the client is registered with `add_client`.
    """

    __module__ = "cognito_credentials.emulator"

    def __init__(self, state: IssuerState) -> None:
        self._state = state

    @property
    def url(self) -> str:
        """The URL of the issuer, for `login --issuer`, and for an OIDC provider in IAM.

        Raises:
            RuntimeError: If the emulator is not running.
        """
        return self._state.url

    @property
    def provider_name(self) -> str:
        """The login provider name, which is the URL without its scheme.

        Raises:
            RuntimeError: If the emulator is not running.
        """
        return self.url.removeprefix("http://")

    def id_token(
        self,
        sub: str,
        *,
        audience: str,
        claims: Mapping[str, Any] | None = None,
        lifetime: float = 3600,
    ) -> str:
        """Return a signed ID token, without a sign-in.

        Args:
            sub: The subject, which the sign-in page derives from the user name.
            audience: The client ID.
            claims: Further claims, which replace default claims of the same name (`iss`, `sub`,
                `aud`, `iat`, `exp` and `auth_time`).
            lifetime: The time until the token expires, in seconds. A negative number makes a token
                that has expired.

        Raises:
            RuntimeError: If the emulator is not running.
            TypeError: If an argument has the wrong type.
            ValueError: If `sub` or `audience` is empty, or another argument is invalid.
        """
        check_text("sub", sub)
        check_text("audience", audience)
        check_json_object("claims", {} if claims is None else claims)
        check_seconds("lifetime", lifetime)
        if not sub or not audience:
            raise ValueError("sub and audience must not be empty")
        return id_tokens.issue(
            issuer=self.url,
            subject=sub,
            audience=audience,
            now=self._state.now(),
            lifetime=lifetime,
            claims=claims,
        )

    def add_user(self, name: str, claims: Mapping[str, Any] | None = None) -> None:
        """List a user on the sign-in page, and set additional claims of their tokens.

        Args:
            name: The user name. Other names can sign in as well.
            claims: Claims such as `groups`, which role mappings can use. These claims replace the
                claims that are derived from the name, and the claims of an earlier call for the
                same user.

        Raises:
            TypeError: If an argument has the wrong type.
            ValueError: If the name is not a user name that the sign-in page accepts, or the claims
                contain a value that JSON does not have.
        """
        check_text("name", name)
        if normalize_name(name) != name:
            raise ValueError(
                f"name must have 1 to {MAX_NAME_LENGTH} visible characters, not {format_value(name)}"
            )
        claims = {} if claims is None else claims
        check_json_object("claims", claims)
        with self._state.lock:
            self._state.users.add(name, claims)

    def add_client(
        self, client_id: str, *, secret: str | None = None, redirect_uris: Sequence[str] = ()
    ) -> None:
        """Register a client; this is only required for a secret or for certain redirect URIs.

        Args:
            client_id: The client ID.
            secret: The client secret. None for a public client, which must use PKCE.
            redirect_uris: The redirect URIs. The port of a URI on this machine may differ. If the
                sequence is empty, every URI on this machine is accepted.

        Raises:
            TypeError: If an argument has the wrong type, or `redirect_uris` is not a list or tuple.
            ValueError: If the client ID, the secret or a redirect URI is invalid.
        """
        check_text("client_id", client_id)
        if secret is not None:
            check_text("secret", secret)
        if not is_client_id(client_id):
            raise ValueError(
                f"client_id must have 1 to {MAX_CLIENT_ID_LENGTH} printable characters"
            )
        if secret == "":
            raise ValueError("secret must not be empty; pass None for a public client")
        check_type("redirect_uris", redirect_uris, list | tuple, "a list of URIs")
        for uri in redirect_uris:
            check_text("redirect_uris", uri)
            if not _is_absolute(uri):
                raise ValueError(
                    "redirect_uris must contain absolute URIs without a fragment, not"
                    f" {format_value(uri)}"
                )
        with self._state.lock:
            self._state.clients.add(Client(client_id, secret, tuple(redirect_uris)))


def _is_absolute(uri: str) -> bool:
    try:
        return bool(urlsplit(uri).scheme) and "#" not in uri
    except ValueError:  # The URI contains an invalid IPv6 address.
        return False
