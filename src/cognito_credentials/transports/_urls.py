"""Functions that split endpoint URLs and format their parts."""

from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["format_authority", "split_url", "to_ascii"]


def split_url(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and path of a validated URL.

    An IPv6 address is returned without brackets.
    """
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, parts.hostname or "", port, parts.path or "/"


def format_authority(scheme: str, host: str, port: int) -> str:
    """Return host and port as in the `Host` header: without the default port of the scheme."""
    name = f"[{host}]" if ":" in host else host
    return name if port == (443 if scheme == "https" else 80) else f"{name}:{port}"


def to_ascii(host: str) -> str:
    """Return the ASCII form of a host name, which DNS and HTTP use."""
    return host if host.isascii() else host.encode("idna").decode()
