"""The quotas of IAM for the sizes of policies; IAM does not count white space."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from emulated_account import allow, document, error_of

if TYPE_CHECKING:
    from emulated_account import Account

TRUST = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


def policy_of(size: int, statement: dict[str, Any]) -> str:
    """Return a policy with `size` characters, to which white space is added."""
    text = document({**statement, "Sid": ""})
    padding = "x" * (size - len("".join(text.split())))
    return document({**statement, "Sid": padding}).replace("{", "{ \n\t" + " " * 100)


def identity_policy_of(size: int) -> str:
    return policy_of(size, allow("s3:*", "*"))


@pytest.mark.parametrize(("kind", "quota"), [("user", 2_048), ("group", 5_120), ("role", 10_240)])
def test_all_inline_policies_together_must_not_exceed_the_quota(
    account: Account, kind: str, quota: int
):
    iam, name = account.client("iam"), f"{kind}-{secrets.token_hex(4)}"
    names = {f"{kind.title()}Name": name}
    more = {"AssumeRolePolicyDocument": document(TRUST)} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**names, **more)
    put = getattr(iam, f"put_{kind}_policy")
    put(**names, PolicyName="first", PolicyDocument=identity_policy_of(quota // 2))
    second = quota - quota // 2
    put(**names, PolicyName="second", PolicyDocument=identity_policy_of(second))
    put(**names, PolicyName="second", PolicyDocument=identity_policy_of(second))
    code, message = error_of(
        put, **names, PolicyName="second", PolicyDocument=identity_policy_of(second + 1)
    )
    assert code == "LimitExceeded"
    assert message == f"Maximum policy size of {quota} bytes exceeded for {kind} {name}"
    assert account.emulator.calls[-1].status == 409


def test_managed_policies_must_not_exceed_the_quota(account: Account):
    iam, name = account.client("iam"), f"policy-{secrets.token_hex(4)}"
    large = identity_policy_of(6_145)
    expected = ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
    assert error_of(iam.create_policy, PolicyName=name, PolicyDocument=large) == expected
    made = iam.create_policy(PolicyName=name, PolicyDocument=identity_policy_of(6_144))
    arn = made["Policy"]["Arn"]
    assert error_of(iam.create_policy_version, PolicyArn=arn, PolicyDocument=large) == expected


def test_trust_policies_must_not_exceed_the_quota(account: Account):
    iam, name = account.client("iam"), f"role-{secrets.token_hex(4)}"
    large = policy_of(2_049, TRUST)
    expected = ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")
    assert error_of(iam.create_role, RoleName=name, AssumeRolePolicyDocument=large) == expected
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy_of(2_048, TRUST))
    update = iam.update_assume_role_policy
    assert error_of(update, RoleName=name, PolicyDocument=large) == expected


def test_a_policy_for_a_missing_role_is_rejected_by_name(account: Account):
    code, _ = error_of(
        account.client("iam").put_role_policy,
        RoleName="missing",
        PolicyName="large",
        PolicyDocument=identity_policy_of(20_000),
    )
    assert code == "NoSuchEntity"
