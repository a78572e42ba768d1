"""Names of the files in which a `FileStore` stores entries."""

from __future__ import annotations

from cognito_credentials._core.digests import sha256_hex

__all__ = ["file_name"]

SUFFIX = ".json"
# Characters that occur in the keys of guests and in digests. Two of these characters are replaced
# in file names, because some file systems do not accept them. Upper-case letters are excluded,
# because some file systems ignore case.
PLAIN_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.:/")
TO_FILE_NAME = str.maketrans(":/", "+,")
# With this limit, the name of a temporary file, including its suffixes, is at most 143 bytes long,
# as eCryptfs requires.
MAX_PLAIN_CHARACTERS = 117


def file_name(key: str) -> str:
    """Return the file name for a key; no two keys have the same file name.

    If the key belongs to a guest or consists of a digest, the file name contains the key itself.
    Any other key, for example one with a user identifier, is replaced with its digest. This is
    slower, because hashlib has to be imported.
    """
    is_plain = len(key) <= MAX_PLAIN_CHARACTERS and PLAIN_CHARACTERS.issuperset(key)
    # A translated key contains `+`, so it never equals the digest of another key.
    name = key.translate(TO_FILE_NAME) if is_plain and ":" in key else sha256_hex(key)
    return name + SUFFIX
