"""Random sequences of calls to Amazon Cognito Identity. A seed determines each sequence."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeVar

from emulator_sequences import (
    CALLER_IDENTITY,
    DEVELOPER,
    FACEBOOK_APP,
    FACEBOOK_USERS,
    INVALID_TOKENS,
    PUBLIC,
    UNKNOWN_FACEBOOK_TOKEN,
    UNKNOWN_IDENTITY,
    UNKNOWN_POOL,
    USERS,
    Ref,
    Sequence,
    Step,
)
from service_texts import CLIENT, FACEBOOK, MAPPING_KEY, OWN, USER_POOL

_T = TypeVar("_T")
_OTHER_DEVELOPER = "login.other.app"
_DEVELOPER_USERS = ("developer-ann", "developer-ben")
_DEVELOPER_SIGN_IN = "GetOpenIdTokenForDeveloperIdentity"
_SIGN_IN = ("GetId", _DEVELOPER_SIGN_IN)
_UNKNOWN_POOL_ARN = f"arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{UNKNOWN_POOL}"

USER_POOL_MEMBER = {"ProviderName": USER_POOL, "ClientId": CLIENT}
_USER_POOLS = {"CognitoIdentityProviders": [USER_POOL_MEMBER]}
_FACEBOOK = {"SupportedLoginProviders": {FACEBOOK: FACEBOOK_APP}}
_DEVELOPER = {"DeveloperProviderName": DEVELOPER}
_PROVIDERS = (
    *({}, _DEVELOPER, _USER_POOLS, _USER_POOLS, _USER_POOLS | _DEVELOPER),
    *(_FACEBOOK, _USER_POOLS | _FACEBOOK, _USER_POOLS | _FACEBOOK | _DEVELOPER),
)
_TAGS = ({"team": "blue"}, {"team": "red", "stage": "test"}, {"owner": ""})
_TRUSTED = {"unauthenticated": Ref("role", "guest"), "authenticated": Ref("role", "user")}
_ROLES = (
    *[_TRUSTED] * 5,
    {"unauthenticated": Ref("role", "guest")},
    dict.fromkeys(_TRUSTED, Ref("role", "foreign")),
    {},
)
_RULE = {"Claim": "sub", "MatchType": "Equals", "Value": "ann", "RoleARN": Ref("role", "other")}
_RULES = {
    "Type": "Rules",
    "AmbiguousRoleResolution": "AuthenticatedRole",
    "RulesConfiguration": {"Rules": [_RULE]},
}
_MAPPINGS = (
    {MAPPING_KEY: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}},
    {MAPPING_KEY: _RULES},
    {"example.com": {"Type": "Token", "AmbiguousRoleResolution": "Deny"}},
)
# For each parameter, a value that violates a constraint.
_MALFORMED = {
    "IdentityPoolId": "us-east-1",
    "IdentityPoolName": "a/b",
    "IdentityId": "x",
    "MaxResults": 61,
    "DeveloperProviderName": "a/b",
    "Logins": {USER_POOL: ""},
    "Roles": {"admin": Ref("role", "guest")},
    "TokenDuration": 86_401,
    "ResourceArn": "arn",
    "DeveloperUserIdentifier": "",
}
_OPTIONAL = {
    *("AllowClassicFlow", "CognitoIdentityProviders", "SupportedLoginProviders"),
    *(
        "OpenIdConnectProviderARNs",
        "IdentityPoolTags",
        "NextToken",
        "HideDisabled",
        "CustomRoleArn",
    ),
    *("TokenDuration", "PrincipalTags", "UseDefaults", "RoleMappings"),
}
# Members that are optional in some operations.
_OPTIONAL_IN = {
    "DeveloperProviderName": {"CreateIdentityPool", "UpdateIdentityPool"},
    "Logins": {"GetId", "GetCredentialsForIdentity", "GetOpenIdToken"},
    "IdentityId": {_DEVELOPER_SIGN_IN, "LookupDeveloperIdentity"},
    "DeveloperUserIdentifier": {"LookupDeveloperIdentity"},
}


class _Draft:
    """A sequence that is being generated."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.steps: list[Step] = []

    def pick(self, *choices: _T) -> _T:
        return self.rng.choice(choices)

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def some(self, percent: int, **members: Any) -> dict[str, Any]:
        """Return a random selection of members."""
        return {name: value for name, value in members.items() if self.chance(percent)}

    def made_by(self, *operations: str) -> list[int]:
        return [number for number, step in enumerate(self.steps) if step.operation in operations]

    def pool(self, kind: str = "pool") -> Any:
        made = self.made_by("CreateIdentityPool")
        if self.chance(4):
            return UNKNOWN_POOL if kind == "pool" else _UNKNOWN_POOL_ARN
        return Ref(kind, self.rng.choice(made))

    def identity(self) -> Any:
        made = self.made_by(*_SIGN_IN)
        usual = [number for number in made if self._is_usual(self.steps[number])]
        return UNKNOWN_IDENTITY if self.chance(4) else Ref("identity", self.pick(*usual or made))

    def _is_usual(self, step: Step) -> bool:
        """Return True unless a step that returns an identity probably fails."""
        settings = self.settings(step.parameters.get("IdentityPoolId"))
        is_developer = step.operation == _DEVELOPER_SIGN_IN
        return not step.is_malformed and (not is_developer or _DEVELOPER.keys() <= settings.keys())

    def settings(self, pool: Any) -> dict[str, Any]:
        """Return the settings of the latest step that creates or updates a pool."""
        number = pool.source if isinstance(pool, Ref) else 0
        updates = self.made_by("UpdateIdentityPool")
        named = [
            each for each in updates if self.steps[each].parameters.get("IdentityPoolId") == pool
        ]
        return self.steps[[number, *named][-1]].parameters

    def logins(self, pool: Any) -> dict[str, Any]:
        """Return logins, usually of users that the pool accepts."""
        settings = self.settings(pool)
        users = self.pick(*USERS, *USERS, *USERS, *INVALID_TOKENS)
        facebook = self.pick(*FACEBOOK_USERS, *FACEBOOK_USERS, UNKNOWN_FACEBOOK_TOKEN)
        valid = {
            **({USER_POOL: Ref("token", users)} if _USER_POOLS.keys() <= settings.keys() else {}),
            **({FACEBOOK: Ref("token", facebook)} if _FACEBOOK.keys() <= settings.keys() else {}),
        }
        if self.chance(10):
            return self.pick({DEVELOPER: "developer-ann"}, {USER_POOL: Ref("token", users)})
        return self.some(70, **valid)

    def logins_of(self, identity: Any) -> dict[str, Any]:
        """Return logins, usually those with which an identity was created."""
        if not isinstance(identity, Ref):
            return {}
        step = self.steps[identity.source]
        earlier = step.parameters.get("Logins", {})
        is_own = step.operation == "GetId" and not step.is_malformed and self.chance(70)
        return earlier if is_own else self.logins(step.parameters.get("IdentityPoolId"))


