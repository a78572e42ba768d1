from __future__ import annotations

from typing import Any

import pytest
from emulator_fakes import ADMIN_ROLE, GOOGLE, GUEST_ROLE, USER_POOL, USER_ROLE

from cognito_credentials.emulator.identity.errors import Invented, ServiceFault
from cognito_credentials.emulator.identity.login_tokens import VerifiedLogin
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.identity.roles import guest_role, signed_in_role

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


def pool(roles: dict[str, str] | None = None, **mappings: dict[str, Any]) -> IdentityPool:
    return IdentityPool(
        id="p",
        arn="arn",
        settings={},
        roles=BOTH if roles is None else roles,
        role_mappings=mappings,
    )


def mapped(mapping: dict[str, Any], roles: dict[str, str] | None = None) -> IdentityPool:
    return pool(roles, **{KEY: mapping})


def token_mapping(otherwise: str = "Deny") -> dict[str, Any]:
    return {"Type": "Token", "AmbiguousRoleResolution": otherwise}


def rules_mapping(*rules: tuple[str, str, str, str], otherwise: str = "Deny") -> dict[str, Any]:
    names = ("Claim", "MatchType", "Value", "RoleARN")
    return {
        "Type": "Rules",
        "AmbiguousRoleResolution": otherwise,
        "RulesConfiguration": {"Rules": [dict(zip(names, rule, strict=True)) for rule in rules]},
    }


def login(key: str = KEY, /, **claims: Any) -> VerifiedLogin:
    return VerifiedLogin(
        provider=USER_POOL, subject="alice", mapping_key=key, amr=("a", "b"), claims=claims
    )


def role(
    pool_: IdentityPool, *logins: VerifiedLogin, custom: str | None = None
) -> str | tuple[str, str]:
    """Return the chosen role, or the code and text of the refusal."""
    try:
        return signed_in_role(pool_, logins, custom)
    except ServiceFault as fault:
        return fault.code, fault.message


def test_guests_and_users_have_a_role_each() -> None:
    assert guest_role(pool(), None) == GUEST_ROLE
    assert role(pool(), login()) == USER_ROLE
    assert role(pool()) == USER_ROLE


@pytest.mark.parametrize("roles", [{}, {"authenticated": USER_ROLE}])
def test_without_a_guest_role_guests_get_nothing(roles: dict[str, str]) -> None:
    with pytest.raises(ServiceFault) as caught:
        guest_role(pool(roles), None)
    assert (caught.value.code, caught.value.message) == CONFIGURATION


def test_without_a_role_users_get_nothing() -> None:
    assert role(pool({"unauthenticated": GUEST_ROLE}), login()) == CONFIGURATION


def test_a_custom_role_without_mapping_must_be_the_default() -> None:
    refusal = ("InvalidParameterException", Invented.CUSTOM_ROLE_NOT_SUPPORTED)
    assert role(pool(), login(), custom=USER_ROLE) == USER_ROLE
    assert role(pool(), login(), custom=ADMIN_ROLE) == refusal
    assert guest_role(pool(), GUEST_ROLE) == GUEST_ROLE
    with pytest.raises(ServiceFault, match="InvalidParameterException"):
        guest_role(pool(), ADMIN_ROLE)


@pytest.mark.parametrize("roles", [[ADMIN_ROLE, OTHER_ROLE], f"{ADMIN_ROLE}, {OTHER_ROLE}"])
def test_the_token_prefers_a_role_and_the_caller_may_choose_another(roles: Any) -> None:
    claims = {"cognito:roles": roles, "cognito:preferred_role": ADMIN_ROLE}
    user = login(**claims)
    assert role(mapped(token_mapping()), user) == ADMIN_ROLE
    assert role(mapped(token_mapping()), user, custom=OTHER_ROLE) == OTHER_ROLE
    assert role(mapped(token_mapping()), user, custom=RULE_ROLE) == AMBIGUOUS


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
def test_an_undecided_token_falls_to_the_resolution(claims: dict[str, Any], expected: str) -> None:
    assert role(mapped(token_mapping("AuthenticatedRole")), login(**claims)) == expected
    denied = AMBIGUOUS if expected == USER_ROLE else expected
    assert role(mapped(token_mapping("Deny")), login(**claims)) == denied


def test_the_resolution_needs_the_role_that_it_names() -> None:
    assert role(mapped(token_mapping("AuthenticatedRole"), {}), login()) == CONFIGURATION


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
    configured = mapped(
        rules_mapping(("plan", match, value, RULE_ROLE), otherwise="AuthenticatedRole")
    )
    claims = {} if claim is None else {"plan": claim}
    assert role(configured, login(**claims)) == (RULE_ROLE if matches else USER_ROLE)


def test_the_first_rule_that_matches_decides() -> None:
    configured = mapped(
        rules_mapping(
            ("plan", "Equals", "free", OTHER_ROLE),
            ("plan", "StartsWith", "p", RULE_ROLE),
            ("plan", "Equals", "paid", ADMIN_ROLE),
        )
    )
    assert role(configured, login(plan="paid")) == RULE_ROLE
    assert role(configured, login(plan="gone")) == AMBIGUOUS


def test_rules_and_a_custom_role_exclude_each_other() -> None:
    configured = mapped(rules_mapping(("plan", "Equals", "paid", RULE_ROLE)))
    assert role(configured, login(plan="paid"), custom=RULE_ROLE) == (
        "InvalidParameterException",
        Invented.CUSTOM_ROLE_WITH_RULES,
    )


def test_the_first_login_that_is_mapped_decides() -> None:
    configured = pool(
        **{KEY: rules_mapping(("plan", "Equals", "paid", RULE_ROLE))},
        **{GOOGLE: rules_mapping(("plan", "Equals", "paid", OTHER_ROLE))},
    )
    unmapped = login("graph.facebook.com", plan="paid")
    assert role(configured, unmapped, login(GOOGLE, plan="paid"), login(plan="paid")) == OTHER_ROLE
    assert role(configured, unmapped) == USER_ROLE
    assert role(configured) == USER_ROLE
