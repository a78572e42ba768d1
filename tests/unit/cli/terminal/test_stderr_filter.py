from __future__ import annotations

import io
import sys
import threading

import pytest

from cognito_credentials._core import logs
from cognito_credentials.cli.terminal.stderr_filter import pass_on

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
def test_what_was_said_is_passed_on(line, capsys):
    pass_on(line)
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
def test_what_looks_like_a_token_is_left_out(secret, capsys, never_printed):
    pass_on(f"refused: {never_printed(secret)}, sign in")
    assert capsys.readouterr().err == "refused: …, sign in\n"


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
def test_what_is_called_a_secret_is_left_out(before, secret, after, capsys, never_printed):
    pass_on(f"{before}{never_printed(secret)}{after}")
    assert capsys.readouterr().err == f"{before}…{after}\n"


def test_a_token_that_is_cut_into_lines_is_left_out(capsys, never_printed):
    token = never_printed(JWT[:36] + "aB3-" * 16)
    for line in (token[:36], token[36:68], token[68:]):
        pass_on(line)
    assert capsys.readouterr().err == "…\n" * 3


def test_it_cannot_steer_the_terminal(capsys):
    pass_on("a\033[2Jb\r")
    assert capsys.readouterr().err == "a?[2Jb?\n"


def test_in_another_thread_nothing_is_said(capsys):
    thread = threading.Thread(target=lambda: pass_on("a"))
    thread.start()
    thread.join(30)
    assert capsys.readouterr().err == ""


def test_what_is_waited_for_makes_room(capsys, monkeypatch):
    class Watcher:
        def make_room(self):
            sys.stderr.write("room ")

    monkeypatch.setattr(logs, "watchers", [Watcher()])
    pass_on("a")
    assert capsys.readouterr().err == "room a\n"


def test_a_reader_who_has_gone_is_no_error(monkeypatch):
    gone = io.StringIO()
    gone.close()
    monkeypatch.setattr(sys, "stderr", Gone(gone))
    pass_on("a")


class Gone:
    encoding = "utf-8"

    def __init__(self, stream):
        self.stream = stream

    def isatty(self):
        return False

    def write(self, text):
        self.stream.write(text)
