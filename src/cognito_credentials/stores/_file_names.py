"""Names of the files in which a `FileStore` stores entries."""

from __future__ import annotations

from cognito_credentials._core.digests import sha256_hex

__all__ = ["file_name"]

SUFFIX = ".json"
# The characters of keys that are digests or belong to guests. In names, two of these characters are
# replaced, because not every file system accepts them. Upper-case letters are excluded, because
# some file systems ignore case.
PLAIN_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.:/")
TO_FILE_NAME = str.maketrans(":/", "+,")
# With the suffixes of an entry and of its temporary file, a name has at most 143 bytes, which is
# the limit of eCryptfs.
MAX_PLAIN_CHARACTERS = 117


def file_name(key: str) -> str:
    """Return the name of the file for a key. No two keys have the same name.

    The key of a guest and a key that is a digest become part of the name. Any other key, for example
    a key with a user identifier, is replaced by its digest, which is slower, because hashlib has to
    be imported.
    """
    is_plain = len(key) <= MAX_PLAIN_CHARACTERS and PLAIN_CHARACTERS.issuperset(key)
    # A digest has no colon.
    name = key.translate(TO_FILE_NAME) if is_plain and ":" in key else sha256_hex(key)
    return name + SUFFIX
