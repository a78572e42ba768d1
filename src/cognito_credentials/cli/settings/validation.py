"""What each setting may be, said before anybody is asked: of the option, variable or key it came from.

The library checks its arguments, too, in the words of who writes Python. What comes from a command
line, a variable or a profile is refused here, so that those words are never met.
"""

from __future__ import annotations

import os
import re
import shlex
from contextlib import suppress

from cognito_credentials._config.aws_files import in_credentials_file, profiles_with
from cognito_credentials._core import endpoints
from cognito_credentials._core.endpoints import shown
from cognito_credentials.cli.settings.login_sources import secret_of
from cognito_credentials.cli.settings.resolution import SETTINGS
from cognito_credentials.errors import ConfigurationError, CredentialsUnavailableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.cli.settings.resolution import Selection

__all__ = ["check_address", "check_settings"]

ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
LONGEST_NUMBER = 6
MOST_NAMES = 8


def check_settings(selection: Selection) -> None:
    """Refuse settings that no provider can be made of.

    Raises:
        ConfigurationError: One is wrong or missing; the message names it and where it was given.
    """
    values = selection.values
    if "identity_id" in values:
        endpoints.check_identity_id(values["identity_id"], selection.named("identity_id"))
    elif "identity_pool_id" in values:
        endpoints.check_identity_pool_id(
            values["identity_pool_id"], selection.named("identity_pool_id")
        )
    else:
        raise _no_pool(selection)
    _check_region(selection)
    for name in ("custom_role_arn", "role_arn"):
        if name in values:
            _check_role(selection, name)
    _check_flow(selection)
    if "account_id" in values and not ACCOUNT_ID.fullmatch(values["account_id"]):
        raise ConfigurationError(
            f"{selection.named('account_id')} is {shown(values['account_id'])}, which is not the id "
            "of an AWS account",
            hint="It has 12 digits, with zeros in front where it needs them.",
        )
    if "client_secret" in values:
        secret_of(selection)
    with suppress(CredentialsUnavailableError):  # who is not signed in yet may be soon
        selection.logins()


def check_address(endpoint_url: str | None, region: str | None) -> None:
    """Refuse an endpoint or a region that cannot be one.

    Raises:
        ConfigurationError: The message names the option.
    """
    if endpoint_url is not None:
        from cognito_credentials._config import validators

        try:
            validators.endpoint(endpoint_url, "option --endpoint-url")
        except ConfigurationError as error:
            error.hint = "Write it as in https://HOST or http://127.0.0.1:PORT, or leave it out."
            raise
    if region is not None:
        endpoints.check_region(region, "option --region")


def _check_region(selection: Selection) -> None:
    region = selection.client_config().get("region")
    own = endpoints.get_region(selection.id)
    if region is not None and region != own:
        raise ConfigurationError(
            f"option --region is {region!r}, but the id says {own!r}",
            hint="An identity pool answers in its own region only: leave --region out.",
        )


def _check_role(selection: Selection, name: str) -> None:
    from cognito_credentials._core.basic import ROLE_ARN

    value = selection.values[name]
    if not ROLE_ARN.fullmatch(value):
        raise ConfigurationError(
            f"{selection.named(name)} is {shown(value)}, which is not the ARN of a role",
            hint="It looks like arn:aws:iam::123456789012:role/NAME.",
        )


def _check_flow(selection: Selection) -> None:
    """Refuse what belongs to the flow that is not taken, and a duration that STS would refuse."""
    values = selection.values
    if "role_arn" in values and "custom_role_arn" in values:
        raise ConfigurationError(
            f"{selection.named('custom_role_arn')} and {selection.named('role_arn')} are given "
            "together",
            hint="--custom-role-arn is one of the roles of a token, in the enhanced flow; --role-arn "
            "takes the basic flow. Leave one of the two out.",
        )
    if "duration" not in values:
        return
    if "role_arn" not in values:
        raise ConfigurationError(
            f"{selection.named('duration')} is given without a role for the basic flow",
            hint="The enhanced flow gives an hour; --role-arn takes the basic flow.",
        )
    from cognito_credentials._core.basic import LONGEST_SESSION, SHORTEST_SESSION

    text = values["duration"]
    is_number = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    if not (is_number and SHORTEST_SESSION <= int(text) <= LONGEST_SESSION):
        raise ConfigurationError(
            f"{selection.named('duration')} is {shown(text)}: it must be a whole number of seconds "
            f"from {SHORTEST_SESSION} to {LONGEST_SESSION}",
            hint="900 are 15 minutes, 43200 are 12 hours; the role's own maximum counts as well.",
        )


def _no_pool(selection: Selection) -> ConfigurationError:
    """Say what the profile has instead, and which ones have a pool."""
    from cognito_credentials.cli.aws_config.credential_sources import find_other_sources
    from cognito_credentials.cli.aws_config.role_chain import find_source_profile

    profile = selection.profile
    others = find_other_sources(profile.values)
    first = find_source_profile(os.environ, profile)
    names = profiles_with(os.environ, "cognito_identity_pool_id", "cognito_identity_id")
    if not profile.values and in_credentials_file(os.environ, profile.name) is not None:
        others = ["its keys in the AWS credentials file"]
    if others:
        message = (
            f"profile {profile.name} gets its credentials otherwise ({', '.join(others)}), and "
            "cognito_identity_pool_id is missing in it"
        )
        hint = f"AWS tools use such a profile by themselves (AWS_PROFILE={profile.name}). "
        if first.name in names:
            option = f"--profile {shlex.quote(first.name)}"
            hint += (
                f"It begins with the pool's credentials of profile {first.name}: take {option} for "
                f"these; cognito-credentials doctor {option} checks them."
            )
            return ConfigurationError(message, hint=hint)
        hint += (
            "For a pool's credentials, take a profile that has cognito_identity_pool_id, or give "
            "--identity-pool-id REGION:GUID."
        )
    else:
        message = "no identity pool is named" + (f" in {profile.source}" if profile.values else "")
        hint = SETTINGS["identity_pool_id"].step("REGION:GUID")
    if 0 < len(names) <= MOST_NAMES:
        hint += f" Profiles here that have one: {', '.join(names)}."
    return ConfigurationError(message, hint=hint)
