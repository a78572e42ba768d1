from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import pytest
from emulator_fakes import ADMIN_ROLE, GOOGLE, GUEST_ROLE, SAML_ARN, USER_POOL, USER_ROLE

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.login_tokens import VerifiedLogin
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.identity.roles import choose_authenticated_role, choose_guest_role

KEY = f"{USER_POOL}:client"
BOTH = {"authenticated": USER_ROLE, "unauthenticated": GUEST_ROLE}
RULE_ROLE = "arn:aws:iam::123456789012:role/Rule"
OTHER_ROLE = "arn:aws:iam::123456789012:role/Other"
CONFIGURATION = (
    "InvalidIdentityPoolConfigurationException",
    "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
)
AMBIGUOUS = (
    "NotAuthorizedException",
    f"The ambiguous role mapping rules for: {KEY} denied this request.",
)


def make_pool(roles: dict[str, str] | None = None, **mappings: dict[str, Any]) -> IdentityPool:
    return IdentityPool(
        id="p",
        arn="arn",
        settings={},
        roles=BOTH if roles is None else roles,
        role_mappings=mappings,
    )


def make_mapped_pool(mapping: dict[str, Any], roles: dict[str, str] | None = None) -> IdentityPool:
    return make_pool(roles, **{KEY: mapping})


def make_token_mapping(otherwise: str = "Deny") -> dict[str, Any]:
    return {"Type": "Token", "AmbiguousRoleResolution": otherwise}


def make_rules_mapping(
    *rules: tuple[str, str, str, str], otherwise: str = "Deny"
) -> dict[str, Any]:
    names = ("Claim", "MatchType", "Value", "RoleARN")
    return {
        "Type": "Rules",
        "AmbiguousRoleResolution": otherwise,
        "RulesConfiguration": {"Rules": [dict(zip(names, rule, strict=True)) for rule in rules]},
    }


def make_login(key: str = KEY, /, **claims: Any) -> VerifiedLogin:
    return VerifiedLogin(
        provider=USER_POOL, subject="alice", mapping_key=key, amr=("a", "b"), claims=claims
    )


def choose_role(
    pool: IdentityPool, *logins: VerifiedLogin, custom: str | None = None
) -> str | tuple[str, str]:
    """Return the role, or the code and the message of the error."""
    try:
        return choose_authenticated_role(pool, logins, custom)
    except AwsError as error:
        return error.code, error.message


def test_guests_and_users_have_a_role_each() -> None:
    assert choose_guest_role(make_pool(), None) == GUEST_ROLE
    assert choose_role(make_pool(), make_login()) == USER_ROLE
    assert choose_role(make_pool()) == USER_ROLE


@pytest.mark.parametrize("roles", [{}, {"authenticated": USER_ROLE}])
def test_a_pool_without_guest_role_is_misconfigured_for_guests(roles: dict[str, str]) -> None:
    with pytest.raises(AwsError) as caught:
        choose_guest_role(make_pool(roles), None)
    assert (caught.value.code, caught.value.message) == CONFIGURATION


def test_a_pool_without_user_role_is_misconfigured_for_users() -> None:
    assert choose_role(make_pool({"unauthenticated": GUEST_ROLE}), make_login()) == CONFIGURATION


def test_a_custom_role_without_mapping_must_be_the_default_role() -> None:
    error = ("InvalidParameterException", UnconfirmedText.CUSTOM_ROLE_NOT_SUPPORTED)
    assert choose_role(make_pool(), make_login(), custom=USER_ROLE) == USER_ROLE
    assert choose_role(make_pool(), make_login(), custom=ADMIN_ROLE) == error
    assert choose_guest_role(make_pool(), GUEST_ROLE) == GUEST_ROLE
    with pytest.raises(AwsError, match="InvalidParameterException"):
        choose_guest_role(make_pool(), ADMIN_ROLE)


@pytest.mark.parametrize("roles", [[ADMIN_ROLE, OTHER_ROLE], f"{ADMIN_ROLE}, {OTHER_ROLE}"])
def test_a_token_has_a_preferred_role_and_the_caller_may_choose_another(roles: Any) -> None:
    claims = {"cognito:roles": roles, "cognito:preferred_role": ADMIN_ROLE}
    user = make_login(**claims)
    assert choose_role(make_mapped_pool(make_token_mapping()), user) == ADMIN_ROLE
    assert (
        choose_role(make_mapped_pool(make_token_mapping()), user, custom=OTHER_ROLE) == OTHER_ROLE
    )
    assert choose_role(make_mapped_pool(make_token_mapping()), user, custom=RULE_ROLE) == AMBIGUOUS


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, USER_ROLE),
        ({"cognito:roles": []}, USER_ROLE),
        ({"cognito:roles": ""}, USER_ROLE),
        ({"cognito:roles": [ADMIN_ROLE]}, ADMIN_ROLE),
        ({"cognito:roles": [ADMIN_ROLE, OTHER_ROLE]}, USER_ROLE),
        ({"cognito:roles": [ADMIN_ROLE, OTHER_ROLE], "cognito:preferred_role": ""}, USER_ROLE),
    ],
)
def test_ambiguous_role_resolution_decides_for_a_token_without_a_role(
    claims: dict[str, Any], expected: str
) -> None:
    assert (
        choose_role(make_mapped_pool(make_token_mapping("AuthenticatedRole")), make_login(**claims))
        == expected
    )
    denied = AMBIGUOUS if expected == USER_ROLE else expected
    assert choose_role(make_mapped_pool(make_token_mapping("Deny")), make_login(**claims)) == denied


