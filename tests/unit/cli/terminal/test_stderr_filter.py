from __future__ import annotations

import io
import sys
import threading

import pytest
from wait_displays import recorded_waits

from cognito_credentials.cli.terminal.stderr_filter import print_redacted

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl-_"


@pytest.mark.parametrize(
    "line",
    [
        "curl: (6) Could not resolve host: login.example.com",
        "/srv/projects/Company/identity/tools/get-token: line 3: no session for us-east-1_Example",
        "Error when retrieving credentials from custom-process: profile game is not there",
        "pool us-east-1:1699ebc0-7900-4099-b910-2df94f52a030",
        "no token: sign in first",
        "the token file ~/token is missing",
        "Basic authentication failed",
    ],
)
def test_lines_without_secrets_are_printed_unchanged(line, capsys):
    print_redacted(line)
    assert capsys.readouterr() == ("", f"{line}\n")


@pytest.mark.parametrize(
    "secret",
    [
        JWT,
        "0123456789abcdef0123456789abcdef01234567",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "QWxhZGRpbjpvcGVuIHNlc2FtZSAwMTIzNDU2Nzg5Cg==",
        "wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY",
        "123456789012345|AbCdEfGhIjKlMnOpQrStUvWxYz0",
        "abcdefgh12345678abcdefgh12345678zz",
    ],
)
def test_text_that_looks_like_a_token_is_removed(secret, capsys, never_printed):
    print_redacted(f"rejected: {never_printed(secret)}, sign in")
    assert capsys.readouterr().err == "rejected: …, sign in\n"


@pytest.mark.parametrize(
    ("before", "secret", "after"),
    [
        ("+ curl -d client_secret=", "swordfish", " https://login.example.com"),
        ("> Authorization: Bearer ", "abc.def-ghi", ""),
        ("+ login --password ", "hunter2hunter", " --user ann"),
        ('{"refresh_token": ', '"not long', '", "expires_in": 3600}'),
        ("GET https://example.com/callback?code=", "shortword", ""),
        ("unable to access 'https://", "ann:hunter", "@git.example.com/'"),
    ],
)
def test_text_after_the_name_of_a_secret_is_removed(before, secret, after, capsys, never_printed):
    print_redacted(f"{before}{never_printed(secret)}{after}")
    assert capsys.readouterr().err == f"{before}…{after}\n"


def test_a_token_split_over_lines_is_removed(capsys, never_printed):
    token = never_printed(JWT[:36] + "aB3-" * 16)
    for line in (token[:36], token[36:68], token[68:]):
        print_redacted(line)
    assert capsys.readouterr().err == "…\n" * 3


def test_control_characters_are_escaped(capsys):
    print_redacted("a\033[2Jb\rc\r")
    assert capsys.readouterr().err == "a\\x1b[2Jb c\n"


def test_lines_from_other_threads_are_discarded(capsys):
    thread = threading.Thread(target=lambda: print_redacted("a"))
    thread.start()
    thread.join(30)
    assert capsys.readouterr().err == ""


def test_a_line_clears_the_display_of_waits(capsys):
    with recorded_waits() as events:
        print_redacted("a")
    assert events == [("clear",)]


def test_a_closed_standard_error_is_ignored(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", Stream(closed))
    print_redacted("a")


class Stream:
    encoding = "utf-8"

    def __init__(self, stream):
        self.stream = stream

    def isatty(self):
        return False

    def write(self, text):
        self.stream.write(text)
