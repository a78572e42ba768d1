"""Requests of back ends that sign their own users in, and requests with the resulting tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service_texts import DEVELOPER, GOOGLE, OWN, make_token

from cognito_credentials.emulator.identity.errors import UnconfirmedText
from service_errors.rows import (
    CONFIRMED,
    DOCUMENTED,
    INFERRED,
    INVENTED,
    IP,
    MISMATCH,
    NA,
    RC,
    RNF,
    UNVERIFIED,
    Row,
)

if TYPE_CHECKING:
    from service_texts import TextsWorld

UNSUPPORTED_DEVELOPER = "This identity pool does not support the specified developer provider"


def developer_request(world: TextsWorld, user: str, **more: Any) -> dict[str, Any]:
    return {"IdentityPoolId": world.pool, "Logins": {DEVELOPER: user}, **more}


def merge_request(world: TextsWorld, source: str, destination: str) -> dict[str, Any]:
    return {
        "IdentityPoolId": world.pool,
        "DeveloperProviderName": DEVELOPER,
        "SourceUserIdentifier": source,
        "DestinationUserIdentifier": destination,
    }


def merge_two_google_users(world: TextsWorld) -> dict[str, Any]:
    for user in ("source", "survivor"):
        token = make_token(GOOGLE, f"{user}-google", "google-client")
        world.developer(user, **{GOOGLE: token})
    return merge_request(world, "source", "survivor")


def own_token(world: TextsWorld, user: str, *, of: str) -> dict[str, Any]:
    identity = world.developer(user)["IdentityId"]
    return {"IdentityId": identity, "Logins": {OWN: world.developer(of)["Token"]}}


def expired_own_token(world: TextsWorld) -> dict[str, Any]:
    identity = world.developer("ann")["IdentityId"]
    return {"IdentityId": identity, "Logins": {OWN: world.expired_own_token(identity)}}


def forged_own_token(world: TextsWorld) -> dict[str, Any]:
    request = own_token(world, "ann", of="ann")
    request["Logins"][OWN] = request["Logins"][OWN][:-8] + "AAAAAAAA"
    return request


def link_too_many_logins(world: TextsWorld) -> dict[str, Any]:
    logins = world.logins("collector")
    identity = world.identity(logins=logins)

    def make_request(number: int) -> dict[str, Any]:
        users = {DEVELOPER: f"collector-{number}", **logins}
        return {"IdentityPoolId": world.pool, "IdentityId": identity, "Logins": users}

    for number in range(19):
        world.pools.get_open_id_token_for_developer_identity(**make_request(number))
    return make_request(19)


DEVELOPERS = [
    Row(
        "the pool has another developer provider",
        "GetOpenIdTokenForDeveloperIdentity",
        lambda w: {"IdentityPoolId": w.pool, "Logins": {"another": "ann"}},
        IP,
        UNSUPPORTED_DEVELOPER,
        INFERRED,
        "LambdAuth#32, without the code",
    ),
    Row(
        "the identity has other logins",
        "GetOpenIdTokenForDeveloperIdentity",
        lambda w: developer_request(w, "new-user", IdentityId=w.user()),
        NA,
        MISMATCH,
        CONFIRMED,
        "aws-sdk-net#1112",
    ),
    Row(
        "the user belongs to another identity",
        "GetOpenIdTokenForDeveloperIdentity",
        lambda w: developer_request(
            w, "taken" if w.developer("taken") else "", IdentityId=w.identity()
        ),
        "DeveloperUserAlreadyRegisteredException",
        UnconfirmedText.DEVELOPER_USER_TAKEN,
        DOCUMENTED,
        "API reference, GetOpenIdTokenForDeveloperIdentity",
    ),
    Row(
        "the identity would have more than 20 logins",
        "GetOpenIdTokenForDeveloperIdentity",
        link_too_many_logins,
        IP,
        UnconfirmedText.TOO_MANY_LOGINS.format(limit=20),
        DOCUMENTED,
        "API reference, MergeDeveloperIdentities: the limit",
    ),
    Row(
        "the pool has another developer provider",
        "MergeDeveloperIdentities",
        lambda w: {**merge_request(w, "ann", "ben"), "DeveloperProviderName": "another"},
        IP,
        UNSUPPORTED_DEVELOPER,
        INFERRED,
    ),
    Row(
        "the user is unknown",
        "LookupDeveloperIdentity",
        lambda w: {"IdentityPoolId": w.pool, "DeveloperUserIdentifier": "nobody"},
        NA,
        "Access to this identity pool is forbidden.",
        INFERRED,
        "cognito-helper#7, which does not state the condition",
    ),
    Row(
        "the user does not belong to the identity",
        "LookupDeveloperIdentity",
        lambda w: {
            "IdentityPoolId": w.pool,
            "IdentityId": w.identity(),
            "DeveloperUserIdentifier": "ann",
        },
        RC,
        UnconfirmedText.DEVELOPER_USER_NOT_LINKED.format(user="ann", identity_id="<IdentityId>"),
        DOCUMENTED,
        "API reference, LookupDeveloperIdentity",
    ),
    Row(
        "the request names neither a user nor an identity",
        "LookupDeveloperIdentity",
        lambda w: {"IdentityPoolId": w.pool},
        IP,
        UnconfirmedText.LOOKUP_WITHOUT_SUBJECT,
        DOCUMENTED,
        "API reference, LookupDeveloperIdentity",
    ),
    Row(
        "the source user is unknown",
        "MergeDeveloperIdentities",
        lambda w: merge_request(w, "nobody", "ann"),
        RNF,
        UnconfirmedText.DEVELOPER_USER_NOT_FOUND.format(user="nobody"),
        INFERRED,
    ),
    Row(
        "the destination user is unknown",
        "MergeDeveloperIdentities",
        lambda w: merge_request(w, "ann" if w.developer("ann") else "", "nobody"),
        RNF,
        UnconfirmedText.DEVELOPER_USER_NOT_FOUND.format(user="nobody"),
        INFERRED,
    ),
    Row(
        "both identities have a user of the same provider",
        "MergeDeveloperIdentities",
        merge_two_google_users,
        RC,
        UnconfirmedText.ALREADY_LINKED.format(identity_id="<survivor>", provider=GOOGLE),
        DOCUMENTED,
        "API reference, MergeDeveloperIdentities; the code is inferred",
    ),
    Row(
        "the user does not belong to the identity",
        "UnlinkDeveloperIdentity",
        lambda w: {
            "IdentityPoolId": w.pool,
            "IdentityId": w.identity(),
            "DeveloperProviderName": DEVELOPER,
            "DeveloperUserIdentifier": "ann",
        },
        RC,
        UnconfirmedText.DEVELOPER_USER_NOT_LINKED.format(user="ann", identity_id="<IdentityId>"),
        INVENTED,
    ),
    Row(
        "the token of the developer user has expired",
        "GetCredentialsForIdentity",
        expired_own_token,
        NA,
        "Invalid login token. Token expired: <now> >= 1000000000",
        INFERRED,
    ),
    Row(
        "the token of the developer user has a wrong signature",
        "GetCredentialsForIdentity",
        forged_own_token,
        NA,
        UNVERIFIED,
        INFERRED,
    ),
    Row(
        "the token of the developer user belongs to another identity",
        "GetCredentialsForIdentity",
        lambda w: own_token(w, "ann", of="ben"),
        NA,
        MISMATCH,
        INFERRED,
    ),
]
