"""The authorization token of an endpoint, and the file that passes it to clients.

The file is readable by its owner only. The token never appears in a command line, which other users
can read, and appears in a variable only on request (`exec --token-variable`), since many programs
print their environment. The file has no trailing newline, because the SDKs reject a header value
with a newline.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress

from cognito_credentials.errors import ConfigurationError

__all__ = ["generate_token", "load_or_create_token", "write_private_file"]

# 22 characters of Base64 are at least 128 bits. All accepted characters are valid in an HTTP
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


def load_or_create_token(path: str) -> str:
    """Return the token in a file; if the file is missing, create it with a new token.

    Raises:
        ConfigurationError: If the file cannot be created, other users can access it, or it does not
            contain a token.
        OSError: If the file cannot be read.
    """
    from cognito_credentials.stores._private_files import UnusableFileError, read

    try:
        contents = read(path)
        if contents is None:
            _create_file(path, generate_token())
            contents = read(path)
    except UnusableFileError as error:
        raise ConfigurationError(
            f"token file {path} cannot be used: {error}",
            hint=f"If the file contains the token, run: chmod 600 {path}. Otherwise, name another "
            "file; a missing file is created.",
        ) from None
    if contents is None or not _TOKEN.fullmatch(contents):
        raise ConfigurationError(
            f"token file {path} does not contain a valid token: 22 to 1024 letters, digits and "
            "-._~+/= without a newline",
            hint="Name another file; a missing file is created.",
        )
    return contents.decode()


def _create_file(path: str, token: str) -> None:
    """Create a token file; of several concurrent processes, only one succeeds."""
    from cognito_credentials.stores._private_files import replace

    unfinished = f"{path}.{generate_token()}.new"
    try:
        write_private_file(unfinished, token.encode())
        try:
            os.link(unfinished, path)
        except FileExistsError:
            pass  # Another process created the file first; its token is used.
        except OSError:  # The file system has no hard links.
            replace(path, token.encode())
    except OSError as error:
        raise ConfigurationError(
            f"token file {path} cannot be created: {error.strerror}",
            hint="Create the directory of the file, or name another file.",
        ) from None
    finally:
        with suppress(OSError):
            os.unlink(unfinished)