def _create_pool(draft: _Draft) -> dict[str, Any]:
    providers = draft.pick(*_PROVIDERS)
    if draft.chance(5):
        providers = {"CognitoIdentityProviders": [{"ClientId": "x"}]}
    arns = ["arn:aws:iam::999999999999:oidc-provider/example.com"]
    return {
        "IdentityPoolName": draft.pick("first pool", "second pool"),
        "AllowUnauthenticatedIdentities": draft.chance(80),
        **draft.some(20, AllowClassicFlow=draft.chance(50)),
        **providers,
        **draft.some(20, IdentityPoolTags=draft.pick(*_TAGS), OpenIdConnectProviderARNs=arns),
    }


def _update_pool(draft: _Draft) -> dict[str, Any]:
    changes = _create_pool(draft)
    if "DeveloperProviderName" in changes and draft.chance(30):
        changes["DeveloperProviderName"] = _OTHER_DEVELOPER
    return {"IdentityPoolId": draft.pool(), **changes}


def _list_pools(draft: _Draft) -> dict[str, Any]:
    return {"MaxResults": draft.pick(1, 60), **_next_token(draft, "ListIdentityPools")}


def _list_identities(draft: _Draft) -> dict[str, Any]:
    return {
        "IdentityPoolId": draft.pool(),
        "MaxResults": draft.pick(1, 60, 60),
        **draft.some(30, HideDisabled=draft.chance(50)),
        **_next_token(draft, "ListIdentities"),
    }


