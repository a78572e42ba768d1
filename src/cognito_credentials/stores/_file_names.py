"""Names of the directory and the files in which a `FileStore` stores entries."""

from __future__ import annotations

import os

from cognito_credentials._core.digests import sha256_hex
from cognito_credentials._validation import format_value
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["check_path", "file_name"]

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


def check_path(path: Any) -> str:
    """Return the path of a store's directory.

    Raises:
        ConfigurationError: If `path` is not a path.
    """
    text = path.__fspath__() if hasattr(path, "__fspath__") else path
    if not isinstance(text, str) or not text or "\0" in text or not _is_encodable(text):
        raise ConfigurationError(
            f"path must name a directory, not {format_value(text)}",
            hint="If the path comes from an environment variable, check that the variable is set. Omit "
            "path to use the default directory.",
        )
    return text


def _is_encodable(path: str) -> bool:
    """Return False if a path contains characters that no file name can contain."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True
