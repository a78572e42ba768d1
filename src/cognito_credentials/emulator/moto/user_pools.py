"""Requests to user pools that moto does not fully implement.

This module verifies the password proof in an SRP sign-in, because moto does not verify it.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.json_values import as_mapping
from cognito_credentials.emulator.messages import RawResponse, ServiceRequest
from cognito_credentials.emulator.moto.services import MotoServices
from cognito_credentials.emulator.moto.srp import SrpServer
from cognito_credentials.emulator.moto.user_pool_keys import share_signing_key
from cognito_credentials.emulator.moto.user_pool_tokens import UserPoolTokens

_PASSWORD_VERIFIER = "PASSWORD_VERIFIER"
_CHALLENGE_RESPONSES = ("RespondToAuthChallenge", "AdminRespondToAuthChallenge")


class MotoUserPools:
    """User pools in moto, with verification of SRP proofs. Thread-safe."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto = moto
        self._tokens = UserPoolTokens(moto)
        # Maps each sign-in session in moto to the user name and the challenge.
        self._challenges: dict[str, tuple[str, SrpServer]] = {}
        self._lock = threading.Lock()

    def send(self, request: ServiceRequest) -> RawResponse:
        """Return moto's response.

        Raises:
            AwsError: If the password proof is wrong, or the request is rejected.
        """
        if self._tokens.implements(request.operation):
            return self._tokens.handle(request.operation, request.parameters)
        self._tokens.add_role_claims()
        if request.operation == "CreateUserPool":
            share_signing_key()
        if request.operation in _CHALLENGE_RESPONSES:
            request = self._verify_proof(request)
        response = self._moto.send(request)
        if request.operation == "InitiateAuth" and response.status == HTTPStatus.OK:
            return self._replace_challenge(request, response)
        return response

    def _replace_challenge(self, request: ServiceRequest, response: RawResponse) -> RawResponse:
        """Replace moto's random SRP numbers with a real challenge."""
        output = json.loads(response.body)
        if output.get("ChallengeName") != _PASSWORD_VERIFIER:
            return response
        challenge = output["ChallengeParameters"]
        session = challenge["SECRET_BLOCK"]
        pool_name, user = self._find_user(session, challenge["USER_ID_FOR_SRP"])
        try:
            server = SrpServer(
                pool_name,
                user.id,
                user.password,
                srp_a=request.parameters["AuthParameters"]["SRP_A"],
                secret_block=session.encode(),
            )
        except ValueError as error:
            raise AwsError("InvalidParameterException", "Invalid SRP_A") from error
        with self._lock:
            self._challenges[session] = user.username, server
        challenge.update(server.challenge())
        headers = [header for header in response.headers if header[0].lower() != "content-length"]
        return RawResponse(response.status, headers, json.dumps(output).encode())

    def _verify_proof(self, request: ServiceRequest) -> ServiceRequest:
        """Verify the proof, and return the request in the format that moto accepts."""
        if not request.has_json_body:
            # moto might be able to parse a body that the emulator cannot parse, so this body must
            # not reach moto.
            raise AwsError("SerializationException", UnconfirmedText.BODY_NOT_JSON)
        if request.parameters.get("ChallengeName") != _PASSWORD_VERIFIER:
            return request
        responses: Mapping[str, Any] = as_mapping(request.parameters.get("ChallengeResponses"))
        session = _decode_block(responses.get("PASSWORD_CLAIM_SECRET_BLOCK"))
        with self._lock:
            # A wrong response ends the sign-in, so the challenge is always removed.
            user_and_server = self._challenges.pop(session, None)
        if user_and_server is None or not user_and_server[1].verify_proof(responses):
            raise AwsError("NotAuthorizedException", "Incorrect username or password.")
        user = user_and_server[0]
        proven = {**responses, "USERNAME": user, "PASSWORD_CLAIM_SECRET_BLOCK": session}
        parameters = {**request.parameters, "ChallengeResponses": proven}
        http = replace(request.http, body=json.dumps(parameters).encode())
        return replace(request, http=http, parameters=parameters)

    def _find_user(self, session: str, subject: str) -> tuple[str, Any]:
        backends = self._moto.backends("cognito-idp").values()
        pool = next(
            backend.sessions[session][1]
            for backend in tuple(backends)
            if session in backend.sessions
        )
        user = next(user for user in tuple(pool.users.values()) if user.id == subject)
        return pool.id.partition("_")[2], user


def _decode_block(block: object) -> str:
    try:
        return base64.b64decode(str(block), validate=True).decode()
    except ValueError:
        return ""
