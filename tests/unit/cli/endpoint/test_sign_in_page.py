"""The page that redirects to the sign-in page; tests/cli/signing_in opens it in a browser."""

from __future__ import annotations

import tempfile
from contextlib import suppress

import pytest

from cognito_credentials.cli.endpoint import sign_in_page

URL = "https://login.example.com/authorize?a=1&state=s&b='x'\"><script>"


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """Replace the browser with a list of the paths that are opened in it."""
    paths: list[str] = []
    monkeypatch.setattr(sign_in_page, "_start_browser", paths.append)
    return paths


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


def test_the_page_is_private_and_removed_afterwards(opened, temporary, capsys):
    with sign_in_page.make_page_opener() as open_page:
        open_page(URL)
        (page,) = temporary.glob("*/*")
        assert page.stat().st_mode & 0o777 == 0o600
        assert page.parent.stat().st_mode & 0o777 == 0o700
        assert "<script" not in page.read_text()
    assert opened == [str(page)]
    assert list(temporary.iterdir()) == []
    assert URL in capsys.readouterr().err


def test_the_page_is_removed_after_an_error(opened, temporary):
    with suppress(ZeroDivisionError), sign_in_page.make_page_opener() as open_page:
        open_page(URL)
        raise ZeroDivisionError
    assert list(temporary.iterdir()) == []


def test_the_url_is_printed_if_no_page_can_be_written(opened, temporary, capsys):
    temporary.rmdir()
    with sign_in_page.make_page_opener() as open_page:
        open_page(URL)
    assert opened == []
    assert URL in capsys.readouterr().err


def test_nothing_is_written_before_the_url_is_known(temporary):
    with sign_in_page.make_page_opener():
        assert list(temporary.iterdir()) == []
