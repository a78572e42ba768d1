from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.model import is_public_operation
from cognito_credentials.emulator.identity.validation import validate

ID = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
ID_PATTERN = r"[\w-]+:[0-9a-f-]+"
ROLE = "arn:aws:iam::123456789012:role/Role"


def error_message(operation: str, **request: Any) -> str:
    with pytest.raises(AwsError) as caught:
        validate(operation, request)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_a_violated_pattern_has_the_captured_error() -> None:
    assert error_message("GetId", IdentityPoolId="us-east-2:mock") == (
        "1 validation error detected: Value 'us-east-2:mock' at 'identityPoolId' failed to "
        r"satisfy constraint: Member must satisfy regular expression pattern: [\w-]+:[0-9a-f-]+"
    )


def test_an_id_that_is_too_long_has_the_captured_error() -> None:
    pool_id = "us-east-1:" + "a" * 46
    assert error_message("GetId", IdentityPoolId=pool_id) == (
        f"1 validation error detected: Value '{pool_id}' at 'identityPoolId' failed to satisfy "
        "constraint: Member must have length less than or equal to 55"
    )


def test_an_invalid_pool_name_has_the_captured_error() -> None:
    assert error_message(
        "CreateIdentityPool", IdentityPoolName="a/b", AllowUnauthenticatedIdentities=True
    ) == (
        "1 validation error detected: Value 'a/b' at 'identityPoolName' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: [\w\s+=,.@-]+"
    )


def test_word_characters_are_ascii_as_in_java() -> None:
    request = {"IdentityPoolName": "piscine-é", "AllowUnauthenticatedIdentities": True}
    assert "'piscine-é' at 'identityPoolName'" in error_message("CreateIdentityPool", **request)


def test_several_violations_are_joined_as_captured() -> None:
    assert error_message("GetCredentialsForIdentity", IdentityId="", Logins={"k": ""}) == (
        "3 validation errors detected: Value '{k=}' at 'logins' failed to satisfy constraint: Map "
        "value must satisfy constraint: [Member must have length less than or equal to 50000, "
        "Member must have length greater than or equal to 1]; Value '' at 'identityId' failed to "
        "satisfy constraint: Member must have length greater than or equal to 1; Value '' at "
        "'identityId' failed to satisfy constraint: Member must satisfy regular expression "
        r"pattern: [\w-]+:[0-9a-f-]+"
    )


def test_an_invalid_role_type_has_the_captured_error() -> None:
    assert error_message("SetIdentityPoolRoles", IdentityPoolId=ID, Roles={"admin": ROLE}) == (
        f"1 validation error detected: Value '{{admin={ROLE}}}' at 'roles' failed to satisfy "
        "constraint: Map keys must satisfy constraint: [Member must have length less than or "
        "equal to 128, Member must have length greater than or equal to 1, Member must satisfy "
        "regular expression pattern: (un)?authenticated]"
    )


def test_an_invalid_nested_enum_value_has_the_captured_error() -> None:
    rule = {"Claim": "c", "MatchType": "X", "Value": "v", "RoleARN": ROLE}
    mapping = {"Type": "Rules", "RulesConfiguration": {"Rules": [rule]}}
    assert error_message(
        "SetIdentityPoolRoles",
        IdentityPoolId=ID,
        Roles={},
        RoleMappings={"accounts.google.com": mapping},
    ) == (
        "1 validation error detected: Value 'X' at 'roleMappings.accounts.google.com.member."
        "rulesConfiguration.rules.1.member.matchType' failed to satisfy constraint: Member must "
        "satisfy enum value set: [NotEqual, StartsWith, Contains, Equals]"
    )


def test_a_missing_member_is_reported_as_null() -> None:
    expected = "Value null at 'identityId' failed to satisfy constraint: Member must not be null"
    assert error_message("GetOpenIdToken").endswith(expected)
    assert error_message("GetOpenIdToken", IdentityId=None).endswith(expected)


def test_numbers_are_checked_against_their_range() -> None:
    request = {"IdentityPoolId": ID, "Logins": {"dev": "user"}}
    operation = "GetOpenIdTokenForDeveloperIdentity"
    assert validate(operation, {**request, "TokenDuration": 86400})["TokenDuration"] == 86400
    assert error_message(operation, **request, TokenDuration=86401).endswith(
        "Value '86401' at 'tokenDuration' failed to satisfy constraint: "
        "Member must have value less than or equal to 86400"
    )
    assert "greater than or equal to 1" in error_message(operation, **request, TokenDuration=0)


def test_maps_and_lists_are_checked_with_their_items() -> None:
    logins = {f"provider-{number}": "token" for number in range(11)}
    assert (
        "at 'logins' failed to satisfy constraint: Member must have length less than or equal "
        in (error_message("GetId", IdentityPoolId=ID, Logins=logins))
    )
    mapping = {"Type": "Rules", "RulesConfiguration": {"Rules": []}}
    assert "greater than or equal to 1" in error_message(
        "SetIdentityPoolRoles", IdentityPoolId=ID, Roles={}, RoleMappings={"k": mapping}
    )
    assert error_message(
        "CreateIdentityPool",
        IdentityPoolName="n",
        AllowUnauthenticatedIdentities=True,
        OpenIdConnectProviderARNs=["short"],
    ).endswith(
        "Value '[short]' at 'openIdConnectProviderARNs' failed to satisfy constraint: Member must "
        "satisfy constraint: [Member must have length less than or equal to 2048, "
        "Member must have length greater than or equal to 20]"
    )


