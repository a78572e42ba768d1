"""The parts of an endpoint's URL."""

from __future__ import annotations

from urllib.parse import urlsplit

__all__ = ["authority_of", "split_url"]


def split_url(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host (IPv6 without brackets), port and path of a URL that config checked."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, parts.hostname or "", port, parts.path or "/"


def authority_of(scheme: str, host: str, port: int) -> str:
    """Return host and port as the `Host` header and people write them."""
    name = f"[{host}]" if ":" in host else host
    return name if port == (443 if scheme == "https" else 80) else f"{name}:{port}"
