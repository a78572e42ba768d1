from __future__ import annotations

from argparse import Namespace

import pytest

from cognito_credentials.cli.settings.exec_settings import (
    SETTINGS_VARIABLE,
    export_settings,
    import_settings,
)
from cognito_credentials.cli.settings.names import OPTION_SETTINGS


def options(**given):
    return Namespace(**(dict.fromkeys(OPTION_SETTINGS) | given))


def test_the_options_and_the_profile_of_exec_are_selected():
    text = export_settings(options(user="ada", logins=["a.b=@c"]), {"AWS_PROFILE": "game"})
    inner, environment = options(), {SETTINGS_VARIABLE: text}
    import_settings(inner, environment)
    assert (inner.user, inner.logins, inner.region) == ("ada", ["a.b=@c"], None)
    assert environment["AWS_PROFILE"] == "game"


@pytest.mark.parametrize(
    ("given", "variables"), [({"profile": "other"}, {}), ({}, {"AWS_PROFILE": "other"})]
)
def test_another_selection_takes_precedence(given, variables):
    inner, environment = options(**given), dict(variables)
    environment[SETTINGS_VARIABLE] = export_settings(options(user="ada"), {})
    import_settings(inner, environment)
    assert inner.user is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"options": 1, "profile": null}'])
def test_an_unreadable_variable_is_ignored(text):
    inner = options()
    import_settings(inner, {SETTINGS_VARIABLE: text})
    assert inner == options()