def test_an_error_never_contains_a_login_token() -> None:
    message = error_message(
        "GetId", IdentityPoolId=ID, Logins={"k": "s3cret" * 10_000, "": "hidden"}
    )
    assert "s3cret" not in message
    assert "hidden" not in message
    assert "Value '{k=***, =***}' at 'logins'" in message
    logins = {f"k{number}": "s3cret" for number in range(11)}
    assert "s3cret" not in error_message("GetId", IdentityPoolId=ID, Logins=logins)


@pytest.mark.parametrize(("claim", "valid"), [("groupe-é", True), ("a b", False), ("a\n", False)])
def test_claim_names_may_contain_any_visible_unicode_character(claim: str, *, valid: bool) -> None:
    rule = {"Claim": claim, "MatchType": "Equals", "Value": "v", "RoleARN": ROLE}
    mappings = {"k": {"Type": "Rules", "RulesConfiguration": {"Rules": [rule]}}}
    request = {"IdentityPoolId": ID, "Roles": {}, "RoleMappings": mappings}
    if valid:
        assert validate("SetIdentityPoolRoles", request) == request
    else:
        assert r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+" in error_message("SetIdentityPoolRoles", **request)


@pytest.mark.parametrize(
    "request_",
    [
        {"IdentityPoolId": 5},
        {"IdentityPoolId": True},
        {"IdentityPoolId": ID, "Logins": []},
        {"IdentityPoolId": ID, "Logins": {"k": 5}},
        {"IdentityPoolId": ID, "Logins": {"k": None}},
    ],
)
def test_a_wrong_json_type_is_rejected_before_constraints_are_checked(
    request_: dict[str, Any],
) -> None:
    with pytest.raises(AwsError) as caught:
        validate("GetId", request_)
    assert caught.value.code == "SerializationException"


def test_booleans_and_numbers_are_not_interchangeable() -> None:
    for request in (
        {"IdentityPoolName": "n", "AllowUnauthenticatedIdentities": 1},
        {"IdentityPoolName": "n", "AllowUnauthenticatedIdentities": "true"},
    ):
        with pytest.raises(AwsError, match="SerializationException"):
            validate("CreateIdentityPool", request)
    duration = {"IdentityPoolId": ID, "Logins": {"d": "u"}, "TokenDuration": True}
    with pytest.raises(AwsError, match="SerializationException"):
        validate("GetOpenIdTokenForDeveloperIdentity", duration)


def test_null_values_and_unknown_members_are_omitted() -> None:
    request = {
        "IdentityPoolName": "n",
        "AllowUnauthenticatedIdentities": True,
        "AllowClassicFlow": None,
        "CognitoIdentityProviders": [{"ProviderName": "p", "ClientId": None}],
        "SamlProviderARNs": None,
        "NotAMember": 1,
    }
    assert validate("CreateIdentityPool", request) == {
        "IdentityPoolName": "n",
        "AllowUnauthenticatedIdentities": True,
        "CognitoIdentityProviders": [{"ProviderName": "p"}],
    }


def test_the_model_determines_which_operations_are_public() -> None:
    assert is_public_operation("GetId")
    assert is_public_operation("GetOpenIdToken")
    assert is_public_operation("GetCredentialsForIdentity")
    assert is_public_operation("UnlinkIdentity")
    assert not is_public_operation("CreateIdentityPool")
    assert not is_public_operation("GetOpenIdTokenForDeveloperIdentity")
    assert not is_public_operation("NoSuchOperation")


@given(st.from_regex(r"\A[a-z0-9_-]{1,15}:[0-9a-f-]{1,39}\Z"))
def test_every_id_of_the_pattern_is_valid(pool_id: str) -> None:
    assert validate("GetId", {"IdentityPoolId": pool_id}) == {"IdentityPoolId": pool_id}


@given(st.text(max_size=80))
def test_an_id_is_valid_or_every_violated_constraint_is_reported(pool_id: str) -> None:
    letters = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    before, colon, after = pool_id.partition(":")
    has_valid_form = (
        bool(colon and before and after)
        and set(before) <= letters
        and set(after) <= set("0123456789abcdef-")
    )
    violations = [not has_valid_form, len(pool_id) > 55, not pool_id]
    if not any(violations):
        validate("GetId", {"IdentityPoolId": pool_id})
        return
    message = error_message("GetId", IdentityPoolId=pool_id)
    plural = "s" if sum(violations) > 1 else ""
    assert message.startswith(f"{sum(violations)} validation error{plural} detected: Value '")
    assert message.endswith(ID_PATTERN) == (not has_valid_form)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "IdentityPoolName",
                "AllowUnauthenticatedIdentities",
                "CognitoIdentityProviders",
                "SupportedLoginProviders",
                "OpenIdConnectProviderARNs",
                "IdentityPoolTags",
                "Other",
            ]
        ),
        json_values,
    )
)
def test_validation_raises_no_other_error(request_: dict[str, Any]) -> None:
    with contextlib.suppress(AwsError):
        validate("CreateIdentityPool", request_)
