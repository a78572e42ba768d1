"""Output and errors of `serve` in this process; tests/cli/test_serve.py runs child processes."""

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


@pytest.mark.parametrize("is_per_user", [False, True])
def test_instructions_contain_the_variables(is_per_user: bool):
    human = serve.format_instructions(VARIABLES, "human", is_per_user=is_per_user)
    assert all(name in human and value in human for name, value in VARIABLES.items())
    assert ("NAME" in human) is is_per_user
    lines = serve.format_instructions(VARIABLES, "env", is_per_user=is_per_user).splitlines()
    assert [line[: len("export AWS_")] for line in lines] == ["export AWS_"] * 2


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--host", "0.0.0.0"], "--host"),
        (["--port", "70000"], "--port"),
        (["--identity-id", IDENTITY, "--per-user"], "option --identity-id"),
        (["--user", "ada", "--per-user"], "option --user"),
    ],
)
def test_an_invalid_option_is_named(
    words: list[str],
    name: str,
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
    assert name in err.splitlines()[0]
    assert err.splitlines()[1].startswith("Next: ")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_token_file_that_others_can_read_is_rejected(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("_COGNITO_CREDENTIALS_CHAIN", "")
    file = tmp_path / "token"
    file.write_text("0123456789abcdefghijkl")
    file.chmod(0o644)
    assert main(["serve", "--identity-pool-id", POOL, "--token-file", str(file)]) == 2
    assert "Name another file" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_recorded_even_if_its_exception_is_lost(number: signal.Signals):
    before = signal.getsignal(number)
    with serve._stop_on_signals() as received:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert received == [number]
    assert signal.getsignal(number) is before
