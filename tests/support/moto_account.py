"""An account of moto's for the tests of single modules, without the server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.clock import MovableClock
from cognito_credentials.emulator.front.role_sessions import MotoRoleSessions
from cognito_credentials.emulator.moto.services import MotoServices

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT = "111122223333"
POOL = "us-east-1:0a1b2c3d-0000-0000-0000-000000000000"
IDENTITY = "us-east-1:9f8e7d6c-0000-0000-0000-000000000000"
PROVIDER = "cognito-identity.amazonaws.com"
NOW = 1_700_000_000.0


class MotoAccount:
    def __init__(self) -> None:
        self.clock = MovableClock(lambda: NOW)
        self.moto = MotoServices(account_id=ACCOUNT, region="us-east-1")
        self.sessions = MotoRoleSessions(moto=self.moto, clock=self.clock)

    def role(
        self,
        *policies: Mapping[str, Any],
        trust: Any = None,
        name: str = "role",
        tags: Mapping[str, str] | None = None,
        maximum: int = 3600,
        boundary: str | None = None,
    ) -> str:
        trusted = trust or {
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity",
        }
        role = self.moto.iam.create_role(
            role_name=name,
            assume_role_policy_document=document(*trusted)
            if isinstance(trusted, list)
            else document(trusted),
            path="/",
            permissions_boundary=boundary,
            description="",
            tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            max_session_duration=str(maximum),
        )
        for number, policy in enumerate(policies):
            self.moto.iam.put_role_policy(name, f"p{number}", document(policy))
        return str(role.arn)


def claims(**more: Any) -> dict[str, Any]:
    return {
        "iss": f"https://{PROVIDER}",
        "aud": POOL,
        "sub": IDENTITY,
        "amr": ["unauthenticated"],
        **more,
    }


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
