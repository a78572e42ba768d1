"""docs/cli/profiles.md must list every setting and every exit status."""

from __future__ import annotations

from cli_reference import PROFILES_PAGE, profiles_page

from cognito_credentials.cli.reporting import exit_status


def test_the_table_of_the_settings_is_generated_from_their_declaration():
    assert PROFILES_PAGE.read_text(encoding="utf-8") == profiles_page(), "run `make docs`"


def test_every_exit_status_is_in_the_table():
    page = PROFILES_PAGE.read_text(encoding="utf-8")
    for name in (
        "FAILED",
        "INVALID_SETTING",
        "NOT_SIGNED_IN",
        "REJECTED",
        "NO_RESPONSE",
        "INTERRUPTED",
    ):
        assert f"\n| {getattr(exit_status, name)} | " in page
