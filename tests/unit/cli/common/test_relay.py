from __future__ import annotations

import io
import sys
import threading

import pytest

from cognito_credentials._core import logs
from cognito_credentials.cli.common.relay import pass_on

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl-_"


@pytest.mark.parametrize(
    "line",
    [
        "curl: (6) Could not resolve host: login.example.com",
        "/srv/projects/Company/identity/tools/get-token: line 3: no session for us-east-1_Example",
        "Error when retrieving credentials from custom-process: profile game is not there",
        "pool us-east-1:1699ebc0-7900-4099-b910-2df94f52a030",
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
    ],
)
def test_what_looks_like_a_token_is_left_out(secret, capsys, never_printed):
    pass_on(f"refused: {never_printed(secret)}, sign in")
    assert capsys.readouterr().err == "refused: …, sign in\n"


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
