"""Every error message of Amazon Cognito Identity, as boto3 receives it over HTTP.

Messages that were observed in the service are written out; the others come from `UnconfirmedText`.
In a message, `<Name>` stands for a parameter of the request, and `<now>` for a time in
seconds.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from emulated_account import Account, allow, document
from service_texts import (
    ACCOUNT,
    CLIENT,
    DEVELOPER,
    FACEBOOK,
    GOOGLE,
    KEYLESS,
    MAPPING_KEY,
    OIDC,
    OWN,
    USER_POOL,
    TextsWorld,
    make_token,
)

from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.model import is_public_operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognito_credentials.emulator import Emulator

    Parameters = Callable[[TextsWorld], dict[str, Any]]

NO_ID = "us-east-1:00000000-0000-0000-0000-000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/role-x"
IP, NA = "InvalidParameterException", "NotAuthorizedException"
RNF, RC = "ResourceNotFoundException", "ResourceConflictException"
VE, IIPC = "ValidationException", "InvalidIdentityPoolConfigurationException"

POOL_NOT_FOUND = "IdentityPool '<IdentityPoolId>' not found."
IDENTITY_NOT_FOUND = "Identity '<IdentityId>' not found."
NO_GUESTS = "Unauthenticated access is not supported for this identity pool."
FORBIDDEN = "Access to Identity '<IdentityId>' is forbidden."
MISMATCH = (
    "Logins don't match. Please include at least one valid login for this identity or identity"
    " pool."
)
UNSUPPORTED = "Token is not from a supported provider of this identity pool."
BAD_POOL = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
NOT_A_TOKEN = "Invalid login token. Not a valid OpenId Connect identity token."
UNVERIFIED = "Invalid login token. Couldn't verify signed token."
OWN_TOKEN = "Invalid login token. Can't pass in a Cognito token."
UNSUPPORTED_DEVELOPER = "This identity pool does not support the specified developer provider"

ID_PATTERN = r"[\w-]+:[0-9a-f-]+"
LONG_ID = "us-east-1:" + "a" * 46


def violation(value: str, member: str, constraint: str) -> str:
    return (
        f"1 validation error detected: Value {value} at '{member}' failed to satisfy constraint:"
        f" {constraint}"
    )


@dataclass(frozen=True)
class Row:
    """A request that causes an error, and the expected response."""

    title: str
    operation: str
    parameters: Parameters
    code: str
    message: str
    status: int = 400

    def __str__(self) -> str:
        return f"{self.operation}: {self.title}"


@dataclass
class Recorder:
    """Calls operations through boto3 without client-side validation, and records raw responses."""

    account: Account
    clients: dict[bool, Any] = field(default_factory=dict)
    responses: list[Any] = field(default_factory=list)

    def client(self, *, signed: bool) -> Any:
        if signed not in self.clients:
            version = None if signed else UNSIGNED
            config = Config(
                parameter_validation=False,
                signature_version=version,
                retries={"total_max_attempts": 1},
            )
            client = self.account.client("cognito-identity", config=config)
            client.meta.events.register(
                "after-call.cognito-identity",
                lambda http_response, **_: self.responses.append(http_response),
            )
            self.clients[signed] = client
        return self.clients[signed]

    def call_error(self, operation: str, parameters: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Call an operation that must fail, and return boto3's error and the raw response."""
        client = self.client(signed=not is_public_operation(operation))
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        with pytest.raises(ClientError) as caught:
            getattr(client, name)(**parameters)
        return caught.value.response["Error"], self.responses[-1]


def check_response(row: Row, error: dict[str, Any], raw: Any, message: str) -> None:
    assert error["Code"] == row.code
    pattern = re.escape(message).replace("<now>", r"\d{10}")
    assert re.fullmatch(pattern, error["Message"]), error["Message"]
    member = "Message" if row.code == "AccessDeniedException" else "message"
    expected = {"__type": row.code, member: error["Message"]}
    assert raw.content.decode() == json.dumps(expected, separators=(",", ":"))
    headers = {name.lower(): value for name, value in raw.headers.items()}
    assert raw.status_code == row.status
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert headers["content-length"] == str(len(raw.content))
    assert headers["x-amzn-errortype"] == f"{row.code}:"
    assert headers["x-amzn-errormessage"] == error["Message"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers["x-amzn-requestid"])
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["date"])
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-expose-headers"] == (
        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
    )


@pytest.fixture(scope="module")
def world(account: Account) -> TextsWorld:
    return TextsWorld(account)


@pytest.fixture(scope="module")
def recorder(account: Account) -> Recorder:
    return Recorder(account)


