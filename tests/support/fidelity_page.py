"""The content of docs/fidelity.md, which `make docs` generates from the tables of the tests."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import botocore.loaders
from fidelity.behaviors import BEHAVIORS
from fidelity.omissions import COMPARISON, NOT_EMULATED
from fidelity.texts import OTHER_TEXTS, STS_TEXTS
from service_errors import LOGINS, MALFORMED, OPERATION_ROWS, VALIDATION, Evidence
from service_errors.rows import NO_ID, ROLE
from service_texts import MAPPING_KEY, USER_POOL

from cognito_credentials.emulator.identity.model import find_input_shape, is_public_operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fidelity.entries import ListedText
    from service_errors import RawRow, Row

PAGE = Path(__file__).parents[2] / "docs" / "fidelity.md"
OPERATIONS: list[str] = sorted(
    botocore.loaders.Loader().load_service_model("cognito-identity", "service-2")["operations"]
)

_INTRODUCTION = """\
# Fidelity of the emulator

This page lists the error messages and the behaviors of the [emulator](emulator.md), and the evidence that Amazon Cognito
identity pools respond and behave in the same way. The project has no access to an AWS account: the evidence consists of
responses that others published, and of the documentation of AWS.

| Evidence | Meaning |
| --- | --- |
| confirmed | An AWS response with this code and this text was published for this condition, or the behavior was recorded in AWS. |
| documented | AWS documents the error, the limit or the behavior. The text of an error has not been seen. |
| code only | The error code was recorded in AWS. The text is the emulator's own. |
| inferred | Deduced from related evidence, such as the same error of another operation. |
| invented | No evidence was found. The emulator has to respond in some way, and AWS may respond in another way. |

Do not write code that depends on the wording of a message, unless the wording is confirmed. If you
have an AWS response that differs from this page, please report it.

Each error and each behavior is tested. If a table of errors has no column `Test`, its requests are
tested by [test_service_texts.py](../tests/emulator/test_service_texts.py), which sends each request
to the emulator and compares the code, the text and the HTTP status. In a text, `<Name>` stands for
a parameter of the request, and `<now>` for the time in seconds. The HTTP status of the errors of
Amazon Cognito Identity is 400.

Sources in the form `amplify-js#2301` are issues and pull requests on GitHub. `stackd`
([radkawar/stackd](https://github.com/radkawar/stackd)) and `cdk-preflight`
([badmintoncryer/cdk-preflight](https://github.com/badmintoncryer/cdk-preflight)) recorded AWS responses in 2026.
`ministack` ([ministackorg/ministack](https://github.com/ministackorg/ministack)) is another emulator. "Published
response" means that the response was quoted in a forum, an article or a public paste."""

_EVERY_OPERATION = """\
Each violated constraint of the API reference has a text of the same form, in every operation. If a constraint is
violated, the emulator does not look up the identity pool."""

_LOGIN_TOKENS = """\
GetId, GetCredentialsForIdentity, GetOpenIdToken, UnlinkIdentity and GetOpenIdTokenForDeveloperIdentity verify login
tokens in the same way. The order in which AWS checks the issuer, the application, the signature and the expiration of a
token is not known."""

_COMPARISON = """\
The table shows the state of November 2026. [Differences from moto and ministack](emulator-differences.md) lists more
details, and [Migrating to the emulator](migrating-to-the-emulator.md) describes how to change tests that use one of the
other emulators."""

_TEXT_HEADER = ("Condition", "Code", "Text", "Evidence", "Source")
_LISTED_HEADER = ("Condition", "Code", "Text", "Evidence", "Test")
_BEHAVIOR_HEADER = ("Behavior", "Evidence", "Test")
_MAX_REPETITIONS = 20
_PLACEHOLDERS = {
    MAPPING_KEY: "<user pool>:<client>",
    USER_POOL: "<user pool>",
    NO_ID: "<IdentityPoolId>",
    ROLE: "<RoleArn>",
    "<survivor>": "<IdentityId>",
}


def page() -> str:
    """Return the whole page."""
    parts = [_INTRODUCTION, "## Summary", _summary()]
    parts += [
        "## Errors common to all operations",
        _EVERY_OPERATION,
        _texts([*VALIDATION, *MALFORMED]),
        _listed(OTHER_TEXTS),
    ]
    parts += ["## Login token errors", _LOGIN_TOKENS, _texts(LOGINS)]
    parts += ["## Errors specific to each operation", *map(_operation, OPERATIONS)]
    parts += ["## AWS STS errors in the basic flow", _listed(STS_TEXTS)]
    parts.append("## Behaviors")
    for topic, behaviors in BEHAVIORS.items():
        rows = (
            (each.text, _evidence(each.evidence, each.source), _link(each.test))
            for each in behaviors
        )
        parts.append(f"### {topic}\n\n{_table(_BEHAVIOR_HEADER, rows)}")
    parts += ["## Not emulated", _table(("Subject", "Difference from AWS"), NOT_EMULATED)]
    parts += ["## Other emulators", _COMPARISON, _table(COMPARISON[0], COMPARISON[1:])]
    return "\n\n".join(parts) + "\n"


def _summary() -> str:
    texts = [row.evidence for row in (*VALIDATION, *MALFORMED, *LOGINS, *OPERATION_ROWS)]
    texts += [text.evidence for text in (*OTHER_TEXTS, *STS_TEXTS)]
    behaviors = [each.evidence for group in BEHAVIORS.values() for each in group]
    counts = Counter(texts), Counter(behaviors)
    rows = [(each, *(str(count[each]) for count in counts)) for each in Evidence]
    return _table(("Evidence", "Error conditions", "Behaviors"), rows)


def _operation(name: str) -> str:
    needed = "no signature" if is_public_operation(name) else "a signature"
    introduction = f"This operation needs {needed}."
    if "Logins" in find_input_shape(name)["members"]:
        introduction += " It can also return the [login token errors](#login-token-errors)."
    parts = [f"### {name}", introduction]
    rows = [row for row in OPERATION_ROWS if row.operation == name]
    parts.append(
        _texts(rows)
        if rows
        else "Only the [common errors](#errors-common-to-all-operations) occur."
    )
    return "\n\n".join(parts)


def _texts(rows: Sequence[Row | RawRow]) -> str:
    lines = (
        (
            describe_condition(row.title),
            f"`{row.code}`",
            _code(row.message),
            row.evidence,
            row.source,
        )
        for row in rows
    )
    return _table(_TEXT_HEADER, dict.fromkeys(lines))


def _listed(texts: Iterable[ListedText]) -> str:
    lines = (
        (
            describe_condition(each.condition),
            f"`{each.code}`" if each.code else "",
            _code(each.text),
            _evidence(each.evidence, each.source),
            _link(each.test),
        )
        for each in texts
    )
    return _table(_LISTED_HEADER, lines)


def _evidence(evidence: Evidence, source: str) -> str:
    return f"{evidence} ({source})" if source else evidence


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name.rpartition('::')[2]}](../{path})"


def _code(text: str) -> str:
    """Return a text as code, without long repetitions."""
    text = _replace_names(text)
    return "`" + re.sub(rf"(\w)\1{{{_MAX_REPETITIONS},}}", r"\1…", text) + "`"


def describe_condition(title: str) -> str:
    """Return the condition under which an error occurs, in the form for the page."""
    text = _replace_names(title)
    return text[0].upper() + text[1:]


def _replace_names(text: str) -> str:
    for name, placeholder in _PLACEHOLDERS.items():
        text = text.replace(name, placeholder)
    return text


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
