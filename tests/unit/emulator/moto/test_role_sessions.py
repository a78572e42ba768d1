from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from moto_account import ACCOUNT, IDENTITY, NOW, POOL, PROVIDER, MotoAccount, claims

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.open_id_tokens import TAGS_CLAIM

if TYPE_CHECKING:
    from cognito_credentials.emulator.identity.ports import RoleSession


def assume(account: MotoAccount, role_arn: str, **more: Any) -> RoleSession:
    parameters: dict[str, Any] = {"claims": claims(), "session_name": "s1", "duration": 900, **more}
    return account.sessions.assume_with_open_id_token(role_arn=role_arn, **parameters)


TRUST: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Federated": PROVIDER},
    "Action": "sts:AssumeRoleWithWebIdentity",
}


def test_a_session_has_the_form_of_sts(account: MotoAccount):
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
    ("trust", "is_trusted"),
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
def test_the_trust_policy_decides(account: MotoAccount, trust: Any, is_trusted: bool):
    role = account.role(trust=trust)
    if is_trusted:
        assert assume(account, role)
        return
    with pytest.raises(AwsError) as caught:
        assume(account, role)
    assert caught.value.code == "AccessDenied"
    assert caught.value.message == "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def test_session_tags_need_their_own_permission(account: MotoAccount):
    tagged = claims(**{TAGS_CLAIM: {"principal_tags": {"Team": ["blue"]}}})
    with pytest.raises(AwsError):
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
    other_claims = claims(**{TAGS_CLAIM: {"principal_tags": {"Team": ["red"]}}})
    with pytest.raises(AwsError):
        assume(account, account.role(name="r2", trust=conditional), claims=other_claims)


def test_an_unknown_role_is_access_denied(account: MotoAccount):
    with pytest.raises(AwsError, match="AccessDenied"):
        assume(account, f"arn:aws:iam::{ACCOUNT}:role/none")


def test_no_session_outlasts_the_maximum_duration_of_the_role(account: MotoAccount):
    role = account.role(max_session_duration=7200)
    assert assume(account, role, duration=7200)
    with pytest.raises(AwsError) as caught:
        assume(account, role, duration=7201)
    assert caught.value.code == "ValidationError"
