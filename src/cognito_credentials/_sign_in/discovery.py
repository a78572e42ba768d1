"""What an issuer says of itself (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

from cognito_credentials._sign_in.http import checked_url
from cognito_credentials._sign_in.issuers import user_pool_of
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._sign_in.http import Http

__all__ = ["discover"]

DOCUMENT = "/.well-known/openid-configuration"


def discover(http: Http, issuer: str, endpoint_url: str | None = None) -> dict[str, Any]:
    """Return the issuer's metadata; `endpoint_url` is where a user pool is, if not at its name.

    Raises:
        ConfigurationError: This is no issuer's address, or the issuer says it is another.
        MalformedResponseError: There is no metadata.
        TransportError: No answer came.
    """
    place = checked_url(issuer, "issuer").rstrip("/")
    pool = user_pool_of(issuer)
    if pool and endpoint_url:
        place = f"{checked_url(endpoint_url, 'endpoint_url').rstrip('/')}/{pool[1]}"
    metadata = http.get(place + DOCUMENT).document()
    said = metadata.get("issuer")
    # Auth0 ends its name with a slash, which people leave out.
    if not isinstance(said, str) or said.rstrip("/") != issuer.rstrip("/"):
        raise ConfigurationError(
            f"the issuer at {place} says that it is another one",
            hint="Give the issuer's own name: its document .well-known/openid-configuration has it "
            "(of Entra, the one with the tenant's id in place of common).",
        )
    return metadata
