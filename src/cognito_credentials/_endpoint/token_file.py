"""The authorization token of an endpoint, and the file that passes the token to clients.

Only its owner can read the file. The token never appears on a command line, which other users can
read. The token appears in an environment variable only on request (`exec --token-variable`),
because many programs print their environment. The file has no trailing newline, because the SDKs
reject a header value with a newline.

Each endpoint has a new token, because after an endpoint ends, another user could listen on its port
and receive the token that programs still send.
"""

from __future__ import annotations

import os
import re

from cognito_credentials.errors import ConfigurationError

__all__ = ["generate_token", "replace_token", "write_private_file"]

# 22 Base64 characters encode at least 128 bits. All accepted characters are valid in an HTTP
# header.
_TOKEN = re.compile(rb"[A-Za-z0-9._~+/=-]{22,1024}")


def generate_token() -> str:
    """Return a random token of 256 bits."""
    import secrets

    return secrets.token_urlsafe(32)


def write_private_file(path: str, contents: bytes) -> str:
    """Create a file that only this user can read, and return its path.

    Raises:
        FileExistsError: If the file exists.
        OSError: If the file cannot be written.
    """
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(contents)
    return path


def replace_token(path: str, token: str) -> None:
    """Write a token to a file that only this user can read, replacing an earlier token.

    Raises:
        ConfigurationError: If the file cannot be written, if other users can access the existing
            file, or if the existing file contains anything but a token.
    """
    from cognito_credentials.stores._private_files import (
        UnusableFileError,
        make_parent,
        read,
        replace,
    )

    hint = "Name another file; a missing file is created with the correct permissions."
    try:
        _require_replaceable(read(path))
        make_parent(path)
        replace(path, token.encode())
    except UnusableFileError as error:
        raise ConfigurationError(
            f"the token file {path} cannot be used: {error}", hint=hint
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"the token file {path} cannot be written: {error.strerror}",
            hint="Create the directory of the file, or name another file.",
        ) from None


def _require_replaceable(contents: bytes | None) -> None:
    """Check that the contents are empty or only a token; None means that there is no file.

    Raises:
        UnusableFileError: If the contents are anything else.
    """
    from cognito_credentials.stores._private_files import UnusableFileError

    if contents and not _TOKEN.fullmatch(contents):
        raise UnusableFileError("it does not contain a token")
