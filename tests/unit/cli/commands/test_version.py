from __future__ import annotations

import platform

import pytest

from cognito_credentials.cli.program import main


@pytest.mark.parametrize("word", ["version", "--version"])
def test_version_of_the_program_and_of_python(word, capsys):
    assert main([word]) == 0
    name, version, *rest = capsys.readouterr().out.split()
    assert name == "cognito-credentials"
    assert version[0].isdecimal()
    assert rest[:2] == ["Python", platform.python_version()]
