"""Next step after an error, with the option names of the command."""

from __future__ import annotations

import errno

from cognito_credentials._core.error_catalog import entry_for_reason
from cognito_credentials._core.error_catalog.next_steps import RUN_DOCTOR
from cognito_credentials._core.hints import Hint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.errors import CognitoCredentialsError

__all__ = ["command_wording", "next_step", "next_step_after_os_error"]


def next_step(error: CognitoCredentialsError) -> str:
    """Return the error's hint, or the next step from the catalog if it has none; never empty."""
    from cognito_credentials._core.call_context import CallContext

    hint = error.hint
    if not hint:
        entry = entry_for_reason(error.reason)
        hint = entry.next_step(CallContext()) if entry else RUN_DOCTOR
    return command_wording(hint)


def command_wording(hint: str) -> str:
    """Return a hint with names of options instead of names of parameters."""
    return hint.for_command if isinstance(hint, Hint) else hint


def next_step_after_os_error(error: OSError) -> str:
    """Return the next step after an `OSError`: the error's notes, or else general advice."""
    notes: list[str] = getattr(error, "__notes__", [])
    if notes:
        return " ".join(notes)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "Check the permissions of the file and of its directory."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free some space on the disk."
    return "Check the file, its directory and the free space on the disk."
