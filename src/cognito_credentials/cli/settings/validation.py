"""Validation of settings, before any request is made.

The library's error messages refer to parameters by name. This module therefore validates the
command's settings, with messages that name the option, the variable or the line in the profile.
"""

from __future__ import annotations

import os
import shlex

from cognito_credentials._config.aws_files import list_profiles, read_credentials_profile
from cognito_credentials._core import endpoints
from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.settings.login_sources import login_suppliers, secret_supplier
from cognito_credentials.cli.settings.names import COGNITO_SETTINGS, client_config, hint_to_set
from cognito_credentials.cli.settings.related_settings import reject_tokens_of_other_pool
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._config.aws_files import Profile
    from cognito_credentials.cli.settings.resolution import Settings

__all__ = ["validate"]

MAX_LISTED_PROFILES = 8


def validate(settings: Settings) -> None:
    """Check that a credential provider can be built from the settings.

    Raises:
        ConfigurationError: If a setting is missing or invalid, or conflicts with another setting.
            The message names the source of the setting.
    """
    values = settings.values
    if not settings.cognito_id:
        raise _missing_pool_error(settings.profile)
    for name, value in values.items():
        COGNITO_SETTINGS[name].check(value, settings.source_of(name))
    _check_region(settings)
    _check_flow(settings)
    if source := settings.source_text("client_secret"):
        secret_supplier(source)
    if settings.has_issuer or "logins" in values:
        reject_tokens_of_other_pool(settings)
    login_suppliers(settings.source_text("logins"))
    if settings.has_issuer:
        from cognito_credentials.cli.settings.sessions import session_key

        session_key(settings.sign_in)


def _check_region(settings: Settings) -> None:
    expected = client_config(settings.connection).get("region")
    region = endpoints.get_region(settings.cognito_id)
    if expected is not None and expected != region:
        raise ConfigurationError(
            f"option --region is {expected!r}, but the ID begins with {region!r}",
            hint="Omit --region, or pass the ID of a pool in that region.",
        )


def _check_flow(settings: Settings) -> None:
    """Reject roles for both flows, and a duration without the basic flow."""
    values = settings.values
    if "role_arn" in values and "custom_role_arn" in values:
        raise ConfigurationError(
            f"{settings.label('custom_role_arn')} and {settings.label('role_arn')} cannot be used together",
            hint="Use --custom-role-arn to request one of the roles in the ID token, or --role-arn "
            "to use the basic flow.",
        )
    if "duration" in values and "role_arn" not in values:
        raise ConfigurationError(
            f"{settings.label('duration')} requires the basic flow",
            hint="Add --role-arn to use the basic flow, or omit the duration. Credentials from the "
            "enhanced flow are always valid for an hour.",
        )


def _missing_pool_error(profile: Profile) -> ConfigurationError:
    """Return the error for settings without a pool; its hint lists profiles that have a pool."""
    from cognito_credentials.cli.aws_config.credential_sources import find_other_sources

    profiles = list_profiles(
        os.environ, *(COGNITO_SETTINGS[name].key for name in ("identity_pool_id", "identity_id"))
    )
    others = find_other_sources(profile.values)
    if not profile.values and read_credentials_profile(os.environ, profile.name) is not None:
        others = ["access keys in the AWS credentials file"]
    key = COGNITO_SETTINGS["identity_pool_id"].key
    if others:
        message = (
            f"profile {profile.name} has no {key}. Its credentials come from {' and '.join(others)}"
        )
        hint, is_complete = _hint_for_other_source(profile, profiles)
        if is_complete:
            return ConfigurationError(message, hint=hint)
    else:
        message = "no identity pool is configured"
        message += f" in {profile.source}" if profile.values else ""
        hint = hint_to_set(COGNITO_SETTINGS["identity_pool_id"], "REGION:UUID")
    if 0 < len(profiles) <= MAX_LISTED_PROFILES:
        hint += f" Profiles with an identity pool: {', '.join(profiles)}."
    return ConfigurationError(message, hint=hint)


def _hint_for_other_source(profile: Profile, profiles: list[str]) -> tuple[str, bool]:
    """Return the hint for a profile with other credentials, and whether it names the next step."""
    from cognito_credentials.cli.aws_config.role_chain import find_source_profile

    hint = f"Use the profile with AWS tools directly (AWS_PROFILE={profile.name})."
    first = find_source_profile(os.environ, profile)
    if first.name in profiles:
        option = f"--profile {shlex.quote(first.name)}"
        return (
            f"{hint} Its role chain begins with profile {first.name}. Pass {option} for the "
            f"credentials of the identity pool, or run `{PROGRAM} doctor {option}` to check them."
        ), True
    key = COGNITO_SETTINGS["identity_pool_id"].key
    return (
        f"{hint} For credentials from an identity pool, select a profile with {key}, or pass "
        "--identity-pool-id REGION:UUID."
    ), False
