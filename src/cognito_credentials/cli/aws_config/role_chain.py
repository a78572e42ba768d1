"""Lookup of the profile whose credentials assume the first role of a role chain.

`source_profile` is followed as in botocore: a profile may be its own source if it has access keys.
Otherwise, a profile may occur in the chain only once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_credentials._config.aws_files import load_profile, read_credentials_profile
from cognito_credentials.cli.aws_config.credential_sources import STATIC_KEYS, find_other_sources
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognito_credentials._config.aws_files import Profile

__all__ = ["find_source_profile"]

OWN_SOURCES = ("cognito_identity_pool_id", "cognito_identity_id", "credential_process")


def find_source_profile(environment: Mapping[str, str], profile: Profile) -> Profile:
    """Return the profile with which a role chain begins, or `profile` itself if it assumes no role.

    Raises:
        ConfigurationError: If the chain ends at a profile without credentials, contains a profile
            twice or names a missing profile, or if an AWS file cannot be parsed.
    """
    names, place = [profile.name], ""
    while True:
        values = {**profile.values, **(read_credentials_profile(environment, profile.name) or {})}
        source = values.get("source_profile")
        if not source or "role_arn" not in values:
            break
        place = profile.locate("source_profile")
        if source == profile.name and STATIC_KEYS[0] in values:
            return profile
        if source in names:
            raise _cycle_error([*names[names.index(source) :], source], place)
        names.append(source)
        profile = load_profile(environment, source, source=f"source_profile of {place}")
    if place and not find_other_sources(values) and not any(key in values for key in OWN_SOURCES):
        raise ConfigurationError(
            f"source_profile ({place}) names profile {profile.name}, which has no credentials",
            hint=f"Add an identity pool to profile {profile.name} with `cognito-credentials configure`, "
            "or name another profile.",
        )
    return profile


def _cycle_error(names: list[str], place: str) -> ConfigurationError:
    is_own_source = len(names) == 2  # noqa: PLR2004 - the list contains the profile twice
    return ConfigurationError(
        f"source_profile ({place}) names its own profile, which has no access keys"
        if is_own_source
        else f"source_profile ({place}) closes a cycle of profiles: {' -> '.join(names)}",
        hint="Name a profile that has its own credentials.",
    )