VALIDATION = [
    Row(
        "a pattern is violated",
        "GetId",
        lambda _: {"IdentityPoolId": "us-east-2:mock"},
        VE,
        violation(
            "'us-east-2:mock'",
            "identityPoolId",
            rf"Member must satisfy regular expression pattern: {ID_PATTERN}",
        ),
    ),
    Row(
        "a value is too long",
        "GetId",
        lambda _: {"IdentityPoolId": LONG_ID},
        VE,
        violation(
            f"'{LONG_ID}'",
            "identityPoolId",
            "Member must have length less than or equal to 55",
        ),
    ),
    Row(
        "a pool name contains a slash",
        "CreateIdentityPool",
        lambda _: {"IdentityPoolName": "a/b", "AllowUnauthenticatedIdentities": True},
        VE,
        violation(
            "'a/b'",
            "identityPoolName",
            r"Member must satisfy regular expression pattern: [\w\s+=,.@-]+",
        ),
    ),
    Row(
        "a developer provider name contains a slash",
        "CreateIdentityPool",
        lambda _: {
            "IdentityPoolName": "pool",
            "AllowUnauthenticatedIdentities": True,
            "DeveloperProviderName": "a/b",
        },
        VE,
        violation(
            "'a/b'",
            "developerProviderName",
            r"Member must satisfy regular expression pattern: [\w._-]+",
        ),
    ),
    Row(
        "several constraints are violated",
        "GetCredentialsForIdentity",
        lambda _: {"IdentityId": "", "Logins": {"k": ""}},
        VE,
        "3 validation errors detected: Value '{k=}' at 'logins' failed to satisfy constraint: Map"
        " value must satisfy constraint: [Member must have length less than or equal to 50000,"
        " Member must have length greater than or equal to 1]; Value '' at 'identityId' failed to"
        " satisfy constraint: Member must have length greater than or equal to 1; Value '' at"
        " 'identityId' failed to satisfy constraint: Member must satisfy regular expression"
        rf" pattern: {ID_PATTERN}",
    ),
    Row(
        "a role type is unknown",
        "SetIdentityPoolRoles",
        lambda _: {"IdentityPoolId": NO_ID, "Roles": {"admin": ROLE}},
        VE,
        violation(
            f"'{{admin={ROLE}}}'",
            "roles",
            "Map keys must satisfy constraint: [Member must have length less than or equal to 128,"
            " Member must have length greater than or equal to 1, Member must satisfy regular"
            " expression pattern: (un)?authenticated]",
        ),
    ),
    Row(
        "a match type is unknown",
        "SetIdentityPoolRoles",
        lambda _: {
            "IdentityPoolId": NO_ID,
            "Roles": {},
            "RoleMappings": {
                "k": {
                    "Type": "Rules",
                    "RulesConfiguration": {
                        "Rules": [
                            {"Claim": "c", "MatchType": "X", "Value": "v", "RoleARN": ROLE},
                        ]
                    },
                }
            },
        },
        VE,
        violation(
            "'X'",
            "roleMappings.k.member.rulesConfiguration.rules.1.member.matchType",
            "Member must satisfy enum value set: [NotEqual, StartsWith, Contains, Equals]",
        ),
    ),
    Row(
        "a required member is missing",
        "GetOpenIdToken",
        lambda _: {},
        VE,
        violation("null", "identityId", UnconfirmedText.NULL_MEMBER),
    ),
    Row(
        "a number is too large",
        "ListIdentityPools",
        lambda _: {"MaxResults": 61},
        VE,
        violation("'61'", "maxResults", UnconfirmedText.VALUE_TOO_LARGE.format(limit=60)),
    ),
    Row(
        "a number is too small",
        "ListIdentityPools",
        lambda _: {"MaxResults": 0},
        VE,
        violation("'0'", "maxResults", UnconfirmedText.VALUE_TOO_SMALL.format(limit=1)),
    ),
    Row(
        "there are more than ten logins",
        "GetId",
        lambda _: {"IdentityPoolId": NO_ID, "Logins": {f"k{i}": "t" for i in range(11)}},
        VE,
        violation(
            "'{" + ", ".join(f"k{i}=***" for i in range(11)) + "}'",
            "logins",
            "Member must have length less than or equal to 10",
        ),
    ),
    Row(
        "a value has the wrong type",
        "ListIdentityPools",
        lambda _: {"MaxResults": 5, "NextToken": 5},
        "SerializationException",
        UnconfirmedText.WRONG_SCALAR.format(
            found="com.amazon.coral.value.json.numbers.TruncatingBigNumber", wanted="String"
        ),
    ),
]

