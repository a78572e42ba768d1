"""Requests that violate a constraint of the service model, or that the service cannot parse."""

from __future__ import annotations

from cognito_credentials.emulator.identity.errors import UnconfirmedText
from service_errors.rows import (
    CONFIRMED,
    GENERIC,
    INFERRED,
    NO_ID,
    PUBLISHED,
    ROLE,
    VE,
    RawRow,
    Row,
)

ID_PATTERN = r"[\w-]+:[0-9a-f-]+"
LONG_ID = "us-east-1:" + "a" * 46


def violation(value: str, member: str, constraint: str) -> str:
    return (
        f"1 validation error detected: Value {value} at '{member}' failed to satisfy constraint:"
        f" {constraint}"
    )


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
        CONFIRMED,
        "aws-sdk-cpp#1085",
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
        CONFIRMED,
        PUBLISHED,
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
        CONFIRMED,
        "moto#4415",
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
        CONFIRMED,
        "cdk-preflight",
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
        CONFIRMED,
        "aws-sdk-cpp#1085",
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
        CONFIRMED,
        "cdk-preflight",
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
        CONFIRMED,
        "cdk-preflight",
    ),
    Row(
        "a required member is missing",
        "GetOpenIdToken",
        lambda _: {},
        VE,
        violation("null", "identityId", UnconfirmedText.NULL_MEMBER),
        INFERRED,
        GENERIC,
    ),
    Row(
        "an item of a list violates a constraint",
        "DeleteIdentities",
        lambda _: {"IdentityIdsToDelete": ["x"]},
        VE,
        violation(
            "'[x]'",
            "identityIdsToDelete",
            UnconfirmedText.INVALID_ITEM.format(
                constraints="[Member must have length less than or equal to 55, Member must have"
                " length greater than or equal to 1, Member must satisfy regular expression"
                f" pattern: {ID_PATTERN}]"
            ),
        ),
        INFERRED,
        GENERIC,
    ),
    Row(
        "a number is too large",
        "ListIdentityPools",
        lambda _: {"MaxResults": 61},
        VE,
        violation("'61'", "maxResults", UnconfirmedText.VALUE_TOO_LARGE.format(limit=60)),
        INFERRED,
        GENERIC,
    ),
    Row(
        "a number is too small",
        "ListIdentityPools",
        lambda _: {"MaxResults": 0},
        VE,
        violation("'0'", "maxResults", UnconfirmedText.VALUE_TOO_SMALL.format(limit=1)),
        INFERRED,
        GENERIC,
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
        INFERRED,
        "API reference: the limit",
    ),
    Row(
        "a value has the wrong type",
        "ListIdentityPools",
        lambda _: {"MaxResults": 5, "NextToken": 5},
        "SerializationException",
        UnconfirmedText.WRONG_SCALAR.format(
            found="com.amazon.coral.value.json.numbers.TruncatingBigNumber", expected="String"
        ),
        INFERRED,
        GENERIC,
    ),
]

UNSIGNED_LIST = "ListIdentityPools"
MALFORMED = [
    RawRow(
        "the request is unsigned, but the operation needs a signature",
        UNSIGNED_LIST,
        b'{"MaxResults": 1}',
        "MissingAuthenticationTokenException",
        UnconfirmedText.MISSING_SIGNATURE,
        INFERRED,
        GENERIC,
    ),
    RawRow(
        "the operation is unknown",
        "NoSuchOperation",
        b"{}",
        "UnknownOperationException",
        UnconfirmedText.UNKNOWN_OPERATION.format(operation="NoSuchOperation"),
        INFERRED,
        "other AWS services; the text is invented",
    ),
    RawRow(
        "the body is not JSON",
        UNSIGNED_LIST,
        b"<xml/>",
        "SerializationException",
        UnconfirmedText.BODY_NOT_JSON,
        INFERRED,
        "other AWS services; the text is invented",
    ),
    RawRow(
        "the body is nested too deeply",
        "GetId",
        b"[" * 100_000,
        "SerializationException",
        UnconfirmedText.BODY_NOT_JSON,
        INFERRED,
        "other AWS services; the text is invented",
        prefix="com.amazonaws.cognito.identity.model.AWSCognitoIdentityService.",
    ),
    *(
        RawRow(title, "GetId", body, "SerializationException", message, INFERRED, GENERIC)
        for title, body, message in (
            (
                "a value is a list instead of a string",
                b'{"IdentityPoolId": ["x"]}',
                UnconfirmedText.UNEXPECTED_LIST,
            ),
            (
                "a value is an object instead of a string",
                b'{"IdentityPoolId": {"x": "y"}}',
                UnconfirmedText.UNEXPECTED_OBJECT,
            ),
            (
                "a value is a string instead of an object",
                b'{"IdentityPoolId": "' + NO_ID.encode() + b'", "Logins": "x"}',
                UnconfirmedText.EXPECTED_CONTAINER.format(expected="map"),
            ),
            (
                "a map contains null instead of a string",
                b'{"IdentityPoolId": "' + NO_ID.encode() + b'", "Logins": {"k": null}}',
                UnconfirmedText.UNEXPECTED_NULL,
            ),
        )
    ),
]
