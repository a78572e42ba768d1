"""SHA-256 of texts: names of keys, and what tokens are known by."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Python's own, as the standard library's `random` takes it: hashlib loads OpenSSL, which is a
# seventh of the time of a process that finds its credentials in a store.
MODULES = ("_sha2" if sys.version_info >= (3, 12) else "_sha256", "hashlib")


def sha256_hex(text: str) -> str:
    """Return the digest of a text, in hex; of any text, what is no Unicode too."""
    return str(_module().sha256(text.encode(errors="surrogatepass")).hexdigest())


def _module() -> Any:
    for name in MODULES:
        try:
            return __import__(name)
        except ModuleNotFoundError:
            continue
    raise ModuleNotFoundError(MODULES[-1])