UNKNOWN_POOL_REQUESTS: dict[str, dict[str, Any]] = {
    "DeleteIdentityPool": {},
    "DescribeIdentityPool": {},
    "GetId": {},
    "GetIdentityPoolRoles": {},
    "GetOpenIdTokenForDeveloperIdentity": {"Logins": {DEVELOPER: "ann"}},
    "GetPrincipalTagAttributeMap": {"IdentityProviderName": GOOGLE},
    "ListIdentities": {"MaxResults": 1},
    "LookupDeveloperIdentity": {"DeveloperUserIdentifier": "ann"},
    "MergeDeveloperIdentities": {
        "SourceUserIdentifier": "ann",
        "DestinationUserIdentifier": "ben",
        "DeveloperProviderName": DEVELOPER,
    },
    "SetIdentityPoolRoles": {"Roles": {}},
    "SetPrincipalTagAttributeMap": {"IdentityProviderName": GOOGLE},
    "UnlinkDeveloperIdentity": {
        "IdentityId": NO_ID,
        "DeveloperProviderName": DEVELOPER,
        "DeveloperUserIdentifier": "ann",
    },
    "UpdateIdentityPool": {"IdentityPoolName": "pool", "AllowUnauthenticatedIdentities": True},
}
UNKNOWN_IDENTITY_REQUESTS: dict[str, dict[str, Any]] = {
    "DescribeIdentity": {},
    "GetCredentialsForIdentity": {},
    "GetOpenIdToken": {},
    "UnlinkIdentity": {"Logins": {GOOGLE: "t"}, "LoginsToRemove": [GOOGLE]},
}


def make_unknown_rows() -> list[Row]:
    rows = [
        Row(
            "the pool does not exist",
            operation,
            lambda _, more=more: {"IdentityPoolId": NO_ID, **more},  # type: ignore[misc]
            RNF,
            POOL_NOT_FOUND,
        )
        for operation, more in UNKNOWN_POOL_REQUESTS.items()
    ]
    rows += [
        Row(
            "the identity does not exist",
            operation,
            lambda _, more=more: {"IdentityId": NO_ID, **more},  # type: ignore[misc]
            RNF,
            IDENTITY_NOT_FOUND,
        )
        for operation, more in UNKNOWN_IDENTITY_REQUESTS.items()
    ]
    return rows


def delete_identity(world: TextsWorld) -> dict[str, Any]:
    identity = world.identity()
    world.pools.delete_identities(IdentityIdsToDelete=[identity])
    return {"IdentityId": identity}


def delete_pool(world: TextsWorld) -> dict[str, Any]:
    pool = world.account.pool()
    identity = world.identity(pool)
    world.pools.delete_identity_pool(IdentityPoolId=pool)
    return {"IdentityId": identity}


def disallow_guests(world: TextsWorld) -> dict[str, Any]:
    pool = world.account.pool()
    identity = world.identity(pool)
    world.pools.update_identity_pool(
        IdentityPoolId=pool, IdentityPoolName="pool", AllowUnauthenticatedIdentities=False
    )
    return {"IdentityId": identity}


def other_region(world: TextsWorld) -> dict[str, Any]:
    client = world.account.client("cognito-identity", region_name="ap-south-1")
    pool = client.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)
    return {"IdentityPoolId": pool["IdentityPoolId"]}


IDENTITIES = [
    Row("the identity was deleted", "GetOpenIdToken", delete_identity, RNF, IDENTITY_NOT_FOUND),
    Row("the pool was deleted", "DescribeIdentity", delete_pool, RNF, IDENTITY_NOT_FOUND),
    Row(
        "the pool belongs to another region",
        "DescribeIdentityPool",
        other_region,
        RNF,
        POOL_NOT_FOUND,
    ),
    Row(
        "the pool does not allow guests",
        "GetId",
        lambda w: {"IdentityPoolId": w.no_guests},
        NA,
        NO_GUESTS,
    ),
    Row(
        "the pool does not allow guests any more",
        "GetCredentialsForIdentity",
        disallow_guests,
        NA,
        NO_GUESTS,
    ),
    Row(
        "the pool does not allow guests any more", "GetOpenIdToken", disallow_guests, NA, NO_GUESTS
    ),
    *(
        Row(
            "no login for an identity with logins",
            operation,
            lambda w: {"IdentityId": w.user()},
            NA,
            FORBIDDEN,
        )
        for operation in ("GetCredentialsForIdentity", "GetOpenIdToken")
    ),
    *(
        Row(
            "the identity is disabled",
            operation,
            lambda w: {"IdentityId": w.disabled()},
            NA,
            FORBIDDEN,
        )
        for operation in ("GetCredentialsForIdentity", "GetOpenIdToken")
    ),
    *(
        Row(
            "the login belongs to another identity",
            operation,
            lambda w: {"IdentityId": w.user(), "Logins": w.logins("bob")},
            NA,
            MISMATCH,
        )
        for operation in ("GetCredentialsForIdentity", "GetOpenIdToken")
    ),
    Row(
        "the identity is disabled, and the login is new",
        "GetCredentialsForIdentity",
        lambda w: {"IdentityId": w.disabled(), "Logins": w.logins("new-user")},
        NA,
        MISMATCH,
    ),
    Row(
        "the login belongs to an identity of another pool",
        "GetCredentialsForIdentity",
        lambda w: {
            "IdentityId": w.user(w.other_pool, "carol"),
            "Logins": w.logins() if w.user() else {},
        },
        NA,
        MISMATCH,
    ),
    Row(
        "the identity belongs to another pool",
        "LookupDeveloperIdentity",
        lambda w: {"IdentityPoolId": w.pool, "IdentityId": w.identity(w.other_pool)},
        RNF,
        IDENTITY_NOT_FOUND,
    ),
    Row(
        "the NextToken is unknown",
        "ListIdentities",
        lambda w: {"IdentityPoolId": w.pool, "MaxResults": 1, "NextToken": "x"},
        IP,
        UnconfirmedText.BAD_NEXT_TOKEN,
    ),
]


