"""The paths of the issuer, and the protection of its pages against pages from other sites."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from cognito_credentials.emulator.clock import EmulatorClock
from cognito_credentials.emulator.front.browsers import is_from_remote_page
from cognito_credentials.emulator.issuer import id_tokens, pages
from cognito_credentials.emulator.issuer.authorization import authorize, bad_form, sign_in
from cognito_credentials.emulator.issuer.device_pages import (
    authorize_device,
    decide_device,
    show_device,
)
from cognito_credentials.emulator.issuer.errors import OAuthError, PageError
from cognito_credentials.emulator.issuer.parameters import Parameters, parse_form, parse_query
from cognito_credentials.emulator.issuer.replies import (
    error_response,
    json_response,
    text_response,
)
from cognito_credentials.emulator.issuer.state import SCOPES, IssuerState
from cognito_credentials.emulator.issuer.token_endpoint import (
    GRANT_TYPES,
    get_user_info,
    request_tokens,
    revoke,
)
from cognito_credentials.emulator.messages import RawRequest, RawResponse

# S3 has no bucket with this name, because bucket names contain no underscores.
PATH = "/_emulator/issuer"
_METADATA_PATH = "/.well-known/openid-configuration"

_Endpoint = Callable[[RawRequest], RawResponse]


class IssuerService:
    """Responds to requests to the issuer. Thread-safe.

    Args:
        find_endpoint_url: Function that returns the endpoint URL of the emulator.
        clock: The source of the time.

    Attributes:
        state: Everything that the issuer stores.
    """

    def __init__(self, find_endpoint_url: Callable[[], str], clock: EmulatorClock) -> None:
        self.state: IssuerState = IssuerState(lambda: f"{find_endpoint_url()}{PATH}", clock)
        self._pages: dict[tuple[str, str], _Endpoint] = {
            ("GET", "/authorize"): lambda request: self._authorize(parse_query(request)),
            ("POST", "/authorize"): lambda request: self._authorize(parse_form(request)),
            ("POST", "/sign-in"): self._sign_in,
            ("GET", "/device"): self._show_device,
            ("POST", "/device"): self._decide_device,
        }
        self._documents: dict[tuple[str, str], _Endpoint] = {
            ("GET", _METADATA_PATH): self._get_metadata,
            ("GET", "/jwks"): lambda _: json_response(id_tokens.key_set()),
            ("POST", "/token"): self._request_tokens,
            ("POST", "/device_authorization"): self._authorize_device,
            ("POST", "/revoke"): self._revoke,
            ("GET", "/userinfo"): self._get_user_info,
            ("POST", "/userinfo"): self._get_user_info,
        }

    @staticmethod
    def owns(path: str) -> bool:
        """Return True if a path belongs to the issuer."""
        return path == PATH or path.startswith(f"{PATH}/")

    def find_key_set(self, issuer: str) -> Mapping[str, Any] | None:
        """Return the JWKS if `issuer` is the URL of this issuer, or else None."""
        is_own = issuer.endswith(PATH) and issuer == self.state.url
        return id_tokens.key_set() if is_own else None

    def respond(self, request: RawRequest) -> RawResponse:
        """Return the response to a request for a path of the issuer."""
        method = "GET" if request.method == "HEAD" else request.method
        path = request.path.removeprefix(PATH)
        with self.state.lock:
            if (method, path) in self._pages:
                return _respond_with_page(self._pages[method, path], request)
            if any(path == known for _, known in self._documents):
                return self._respond_with_document(method, path, request)
        if any(path == known for _, known in self._pages):
            return text_response(HTTPStatus.METHOD_NOT_ALLOWED, "wrong HTTP method\n")
        text = f"The metadata of the issuer is at {self.state.url}{_METADATA_PATH}\n"
        return text_response(HTTPStatus.NOT_FOUND, text)

    def _respond_with_document(self, method: str, path: str, request: RawRequest) -> RawResponse:
        """Return the response for a program, which may be a web page on this machine (CORS)."""
        if is_from_remote_page(request):
            text = "web pages from other machines must not use the issuer\n"
            return text_response(HTTPStatus.FORBIDDEN, text)
        if method == "OPTIONS":
            response = RawResponse(HTTPStatus.NO_CONTENT)
            response.set_header("Access-Control-Allow-Methods", "GET, POST")
            response.set_header("Access-Control-Allow-Headers", "Authorization, Content-Type")
        elif (endpoint := self._documents.get((method, path))) is None:
            response = text_response(HTTPStatus.METHOD_NOT_ALLOWED, "wrong HTTP method\n")
        else:
            try:
                response = endpoint(request)
            except OAuthError as error:
                response = error_response(error)
        if "Origin" in request.headers:
            response.set_header("Access-Control-Allow-Origin", request.header("Origin"))
            response.set_header("Vary", "Origin")
        return response

    # --- pages ------------------------------------------------------------------------------------

    def _authorize(self, parameters: Parameters) -> RawResponse:
        return authorize(self.state, parameters, f"{PATH}/sign-in")

    def _sign_in(self, request: RawRequest) -> RawResponse:
        return sign_in(self.state, self._parse_own_form(request), f"{PATH}/sign-in")

    def _show_device(self, request: RawRequest) -> RawResponse:
        return show_device(self.state, parse_query(request), f"{PATH}/device")

    def _decide_device(self, request: RawRequest) -> RawResponse:
        return decide_device(self.state, self._parse_own_form(request), f"{PATH}/device")

    def _parse_own_form(self, request: RawRequest) -> Parameters:
        """Return the fields of a form, which must come from a page of the issuer."""
        form = parse_form(request)
        origin = f"http://{request.header('Host')}"
        origins = request.headers.get_all("Origin") or [origin]
        token = form.get("form_token", "").encode()
        if (
            any(each.lower() != origin.lower() for each in origins)
            or request.header("Sec-Fetch-Site", "same-origin") != "same-origin"
            or not hmac.compare_digest(token, self.state.form_token.encode())
        ):
            raise bad_form()
        return form

    # --- documents --------------------------------------------------------------------------------

    def _get_metadata(self, _: RawRequest) -> RawResponse:
        url = self.state.url
        methods = ["none", "client_secret_basic", "client_secret_post"]
        return json_response(
            {
                "issuer": url,
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "device_authorization_endpoint": f"{url}/device_authorization",
                "revocation_endpoint": f"{url}/revoke",
                "userinfo_endpoint": f"{url}/userinfo",
                "jwks_uri": f"{url}/jwks",
                "scopes_supported": list(SCOPES),
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": list(GRANT_TYPES),
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [id_tokens.ALGORITHM],
                "token_endpoint_auth_methods_supported": methods,
                "revocation_endpoint_auth_methods_supported": methods,
                "code_challenge_methods_supported": ["S256"],
                "claims_supported": [
                    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"),
                    *("email", "email_verified", "name", "preferred_username"),
                ],
                "prompt_values_supported": ["none", "login", "consent", "select_account"],
                "authorization_response_iss_parameter_supported": True,
                "request_parameter_supported": False,
                # Without this member, clients would assume that the value is true.
                "request_uri_parameter_supported": False,
            }
        )

    def _request_tokens(self, request: RawRequest) -> RawResponse:
        parameters = parse_form(request)
        client = self.state.clients.authenticate(request, parameters)
        return json_response(request_tokens(self.state, client, parameters))

    def _authorize_device(self, request: RawRequest) -> RawResponse:
        parameters = parse_form(request)
        client = self.state.clients.authenticate(request, parameters)
        page_url = f"{self.state.url}/device"
        return json_response(authorize_device(self.state, client, parameters, page_url))

    def _revoke(self, request: RawRequest) -> RawResponse:
        parameters = parse_form(request)
        revoke(self.state, self.state.clients.authenticate(request, parameters), parameters)
        return json_response({})

    def _get_user_info(self, request: RawRequest) -> RawResponse:
        return json_response(get_user_info(self.state, request.header("Authorization")))


def _respond_with_page(endpoint: _Endpoint, request: RawRequest) -> RawResponse:
    try:
        return endpoint(request)
    except OAuthError as error:
        text, status = f"The request is invalid: {error.description}.", HTTPStatus.BAD_REQUEST
    except PageError as error:
        text, status = error.text, error.status
    return pages.message_page("Sign-in failed", text, status)
