"""One account in moto, for tests of individual emulator modules without the server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.clock import MovableClock
from cognito_credentials.emulator.moto.iam import MotoIam
from cognito_credentials.emulator.moto.role_sessions import MotoRoleSessions
from cognito_credentials.emulator.moto.services import MotoServices

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT = "111122223333"
POOL = "us-east-1:0a1b2c3d-0000-0000-0000-000000000000"
IDENTITY = "us-east-1:9f8e7d6c-0000-0000-0000-000000000000"
PROVIDER = "cognito-identity.amazonaws.com"
NOW = 1_700_000_000.0


class MotoAccount:
    """One account in moto, with the emulator's role sessions and a stopped clock."""

    def __init__(self) -> None:
        self.clock = MovableClock(lambda: NOW)
        self.moto = MotoServices(account_id=ACCOUNT, region="us-east-1")
        self.iam = MotoIam(self.moto)
        self.iam_backend = self.moto.backend("iam")
        self.sessions = MotoRoleSessions(moto=self.moto, clock=self.clock)

    def role(
        self,
        *policies: Mapping[str, Any],
        trust: Any = None,
        name: str = "role",
        tags: Mapping[str, str] | None = None,
        max_session_duration: int = 3600,
        boundary: str | None = None,
    ) -> str:
        """Create a role that trusts the OpenID tokens of identity pools, and return its ARN."""
        trust = trust or {
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": "sts:AssumeRoleWithWebIdentity",
        }
        role = self.iam_backend.create_role(
            role_name=name,
            assume_role_policy_document=document(*trust)
            if isinstance(trust, list)
            else document(trust),
            path="/",
            permissions_boundary=boundary,
            description="",
            tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            max_session_duration=str(max_session_duration),
        )
        for number, policy in enumerate(policies):
            self.iam_backend.put_role_policy(name, f"p{number}", document(policy))
        return str(role.arn)


def claims(**more: Any) -> dict[str, Any]:
    """Return the claims of a guest's OpenID token."""
    return {
        "iss": f"https://{PROVIDER}",
        "aud": POOL,
        "sub": IDENTITY,
        "amr": ["unauthenticated"],
        **more,
    }


def document(*statements: Any) -> str:
    """Return a policy document with these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
