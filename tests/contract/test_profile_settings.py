"""The pages must list every setting and every exit status, and contain only valid profiles."""

from __future__ import annotations

from configparser import RawConfigParser

import settings_page
from cases import check_each
from page_blocks import PAGES, ROOT, list_blocks

from cognito_credentials.cli.reporting import exit_status
from cognito_credentials.cli.settings.names import OPTION_SETTINGS


def test_the_tables_of_the_settings_are_generated_from_their_declaration():
    text = settings_page.PAGE.read_text(encoding="utf-8")
    assert text == settings_page.page(), "run `make docs`"


def test_the_tables_contain_every_name_of_every_setting():
    tables = settings_page.tables()
    for setting in settings_page.SETTINGS.values():
        for name in (*setting.variables, setting.key, setting.option):
            assert f"`{name}`" in tables or not name


def test_every_exit_status_is_in_the_table():
    page = (ROOT / "docs" / "cli" / "profiles.md").read_text(encoding="utf-8")
    for name in (
        "FAILED",
        "INVALID_SETTING",
        "NOT_SIGNED_IN",
        "REJECTED",
        "NO_RESPONSE",
        "INTERRUPTED",
    ):
        assert f"\n| {getattr(exit_status, name)} | " in page


@check_each("page", PAGES)
def test_the_profiles_on_a_page_contain_only_valid_settings(page: str):
    settings = {setting.key: setting for setting in OPTION_SETTINGS.values() if setting.key}
    for block in list_blocks(page, "ini"):
        parser = RawConfigParser()
        text = block.text if block.text.startswith("[") else f"[profile game]\n{block.text}"
        parser.read_string(text)
        for section in parser.sections():
            for key, value in parser.items(section):
                if key.startswith("cognito_"):
                    assert key in settings, f"{page}: {key}"
                    settings[key].check(value, f"profile {section} on {page}")
