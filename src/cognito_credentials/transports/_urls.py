"""The parts of an endpoint's URL; urllib.parse would cost a cold process 10 ms."""

from __future__ import annotations

__all__ = ["authority_of", "split_url"]


def split_url(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host (IPv6 without brackets), port and path of a URL that config checked."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        host, port = authority, ""
    return (
        scheme,
        host.strip("[]").lower(),
        int(port or (443 if scheme == "https" else 80)),
        slash + path or "/",
    )


def authority_of(scheme: str, host: str, port: int) -> str:
    """Return host and port as the `Host` header and people write them."""
    name = f"[{host}]" if ":" in host else host
    return name if port == (443 if scheme == "https" else 80) else f"{name}:{port}"
