"""Wording of errors from configure, exec, serve, emulator and completion, and of serve's output."""

from __future__ import annotations

import io
import socket
import sys

import pytest
from golden import assert_golden
from harness import POOL
from special_files import make_special_file

from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.commands import serve
from cognito_credentials.cli.commands.process import CHAIN_VARIABLE
from cognito_credentials.cli.program import main

IDENTITY_POOL = f"--identity-pool-id {POOL}"
LINES = [
    "configure --profile game",
    f"configure --profile keys {IDENTITY_POOL}",
    f"configure --profile other {IDENTITY_POOL}",
    f"configure --profile game {IDENTITY_POOL} --user ADA",
    "exec",
    "exec game -- aws s3 ls",
    "exec game",
    f"serve {IDENTITY_POOL} --host 0.0.0.0",
    f"serve {IDENTITY_POOL} --port 70000",
    f"serve {IDENTITY_POOL} --per-user --user ada",
    "emulator --port 70000",
    "emulator --region nowhere",
    "emulator --account-id 1",
    "emulator --lifetime 0",
    "emulator --admin-file HOME/.aws/config",
    "emulator --admin-file HOME/pipe",
    "emulator --port IN_USE --account-id 999988887777",
    "completion bash",
]
CONFIG = "[profile game]\n[profile other]\ncredential_process = other\nsso_session = other\n"


def test_errors_of_subcommands(home, monkeypatch, capsys):
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    (home / ".aws" / "credentials").write_text("[keys]\naws_access_key_id = x\n")
    make_special_file(home / "pipe", "a named pipe")
    for module in ("argcomplete", "argcomplete.shell_integration"):
        monkeypatch.setitem(sys.modules, module, None)
    blocks = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        for line in LINES:
            monkeypatch.setenv(CHAIN_VARIABLE, "")
            monkeypatch.setattr("sys.stdin", io.StringIO())
            values = {"HOME": str(home), "IN_USE": port, "ADA": "ada\nbob"}
            words = line
            for name, value in values.items():
                words = words.replace(name, value.replace("\n", "\x00"))
            status = main([word.replace("\x00", "\n") for word in words.split(" ")])
            out, err = capsys.readouterr()
            assert out == ""
            text = err.replace(str(home), "HOME").replace(port, "IN_USE")
            blocks.append(f"$ {PROGRAM} {line}\n{text}(exit status {status})\n")
    assert_golden("subcommands", "\n".join(blocks))


@pytest.mark.parametrize("is_per_user", [False, True])
def test_instructions_of_serve(is_per_user):
    variables = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:8899/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "HOME/token",
    }
    text = serve.format_instructions(variables, "human", is_per_user=is_per_user)
    assert_golden(f"serve_{'users' if is_per_user else 'identity'}", f"{text}\n")