def login_row(title: str, key: str, token: Callable[[TextsWorld], str], message: str) -> Row:
    return Row(
        title,
        "GetId",
        lambda world: {"IdentityPoolId": world.pool, "Logins": {key: token(world)}},
        NA,
        message,
    )


def sign_out_everywhere(world: TextsWorld) -> dict[str, Any]:
    provider = {"ProviderName": USER_POOL, "ClientId": CLIENT, "ServerSideTokenCheck": True}
    pool = world.account.pool(CognitoIdentityProviders=[provider])
    # The user does not exist in the user pool, as if it had been deleted.
    return {"IdentityPoolId": pool, "Logins": world.logins()}


def second_google_user(world: TextsWorld) -> dict[str, Any]:
    first = {GOOGLE: make_token(GOOGLE, "first", "google-client")}
    other = {GOOGLE: make_token(GOOGLE, "second", "google-client")}
    identity = world.identity(logins=first | world.logins("first"))
    return {"IdentityId": identity, "Logins": world.logins("first") | other}


LOGINS = [
    Row(
        "the pool has no providers",
        "GetId",
        lambda w: {"IdentityPoolId": w.bare_pool, "Logins": w.logins()},
        NA,
        "Identity pool - <IdentityPoolId> does not have identity providers configured.",
    ),
    login_row(
        "the client is not configured",
        USER_POOL,
        lambda _: make_token(audience="another"),
        UNSUPPORTED,
    ),
    login_row(
        "the provider is not configured",
        "nobody.example.com",
        lambda _: make_token("nobody.example.com"),
        UNSUPPORTED,
    ),
    login_row(
        "the client is not in IAM's list",
        OIDC,
        lambda _: make_token(OIDC, audience="another"),
        UNSUPPORTED,
    ),
    login_row("the app of the opaque token differs", FACEBOOK, lambda _: "other-app", UNSUPPORTED),
    login_row(
        "the opaque provider is not configured", "www.amazon.com", lambda _: "t", UNSUPPORTED
    ),
    *(
        login_row(
            "the name differs from the issuer",
            key,
            lambda _: make_token(),
            "Invalid login token. Issuer doesn't match providerName",
        )
        for key in (f"https://{USER_POOL}", OIDC)
    ),
    login_row(
        "the token has expired",
        USER_POOL,
        lambda _: make_token(exp=1_000_000_000),
        "Invalid login token. Token expired: <now> >= 1000000000",
    ),
    login_row("the key ID is unknown", USER_POOL, lambda _: make_token(key="k2"), UNVERIFIED),
    login_row(
        "the signature is wrong",
        USER_POOL,
        lambda _: make_token()[:-8] + "AAAAAAAA",
        UNVERIFIED,
    ),
    login_row(
        "the keys are not available",
        KEYLESS,
        lambda _: make_token(KEYLESS, audience="web"),
        UNVERIFIED,
    ),
    login_row("an opaque token for an unknown provider", "Facebook", lambda _: "EAAB", NOT_A_TOKEN),
    login_row("an opaque token for a user pool", USER_POOL, lambda _: "opaque", NOT_A_TOKEN),
    *(
        login_row(
            f"the token has no {claim}",
            USER_POOL,
            lambda _, claim=claim: make_token(without=[claim]),  # type: ignore[misc]
            f"Invalid login token. Missing a required claim: {claim}",
        )
        for claim in ("aud", "iss", "sub", "exp")
    ),
    *(
        login_row(
            f"a token of an identity pool for {key}",
            key,
            lambda w: w.developer("ann")["Token"],
            OWN_TOKEN,
        )
        for key in (OWN, USER_POOL, "nobody.example.com")
    ),
    Row(
        "a developer provider in an unsigned operation",
        "GetId",
        lambda w: {"IdentityPoolId": w.pool, "Logins": {DEVELOPER: "ann"}},
        IP,
        "Please provide a valid public provider.",
    ),
    login_row(
        "the provider rejects the opaque token",
        FACEBOOK,
        lambda _: "unknown",
        UnconfirmedText.BAD_OPAQUE_TOKEN,
    ),
    Row("the user was signed out", "GetId", sign_out_everywhere, NA, UnconfirmedText.SIGNED_OUT),
    Row(
        "two users of one provider",
        "GetCredentialsForIdentity",
        second_google_user,
        RC,
        UnconfirmedText.ALREADY_LINKED.format(identity_id="<IdentityId>", provider=GOOGLE),
    ),
]

