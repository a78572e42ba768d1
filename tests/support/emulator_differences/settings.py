"""The differences that moto and ministack have in common, in CreateIdentityPool and UpdateIdentityPool."""

from __future__ import annotations

from emulator_comparison import ABSENT, Difference, Point
from emulator_sequences import DEVELOPER

from emulator_differences.steps import (
    TAG_OPERATIONS,
    USER_POOLS,
    create_pool,
    only_they_succeed,
    update_pool,
)


def survives_update(point: Point) -> bool:
    """Return True if the other server returns a setting that the latest update omitted."""
    changes = [*point.earlier("CreateIdentityPool", "UpdateIdentityPool")]
    if point.operation == "UpdateIdentityPool":
        changes.append(point.step)
    name = point.path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]
    was_set = any(name in each.parameters for each in changes[:-1])
    return bool(
        changes
        and changes[-1].operation == "UpdateIdentityPool"
        and name not in changes[-1].parameters
        and point.ours == ABSENT
        and (was_set or (name == "IdentityPoolTags" and any(point.earlier(*TAG_OPERATIONS))))
    )


def changes_developer_provider(point: Point) -> bool:
    name = point.step.parameters.get("DeveloperProviderName")
    before = point.settings.get("DeveloperProviderName")
    is_changed = point.operation == "UpdateIdentityPool" and None not in {name, before}
    return is_changed and name != before and only_they_succeed(point, "InvalidParameterException")


def has_invalid_user_pool(point: Point) -> bool:
    members = point.step.parameters.get("CognitoIdentityProviders", [])
    is_invalid = any("ProviderName" not in member for member in members)
    return is_invalid and only_they_succeed(point, "InvalidParameterException")


UPDATE_DIFFERENCES = (
    Difference(
        "UpdateIdentityPool, DescribeIdentityPool",
        "the update omits a setting",
        "the pool retains the setting",
        "the setting is reset, except for the developer provider name",
        "documented (UpdateIdentityPool); confirmed for the developer provider (terraform-provider-aws#49985)",
        survives_update,
        (create_pool(**USER_POOLS), update_pool()),
    ),
    Difference(
        "UpdateIdentityPool",
        "the developer provider name changes",
        "accepted",
        "`InvalidParameterException`",
        "documented (developer guide)",
        changes_developer_provider,
        (
            create_pool(DeveloperProviderName=DEVELOPER),
            update_pool(DeveloperProviderName="login.other.app"),
        ),
    ),
    Difference(
        "CreateIdentityPool, UpdateIdentityPool",
        "a member of `CognitoIdentityProviders` does not name a user pool",
        "accepted",
        "`InvalidParameterException`",
        "confirmed (aws-cdk#11054)",
        has_invalid_user_pool,
        (create_pool(CognitoIdentityProviders=[{"ClientId": "x"}]),),
    ),
)
