"""The guide to profiles has every setting, as the command reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cognito_credentials.cli.reporting import exit_status
from cognito_credentials.cli.settings.names import COGNITO_SETTINGS

PAGE = (Path(__file__).parents[2] / "docs" / "cli" / "profiles.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", COGNITO_SETTINGS.values(), ids=lambda setting: setting.name)
def test_each_setting_is_in_the_table(setting):
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| `{setting.option}`")]
    assert len(rows) == 1
    assert f"`{setting.variables[0]}`" in rows[0]
    assert f"`{setting.key}`" in rows[0]


def test_each_exit_status_is_in_the_table():
    for name in (
        "FAILED",
        "INVALID_SETTING",
        "NOT_SIGNED_IN",
        "REJECTED",
        "NO_RESPONSE",
        "INTERRUPTED",
    ):
        assert f"\n| {getattr(exit_status, name)} | " in PAGE