DENY = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}


def make_rules(resolution: str = "Deny", count: int = 1) -> dict[str, Any]:
    rule = {"Claim": "plan", "MatchType": "Equals", "Value": "paid", "RoleARN": ROLE}
    return {
        "Type": "Rules",
        "AmbiguousRoleResolution": resolution,
        "RulesConfiguration": {"Rules": [rule] * count},
    }


def mapped_user(world: TextsWorld, mapping: dict[str, Any], **more: Any) -> dict[str, Any]:
    pool = world.make_mapped_pool(mapping)
    return {"IdentityId": world.user(pool), "Logins": world.logins(), **more}


def google_user(world: TextsWorld) -> dict[str, Any]:
    pool = world.make_mapped_pool(DENY, GOOGLE)
    logins = {GOOGLE: make_token(GOOGLE, "ann", "google-client")}
    return {"IdentityId": world.identity(pool, logins), "Logins": logins}


def untrusted_role(world: TextsWorld) -> dict[str, Any]:
    pool = world.account.pool()
    world.account.set_roles(pool, unauthenticated=world.account.role(NO_ID))
    return {"IdentityId": world.identity(pool)}


AMBIGUOUS = "The ambiguous role mapping rules for: {} denied this request."
ROLES = [
    Row(
        "the pool has no roles",
        "GetCredentialsForIdentity",
        lambda w: {"IdentityId": w.identity(w.bare_pool)},
        IIPC,
        BAD_POOL,
    ),
    Row("the role is not trusted", "GetCredentialsForIdentity", untrusted_role, IIPC, BAD_POOL),
    Row(
        "no preferred role, and Deny",
        "GetCredentialsForIdentity",
        google_user,
        NA,
        AMBIGUOUS.format(GOOGLE),
    ),
    Row(
        "no rule matches, and Deny",
        "GetCredentialsForIdentity",
        lambda w: mapped_user(w, make_rules()),
        NA,
        AMBIGUOUS.format(MAPPING_KEY),
    ),
    Row(
        "the custom role is not in the token",
        "GetCredentialsForIdentity",
        lambda w: mapped_user(w, DENY, CustomRoleArn=ROLE),
        NA,
        AMBIGUOUS.format(MAPPING_KEY),
    ),
    Row(
        "a custom role with rules",
        "GetCredentialsForIdentity",
        lambda w: mapped_user(w, make_rules(), CustomRoleArn=ROLE),
        IP,
        UnconfirmedText.CUSTOM_ROLE_WITH_RULES,
    ),
    Row(
        "a custom role without a mapping",
        "GetCredentialsForIdentity",
        lambda w: {"IdentityId": w.identity(), "CustomRoleArn": ROLE},
        IP,
        UnconfirmedText.CUSTOM_ROLE_NOT_SUPPORTED,
    ),
    Row(
        "the basic flow is disabled",
        "GetOpenIdToken",
        lambda w: {"IdentityId": w.identity(w.make_pool(AllowClassicFlow=False))},
        IP,
        "Basic (classic) flow is not enabled, please use enhanced flow.",
    ),
    Row(
        "the pool has role mappings",
        "GetOpenIdToken",
        lambda w: {"IdentityId": w.identity(w.make_mapped_pool(DENY))},
        IP,
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
    ),
]


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


