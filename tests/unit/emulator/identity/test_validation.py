from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials.emulator.identity.errors import ServiceFault
from cognito_credentials.emulator.identity.validation import needs_signature, validated

ID = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
ID_PATTERN = r"[\w-]+:[0-9a-f-]+"
ROLE = "arn:aws:iam::123456789012:role/Role"


def refusal(operation: str, **request: Any) -> str:
    with pytest.raises(ServiceFault) as caught:
        validated(operation, request)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_a_broken_pattern_is_refused_as_captured() -> None:
    assert refusal("GetId", IdentityPoolId="us-east-2:mock") == (
        "1 validation error detected: Value 'us-east-2:mock' at 'identityPoolId' failed to "
        r"satisfy constraint: Member must satisfy regular expression pattern: [\w-]+:[0-9a-f-]+"
    )


def test_too_long_an_id_is_refused_as_captured() -> None:
    pool_id = "us-east-1:" + "a" * 46
    assert refusal("GetId", IdentityPoolId=pool_id) == (
        f"1 validation error detected: Value '{pool_id}' at 'identityPoolId' failed to satisfy "
        "constraint: Member must have length less than or equal to 55"
    )


def test_a_pool_name_is_refused_as_captured() -> None:
    assert refusal(
        "CreateIdentityPool", IdentityPoolName="a/b", AllowUnauthenticatedIdentities=True
    ) == (
        "1 validation error detected: Value 'a/b' at 'identityPoolName' failed to satisfy "
        r"constraint: Member must satisfy regular expression pattern: [\w\s+=,.@-]+"
    )


def test_a_word_is_ascii_as_in_java() -> None:
    request = {"IdentityPoolName": "piscine-é", "AllowUnauthenticatedIdentities": True}
    assert "'piscine-é' at 'identityPoolName'" in refusal("CreateIdentityPool", **request)


def test_several_errors_are_joined_as_captured() -> None:
    assert refusal("GetCredentialsForIdentity", IdentityId="", Logins={"k": ""}) == (
        "3 validation errors detected: Value '{k=}' at 'logins' failed to satisfy constraint: Map "
        "value must satisfy constraint: [Member must have length less than or equal to 50000, "
        "Member must have length greater than or equal to 1]; Value '' at 'identityId' failed to "
        "satisfy constraint: Member must have length greater than or equal to 1; Value '' at "
        "'identityId' failed to satisfy constraint: Member must satisfy regular expression "
        r"pattern: [\w-]+:[0-9a-f-]+"
    )


def test_role_types_are_refused_as_captured() -> None:
    assert refusal("SetIdentityPoolRoles", IdentityPoolId=ID, Roles={"admin": ROLE}) == (
        f"1 validation error detected: Value '{{admin={ROLE}}}' at 'roles' failed to satisfy "
        "constraint: Map keys must satisfy constraint: [Member must have length less than or "
        "equal to 128, Member must have length greater than or equal to 1, Member must satisfy "
        "regular expression pattern: (un)?authenticated]"
    )


def test_a_nested_enum_is_refused_as_captured() -> None:
    rule = {"Claim": "c", "MatchType": "X", "Value": "v", "RoleARN": ROLE}
    mapping = {"Type": "Rules", "RulesConfiguration": {"Rules": [rule]}}
    assert refusal(
        "SetIdentityPoolRoles",
        IdentityPoolId=ID,
        Roles={},
        RoleMappings={"accounts.google.com": mapping},
    ) == (
        "1 validation error detected: Value 'X' at 'roleMappings.accounts.google.com.member."
        "rulesConfiguration.rules.1.member.matchType' failed to satisfy constraint: Member must "
        "satisfy enum value set: [NotEqual, StartsWith, Contains, Equals]"
    )


def test_a_missing_member_is_null() -> None:
    expected = "Value null at 'identityId' failed to satisfy constraint: Member must not be null"
    assert refusal("GetOpenIdToken").endswith(expected)
    assert refusal("GetOpenIdToken", IdentityId=None).endswith(expected)


def test_numbers_have_a_range() -> None:
    request = {"IdentityPoolId": ID, "Logins": {"dev": "user"}}
    operation = "GetOpenIdTokenForDeveloperIdentity"
    assert validated(operation, {**request, "TokenDuration": 86400})["TokenDuration"] == 86400
    assert refusal(operation, **request, TokenDuration=86401).endswith(
        "Value '86401' at 'tokenDuration' failed to satisfy constraint: "
        "Member must have value less than or equal to 86400"
    )
    assert "greater than or equal to 1" in refusal(operation, **request, TokenDuration=0)


