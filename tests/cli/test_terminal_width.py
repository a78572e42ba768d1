"""The command's output on terminals of different widths."""

from __future__ import annotations

import pytest
from terminal import run_on_terminal

from cognito_credentials.cli.terminal.layout import text_width

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize(
    "arguments",
    [
        ["help", "exec"],
        ["whoami", "--identity-pool-id", "eu-west-1_Example"],
        ["explain", "NotAuthorizedException: Logins don't match."],
        ["doctor", "--identity-pool-id", POOL, "--region", "eu-west-1"],
    ],
)
def test_the_output_fits_the_terminal(command, arguments, columns):
    _, output = run_on_terminal(command.environment, arguments, columns=columns)
    lines = output.replace("\r\n", "\n").splitlines()
    # A line may exceed the width only if it is a single word, such as a path.
    widths = [text_width(line) for line in lines if len(line.split()) > 1]
    assert columns / 2 < max(widths) <= columns
    assert "\033[32m" in output or arguments[0] == "help"


def test_a_terminal_of_unknown_size_gets_complete_lines(command):
    _, output = run_on_terminal(command.environment, ["whoami", "--region", "eu-west-1"])
    assert len(output.splitlines()) == 3


def test_the_columns_variable_takes_precedence(command):
    environment = command.environment | {"COLUMNS": "70"}
    _, output = run_on_terminal(environment, ["help", "exec"], columns=120)
    assert 60 < max(map(len, output.replace("\r\n", "\n").splitlines())) <= 70