DEVELOPERS = [
    Row(
        "another developer provider",
        "GetOpenIdTokenForDeveloperIdentity",
        lambda w: {"IdentityPoolId": w.pool, "Logins": {"another": "ann"}},
        IP,
        UNSUPPORTED_DEVELOPER,
    ),
    Row(
        "the identity has other logins",
        "GetOpenIdTokenForDeveloperIdentity",
        lambda w: developer_request(w, "new-user", IdentityId=w.user()),
        NA,
        MISMATCH,
    ),
    Row(
        "the user belongs to another identity",
        "GetOpenIdTokenForDeveloperIdentity",
        lambda w: developer_request(
            w, "taken" if w.developer("taken") else "", IdentityId=w.identity()
        ),
        "DeveloperUserAlreadyRegisteredException",
        UnconfirmedText.DEVELOPER_USER_TAKEN,
    ),
    Row(
        "the user is unknown",
        "LookupDeveloperIdentity",
        lambda w: {"IdentityPoolId": w.pool, "DeveloperUserIdentifier": "nobody"},
        NA,
        "Access to this identity pool is forbidden.",
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
    ),
    Row(
        "neither a user nor an identity",
        "LookupDeveloperIdentity",
        lambda w: {"IdentityPoolId": w.pool},
        IP,
        UnconfirmedText.LOOKUP_WITHOUT_SUBJECT,
    ),
    Row(
        "the source is unknown",
        "MergeDeveloperIdentities",
        lambda w: merge_request(w, "nobody", "ann"),
        RNF,
        UnconfirmedText.DEVELOPER_USER_NOT_FOUND.format(user="nobody"),
    ),
    Row(
        "the destination is unknown",
        "MergeDeveloperIdentities",
        lambda w: merge_request(w, "ann" if w.developer("ann") else "", "nobody"),
        RNF,
        UnconfirmedText.DEVELOPER_USER_NOT_FOUND.format(user="nobody"),
    ),
    Row(
        "both have a user of one provider",
        "MergeDeveloperIdentities",
        merge_two_google_users,
        RC,
        UnconfirmedText.ALREADY_LINKED.format(identity_id="<survivor>", provider=GOOGLE),
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
    ),
    Row(
        "the own token has expired",
        "GetCredentialsForIdentity",
        expired_own_token,
        NA,
        "Invalid login token. Token expired: <now> >= 1000000000",
    ),
    Row(
        "the own token belongs to another identity",
        "GetCredentialsForIdentity",
        lambda w: own_token(w, "ann", of="ben"),
        NA,
        MISMATCH,
    ),
]


def roles_request(world: TextsWorld, mappings: dict[str, Any]) -> dict[str, Any]:
    return {"IdentityPoolId": world.pool, "Roles": {}, "RoleMappings": mappings}


def pool_request(**settings: Any) -> dict[str, Any]:
    return {"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": True, **settings}


SAML_ARN = "arn:aws:iam::999999999999:saml-provider/Corp"
POOLS = [
    *(
        Row(
            f"the role mapping is for {key}",
            "SetIdentityPoolRoles",
            lambda w, key=key: roles_request(w, {key: DENY}),  # type: ignore[misc]
            IP,
            f"({key}) is not a valid RoleMapping ProviderName or is not a configured provider.",
        )
        for key in (USER_POOL, f"https://{USER_POOL}:{CLIENT}", DEVELOPER, "nobody.example.com")
    ),
    Row(
        "too many rules, for an unknown provider",
        "SetIdentityPoolRoles",
        lambda w: roles_request(w, {"nobody.example.com": make_rules(count=26)}),
        IP,
        "The number of rules in the request exceeded 25.",
    ),
    Row(
        "no ambiguous role resolution",
        "SetIdentityPoolRoles",
        lambda w: roles_request(w, {GOOGLE: {"Type": "Token"}}),
        IP,
        UnconfirmedText.AMBIGUITY_UNRESOLVED.format(key=GOOGLE),
    ),
    Row(
        "no rules",
        "SetIdentityPoolRoles",
        lambda w: roles_request(w, {GOOGLE: {**DENY, "Type": "Rules"}}),
        IP,
        UnconfirmedText.RULES_MISSING.format(key=GOOGLE),
    ),
    *(
        Row(
            f"the user pool provider is {provider}",
            "CreateIdentityPool",
            lambda _, given=provider: pool_request(  # type: ignore[misc]
                CognitoIdentityProviders=[given]
            ),
            IP,
            "Invalid Cognito Identity Provider",
        )
        for provider in ({"ClientId": CLIENT}, {"ProviderName": "us-east-1_Abc"})
    ),
    Row(
        "a SAML provider of another account",
        "CreateIdentityPool",
        lambda _: pool_request(SamlProviderARNs=[SAML_ARN]),
        IP,
        f"Identity provider {SAML_ARN} is not valid for account {ACCOUNT}",
    ),
    Row(
        "another developer provider",
        "UpdateIdentityPool",
        lambda w: pool_request(IdentityPoolId=w.pool, DeveloperProviderName="another"),
        IP,
        UnconfirmedText.DEVELOPER_PROVIDER_FIXED,
    ),
    Row(
        "no principal tags",
        "GetPrincipalTagAttributeMap",
        lambda w: {"IdentityPoolId": w.pool, "IdentityProviderName": GOOGLE},
        RNF,
        UnconfirmedText.NO_PRINCIPAL_TAGS.format(provider=GOOGLE),
    ),
    Row(
        "the ARN is that of a role",
        "ListTagsForResource",
        lambda _: {"ResourceArn": ROLE},
        IP,
        UnconfirmedText.NOT_A_POOL_ARN,
    ),
    Row(
        "too many tags",
        "TagResource",
        lambda w: {
            "ResourceArn": f"arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{w.pool}",
            "Tags": {f"k{i}": "v" for i in range(51)},
        },
        IP,
        UnconfirmedText.TOO_MANY_TAGS.format(limit=50),
    ),
]


