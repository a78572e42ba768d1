"""Access control of the control interface.

Web pages in the user's browser must not be able to control the emulator. A page cannot read a
response, because the interface sends no CORS headers and the `Host` header must name this machine
(see `front.browsers`). However, a page could send a request that makes changes. Such a request
therefore needs a token, which only programs that can read the output of the emulator know.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus

from cognito_credentials.emulator.control.routes import ControlError
from cognito_credentials.emulator.front.browsers import is_from_remote_page
from cognito_credentials.emulator.messages import RawRequest

TOKEN_VARIABLE = "COGNITO_EMULATOR_TOKEN"


def check_token(request: RawRequest, token: str) -> None:
    """Check that a request that makes changes contains the control token.

    Raises:
        ControlError: If the token is missing or wrong, or a web page from another machine sent
            the request.
    """
    if is_from_remote_page(request):
        text = "web pages from other machines must not use the control interface"
        raise ControlError(text, HTTPStatus.FORBIDDEN)
    scheme, _, value = request.header("Authorization").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(
        value.strip().encode(), token.encode()
    ):
        text = (
            "the request must have the header `Authorization: Bearer TOKEN` with the token in"
            f" the variable {TOKEN_VARIABLE}, which the emulator prints"
        )
        raise ControlError(text, HTTPStatus.UNAUTHORIZED)
