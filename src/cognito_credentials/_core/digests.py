"""SHA-256 digests of strings, used in key names and to compare tokens without storing them."""

from __future__ import annotations


def sha256_hex(text: str) -> str:
    """Return the hexadecimal digest of a string, which may contain lone surrogates."""
    # Imported here, because hashlib loads OpenSSL, which takes 2 ms, and most
    # processes without a store need no digest.
    import hashlib

    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