@pytest.mark.parametrize(
    "row",
    [*VALIDATION, *make_unknown_rows(), *IDENTITIES, *LOGINS, *ROLES, *DEVELOPERS, *POOLS],
    ids=str,
)
def test_an_error_has_the_message_of_the_service(
    world: TextsWorld, recorder: Recorder, row: Row
) -> None:
    parameters = row.parameters(world)
    message = row.message
    if "<survivor>" in message:
        message = message.replace("<survivor>", world.developer("survivor")["IdentityId"])
    for name, value in parameters.items():
        message = message.replace(f"<{name}>", str(value))
    error, raw = recorder.call_error(row.operation, parameters)
    check_response(row, error, raw, message)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("TooManyRequestsException", 400),
        ("ConcurrentModificationException", 400),
        ("ExternalServiceException", 400),
        ("LimitExceededException", 400),
        ("InternalErrorException", 500),
    ],
)
def test_an_injected_error_has_the_form_of_the_service(
    emulator: Emulator, recorder: Recorder, code: str, status: int
) -> None:
    row = Row("", "ListIdentityPools", lambda _: {}, code, "Rate exceeded", status)
    emulator.fail("ListIdentityPools", code, "Rate exceeded", status=status)
    error, raw = recorder.call_error("ListIdentityPools", {"MaxResults": 1})
    check_response(row, error, raw, "Rate exceeded")


class TestAccess:
    """Errors for invalid signatures and for requests that policies deny."""

    @pytest.fixture
    def user(self, account: Account) -> dict[str, Any]:
        """The keys of a new IAM user, whose only permission is SetIdentityPoolRoles."""
        iam = account.client("iam")
        iam.create_user(UserName="texts")
        iam.put_user_policy(
            UserName="texts",
            PolicyName="inline",
            PolicyDocument=document(allow("cognito-identity:SetIdentityPoolRoles", "*")),
        )
        key = iam.create_access_key(UserName="texts")["AccessKey"]
        yield {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }
        iam.delete_access_key(UserName="texts", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="texts", PolicyName="inline")
        iam.delete_user(UserName="texts")

    def call_error(self, account: Account, operation: str, keys: Any, **parameters: Any) -> Any:
        recorder = Recorder(account)
        client = account.client("cognito-identity", keys)
        client.meta.events.register(
            "after-call.cognito-identity",
            lambda http_response, **_: recorder.responses.append(http_response),
        )
        recorder.clients[True] = client
        error, raw = recorder.call_error(operation, parameters)
        return error, raw

    def test_a_missing_permission_names_the_resource(
        self, account: Account, user: dict[str, Any]
    ) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:user/texts"
        row = Row("", "ListIdentityPools", lambda _: {}, "AccessDeniedException", "")
        error, raw = self.call_error(account, "ListIdentityPools", user, MaxResults=1)
        resource = f"arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/"
        assert error["Message"].startswith(
            f"User: {arn} is not authorized to perform: cognito-identity:ListIdentityPools on"
            f" resource: {resource}"
        )
        check_response(row, error, raw, error["Message"])

    def test_roles_may_only_be_set_by_a_principal_that_may_pass_them(
        self, account: Account, world: TextsWorld, user: dict[str, Any]
    ) -> None:
        parameters = {"IdentityPoolId": world.pool, "Roles": {"authenticated": ROLE}}
        error, _ = self.call_error(account, "SetIdentityPoolRoles", user, **parameters)
        assert error["Code"] == "AccessDeniedException"
        assert error["Message"].startswith(
            f"User: arn:aws:iam::{ACCOUNT}:user/texts is not authorized to perform: iam:PassRole"
            f" on resource: {ROLE}"
        )
        account.client("iam").put_user_policy(
            UserName="texts",
            PolicyName="inline",
            PolicyDocument=document(
                allow("cognito-identity:SetIdentityPoolRoles", "*"),
                allow(
                    "iam:PassRole",
                    ROLE,
                    Condition={
                        "StringEquals": {"iam:PassedToService": "cognito-identity.amazonaws.com"}
                    },
                ),
            ),
        )
        pool = account.pool()
        account.client("cognito-identity", user).set_identity_pool_roles(
            IdentityPoolId=pool, Roles={"authenticated": ROLE}
        )

    def test_the_session_policy_of_guests_prevents_that_they_set_roles(
        self, account: Account
    ) -> None:
        identity, keys = account.guest(allow("*", "*"))
        pool = account.pool()
        parameters = {"IdentityPoolId": pool, "Roles": {"unauthenticated": ROLE}}
        error, _ = self.call_error(account, "SetIdentityPoolRoles", keys, **parameters)
        assert error["Code"] == "AccessDeniedException"
        assert "no session policy allows the iam:PassRole action" in error["Message"]
        # The session policy allows all actions in Cognito Identity itself.
        guest = account.client("cognito-identity", keys)
        assert guest.describe_identity(IdentityId=identity)["IdentityId"] == identity

    @pytest.mark.parametrize(
        ("keys", "code"),
        [
            ({"aws_access_key_id": "AKIAUNKNOWN000000000"}, "UnrecognizedClientException"),
            ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
        ],
    )
    def test_a_wrong_key_or_signature_is_rejected(
        self, account: Account, keys: dict[str, str], code: str
    ) -> None:
        error, raw = self.call_error(account, "ListIdentityPools", keys, MaxResults=1)
        row = Row("", "ListIdentityPools", lambda _: {}, code, "")
        check_response(row, error, raw, error["Message"])