def _next_token(draft: _Draft, operation: str) -> dict[str, Any]:
    pages = draft.made_by(operation)
    return draft.some(50, NextToken=draft.pick(Ref("next token", pages[-1]), "x")) if pages else {}


def _optional_logins(logins: dict[str, Any]) -> dict[str, Any]:
    return {"Logins": logins} if logins else {}


def _get_id(draft: _Draft) -> dict[str, Any]:
    pool = draft.pool()
    is_guest = draft.settings(pool).get("AllowUnauthenticatedIdentities") and draft.chance(40)
    return {"IdentityPoolId": pool, **_optional_logins({} if is_guest else draft.logins(pool))}


def _use_identity(draft: _Draft) -> dict[str, Any]:
    identity = draft.identity()
    return {"IdentityId": identity, **_optional_logins(draft.logins_of(identity))}


def _get_credentials(draft: _Draft) -> dict[str, Any]:
    made = draft.made_by(_DEVELOPER_SIGN_IN)
    if made and draft.chance(40):
        source = draft.rng.choice(made)
        logins = {OWN: Ref("own token", source)}
        return {"IdentityId": Ref("identity", source), "Logins": logins}
    custom = Ref("role", draft.pick("user", "other"))
    return {**_use_identity(draft), **draft.some(8, CustomRoleArn=custom)}


def _sign_in_developer(draft: _Draft) -> dict[str, Any]:
    developer = _OTHER_DEVELOPER if draft.chance(10) else DEVELOPER
    identities = draft.made_by(*_SIGN_IN)
    existing = draft.some(20, IdentityId=draft.identity()) if identities else {}
    return {
        "IdentityPoolId": draft.pool(),
        "Logins": {developer: draft.pick(*_DEVELOPER_USERS)},
        **existing,
        **draft.some(30, TokenDuration=60, PrincipalTags={"department": "legal"}),
    }


def _set_roles(draft: _Draft) -> dict[str, Any]:
    mappings = draft.some(20, RoleMappings=draft.pick(*_MAPPINGS))
    return {"IdentityPoolId": draft.pool(), "Roles": draft.pick(*_ROLES), **mappings}


def _lookup(draft: _Draft) -> dict[str, Any]:
    user = draft.pick(*_DEVELOPER_USERS)
    names = draft.some(60, IdentityId=draft.identity(), DeveloperUserIdentifier=user)
    return {"IdentityPoolId": draft.pool(), **names}


def _merge(draft: _Draft) -> dict[str, Any]:
    return {
        "IdentityPoolId": draft.pool(),
        "SourceUserIdentifier": draft.pick(*_DEVELOPER_USERS),
        "DestinationUserIdentifier": draft.pick(*_DEVELOPER_USERS),
        "DeveloperProviderName": DEVELOPER,
    }


def _unlink_developer(draft: _Draft) -> dict[str, Any]:
    return {
        "IdentityPoolId": draft.pool(),
        "IdentityId": draft.identity(),
        "DeveloperProviderName": DEVELOPER,
        "DeveloperUserIdentifier": draft.pick(*_DEVELOPER_USERS),
    }


def _unlink(draft: _Draft) -> dict[str, Any]:
    removed = [draft.pick(USER_POOL, FACEBOOK)]
    return {"Logins": {}, **_use_identity(draft), "LoginsToRemove": removed}


def _set_tag_map(draft: _Draft) -> dict[str, Any]:
    tags = {"department": "custom:department"}
    members = draft.some(50, UseDefaults=draft.chance(50), PrincipalTags=tags)
    return {**_name_provider(draft), **members}


def _name_provider(draft: _Draft) -> dict[str, Any]:
    return {
        "IdentityPoolId": draft.pool(),
        "IdentityProviderName": draft.pick(USER_POOL, FACEBOOK),
    }


def _use_credentials(draft: _Draft) -> dict[str, Any]:
    return {"credentials": Ref("credentials", draft.made_by("GetCredentialsForIdentity")[-1])}