def test_ambiguous_role_resolution_needs_the_authenticated_role() -> None:
    assert (
        choose_role(make_mapped_pool(make_token_mapping("AuthenticatedRole"), {}), make_login())
        == CONFIGURATION
    )


@pytest.mark.parametrize(
    ("match", "value", "claim", "matches"),
    [
        ("Equals", "paid", "paid", True),
        ("Equals", "paid", "Paid", False),
        ("Equals", "pa*", "paid", False),
        ("Equals", "true", True, True),
        ("Equals", "7", 7, True),
        ("Equals", "a", ["a"], True),
        ("Equals", "a", ["a", "b"], False),
        ("Equals", "a", [], False),
        ("NotEqual", "paid", "free", True),
        ("NotEqual", "paid", "paid", False),
        ("NotEqual", "paid", None, False),
        ("NotEqual", "a", ["a", "b"], True),
        ("StartsWith", "pa", "paid", True),
        ("StartsWith", "ai", "paid", False),
        ("StartsWith", "a", ["ab", "ac"], False),
        ("Contains", "ai", "paid", True),
        ("Contains", "admins", ["users", "admins"], True),
        ("Contains", "admins", ["users"], False),
    ],
)
def test_a_rule_compares_one_claim(match: str, value: str, claim: Any, *, matches: bool) -> None:
    configured = make_mapped_pool(
        make_rules_mapping(("plan", match, value, RULE_ROLE), otherwise="AuthenticatedRole")
    )
    claims = {} if claim is None else {"plan": claim}
    assert choose_role(configured, make_login(**claims)) == (RULE_ROLE if matches else USER_ROLE)


def test_the_first_matching_rule_decides() -> None:
    configured = make_mapped_pool(
        make_rules_mapping(
            ("plan", "Equals", "free", OTHER_ROLE),
            ("plan", "StartsWith", "p", RULE_ROLE),
            ("plan", "Equals", "paid", ADMIN_ROLE),
        )
    )
    assert choose_role(configured, make_login(plan="paid")) == RULE_ROLE
    assert choose_role(configured, make_login(plan="gone")) == AMBIGUOUS


def test_rules_and_a_custom_role_exclude_each_other() -> None:
    configured = make_mapped_pool(make_rules_mapping(("plan", "Equals", "paid", RULE_ROLE)))
    assert choose_role(configured, make_login(plan="paid"), custom=RULE_ROLE) == (
        "InvalidParameterException",
        UnconfirmedText.CUSTOM_ROLE_WITH_RULES,
    )


def test_the_first_login_with_a_mapping_decides() -> None:
    configured = make_pool(
        **{KEY: make_rules_mapping(("plan", "Equals", "paid", RULE_ROLE))},
        **{GOOGLE: make_rules_mapping(("plan", "Equals", "paid", OTHER_ROLE))},
    )
    unmapped = make_login("graph.facebook.com", plan="paid")
    assert (
        choose_role(configured, unmapped, make_login(GOOGLE, plan="paid"), make_login(plan="paid"))
        == OTHER_ROLE
    )
    assert choose_role(configured, unmapped) == USER_ROLE
    assert choose_role(configured) == USER_ROLE


def make_saml_login(*roles: str) -> VerifiedLogin:
    return replace(make_login(SAML_ARN, groups="admins"), saml_roles=roles)


def test_a_saml_provider_offers_roles() -> None:
    pool = make_pool(**{SAML_ARN: make_rules_mapping(("groups", "Equals", "admins", RULE_ROLE))})
    for pool_or_mapped in (make_pool(), pool):
        choose = functools.partial(choose_authenticated_role, pool_or_mapped)
        assert choose([make_saml_login(ADMIN_ROLE)], None) == ADMIN_ROLE
        assert choose([make_saml_login(ADMIN_ROLE, OTHER_ROLE)], OTHER_ROLE) == OTHER_ROLE
    assert choose_authenticated_role(make_pool(), [make_saml_login()], None) == USER_ROLE
    assert choose_authenticated_role(pool, [make_saml_login()], None) == RULE_ROLE


@pytest.mark.parametrize(
    ("roles", "custom_role_arn"),
    [((ADMIN_ROLE, OTHER_ROLE), None), ((ADMIN_ROLE,), OTHER_ROLE), ((ADMIN_ROLE,), USER_ROLE)],
)
def test_a_role_that_a_saml_provider_does_not_offer(
    roles: tuple[str, ...], custom_role_arn: str | None
) -> None:
    with pytest.raises(AwsError) as caught:
        choose_authenticated_role(make_pool(), [make_saml_login(*roles)], custom_role_arn)
    assert caught.value.code == "NotAuthorizedException"
    assert f"ambiguous role mapping rules for: {SAML_ARN} denied" in caught.value.message


@pytest.mark.parametrize(
    ("claim", "value"), [(True, "true"), (3, "3"), (1.5, "1.5"), ({"a": [1]}, '{"a":[1]}')]
)
def test_claims_that_are_not_strings_are_compared_as_json(claim: Any, value: str) -> None:
    pool = make_mapped_pool(make_rules_mapping(("c", "Equals", value, RULE_ROLE)))
    assert choose_authenticated_role(pool, [make_login(c=claim)], None) == RULE_ROLE
