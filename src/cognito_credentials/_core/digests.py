"""SHA-256 digests of texts, for the names of keys and to compare tokens without storing them."""

from __future__ import annotations


def sha256_hex(text: str) -> str:
    """Return the digest of a text in hexadecimal; lone surrogates are accepted."""
    # Imported here, because hashlib loads OpenSSL, which takes 2 ms, and only stores need digests.
    import hashlib

    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
