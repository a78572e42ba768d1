"""Tokens of moto's user pools: refresh and revocation, and the role claims of groups.

moto lacks the operations GetTokensFromRefreshToken and RevokeToken, and its ID tokens lack the
claims `cognito:roles` and `cognito:preferred_role`, from which an identity pool selects a role.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.json_values import as_mapping, parse_object
from cognito_credentials.emulator.messages import RawResponse
from cognito_credentials.emulator.moto.services import MotoServices

_MAX_PRECEDENCE = float("inf")


class UserPoolTokens:
    """The tokens of all user pools in one account. Thread-safe to the extent that moto is."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto = moto
        self._operations: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "GetTokensFromRefreshToken": self._refresh,
            "RevokeToken": self._revoke,
        }

    def implements(self, operation: str) -> bool:
        """Return True if this class implements an operation, and False if moto implements it."""
        return operation in self._operations

    def handle(self, operation: str, parameters: Mapping[str, Any]) -> RawResponse:
        """Return the response to a request for an operation that this class implements.

        Raises:
            AwsError: If the request is rejected.
        """
        output = self._operations[operation](parameters)
        headers = [("Content-Type", "application/x-amz-json-1.1")]
        return RawResponse(200, headers, json.dumps(output).encode())

    def add_role_claims(self) -> None:
        """Make all user pools add the roles of groups to the ID tokens that they issue."""
        for pool in self._list_pools():
            if "create_jwt" not in vars(pool):
                pool.create_jwt = _with_role_claims(pool)

    def _refresh(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        pool, client = self._find_client(parameters)
        token = _require(parameters, "RefreshToken")
        issued = pool.refresh_tokens.get(token, ())
        if issued is None:
            raise AwsError("NotAuthorizedException", "Refresh Token has been revoked")
        if not issued or issued[0] != client.id or issued[1] not in pool.users:
            raise AwsError("NotAuthorizedException", "Invalid Refresh Token.")
        if not pool.users[issued[1]].enabled:
            raise AwsError("NotAuthorizedException", "User is disabled.")
        access_token, id_token, expires_in = pool.create_tokens_from_refresh_token(token)
        result = {
            "AccessToken": access_token,
            "IdToken": id_token,
            "ExpiresIn": expires_in,
            "TokenType": "Bearer",
        }
        rotation = as_mapping(client.extended_config.get("RefreshTokenRotation"))
        if rotation.get("Feature") == "ENABLED":
            # The grace period, in which the old token remains valid, is not emulated.
            result["RefreshToken"], _ = pool.create_refresh_token(client.id, issued[1])
            pool.refresh_tokens[token] = None
        return {"AuthenticationResult": result}

    def _revoke(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        pool, client = self._find_client(parameters)
        token = _require(parameters, "Token")
        if token in pool.access_tokens or token in pool.id_tokens:
            raise AwsError("UnsupportedTokenTypeException", "Unsupported token type.")
        if client.extended_config.get("EnableTokenRevocation") is False:
            text = "Token revocation is not enabled for this client."
            raise AwsError("UnsupportedOperationException", text)
        issued = pool.refresh_tokens.get(token)
        if issued is not None and issued[0] != client.id:
            raise AwsError("UnauthorizedException", "The token belongs to another client.")
        if issued is not None:
            pool.refresh_tokens[token] = None
            for access_token in tuple(pool.access_tokens):
                if _read_claims(access_token).get("origin_jti") == issued[2]:
                    pool.access_tokens.pop(access_token, None)
        return {}

    def _find_client(self, parameters: Mapping[str, Any]) -> tuple[Any, Any]:
        client_id = _require(parameters, "ClientId")
        for pool in self._list_pools():
            client = pool.clients.get(client_id)
            if client is None:
                continue
            secret = str(parameters.get("ClientSecret", ""))
            expected = str(client.secret) if client.generate_secret else ""
            if not hmac.compare_digest(secret.encode(), expected.encode()):
                text = f"Unable to verify secret for client {client_id}"
                raise AwsError("NotAuthorizedException", text)
            return pool, client
        text = f"User pool client {client_id} does not exist."
        raise AwsError("ResourceNotFoundException", text)

    def _list_pools(self) -> Iterable[Any]:
        for backend in tuple(self._moto.backends("cognito-idp").values()):
            yield from tuple(backend.user_pools.values())


def _require(parameters: Mapping[str, Any], name: str) -> str:
    value = parameters.get(name)
    if not value:
        text = (
            f"1 validation error detected: Value null at '{name[0].lower()}{name[1:]}' failed to"
            " satisfy constraint: Member must not be null"
        )
        raise AwsError("InvalidParameterException", text)
    return str(value)


def _with_role_claims(pool: Any) -> Callable[..., tuple[str, int]]:
    create = pool.create_jwt

    def create_jwt(
        client_id: str,
        username: str,
        token_use: str,
        expires_in: int = 3600,
        extra_data: Mapping[str, Any] | None = None,
    ) -> tuple[str, int]:
        claims = dict(extra_data or {})
        if token_use == "id":
            claims |= _role_claims(pool.users[username].groups) if username in pool.users else {}
        token: tuple[str, int] = create(client_id, username, token_use, expires_in, claims)
        return token

    return create_jwt


def _role_claims(groups: Iterable[Any]) -> dict[str, Any]:
    """Return the claims with the roles of a user's groups.

    The role of the group with the lowest precedence is preferred, unless another group with that
    precedence has another role ("Adding groups to a user pool" in the developer guide).
    """

    def precedence(group: Any) -> float:
        return _MAX_PRECEDENCE if group.precedence is None else group.precedence

    with_role = sorted((group for group in groups if group.role_arn), key=precedence)
    if not with_role:
        return {}
    claims: dict[str, Any] = {
        "cognito:roles": list(dict.fromkeys(group.role_arn for group in with_role))
    }
    first = precedence(with_role[0])
    preferred = {group.role_arn for group in with_role if precedence(group) == first}
    if len(preferred) == 1:
        claims["cognito:preferred_role"] = preferred.pop()
    return claims


def _read_claims(token: str) -> Mapping[str, Any]:
    from joserfc import jws

    try:
        return parse_object(jws.extract_compact(token.encode()).payload) or {}
    except ValueError:
        return {}
