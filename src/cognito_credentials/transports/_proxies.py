"""Selection of the proxy for an endpoint, with the `NO_PROXY` rules of curl and Python."""

from __future__ import annotations

from cognito_credentials._config.validators import without_userinfo
from cognito_credentials._validation import check_no_control_character
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.transports._urls import format_authority, split_url, to_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["describe_destination", "select_proxy", "split_credentials"]

PROXY_FORM = (
    "Set the proxy (HTTPS_PROXY, HTTP_PROXY or the parameter `proxies`) in the form "
    "http://user:password@proxy.example:3128."
)


def select_proxy(url: str, proxies: Mapping[str, str] | None) -> str | None:
    """Return the proxy URL for an endpoint URL, or None for a direct connection.

    Raises:
        ConfigurationError: If the URL of the proxy is invalid.
    """
    if not proxies:
        return None
    scheme, host, port, _ = split_url(url)
    proxy = proxies.get(scheme)
    if not proxy or _bypasses_proxy(host, port, proxies.get("no", "")):
        return None
    check_no_control_character(f"the proxy for {scheme}", proxy, is_secret=True, hint=PROXY_FORM)
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"the proxy for {scheme} must be an http:// or https:// URL, not "
            f"{without_userinfo(proxy)!r}",
            hint=PROXY_FORM,
        )
    if not _has_valid_address(proxy):
        raise invalid_address(scheme, proxy)
    return proxy


def invalid_address(scheme: str, proxy: str) -> ConfigurationError:
    """Return the error for a proxy whose host or port is invalid."""
    return ConfigurationError(
        f"the proxy for {scheme} must have a host and a numeric port, not "
        f"{without_userinfo(proxy)!r}",
        hint=PROXY_FORM,
    )


def split_credentials(proxy: str) -> tuple[str, dict[str, str]]:
    """Return the URL of a proxy without credentials, and the header that carries the credentials."""
    scheme, _, rest = proxy.partition("://")
    userinfo, at, address = rest.rpartition("@")
    if not at:
        return proxy, {}
    # Imported here, because only proxies need these modules. The HTTP library that a proxy requires
    # takes far longer to import.
    from base64 import b64encode
    from urllib.parse import unquote_to_bytes

    # The colon separates user name and password even if the password is empty (RFC 7617).
    user, _, password = userinfo.partition(":")
    credentials = b64encode(unquote_to_bytes(user) + b":" + unquote_to_bytes(password)).decode()
    return f"{scheme}://{address}", {"Proxy-Authorization": f"Basic {credentials}"}


def describe_destination(url: str, proxy: str | None) -> str:
    """Return the host and port of a URL, and of its proxy, for an error message."""
    scheme, host, port, _ = split_url(url)
    destination = format_authority(scheme, host, port)
    if proxy is None:
        return destination
    return f"{destination} through the proxy {proxy.rpartition('://')[2].rpartition('@')[2]}"


def _has_valid_address(proxy: str) -> bool:
    address = proxy.partition("://")[2].rpartition("@")[2].partition("/")[0]
    try:
        proxy.encode()  # An environment variable need not be valid UTF-8.
        _, host, _, _ = split_url(f"http://{address}")
        to_ascii(host)
    except ValueError:
        return False
    return bool(host)


def _bypasses_proxy(host: str, port: int, no_proxy: str) -> bool:
    """Return True if `NO_PROXY` lists the host.

    An entry is `*`, a domain (which includes its subdomains), an address, or a network. A domain or
    address may be followed by a port.
    """
    for entry in no_proxy.replace(",", " ").lower().split():
        if entry == "*":
            return True
        if "/" in entry:
            if _is_in_network(host, entry):
                return True
            continue
        name, colon, digits = entry.rpartition(":")
        if not colon or not digits.isdecimal() or (":" in name and not name.endswith("]")):
            name, digits = entry, ""
        name = name.strip("[]").lstrip("*").lstrip(".")
        if digits and int(digits) != port:
            continue
        if host == name or (name and host.endswith(f".{name}")):
            return True
    return False


def _is_in_network(host: str, network: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
