"""`explain` must recognize every warning that the library logs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from cases import check_each

import cognito_credentials
from cognito_credentials.cli.explanations.log_warnings import LOG_WARNINGS
from cognito_credentials.cli.explanations.lookup import explain

SOURCES = Path(cognito_credentials.__file__).parent
# Functions that log their first argument as a warning.
FUNCTIONS = {"logs.warning", "self._warn", "self.store.warn_once"}


def constant_texts():
    """Yield the warnings in the source code, with a file name in place of each parameter."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in FUNCTIONS:
                continue
            text = node.args[0]
            if isinstance(text, ast.Constant) and re.match("[A-Z]", text.value):
                yield re.sub("%[sd]", "a.json", text.value)


def logged_warnings():
    return [
        *(text for text in sorted(set(constant_texts())) if not text.startswith("No credentials")),
        "The fixed token in logins['accounts.google.com'] expires at 2027-01-01T00:00:00Z, before",
        "The fixed token in logins['accounts.google.com'] expired at 2027-01-01T00:00:00Z, so",
    ]


@check_each("text", logged_warnings)
def test_every_logged_warning_is_known(text):
    explanation = explain(f"WARNING:cognito_credentials:{text}")
    assert explanation is not None
    assert explanation.meaning in {known.meaning for known in LOG_WARNINGS}


def test_an_error_in_the_same_output_is_more_important():
    warning = "Credential store unavailable (OSError); continuing without it."
    error = "cognito-credentials: NotAuthorizedException: Token is not from a supported provider"
    explanation = explain(f"{warning}\n{error}")
    assert explanation is not None
    assert explanation.reason
