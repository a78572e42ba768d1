from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from moto_account import ACCOUNT, IDENTITY, NOW, POOL, PROVIDER, MotoAccount, claims

from cognito_credentials.emulator.identity.pool_tokens import TAGS_CLAIM
from cognito_credentials.emulator.identity.ports import RoleRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cognito_credentials.emulator.identity.ports import RoleSession


@pytest.fixture
def account() -> Iterator[MotoAccount]:
    account = MotoAccount()
    yield account
    account.moto.reset()


def assume(account: MotoAccount, role_arn: str, **more: Any) -> RoleSession:
    asked: dict[str, Any] = {"claims": claims(), "session_name": "s1", "duration": 900, **more}
    return account.sessions.assume_with_pool_token(role_arn=role_arn, **asked)


TRUST: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Federated": PROVIDER},
    "Action": "sts:AssumeRoleWithWebIdentity",
}


def test_a_session_is_issued_as_sts_does(account: MotoAccount):
    session = assume(account, account.role(tags={"Team": "red"}), duration=0.5)
    assert re.fullmatch(r"ASIA\w{16}", session.access_key_id)
    assert session.assumed_role_arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/role/s1"
    assert re.fullmatch(r"AROA\w{17}:s1", session.assumed_role_id)
    assert session.expiration == NOW + 0.5
    assert session.secret_access_key not in repr(session)
    issued = account.sessions.find(session.access_key_id)
    assert issued is not None
    assert issued.session_token == session.session_token
    assert issued.session_token not in repr(issued)
    assert issued.secret_access_key not in repr(issued)
    assert issued.context[f"{PROVIDER}:sub"] == [IDENTITY]
    assert issued.context[f"{PROVIDER}:aud"] == [POOL]
    assert issued.context["aws:principaltag/team"] == ["red"]
    assert issued.context["aws:userid"] == [session.assumed_role_id]
    assert session.assumed_role_arn in issued.principals["AWS"]
    assert PROVIDER in issued.principals["Federated"]
    assert account.sessions.find("ASIAUNKNOWN") is None


@pytest.mark.parametrize(
    ("trust", "trusted"),
    [
        (TRUST, True),
        ({**TRUST, "Condition": {"StringEquals": {f"{PROVIDER}:aud": POOL}}}, True),
        ({**TRUST, "Condition": {"StringEquals": {f"{PROVIDER}:aud": "us-east-1:0"}}}, False),
        ({**TRUST, "Condition": {"StringLike": {f"{PROVIDER}:sub": "us-east-1:9f8e*"}}}, True),
        (
            {
                **TRUST,
                "Condition": {"ForAnyValue:StringLike": {f"{PROVIDER}:amr": "authenticated"}},
            },
            False,
        ),
        ({**TRUST, "Condition": {"StringEquals": {"sts:RoleSessionName": "s1"}}}, True),
        ({**TRUST, "Condition": {"StringEquals": {"sts:RoleSessionName": "s2"}}}, False),
        ({**TRUST, "Principal": {"Federated": "accounts.google.com"}}, False),
        ({**TRUST, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}, False),
        ({**TRUST, "Action": "sts:*"}, True),
        ({**TRUST, "Action": "sts:AssumeRole"}, False),
        ([TRUST, {**TRUST, "Effect": "Deny"}], False),
    ],
)
def test_the_trust_policy_decides(account: MotoAccount, trust: Any, trusted: bool):
    role = account.role(trust=trust)
    if trusted:
        assert assume(account, role)
        return
    with pytest.raises(RoleRefused) as caught:
        assume(account, role)
    assert caught.value.code == "AccessDenied"
    assert caught.value.message == "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def test_tags_need_their_own_permission(account: MotoAccount):
    tagged = claims(**{TAGS_CLAIM: {"principal_tags": {"Team": ["blue"]}}})
    with pytest.raises(RoleRefused):
        assume(account, account.role(name="plain"), claims=tagged)
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]
    conditional = {
        **TRUST,
        "Action": actions,
        "Condition": {"StringEquals": {"aws:RequestTag/Team": "blue"}},
    }
    session = assume(account, account.role(trust=conditional), claims=tagged)
    issued = account.sessions.find(session.access_key_id)
    assert issued is not None
    assert issued.context["aws:principaltag/team"] == ["blue"]
    other = claims(**{TAGS_CLAIM: {"principal_tags": {"Team": ["red"]}}})
    with pytest.raises(RoleRefused):
        assume(account, account.role(name="r2", trust=conditional), claims=other)


def test_a_role_that_is_not_there_is_refused_alike(account: MotoAccount):
    with pytest.raises(RoleRefused, match="AccessDenied"):
        assume(account, f"arn:aws:iam::{ACCOUNT}:role/none")


def test_no_session_outlasts_the_roles_maximum(account: MotoAccount):
    role = account.role(maximum=7200)
    assert assume(account, role, duration=7200)
    with pytest.raises(RoleRefused) as caught:
        assume(account, role, duration=7201)
    assert caught.value.code == "ValidationError"
