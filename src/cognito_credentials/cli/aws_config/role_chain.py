"""Where the credentials of a profile with a `role_arn` begin: what `source_profile` leads to.

Followed as botocore does it: a profile may be its own source where it has keys, and nothing else
leads back to where it began.
"""

from __future__ import annotations

from cognito_credentials._config.aws_files import in_credentials_file, load_profile
from cognito_credentials.cli.aws_config.credential_sources import STATIC_KEYS, find_other_sources
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognito_credentials._config.aws_files import Profile

__all__ = ["find_source_profile"]

OWN = ("cognito_identity_pool_id", "cognito_identity_id", "credential_process")


def find_source_profile(environment: Mapping[str, str], profile: Profile) -> Profile:
    """Return the profile whose credentials come first; itself where it has no `source_profile`.

    Raises:
        ConfigurationError: The chain leads nowhere, or back; or a file of it is broken.
    """
    names, place = [profile.name], ""
    while True:
        values = {**profile.values, **(in_credentials_file(environment, profile.name) or {})}
        following = values.get("source_profile")
        if not following or "role_arn" not in values:
            break
        place = profile.place_of("source_profile")
        if following == profile.name and STATIC_KEYS[0] in values:
            return profile
        if following in names:
            raise _loop([*names[names.index(following) :], following], place)
        names.append(following)
        profile = load_profile(environment, following, source=f"source_profile of {place}")
    if place and not find_other_sources(values) and not any(key in values for key in OWN):
        raise ConfigurationError(
            f"source_profile ({place}) is {profile.name!r}, which has no credentials",
            hint=f"Give profile {profile.name} a pool (cognito-credentials configure), or name another.",
        )
    return profile


def _loop(names: list[str], place: str) -> ConfigurationError:
    own = len(names) == 2  # noqa: PLR2004 - the profile, and itself
    return ConfigurationError(
        f"source_profile ({place}) is the profile itself, which has no keys"
        if own
        else f"source_profile ({place}) leads back: {', '.join(names)}",
        hint="Name a profile there that has credentials of its own.",
    )
