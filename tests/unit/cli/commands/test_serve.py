"""What serve prints and refuses; it serves in tests/cli, in processes of its own."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from harness import IDENTITY, POOL

from cognito_credentials.cli.commands import serve
from cognito_credentials.cli.program import main

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES = {
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:8899/credentials",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": '/home of/o\'hara/$x "y"\\z/token',
}


def test_people_read_the_variables_as_they_are():
    for is_for_users in (False, True):
        human = serve._shown(VARIABLES, "human", is_for_users=is_for_users)
        assert all(name in human and value in human for name, value in VARIABLES.items())
        assert ("in place of NAME" in human) is is_for_users
        lines = serve._shown(VARIABLES, "env", is_for_users=is_for_users).splitlines()
        assert [line[: len("export AWS_")] for line in lines] == ["export AWS_"] * 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "--host must be"),
        (["--port", "70000"], "--port must be"),
        (["--identity-id", IDENTITY, "--per-user"], "identity_id (option --identity-id)"),
        (["--user", "ada", "--per-user"], "user (option --user)"),
    ],
)
def test_a_mistake_is_named(
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
):
    monkeypatch.setenv("_COGNITO_CREDENTIALS_CHAIN", "")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    before = signal.getsignal(signal.SIGTERM)
    assert main(["serve", "--identity-pool-id", POOL, *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err.splitlines()[0]
    assert err.splitlines()[1].startswith("Next: ")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_token_file_of_others_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("_COGNITO_CREDENTIALS_CHAIN", "")
    file = tmp_path / "token"
    file.write_text("0123456789abcdefghijkl")
    file.chmod(0o644)
    assert main(["serve", "--identity-pool-id", POOL, "--token-file", str(file)]) == 2
    assert f"chmod 600 {file}" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_noted_even_where_its_exception_is_lost(number: signal.Signals):
    before = signal.getsignal(number)
    with serve._ended_by_signals() as came:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert came == [number]
    assert signal.getsignal(number) is before
