"""What to do about an error, for who uses the command.

The library's hints are for who writes Python. Most are right for both, once the arguments that they
name have the names of options; those that are not are said here in other words, by the error's
`reason`, or by the hint itself where a reason has several.
"""

from __future__ import annotations

import errno
import re

from cognito_credentials._core.hints import Hint
from cognito_credentials.errors import TransportError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.errors import CognitoCredentialsError

__all__ = ["after_system_error", "next_step", "with_options"]

_SIGN_IN_AGAIN = (
    "Sign in again, and let the file, variable or command of --login give the new ID token; "
    "`cognito-credentials login` signs in and keeps the session fresh by itself."
)
_DEVELOPERS_OWN = (
    "An identity pool made this token, for a developer's own sign-in, which this command does not "
    "have. Give the ID token of the one who signed the user in."
)
# In place of whatever hint there is.
_BY_REASON = {
    "login-token-expired": _SIGN_IN_AGAIN,
    "malformed-policy-document": "Look at the session policy: IAM does not take it.",
    "too-many-requests": "The account's quota for the region is used up: try again in a moment, or "
    "ask AWS for a higher one.",
}
# Where there is none.
_OTHERWISE = {
    "configuration": "`cognito-credentials doctor` shows each setting, and where it came from.",
    "credentials-unavailable": "Sign in with cognito-credentials login, or give --login KEY=@FILE.",
    "login-token": "Look at what --login names: it must give the token, and nothing else.",
    "login-token-rejected": "Sign in again, and give the ID token as it was issued.",
    "malformed-response": "Something between here and the service answered in its place: check "
    "--endpoint-url and any proxy.",
    "refresh-timeout": "Try again: another process has had its turn for too long.",
}
_DOCTOR = "`cognito-credentials doctor`, with the same options, looks at everything on the way."
# Arguments of the library, as options; and what only a program can do.
_OPTIONS = {
    " (login_from_id_token does so by itself)": "",
    ", or give it more time (request_timeout)": ", or try again",
    "; connect_timeout gives it more time": "",
    "Tokens belong in logins": "A token belongs into what --login names",
    "its key in logins": "its key for --login",
    "basic_flow": "--role-arn",
    "client_cert": "a client certificate",
    "custom_role_arn": "--custom-role-arn",
    "duration_seconds": "seconds (--duration)",
    "from_cognito_identity_pool": "--identity-pool-id, in place of --identity-id,",
    "logins=...": "a login (--login, or cognito-credentials login)",
}
_ARGUMENTS = re.compile("|".join(map(re.escape, _OPTIONS)))


def next_step(error: CognitoCredentialsError) -> str:
    """Return what to do next; never empty."""
    if isinstance(error.hint, Hint):
        return error.hint.for_command
    if step := _BY_REASON.get(error.reason):
        return step
    if not error.hint:
        if isinstance(error, TransportError):
            return f"Try again. {_DOCTOR}"
        return _OTHERWISE.get(error.reason, _DOCTOR)
    if "DeveloperIdentity" in error.hint:
        return _DEVELOPERS_OWN
    return with_options(error.hint)


def with_options(hint: str) -> str:
    """Return a hint with the names of options in place of those of the library's arguments."""
    return _ARGUMENTS.sub(lambda found: _OPTIONS[found[0]], hint)


def after_system_error(error: OSError) -> str:
    """Return what to do where the operating system refuses a file; what is noted at the error first."""
    notes: list[str] = getattr(error, "__notes__", [])
    if notes:
        return " ".join(notes)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "This user may not do that: see to the rights of the file and of its folder."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Make room on that disk."
    return "Look at that file, at its folder and at the space on the disk."
