"""Text from issuers, made safe for messages."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["printable_text"]

MAX_TEXT_LENGTH = 300
MIN_SECRET_LENGTH = 4  # removing a shorter secret would garble every message


def printable_text(text: object, secrets: Iterable[str] = ()) -> str:
    """Return text on one line, limited in length, without the secrets.

    Args:
        text: Text of an issuer. Anything but a string results in an empty string.
        secrets: Values that the issuer may have repeated.
    """
    result = text if isinstance(text, str) else ""
    for secret in secrets:
        if len(secret) >= MIN_SECRET_LENGTH:
            result = result.replace(secret, "…")
    return "".join(c if c.isprintable() else " " for c in result)[:MAX_TEXT_LENGTH].strip()
