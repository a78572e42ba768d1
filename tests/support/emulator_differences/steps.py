"""Steps of the sequences that show one difference, and conditions that both tables use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator_comparison import ABSENT, MESSAGE, OUTCOME, SUCCESS
from emulator_generator import USER_POOL_MEMBER
from emulator_sequences import DEVELOPER, Ref, Step
from service_texts import USER_POOL

if TYPE_CHECKING:
    from emulator_comparison import Point

POOL = Ref("pool", 0)
USER_POOLS = {"CognitoIdentityProviders": [USER_POOL_MEMBER]}
SIGNED_IN = {"Logins": {USER_POOL: Ref("token", "ann")}}
ROLES = {"unauthenticated": Ref("role", "guest"), "authenticated": Ref("role", "user")}
SIGN_IN = ("GetId", "GetCredentialsForIdentity", "GetOpenIdToken")
NOT_AUTHORIZED = "NotAuthorizedException"
NOT_FOUND = "ResourceNotFoundException"
TAG_OPERATIONS = ("TagResource", "UntagResource")


def call(operation: str, **parameters: Any) -> Step:
    return Step(operation, parameters)


def create_pool(**settings: Any) -> Step:
    """Return the step that creates a pool, by default for guests and without login providers."""
    usual = {"IdentityPoolName": "first pool", "AllowUnauthenticatedIdentities": True}
    return Step("CreateIdentityPool", {**usual, **settings})


def update_pool(**settings: Any) -> Step:
    """Return a step that replaces the settings of the first pool."""
    return Step(
        "UpdateIdentityPool", {"IdentityPoolId": POOL, **create_pool(**settings).parameters}
    )


def use_pool(operation: str, **parameters: Any) -> Step:
    """Return a step that names the first pool."""
    return Step(operation, {"IdentityPoolId": POOL, **parameters})


def use_identity(operation: str, source: int = 1, **parameters: Any) -> Step:
    """Return a step that names the identity from the response to the step `source`."""
    return Step(operation, {"IdentityId": Ref("identity", source), **parameters})


# The last step gets a guest's credentials.
GUEST_CREDENTIALS = (
    create_pool(),
    use_pool("SetIdentityPoolRoles", Roles=ROLES),
    use_pool("GetId"),
    use_identity("GetCredentialsForIdentity", 2),
)


def sign_in_developer(**parameters: Any) -> Step:
    logins = {DEVELOPER: "developer-ann"}
    return use_pool("GetOpenIdTokenForDeveloperIdentity", Logins=logins, **parameters)


# --- conditions -------------------------------------------------------------------------------------


def only_they_succeed(point: Point, code: str = "") -> bool:
    """Return True if only the other server succeeded, and the emulator's error has this code."""
    is_outcome = (point.path, point.theirs) == (OUTCOME, SUCCESS)
    return is_outcome and (not code or point.ours == code)


def are_errors(point: Point, theirs: str, ours: str) -> bool:
    return (point.path, point.theirs, point.ours) == (OUTCOME, theirs, ours)


def is_malformed(point: Point) -> bool:
    """Return True if only the emulator rejects a parameter that violates the service model."""
    is_rejected = point.path == OUTCOME and point.ours == "ValidationException"
    return is_rejected and point.step.is_malformed


def has_unset_member(point: Point, values: tuple[Any, ...]) -> bool:
    """Return True if the other server returns one of `values` for a setting that was never set."""
    is_pool = point.operation in {
        "CreateIdentityPool",
        "UpdateIdentityPool",
        "DescribeIdentityPool",
    }
    given = {**point.settings, **point.step.parameters}
    return (
        is_pool
        and point.ours == ABSENT
        and any(point.theirs == value and type(point.theirs) is type(value) for value in values)
        and point.path not in given
    )


def is_forbidden_guest(point: Point) -> bool:
    """Return True if the request is from a guest of a pool that does not allow guests."""
    is_guest = not point.logins and only_they_succeed(point, "NotAuthorizedException")
    return is_guest and point.settings.get("AllowUnauthenticatedIdentities") is False


def is_text(point: Point, *, theirs: str, ours: str) -> bool:
    """Return True if only the messages differ: theirs begins with a text, and ours contains one."""
    return point.path == MESSAGE and point.theirs.startswith(theirs) and ours in point.ours
