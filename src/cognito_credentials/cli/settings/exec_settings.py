"""The settings of `exec`, passed to the program in a variable so that `whoami` can use them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cognito_credentials.cli.settings.names import OPTION_SETTINGS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping, MutableMapping

__all__ = ["SETTINGS_VARIABLE", "export_settings", "import_settings"]

SETTINGS_VARIABLE = "_COGNITO_CREDENTIALS_SETTINGS"
_PROFILE_VARIABLES = OPTION_SETTINGS["profile"].variables


def export_settings(options: Namespace, environment: Mapping[str, str]) -> str:
    """Return the value of SETTINGS_VARIABLE: the options, and the profile in the environment.

    The value contains no secret, because the option for a login names the source of its token.

    Args:
        options: The options of `exec`.
        environment: The environment of `exec`.
    """
    option_values = {name: value for name in OPTION_SETTINGS if (value := vars(options).get(name))}
    profile = next(filter(None, map(environment.get, _PROFILE_VARIABLES)), None)
    return json.dumps({"options": option_values, "profile": profile})


def import_settings(options: Namespace, environment: MutableMapping[str, str]) -> None:
    """Use the settings of the surrounding `exec`, unless the user selects others.

    Args:
        options: The options of the subcommand; updated in place.
        environment: The environment of the subcommand; updated in place.
    """
    text = environment.get(SETTINGS_VARIABLE)
    selects_profile = any(map(environment.get, _PROFILE_VARIABLES))
    if not text or selects_profile or any(map(vars(options).get, OPTION_SETTINGS)):
        return
    try:
        settings = json.loads(text)
        option_values, profile = dict(settings["options"]), settings["profile"]
    except (LookupError, TypeError, ValueError):
        return
    for name in OPTION_SETTINGS:
        setattr(options, name, option_values.get(name))
    if isinstance(profile, str):
        environment[_PROFILE_VARIABLES[0]] = profile
