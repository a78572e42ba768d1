"""A session with all operations of Amazon Cognito Identity, for any client."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING, Any

from service_texts import CLIENT, DEVELOPER, GOOGLE, USER_POOL, make_key, make_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulated_account import Account

    Call = Callable[..., Any]
    """Calls an operation with parameters, named as in the API; returns the output."""

PROVIDERS = {
    "CognitoIdentityProviders": [{"ProviderName": USER_POOL, "ClientId": CLIENT}],
    "SupportedLoginProviders": {GOOGLE: "google-client"},
    "DeveloperProviderName": DEVELOPER,
}


def is_recent(moment: Any) -> bool:
    """Return True if a timestamp, of any type that clients use, is less than a minute from now."""
    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment)
    if isinstance(moment, datetime.datetime):
        moment = moment.timestamp()
    return abs(float(moment) - time.time()) < 60


def use_all_operations(account: Account, call: Call, *, region: str = "us-east-1") -> set[str]:
    """Use every operation in a region at least once, and return the names of the operations."""
    used: set[str] = set()

    def do(operation: str, **parameters: Any) -> Any:
        used.add(operation)
        return call(operation, **parameters)

    for issuer in (USER_POOL, GOOGLE):
        keys = {"keys": [{**make_key("k1").as_dict(private=False), "kid": "k1"}]}
        account.emulator.add_oidc_issuer(f"https://{issuer}", keys)
    pool = _use_pool(account, do)
    _use_tags(do, pool, f"arn:aws:cognito-identity:{region}:{account.emulator.account_id}")
    _use_identities(do, pool)
    _use_developers(do, pool)
    do("DeleteIdentityPool", **pool)
    assert pool["IdentityPoolId"] not in {each["IdentityPoolId"] for each in _list_pools(do)}
    return used


def _list_pools(do: Call) -> list[dict[str, str]]:
    """Return all pools of the region, including those of other tests, from all pages."""
    page = do("ListIdentityPools", MaxResults=60)
    pools = list(page["IdentityPools"])
    while token := page.get("NextToken"):
        page = do("ListIdentityPools", MaxResults=60, NextToken=token)
        pools += page["IdentityPools"]
    return pools


def _use_pool(account: Account, do: Call) -> dict[str, str]:
    settings = {"AllowUnauthenticatedIdentities": True, **PROVIDERS}
    created = do("CreateIdentityPool", IdentityPoolName="first name", **settings)
    pool = {"IdentityPoolId": created["IdentityPoolId"]}
    assert created == {
        **pool,
        "IdentityPoolName": "first name",
        "IdentityPoolTags": {},
        **settings,
    }
    assert do("DescribeIdentityPool", **pool) == created
    updated = do("UpdateIdentityPool", **{**created, "IdentityPoolName": "second name"})
    assert updated == {**created, "IdentityPoolName": "second name"}
    assert {**pool, "IdentityPoolName": "second name"} in _list_pools(do)
    roles = {
        "authenticated": account.role(pool["IdentityPoolId"]),
        "unauthenticated": account.role(pool["IdentityPoolId"], amr="unauthenticated"),
    }
    rule = {"Claim": "sub", "MatchType": "Equals", "Value": "x", "RoleARN": roles["authenticated"]}
    mapping = {
        "Type": "Rules",
        "AmbiguousRoleResolution": "AuthenticatedRole",
        "RulesConfiguration": {"Rules": [rule]},
    }
    mappings = {f"{USER_POOL}:{CLIENT}": mapping}
    do("SetIdentityPoolRoles", **pool, Roles=roles, RoleMappings=mappings)
    found = do("GetIdentityPoolRoles", **pool)
    assert found == {**pool, "Roles": roles, "RoleMappings": mappings}
    do("SetIdentityPoolRoles", **pool, Roles=roles)
    assert do("GetIdentityPoolRoles", **pool) == {**pool, "Roles": roles}
    return pool


def _use_tags(do: Call, pool: dict[str, str], arn_prefix: str) -> None:
    resource = {"ResourceArn": f"{arn_prefix}:identitypool/{pool['IdentityPoolId']}"}
    do("TagResource", **resource, Tags={"team": "blue", "stage": "test"})
    do("UntagResource", **resource, TagKeys=["stage"])
    assert do("ListTagsForResource", **resource)["Tags"] == {"team": "blue"}
    names = {**pool, "IdentityProviderName": USER_POOL}
    tags = {"UseDefaults": False, "PrincipalTags": {"dept": "custom:department"}}
    assert do("SetPrincipalTagAttributeMap", **names, **tags) == {**names, **tags}
    assert do("GetPrincipalTagAttributeMap", **names) == {**names, **tags}
    do("SetPrincipalTagAttributeMap", **names, UseDefaults=False)


def _use_identities(do: Call, pool: dict[str, str]) -> None:
    guest = {"IdentityId": do("GetId", **pool)["IdentityId"]}
    described = do("DescribeIdentity", **guest)
    assert is_recent(described.pop("CreationDate"))
    assert is_recent(described.pop("LastModifiedDate"))
    assert described == guest
    token = do("GetOpenIdToken", **guest)
    assert (token["IdentityId"], token["Token"].count(".")) == (guest["IdentityId"], 2)
    credentials = do("GetCredentialsForIdentity", **guest)["Credentials"]
    assert sorted(credentials) == ["AccessKeyId", "Expiration", "SecretKey", "SessionToken"]

    logins = {USER_POOL: make_token(), GOOGLE: make_token(GOOGLE, "ann", "google-client")}
    user = {"IdentityId": do("GetId", **pool, Logins=logins)["IdentityId"]}
    do("UnlinkIdentity", **user, Logins=logins, LoginsToRemove=[GOOGLE])
    assert do("DescribeIdentity", **user)["Logins"] == [USER_POOL]
    first = do("ListIdentities", **pool, MaxResults=1)
    assert [each["IdentityId"] for each in first["Identities"]] == [guest["IdentityId"]]
    assert is_recent(first["Identities"][0]["CreationDate"])
    second = do("ListIdentities", **pool, MaxResults=1, NextToken=first["NextToken"])
    assert [each["IdentityId"] for each in second["Identities"]] == [user["IdentityId"]]
    assert "NextToken" not in second
    deleted = do("DeleteIdentities", IdentityIdsToDelete=[guest["IdentityId"]])
    assert deleted == {"UnprocessedIdentityIds": []}


def _use_developers(do: Call, pool: dict[str, str]) -> None:
    ids = [
        do("GetOpenIdTokenForDeveloperIdentity", **pool, Logins={DEVELOPER: user})["IdentityId"]
        for user in ("ann", "ben")
    ]
    users = {"SourceUserIdentifier": "ben", "DestinationUserIdentifier": "ann"}
    provider = {"DeveloperProviderName": DEVELOPER}
    merged = do("MergeDeveloperIdentities", **pool, **users, **provider)
    assert merged == {"IdentityId": ids[0]}
    found = do("LookupDeveloperIdentity", **pool, DeveloperUserIdentifier="ben")
    assert found == {"IdentityId": ids[0], "DeveloperUserIdentifierList": ["ann", "ben"]}
    user = {"IdentityId": ids[0], "DeveloperUserIdentifier": "ben"}
    do("UnlinkDeveloperIdentity", **pool, **user, **provider)
    found = do("LookupDeveloperIdentity", **pool, IdentityId=ids[0])
    assert found["DeveloperUserIdentifierList"] == ["ann"]
