"""The IAM users, roles and policies in one account, read from moto."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.policy.documents import read_policy
from cognito_credentials.emulator.policy.evaluation import PolicyDocument

# The default MaxSessionDuration of a role, in seconds.
_DEFAULT_MAX_SESSION_DURATION = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class IamUser:
    """An IAM user and the secret of one of its access keys.

    `policies` maps names to the policies of the user and of the user's groups.
    """

    arn: str
    id: str
    name: str
    secret_access_key: str = field(repr=False)
    policies: Mapping[str, PolicyDocument]


@dataclass(frozen=True, slots=True, kw_only=True)
class IamRole:
    """An IAM role. `max_session_duration` is in seconds; `policies` maps names to policies."""

    arn: str
    id: str
    trust_policy: PolicyDocument
    policies: Mapping[str, PolicyDocument]
    permissions_boundary_arn: str | None
    max_session_duration: int
    tags: Mapping[str, str]


class MotoIam:
    """Access to the IAM users, roles and policies of one moto account."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto = moto

    def find_role(self, arn: str) -> IamRole | None:
        """Return the role with this ARN, or None if it does not exist."""
        roles = tuple(self._backend.get_roles())
        role = next((role for role in roles if role.arn == arn), None)
        if role is None:
            return None
        return IamRole(
            arn=role.arn,
            id=role.id,
            trust_policy=read_policy(role.assume_role_policy_document),
            policies=_read_policies([("role", role)]),
            permissions_boundary_arn=role.permissions_boundary_arn or None,
            max_session_duration=int(role.max_session_duration or _DEFAULT_MAX_SESSION_DURATION),
            tags={tag["Key"]: tag["Value"] for tag in role.tags or ()},
        )

    def find_user(self, access_key_id: str) -> IamUser | None:
        """Return the user with this active access key, or None if there is no such key."""
        for user in tuple(self._backend.users.values()):
            for key in user.access_keys:
                if key.access_key_id == access_key_id and key.status == "Active":
                    groups = self._backend.get_groups_for_user(user.name)
                    return IamUser(
                        arn=user.arn,
                        id=user.id,
                        name=user.name,
                        secret_access_key=key.secret_access_key,
                        policies=_read_policies(
                            [("user", user), *(("group", each) for each in groups)]
                        ),
                    )
        return None

    def find_managed_policy(self, arn: str) -> PolicyDocument | None:
        """Return the document of a managed policy, or None if moto does not have the policy."""
        policy = self._backend.managed_policies.get(arn)
        return None if policy is None else _read_managed_policy(policy)

    def find_inline_policies(self, kind: str, name: str) -> Mapping[str, str] | None:
        """Return the inline policies of a user, group or role as texts, by policy name.

        Returns None if the user, group or role does not exist.

        Args:
            kind: "user", "group" or "role".
            name: The name of the user, group or role.
        """
        backend = self._backend
        owners = {"user": backend.users, "group": backend.groups, "role": backend.roles}[kind]
        owner = next((each for each in tuple(owners.values()) if each.name == name), None)
        if owner is None:
            return None
        return {
            policy_name: document if isinstance(document, str) else json.dumps(document)
            for policy_name, document in owner.policies.items()
        }

    @property
    def _backend(self) -> Any:
        return self._moto.backend("iam")


def _read_policies(owners: Sequence[tuple[str, Any]]) -> Mapping[str, PolicyDocument]:
    """Return the policies of `owners`: pairs of a kind and a user, group or role."""
    policies: dict[str, PolicyDocument] = {}
    for kind, owner in owners:
        for name, document in owner.policies.items():
            policies[f"inline policy '{name}' of the {kind} '{owner.name}'"] = read_policy(document)
        for arn, policy in owner.managed_policies.items():
            policies[f"managed policy '{arn}'"] = _read_managed_policy(policy)
    return policies


def _read_managed_policy(policy: Any) -> PolicyDocument:
    versions = policy.versions
    return read_policy(next(version.document for version in versions if version.is_default))
