"""Validation of issuer URLs, and recognition of user pools.

Every process that uses a login imports this module, so the modules that it imports must load fast.
"""

from __future__ import annotations

from cognito_credentials._config.validators import endpoint, without_userinfo
from cognito_credentials._core import loopback
from cognito_credentials._core.endpoints import is_cognito_id
from cognito_credentials._core.login_providers import derive_provider_name, is_user_pool
from cognito_credentials._validation import format_value
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.logins import user_pool

__all__ = ["normalize_issuer", "parse_user_pool", "require_secure_url"]


def normalize_issuer(text: str, name: str = "issuer") -> str:
    """Return the URL of an issuer, given as a user pool ID, or as a URL with or without https://.

    Args:
        text: The issuer as the user entered it.
        name: Name of the issuer setting in error messages.

    Raises:
        ConfigurationError: If the text is neither a user pool ID nor a URL that is safe for tokens.
    """
    text = text.strip()
    if "://" in text:
        return require_secure_url(text, name)
    host = text.partition("/")[0]
    is_host = "." in host or (":" in host and "_" not in host) or host == "localhost"
    try:
        return require_secure_url(f"https://{text if is_host else user_pool(text)}", name)
    except ConfigurationError:
        hint = "As the issuer, use a URL such as https://login.example.com, or a user pool ID such as us-east-1_Example."
        if is_cognito_id(text):
            hint = f"Pass the identity pool ID as --identity-pool-id. {hint}"
        raise ConfigurationError(
            f"{name} must be a URL or a user pool ID, not {format_value(without_userinfo(text))}",
            hint=hint,
        ) from None


def require_secure_url(
    url: object, name: str, *, allow_query: bool = False, allow_this_machine: bool = True
) -> str:
    """Return a URL to which tokens can be sent safely: https, or http to this machine.

    Args:
        url: The URL to validate.
        name: Name of the URL in error messages.
        allow_query: Whether the URL may have a query, as OAuth endpoints may (RFC 6749 section
            3.1).
        allow_this_machine: Whether the URL may name this machine. Pass False for a URL from a
            remote server, which must not direct requests to local programs.

    Raises:
        ConfigurationError: If the URL is invalid or not safe.
    """
    query = ""
    if allow_query and isinstance(url, str):
        url, mark, query = url.partition("?")
        query = mark + query
    address = endpoint(url, name)
    if address.startswith("http:") and not (
        allow_this_machine and loopback.is_loopback_url(address)
    ):
        raise ConfigurationError(
            f"{name} must start with https://, not {format_value(address)}",
            hint="Use https. Without TLS, anyone on the network could sign in as you. Only URLs of "
            "this machine, such as http://127.0.0.1:8080, may start with http://.",
        )
    if not allow_this_machine and _may_be_loopback(loopback.get_host(address)):
        raise ConfigurationError(
            f"{name} must not name this machine: {format_value(address)}",
            hint="Correct the metadata of the issuer.",
        )
    return address + query


def _may_be_loopback(host: str) -> bool:
    """Return True if a host is this machine, in any notation that resolvers accept."""
    import ipaddress
    import socket

    host = host.rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        # `inet_aton` accepts notations such as 127.1 or 0x7f000001.
        host = str(ipaddress.IPv4Address(socket.inet_aton(host)))
    except (OSError, ValueError):
        host = host.partition("%")[0]
    return loopback.is_loopback(host) or host in ("0.0.0.0", "::")  # noqa: S104 - these addresses are rejected


def parse_user_pool(issuer: str) -> tuple[str, str] | None:
    """Return the region and the ID of the user pool, or None if the issuer is not a user pool."""
    name = derive_provider_name(issuer)
    if not is_user_pool(name):
        return None
    host, _, pool_id = name.partition("/")
    return host.split(".")[1], pool_id
