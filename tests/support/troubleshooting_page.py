"""The content of docs/troubleshooting.md, which `make docs` generates from the error catalog."""

from __future__ import annotations

import re
from pathlib import Path

from cognito_credentials._core import error_catalog
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog.sign_in_errors import SIGN_IN_ERRORS
from cognito_credentials._core.hints import OPTIONS, PARAMETERS, Hint
from cognito_credentials.cli.explanations.log_warnings import LOG_WARNINGS
from cognito_credentials.cli.explanations.service_messages import SERVICE_MESSAGES
from cognito_credentials.cli.explanations.tool_messages import TOOL_MESSAGES

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"

INTRODUCTION = """\
# Troubleshooting

<!-- Written by `make docs` from the error catalog; change the catalog instead of this page. -->

Every error has a `reason`, a short identifier that stays the same between versions, and a `hint`, which
explains how to solve the problem. An error message ends with the link to its reason on this page. Find the reason below, or let the command look up the whole message:

```console
$ cognito-credentials explain "NotAuthorizedException: Logins don't match. Please include …"
```

If the cause is not obvious, [`cognito-credentials doctor`](cli/doctor.md) tests every step from the
settings to the credentials.

In Python, all errors are subclasses of `CognitoCredentialsError`; `str(error)` contains the message, the
hint and the link. `cognito_credentials.errors` lists the classes.

```python
from cognito_credentials import CognitoCredentialsError

try:
    credentials = provider.cached().get()
except CognitoCredentialsError as error:
    print(error.reason, error)
```
"""

WARNINGS = """\
## Warnings in the log

The library logs these warnings with the logger `cognito_credentials`, once per outage or entry. The call
continues: a store or a cache that fails is treated as empty. Only an invalid setting, such as a
wrong password, key or directory of a store, raises `ConfigurationError`.
"""

SIGN_IN = """\
## Issuer and user pool errors

An issuer or a user pool rejected a sign-in or a refresh. The errors are raised as `LoginTokenError`.
"""

MESSAGES = """\
## Messages of AWS services and tools

These messages come from other AWS operations, or from the tools that use the credentials.
`cognito-credentials explain` also recognizes their wording in other AWS SDKs.
"""
EXAMPLE_ACTION = "ec2:RunInstances"  # Cognito does not permit this service for guests.

SECTIONS = (
    (
        "Errors before a request",
        "cognito-credentials raises these errors itself, before it sends anything.",
        error_catalog.NOT_SENT,
    ),
    (
        "Errors without a usable response",
        "Amazon Cognito or AWS STS could not be reached, or the response cannot be used.",
        error_catalog.NO_RESPONSE,
    ),
    (
        "Amazon Cognito errors",
        "Amazon Cognito rejected the request. The class is named after the error code, or is a subclass.",
        error_catalog.COGNITO_ERRORS,
    ),
    (
        "AWS STS and signed-request errors",
        (
            "AWS STS rejected a request of the basic flow, or AWS rejected the signed "
            "request that a back end sends for a `DeveloperIdentity`."
        ),
        (*error_catalog.STS_ERRORS, *error_catalog.SIGNING_ERRORS, error_catalog.UNKNOWN_ERROR),
    ),
)
# A setting is shown as its Python parameter, followed by its command-line option. For the other
# placeholders, the page has separate hints for Python and for the command.
WORDINGS = {
    name: f"`{parameter}` (`{OPTIONS[name]}`)"
    for name, parameter in PARAMETERS.items()
    if OPTIONS[name].startswith("--") and " " not in OPTIONS[name]
}
CODE = re.compile(r"(`[^`]*`)|(--[a-z][a-z-]*|https://|(?<![\w\"])(?!_)\w+_\w+(?:=[\w.]*\w)?)")


def render_page() -> str:
    """Return the page."""
    parts = [INTRODUCTION, _contents()]
    for title, introduction, reasons in _sections():
        parts += [f"## {title}\n\n{introduction}\n", *map(_render_reason, reasons)]
    parts += [SIGN_IN, *map(_render_sign_in_error, SIGN_IN_ERRORS), MESSAGES]
    meanings = {entry.meaning for entry in error_catalog.ENTRIES}
    parts += [
        _render_known_error(known)
        for known in (*SERVICE_MESSAGES, *TOOL_MESSAGES)
        if known.meaning not in meanings
    ]
    parts += [WARNINGS, *map(_render_known_error, LOG_WARNINGS)]
    return "\n".join(parts)


def _sections():
    """Yield each section's title, introduction and reasons; no reason is in two sections."""
    seen: set[str] = set()
    for title, introduction, entries in SECTIONS:
        reasons = [
            reason for reason in dict.fromkeys(e.reason for e in entries) if reason not in seen
        ]
        seen.update(reasons)
        yield title, introduction, reasons


def _contents() -> str:
    lines = []
    for title, _, reasons in _sections():
        links = ", ".join(f"[`{reason}`](#{reason})" for reason in reasons)
        lines.append(f"- {title}: {links}")
    return "\n".join(lines) + "\n"


def _render_reason(reason: str) -> str:
    """Return the section of a reason; its heading is the anchor that error messages link to."""
    entries = [entry for entry in error_catalog.ENTRIES if entry.reason == reason]
    raised_as = dict.fromkeys(map(_describe_class, entries))
    lines = [f"### {reason}", "", f"Raised as {', '.join(raised_as)}.", ""]
    distinct = {entry.meaning: entry for entry in entries}.values()
    for entry in distinct:
        if entry.example:
            lines += [f"**Message:** `{entry.example}`", ""]
        elif len(distinct) > 1:
            lines += ["**Any other message**", ""]
        lines += [
            _code(entry.meaning),
            "",
            *_render_advice(entry.causes, entry.next_step(CallContext())),
        ]
    return "\n".join(lines)


def _describe_class(entry) -> str:
    name = entry.error.__name__
    return f"`{name}`" if entry.code in ("", name) else f"`{name}` (error code `{entry.code}`)"


def _render_sign_in_error(entry) -> str:
    message = ": ".join(filter(None, (entry.code, entry.example)))
    return "\n".join(
        [
            f"**Message:** `{message}`",
            "",
            _code(entry.meaning),
            "",
            *_render_advice(entry.causes, entry.next_step(CallContext())),
        ]
    )


def _render_known_error(known) -> str:
    step = known.next_step if isinstance(known.next_step, str) else known.next_step(EXAMPLE_ACTION)
    return "\n".join(
        [
            f"**Message:** `{known.example}`",
            "",
            _code(known.meaning),
            "",
            *_render_advice(known.causes, step),
        ]
    )


def _render_advice(causes, step: str) -> list[str]:
    lines = ["Common causes:", "", *(f"- {_code(cause)}" for cause in causes), ""] if causes else []
    if not isinstance(step, Hint):
        return [*lines, f"**What to do:** {_code(step)}", ""]
    text = step.render(WORDINGS)
    if not step.has_command_template and not any(f"{{{name}}}" in text for name in PARAMETERS):
        return [*lines, f"**What to do:** {_code(text)}", ""]
    return [
        *lines,
        f"**What to do in Python:** {_code(step)}",
        "",
        f"**What to do with the command:** {_code(step.for_command)}",
        "",
    ]


def _code(text: str) -> str:
    """Return the text with options and identifiers in backticks."""
    return CODE.sub(lambda found: found[1] or f"`{found[2]}`", text)


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