# Maps each operation to its weight in the random choice, and to the function that creates its
# parameters.
_OPERATIONS: dict[str, tuple[int, Callable[[_Draft], dict[str, Any]]]] = {
    "CreateIdentityPool": (2, _create_pool),
    "DescribeIdentityPool": (3, lambda draft: {"IdentityPoolId": draft.pool()}),
    "UpdateIdentityPool": (3, _update_pool),
    "ListIdentityPools": (2, _list_pools),
    "DeleteIdentityPool": (2, lambda draft: {"IdentityPoolId": draft.pool()}),
    "GetId": (10, _get_id),
    "GetCredentialsForIdentity": (8, _get_credentials),
    CALLER_IDENTITY: (4, _use_credentials),
    "GetOpenIdToken": (5, _use_identity),
    _DEVELOPER_SIGN_IN: (4, _sign_in_developer),
    "DescribeIdentity": (3, lambda draft: {"IdentityId": draft.identity()}),
    "ListIdentities": (3, _list_identities),
    "DeleteIdentities": (2, lambda draft: {"IdentityIdsToDelete": [draft.identity()]}),
    "SetIdentityPoolRoles": (8, _set_roles),
    "GetIdentityPoolRoles": (2, lambda draft: {"IdentityPoolId": draft.pool()}),
    "LookupDeveloperIdentity": (2, _lookup),
    "MergeDeveloperIdentities": (2, _merge),
    "UnlinkDeveloperIdentity": (2, _unlink_developer),
    "UnlinkIdentity": (3, _unlink),
    "TagResource": (
        2,
        lambda draft: {"ResourceArn": draft.pool("pool ARN"), "Tags": draft.pick(*_TAGS)},
    ),
    "UntagResource": (
        2,
        lambda draft: {"ResourceArn": draft.pool("pool ARN"), "TagKeys": ["team"]},
    ),
    "ListTagsForResource": (3, lambda draft: {"ResourceArn": draft.pool("pool ARN")}),
    "SetPrincipalTagAttributeMap": (2, _set_tag_map),
    "GetPrincipalTagAttributeMap": (2, _name_provider),
}
# An operation in the keys needs the result of an operation in the values.
_NEEDED = {
    **dict.fromkeys(("GetCredentialsForIdentity", "GetOpenIdToken", "DescribeIdentity"), _SIGN_IN),
    **dict.fromkeys(("ListIdentities", "DeleteIdentities", "UnlinkIdentity"), _SIGN_IN),
    **dict.fromkeys(("LookupDeveloperIdentity", "UnlinkDeveloperIdentity"), _SIGN_IN),
    "MergeDeveloperIdentities": (_DEVELOPER_SIGN_IN,),
    CALLER_IDENTITY: ("GetCredentialsForIdentity",),
}


def _make_step(draft: _Draft, operation: str) -> Step:
    _, make_parameters = _OPERATIONS[operation]
    parameters = make_parameters(draft)
    if operation == CALLER_IDENTITY or not draft.steps or draft.chance(94):
        return Step(operation, parameters)
    name = draft.rng.choice(sorted(parameters))
    kind = draft.pick("unsigned", "missing", "malformed")
    if kind == "unsigned":
        return Step(operation, parameters, is_signed=operation in PUBLIC)
    if kind == "missing":
        is_optional = name in _OPTIONAL or operation in _OPTIONAL_IN.get(name, ())
        remaining = {key: value for key, value in parameters.items() if key != name}
        return Step(operation, remaining, is_malformed=not is_optional)
    if name not in _MALFORMED:
        return Step(operation, parameters)
    return Step(operation, {**parameters, name: _MALFORMED[name]}, is_malformed=True)


def make_sequence(seed: int, *, missing: tuple[str, ...] = ()) -> Sequence:
    """Return a random sequence of 3 to 12 steps, which begins with a pool.

    Args:
        seed: Determines the sequence.
        missing: Operations that the other emulator lacks. Few sequences contain them.
    """
    draft = _Draft(random.Random(seed))  # noqa: S311 - the numbers are not used for secrets
    draft.steps.append(_make_step(draft, "CreateIdentityPool"))
    weights = [
        weight / 8 if name in missing else weight for name, (weight, _) in _OPERATIONS.items()
    ]
    for _ in range(draft.rng.randint(2, 11)):
        (operation,) = draft.rng.choices([*_OPERATIONS], weights)
        while (needed := _NEEDED.get(operation)) and not draft.made_by(*needed):
            operation = draft.rng.choice(needed)
        draft.steps.append(_make_step(draft, operation))
    return tuple(draft.steps)
