"""Detection of loopback addresses, and a warning about unencrypted requests to other hosts."""

from __future__ import annotations

from cognito_credentials._core import logs

__all__ = ["get_host", "is_loopback", "is_loopback_url", "warn_if_unencrypted"]

LOOPBACK_HOSTS = frozenset(("127.0.0.1", "::1", "localhost"))

# The keys are the hosts for which the warning has been logged.
_reported_hosts: dict[str, object] = {}


def is_loopback(host: str) -> bool:
    """Return True if a host name or an IP address certainly refers to this machine."""
    if host in LOOPBACK_HOSTS:
        return True
    import ipaddress  # Rarely needed: most URLs contain a host name.

    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def get_host(url: str) -> str:
    """Return the host of a URL, in lower case and without brackets; "" if there is none."""
    from urllib.parse import urlsplit

    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback_url(url: str) -> bool:
    """Return True if the host of a URL certainly refers to this machine."""
    return is_loopback(get_host(url))


def warn_if_unencrypted(url: str) -> None:
    """Log a warning, once per host, if requests to another machine are not encrypted."""
    if not url.startswith("http:") or is_loopback(host := get_host(url)):
        return
    mark = object()
    # If several threads reach this line at the same time, only one of them inserts its own mark.
    if _reported_hosts.setdefault(host, mark) is mark:
        logs.warning(
            "Requests to %s are not encrypted, because the endpoint URL starts with http://. Anyone on "
            "the network can read the login tokens and the credentials. Continuing without TLS.",
            host,
        )
