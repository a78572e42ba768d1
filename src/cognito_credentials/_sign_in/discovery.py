"""Metadata of an issuer (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

from cognito_credentials._external_text import MAX_NAME_LENGTH, clean_text
from cognito_credentials._sign_in.issuers import parse_user_pool, require_secure_url
from cognito_credentials._sign_in.members import get_flag, get_list
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._sign_in.http import HttpClient

__all__ = ["discover", "metadata_base_url"]

METADATA_PATH = "/.well-known/openid-configuration"
LIST_MEMBERS = ("scopes_supported", "token_endpoint_auth_methods_supported")
FLAG_MEMBERS = ("authorization_response_iss_parameter_supported",)


def discover(http: HttpClient, issuer: str, endpoint_url: str | None = None) -> dict[str, Any]:
    """Return the metadata of an issuer.

    Args:
        http: HTTP client for the request.
        issuer: URL of the issuer.
        endpoint_url: URL of the user pool API; None for the default URL.

    Raises:
        ConfigurationError: If a URL is invalid, or if the metadata names another issuer or no
            issuer.
        MalformedResponseError: If the response contains no metadata, or a member has the wrong type.
        TransportError: If no response arrived.
    """
    base_url = metadata_base_url(issuer, endpoint_url)
    metadata = http.get(base_url + METADATA_PATH).json_object()
    declared = metadata.get("issuer")
    # An Auth0 issuer's name ends with a slash, which users often omit.
    if not isinstance(declared, str) or declared.rstrip("/") != issuer.rstrip("/"):
        name = clean_text(declared, max_length=MAX_NAME_LENGTH)
        raise ConfigurationError(
            f"the metadata at {base_url} must name the issuer {issuer}, "
            + (f"not {name}" if name else "but names no issuer"),
            hint="Set the issuer to the name in its .well-known/openid-configuration document. "
            "For Microsoft Entra, replace 'common' in the URL with the tenant ID.",
        )
    place = f"the metadata of {issuer}"
    lists = {name: get_list(metadata, name, place) for name in LIST_MEMBERS}
    flags = {name: get_flag(metadata, name, place) for name in FLAG_MEMBERS}
    return {**metadata, **lists, **flags}


def metadata_base_url(issuer: str, endpoint_url: str | None = None) -> str:
    """Return the URL to which `METADATA_PATH` is appended; for the arguments, see `discover`."""
    base_url = require_secure_url(issuer, "issuer").rstrip("/")
    pool = parse_user_pool(issuer)
    if pool and endpoint_url:
        base_url = f"{require_secure_url(endpoint_url, 'endpoint_url').rstrip('/')}/{pool[1]}"
    return base_url
