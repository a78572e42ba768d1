"""The token of an endpoint, and the file that hands it to those who may ask.

In a file of one user alone, never in the words of a command line, which others can read; in a
variable only where the user says so (`exec --token-variable`): programs print those. Without a
newline at its end, which SDKs refuse to send.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress

from cognito_credentials.errors import ConfigurationError

__all__ = ["generate_token", "load_or_create_token", "write_private_file"]

# 128 bits are 22 characters of base64. Only what any header may hold.
_TOKEN = re.compile(rb"[A-Za-z0-9._~+/=-]{22,1024}")


def generate_token() -> str:
    """Return a token of 256 bits."""
    import secrets

    return secrets.token_urlsafe(32)


def write_private_file(path: str, contents: bytes) -> str:
    """Write a new file that only this user can read, and return its path."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(contents)
    return path


def load_or_create_token(path: str) -> str:
    """Return the token in a file; where there is none, a new one is put there.

    Raises:
        ConfigurationError: The file cannot be made, is not this user's alone, or holds no token.
        OSError: It cannot be read.
    """
    from cognito_credentials.stores._private_files import UnusableFileError, read

    try:
        found = read(path)
        if found is None:
            _put(path, generate_token())
            found = read(path)
    except UnusableFileError as error:
        raise ConfigurationError(
            f"token file {path} is not to be used: {error}",
            hint="Name a file that is for this token alone: a missing one is made. If it is that, "
            f"close it with `chmod 600 {path}`.",
        ) from None
    if found is None or not _TOKEN.fullmatch(found):
        raise ConfigurationError(
            f"token file {path} holds no token: 22 to 1024 letters, digits and -._~+/= are one, "
            "without a newline",
            hint="Name another file: a missing one is made.",
        )
    return found.decode()


def _put(path: str, token: str) -> None:
    """Put a token where there is none; of several that do so at once, one succeeds."""
    from cognito_credentials.stores._private_files import replace

    unfinished = f"{path}.{generate_token()}.new"
    try:
        write_private_file(unfinished, token.encode())
        try:
            os.link(unfinished, path)
        except FileExistsError:
            pass  # another was faster: its token is the file's
        except OSError:  # a file system without links
            replace(path, token.encode())
    except OSError as error:
        raise ConfigurationError(
            f"token file {path} cannot be made: {error.strerror}",
            hint="Make its folder, or name another file.",
        ) from None
    finally:
        with suppress(OSError):
            os.unlink(unfinished)
