"""What an issuer says of itself (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

from cognito_credentials._core.login_keys import is_user_pool, key_of_issuer
from cognito_credentials._sign_in.http import checked_url
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.logins import user_pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._sign_in.http import Http

__all__ = ["discover", "issuer_of", "user_pool_of"]

DOCUMENT = "/.well-known/openid-configuration"


def issuer_of(text: str) -> str:
    """Return the address of an issuer; a user pool's id stands for the pool's.

    Raises:
        ConfigurationError: This is neither.
    """
    text = text.strip()
    if "://" not in text and "_" in text and "/" not in text and "." not in text:
        return f"https://{user_pool(text)}"
    if "://" not in text:
        text = f"https://{text}"
    return checked_url(text, "issuer")


def user_pool_of(issuer: str) -> tuple[str, str] | None:
    """Return region and id of the user pool that an issuer is, or None."""
    key = key_of_issuer(issuer)
    if not is_user_pool(key):
        return None
    host, _, pool_id = key.partition("/")
    return host.split(".")[1], pool_id


def discover(http: Http, issuer: str, endpoint_url: str | None = None) -> dict[str, Any]:
    """Return the issuer's metadata; `endpoint_url` is where a user pool is, if not at its name.

    Raises:
        ConfigurationError: The issuer is not what it says it is.
        MalformedResponseError: There is no metadata.
        TransportError: No answer came.
    """
    place = issuer.rstrip("/")
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
