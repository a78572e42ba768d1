"""Passwords of moto's users by SRP: moto asks for a proof, and takes any."""

from __future__ import annotations

import base64
import json
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.front.errors import Refused
from cognito_credentials.emulator.http_server import HttpRequest, HttpResponse
from cognito_credentials.emulator.moto.srp import SrpServer

if TYPE_CHECKING:
    from cognito_credentials.emulator.moto.services import MotoServices

_VERIFIER = "PASSWORD_VERIFIER"
_RESPONDING = ("RespondToAuthChallenge", "AdminRespondToAuthChallenge")


class MotoPasswords:
    """Answer a user pool's operations with moto, and check what proves a password. Thread-safe."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto = moto
        # moto's session -> who is asked, and what
        self._asked: dict[str, tuple[str, SrpServer]] = {}
        self._lock = threading.Lock()

    def answer(self, operation: str, request: HttpRequest) -> HttpResponse:
        """Return moto's answer; raise ``Refused`` where a password is not proven."""
        if operation in _RESPONDING:
            request = self._checked(request)
        response = self._moto.answer(request)
        if operation == "InitiateAuth" and response.status == HTTPStatus.OK:
            return self._with_challenge(request, response)
        return response

    def _with_challenge(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Put numbers that mean something in the place of moto's."""
        answer = json.loads(response.body)
        if answer.get("ChallengeName") != _VERIFIER:
            return response
        parameters = answer["ChallengeParameters"]
        session = parameters["SECRET_BLOCK"]
        pool_name, user = self._user(session, parameters["USER_ID_FOR_SRP"])
        try:
            server = SrpServer(
                pool_name,
                user.id,
                user.password,
                srp_a=json.loads(request.body)["AuthParameters"]["SRP_A"],
                secret_block=session.encode(),
            )
        except ValueError as error:
            raise Refused("InvalidParameterException", "Invalid SRP_A", 400) from error
        with self._lock:
            self._asked[session] = user.username, server
        parameters.update(server.challenge())
        headers = [header for header in response.headers if header[0].lower() != "content-length"]
        return HttpResponse(response.status, headers, json.dumps(answer).encode())

    def _checked(self, request: HttpRequest) -> HttpRequest:
        """Return an answer to a challenge as moto takes it, once the password is proven."""
        members = json.loads(request.body)
        if members.get("ChallengeName") != _VERIFIER:
            return request
        responses: dict[str, str] = members.get("ChallengeResponses") or {}
        session = _decoded(responses.get("PASSWORD_CLAIM_SECRET_BLOCK"))
        with self._lock:
            asked = self._asked.pop(session, None)  # a wrong answer ends the sign-in
        if asked is None or not asked[1].is_proven_by(responses):
            raise Refused("NotAuthorizedException", "Incorrect username or password.", 400)
        responses.update(USERNAME=asked[0], PASSWORD_CLAIM_SECRET_BLOCK=session)
        body = json.dumps(members).encode()
        return HttpRequest(request.method, request.target, request.headers, body)

    def _user(self, session: str, sub: str) -> tuple[str, Any]:
        backends = self._moto.backends("cognito-idp").values()
        pool = next(
            each.sessions[session][1] for each in tuple(backends) if session in each.sessions
        )
        user = next(user for user in tuple(pool.users.values()) if user.id == sub)
        return pool.id.partition("_")[2], user


def _decoded(block: object) -> str:
    try:
        return base64.b64decode(str(block), validate=True).decode()
    except ValueError:
        return ""
