"""Every error must be raised with a next step."""

from __future__ import annotations

import ast
import functools
import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from cases import check_each

import cognito_credentials
from cognito_credentials import errors
from cognito_credentials._sign_in.client import IssuerError

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(cognito_credentials.__file__).parent
# The errors in this file get their hint from `Setting.check`, which knows the source of the value.
WITHOUT_HINT = {"_config/validators.py"}
CLASSES = {
    name: kind
    for name, kind in {**vars(errors), "IssuerError": IssuerError}.items()
    if inspect.isclass(kind) and issubclass(kind, errors.CognitoCredentialsError)
}


@functools.cache
def raise_sites() -> list[tuple[str, ast.Call]]:
    return list(find_raise_sites())


def find_raise_sites() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                name = node.func.attr if isinstance(node.func, ast.Attribute) else name
                if name in CLASSES and path.relative_to(PACKAGE).as_posix() not in WITHOUT_HINT:
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno} {name}", node


def test_the_sites_are_found():
    sites = [site for site, _ in raise_sites()]
    assert len(sites) > 40
    assert {site.rpartition(" ")[2] for site in sites} >= {
        "TransportError",
        "RequestTimeoutError",
        "MalformedResponseError",
        "ExpiredOnArrivalError",
        "RefreshTimeoutError",
        "LoginTokenError",
        "CredentialsUnavailableError",
        "IssuerError",
    }


@check_each("site, call", raise_sites)
def test_every_error_is_created_with_a_hint(site: str, call: ast.Call):
    hints = [keyword.value for keyword in call.keywords if keyword.arg == "hint"]
    assert hints, "pass hint="
    assert not (isinstance(hints[0], ast.Constant) and not hints[0].value), "the hint is empty"