def test_maps_and_lists_are_counted_and_looked_into() -> None:
    logins = {f"provider-{number}": "token" for number in range(11)}
    assert (
        "at 'logins' failed to satisfy constraint: Member must have length less than or equal "
        in (refusal("GetId", IdentityPoolId=ID, Logins=logins))
    )
    mapping = {"Type": "Rules", "RulesConfiguration": {"Rules": []}}
    assert "greater than or equal to 1" in refusal(
        "SetIdentityPoolRoles", IdentityPoolId=ID, Roles={}, RoleMappings={"k": mapping}
    )
    assert refusal(
        "CreateIdentityPool",
        IdentityPoolName="n",
        AllowUnauthenticatedIdentities=True,
        OpenIdConnectProviderARNs=["short"],
    ).endswith(
        "Value '[short]' at 'openIdConnectProviderARNs' failed to satisfy constraint: Member must "
        "satisfy constraint: [Member must have length less than or equal to 2048, "
        "Member must have length greater than or equal to 20]"
    )


def test_a_login_token_is_never_quoted() -> None:
    message = refusal("GetId", IdentityPoolId=ID, Logins={"k": "s3cret" * 10_000, "": "hidden"})
    assert "s3cret" not in message
    assert "hidden" not in message
    assert "Value '{k=***, =***}' at 'logins'" in message


@pytest.mark.parametrize(("claim", "good"), [("groupe-é", True), ("a b", False), ("a\n", False)])
def test_claim_names_are_any_visible_unicode(claim: str, *, good: bool) -> None:
    rule = {"Claim": claim, "MatchType": "Equals", "Value": "v", "RoleARN": ROLE}
    mappings = {"k": {"Type": "Rules", "RulesConfiguration": {"Rules": [rule]}}}
    request = {"IdentityPoolId": ID, "Roles": {}, "RoleMappings": mappings}
    if good:
        assert validated("SetIdentityPoolRoles", request) == request
    else:
        assert r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+" in refusal("SetIdentityPoolRoles", **request)


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
def test_a_wrong_json_type_does_not_reach_the_constraints(request_: dict[str, Any]) -> None:
    with pytest.raises(ServiceFault) as caught:
        validated("GetId", request_)
    assert caught.value.code == "SerializationException"


def test_a_boolean_is_no_number_and_a_number_no_boolean() -> None:
    for request in (
        {"IdentityPoolName": "n", "AllowUnauthenticatedIdentities": 1},
        {"IdentityPoolName": "n", "AllowUnauthenticatedIdentities": "true"},
    ):
        with pytest.raises(ServiceFault, match="SerializationException"):
            validated("CreateIdentityPool", request)
    duration = {"IdentityPoolId": ID, "Logins": {"d": "u"}, "TokenDuration": True}
    with pytest.raises(ServiceFault, match="SerializationException"):
        validated("GetOpenIdTokenForDeveloperIdentity", duration)


def test_what_is_null_or_unknown_is_not_there() -> None:
    request = {
        "IdentityPoolName": "n",
        "AllowUnauthenticatedIdentities": True,
        "AllowClassicFlow": None,
        "CognitoIdentityProviders": [{"ProviderName": "p", "ClientId": None}],
        "SamlProviderARNs": None,
        "NotAMember": 1,
    }
    assert validated("CreateIdentityPool", request) == {
        "IdentityPoolName": "n",
        "AllowUnauthenticatedIdentities": True,
        "CognitoIdentityProviders": [{"ProviderName": "p"}],
    }


def test_the_public_operations_need_no_signature() -> None:
    assert not needs_signature("GetId")
    assert not needs_signature("GetOpenIdToken")
    assert not needs_signature("GetCredentialsForIdentity")
    assert needs_signature("CreateIdentityPool")
    assert needs_signature("GetOpenIdTokenForDeveloperIdentity")


@given(st.from_regex(r"\A[a-z0-9_-]{1,15}:[0-9a-f-]{1,39}\Z"))
def test_every_id_of_the_pattern_passes(pool_id: str) -> None:
    assert validated("GetId", {"IdentityPoolId": pool_id}) == {"IdentityPoolId": pool_id}


@given(st.text(max_size=80))
def test_an_id_passes_or_every_broken_constraint_is_told(pool_id: str) -> None:
    letters = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    before, colon, after = pool_id.partition(":")
    good_form = (
        bool(colon and before and after)
        and set(before) <= letters
        and set(after) <= set("0123456789abcdef-")
    )
    broken = [not good_form, len(pool_id) > 55, not pool_id]
    if not any(broken):
        validated("GetId", {"IdentityPoolId": pool_id})
        return
    message = refusal("GetId", IdentityPoolId=pool_id)
    plural = "s" if sum(broken) > 1 else ""
    assert message.startswith(f"{sum(broken)} validation error{plural} detected: Value '")
    assert message.endswith(ID_PATTERN) == (not good_form)


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
def test_no_request_is_more_than_refused(request_: dict[str, Any]) -> None:
    with contextlib.suppress(ServiceFault):
        validated("CreateIdentityPool", request_)