@pytest.mark.parametrize(
    ("target", "body", "code", "message"),
    [
        (
            "AWSCognitoIdentityService.ListIdentityPools",
            b'{"MaxResults": 1}',
            "MissingAuthenticationTokenException",
            UnconfirmedText.MISSING_SIGNATURE,
        ),
        (
            "AWSCognitoIdentityService.NoSuchOperation",
            b"{}",
            "UnknownOperationException",
            UnconfirmedText.UNKNOWN_OPERATION.format(operation="NoSuchOperation"),
        ),
        (
            "AWSCognitoIdentityService.ListIdentityPools",
            b"<xml/>",
            "SerializationException",
            UnconfirmedText.BODY_NOT_JSON,
        ),
        (
            "com.amazonaws.cognito.identity.model.AWSCognitoIdentityService.GetId",
            b"[" * 100_000,
            "SerializationException",
            UnconfirmedText.BODY_NOT_JSON,
        ),
        (
            "AWSCognitoIdentityService.GetId",
            b'{"IdentityPoolId": ["x"]}',
            "SerializationException",
            UnconfirmedText.UNEXPECTED_LIST,
        ),
        (
            "AWSCognitoIdentityService.GetId",
            b'{"IdentityPoolId": "' + NO_ID.encode() + b'", "Logins": {"k": null}}',
            "SerializationException",
            UnconfirmedText.UNEXPECTED_NULL,
        ),
    ],
)
def test_an_invalid_request_is_rejected(
    emulator: Emulator, target: str, body: bytes, code: str, message: str
) -> None:
    response = urllib3.request(
        "POST",
        emulator.endpoint_url,
        body=body,
        headers={"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"},
        retries=False,
    )
    expected = json.dumps({"__type": code, "message": message}, separators=(",", ":"))
    assert (response.status, response.data.decode()) == (400, expected)
    assert response.headers["x-amzn-ErrorType"] == f"{code}:"


def test_a_login_token_of_ten_megabytes_is_rejected_without_its_content(
    recorder: Recorder,
) -> None:
    token = "s3cret" * 1_700_000
    parameters = {"IdentityPoolId": NO_ID, "Logins": {GOOGLE: token}}
    error, raw = recorder.call_error("GetId", parameters)
    assert error["Code"] == VE
    assert b"s3cret" not in raw.content


def test_a_long_value_is_truncated_in_the_headers_only(recorder: Recorder) -> None:
    error, raw = recorder.call_error("GetId", {"IdentityPoolId": "x" * 1_000_000})
    assert error["Code"] == VE
    assert len(error["Message"]) > 1_000_000
    assert raw.headers["x-amzn-ErrorMessage"] == error["Message"][:2048]
