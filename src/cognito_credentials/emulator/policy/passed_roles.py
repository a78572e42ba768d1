"""The permissions to pass roles to Amazon Cognito, which SetIdentityPoolRoles requires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cognito_credentials.emulator.json_values import as_mapping, as_sequence
from cognito_credentials.emulator.policy.evaluation import AuthorizationRequest

_CONTEXT = {"iam:passedtoservice": ["cognito-identity.amazonaws.com"]}


def pass_role_requests(parameters: Mapping[str, Any]) -> Iterable[AuthorizationRequest]:
    """Return the permissions to pass the roles in the parameters of SetIdentityPoolRoles."""
    return [
        AuthorizationRequest("iam:PassRole", arn, _CONTEXT)
        for arn in dict.fromkeys(_list_roles(parameters))
    ]


def _list_roles(parameters: Mapping[str, Any]) -> Iterator[str]:
    yield from map(str, as_mapping(parameters.get("Roles")).values())
    for mapping in as_mapping(parameters.get("RoleMappings")).values():
        rules = as_mapping(as_mapping(mapping).get("RulesConfiguration")).get("Rules", [])
        for rule in as_sequence(rules):
            yield str(as_mapping(rule).get("RoleARN"))
