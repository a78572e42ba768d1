"""Which proxy stands before an endpoint: the rules of `NO_PROXY`, as curl and Python have them."""

from __future__ import annotations

from cognito_credentials._config.validators import without_userinfo
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.transports._urls import authority_of, split_url

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["place_of", "proxy_for", "split_login"]

HOW = "Write it (HTTPS_PROXY, HTTP_PROXY or proxies) as http://user:password@proxy.example:3128."


def proxy_for(url: str, proxies: Mapping[str, str] | None) -> str | None:
    """Return the URL of the proxy to use for a URL, or None to go there directly."""
    if not proxies:
        return None
    scheme, host, port, _ = split_url(url)
    proxy = proxies.get(scheme)
    if not proxy or _is_excepted(host, port, proxies.get("no", "")):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not proxy.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"The proxy for {scheme} is {without_userinfo(proxy)!r}: "
            "only http:// and https:// proxies are known.",
            hint=HOW,
        )
    if not _has_address(proxy):
        raise ConfigurationError(
            f"The proxy for {scheme} is {without_userinfo(proxy)!r}, which has no host or a port "
            "that is no number.",
            hint=HOW,
        )
    return proxy


def _has_address(proxy: str) -> bool:
    address = proxy.partition("://")[2].rpartition("@")[2].partition("/")[0]
    try:
        _, host, _, _ = split_url(f"http://{address}")
    except ValueError:
        return False
    return bool(host)


def split_login(proxy: str) -> tuple[str, dict[str, str]]:
    """Return a proxy's URL without its user name and password, and the header that holds them."""
    scheme, _, rest = proxy.partition("://")
    userinfo, at, address = rest.rpartition("@")
    if not at:
        return proxy, {}
    # Imported here: who has a proxy pays for its HTTP library anyway.
    from base64 import b64encode
    from urllib.parse import unquote_to_bytes

    # A login without a password ends in a colon as well (RFC 7617).
    user, _, password = userinfo.partition(":")
    login = b64encode(unquote_to_bytes(user) + b":" + unquote_to_bytes(password)).decode()
    return f"{scheme}://{address}", {"Proxy-Authorization": f"Basic {login}"}


def place_of(url: str, proxy: str | None) -> str:
    """Say where a request goes, for an error."""
    scheme, host, port, _ = split_url(url)
    place = authority_of(scheme, host, port)
    if proxy is None:
        return place
    return f"{place} through the proxy {proxy.rpartition('://')[2].rpartition('@')[2]}"


def _is_excepted(host: str, port: int, exceptions: str) -> bool:
    """Say whether a list excepts a host: `*`, a name and all below it, an address, a network.

    A name or address may have a port.
    """
    for entry in exceptions.replace(",", " ").lower().split():
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
