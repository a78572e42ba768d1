"""The troubleshooting page must match the error catalog, and have an anchor for every reason."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from troubleshooting_page import PAGE, render_page

from cognito_credentials import errors
from cognito_credentials._core import error_catalog

ROOT = Path(__file__).parents[2]


def reasons_in_code() -> set[str]:
    classes = {
        value.reason
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.CognitoCredentialsError)
    }
    arguments = {
        reason
        for path in (ROOT / "src/cognito_credentials/_core").glob("*.py")
        for reason in re.findall(r'reason="([a-z-]+)"', path.read_text())
    }
    return (classes | arguments) - {"error"}  # The base class is never raised.


def test_the_page_matches_the_catalog() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_page(), "run `make docs`"


def test_every_reason_is_in_the_catalog_and_has_an_anchor() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    anchors = [heading for heading in headings if re.fullmatch(r"[a-z-]+", heading)]
    assert sorted(anchors) == sorted(reasons_in_code())
    assert {entry.reason for entry in error_catalog.ENTRIES} == reasons_in_code()


def test_errors_end_with_the_url_of_their_anchor() -> None:
    error = errors.ConfigurationError("region is empty", hint="Set it.")
    assert str(error).endswith(f"Set it. See {errors.TROUBLESHOOTING_URL}#configuration")


def test_the_errors_and_the_metadata_name_the_same_site() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["urls"]["Documentation"] + "troubleshooting.html" == errors.TROUBLESHOOTING_URL
