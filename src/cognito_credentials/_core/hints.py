"""Hints that name settings as parameters for developers, and as options for users of the command.

Developers see a hint in a traceback and pass parameters. Users of the command see it after `Next:`
and pass options. A `Hint` is written once, with a named placeholder for each setting, and is
rendered for both:

    >>> hint = Hint("Check {endpoint_url} and {host}.", host="proxy.example.com")
    >>> str(hint)
    'Check endpoint_url and proxy.example.com.'
    >>> hint.for_command
    'Check --endpoint-url and proxy.example.com.'

`RENDERINGS` lists the placeholders. Pass every other value by keyword; braces in values are not
interpreted. Write a literal brace twice. If developers and users have to take different steps, pass
a separate template for the command: `Hint("Raise request_timeout.", for_command="Try again.")`.

A hint that is the same for developers and users is a plain string. A module that is imported before
the first credentials are fetched imports `Hint` in the function that raises the error, not at the
top of the file.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

__all__ = ["OPTIONS", "PARAMETERS", "RENDERINGS", "Hint"]

# Maps each placeholder to its wording for developers and its wording for users of the command.
RENDERINGS = {
    "basic_flow": ("basic_flow", "--role-arn"),
    "client_cert": ("client_cert", "a client certificate"),
    "custom_role_arn": ("custom_role_arn", "--custom-role-arn"),
    "duration_seconds": ("duration_seconds", "--duration"),
    "endpoint_url": ("endpoint_url", "--endpoint-url"),
    "host_setting": (
        "the region in the ID or endpoint_url",
        "the region in the ID or --endpoint-url",
    ),
    "fresh_token": (
        "a callable that returns a fresh token, such as FileToken or CommandToken,",
        "a --login source that always provides a fresh token",
    ),
    "logins": ("logins=...", "--login ..."),
    "pool_provider": ("from_cognito_identity_pool", "--identity-pool-id without --identity-id"),
    "session_policy": ("the policy and policy_arns of BasicFlow", "the session policy"),
    "sign_in": (
        "Pass a login (logins=...)",
        "Sign in with `cognito-credentials login`, or pass a login (--login ...)",
    ),
    "sts_endpoint_url": ("sts_endpoint_url", "--endpoint-url"),
}
PARAMETERS = {name: parameter for name, (parameter, _) in RENDERINGS.items()}
OPTIONS = {name: option for name, (_, option) in RENDERINGS.items()}


class Hint(str):
    """String with the wording for developers; `for_command` returns the wording for the command.

    Immutable and picklable, like every string.
    """

    __slots__ = ("_command_template", "_template", "_values")

    _template: str
    _command_template: str
    _values: dict[str, object]

    def __new__(cls, template: str, /, *, for_command: str | None = None, **values: object) -> Self:
        hint = super().__new__(cls, _fill(template, PARAMETERS, values))
        hint._template = template
        hint._command_template = template if for_command is None else for_command
        hint._values = values
        return hint

    @property
    def for_command(self) -> str:
        """The hint in the wording for the command, with options instead of parameters."""
        return self.render_for_command({})

    def render_for_command(self, renderings: Mapping[str, str]) -> str:
        """Return the wording for the command, with `renderings` instead of the options."""
        return _fill(self._command_template, {**OPTIONS, **renderings}, self._values)

    @property
    def has_command_template(self) -> bool:
        """Whether the command has a separate template."""
        return self._command_template != self._template

    def render(self, renderings: Mapping[str, str]) -> str:
        """Return the wording for developers, with `renderings` instead of the parameters."""
        return _fill(self._template, renderings, self._values)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self._template, self._command_template, self._values)


def _rebuild(template: str, for_command: str, values: dict[str, object]) -> Hint:
    return Hint(template, for_command=for_command, **values)


class _Fields(dict[str, object]):
    def __missing__(self, name: str) -> str:
        # A misspelled placeholder must not hide the error that the hint explains.
        return f"{{{name}}}"


def _fill(template: str, renderings: Mapping[str, str], values: Mapping[str, object]) -> str:
    return template.format_map(_Fields(renderings, **values))
