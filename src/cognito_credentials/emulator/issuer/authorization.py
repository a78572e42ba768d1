"""The authorization endpoint and the sign-in page (OpenID Connect Core 3.1.2, RFC 6749, RFC 7636)."""

from __future__ import annotations

import re
from http import HTTPStatus

from cognito_credentials.emulator.issuer import pages
from cognito_credentials.emulator.issuer.clients import Client
from cognito_credentials.emulator.issuer.errors import OAuthError, PageError
from cognito_credentials.emulator.issuer.grants import (
    CODE_LIFETIME_SECONDS,
    REQUEST_LIFETIME_SECONDS,
    AuthorizationRequest,
    Code,
    Grant,
)
from cognito_credentials.emulator.issuer.parameters import Parameters, require
from cognito_credentials.emulator.issuer.replies import redirect_response
from cognito_credentials.emulator.issuer.state import IssuerState, parse_scope
from cognito_credentials.emulator.issuer.users import MAX_NAME_LENGTH, normalize_name
from cognito_credentials.emulator.messages import RawResponse

NAME_PROBLEM = f"Enter a user name of 1 to {MAX_NAME_LENGTH} visible characters."
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


def authorize(state: IssuerState, parameters: Parameters, form_path: str) -> RawResponse:
    """Return the sign-in page for an authorization request, or a redirect with an error.

    Args:
        state: The state of the issuer.
        parameters: The parameters of the request.
        form_path: The path that receives the form of the sign-in page.

    Raises:
        PageError: If the client or the redirect URI is invalid, so that a redirect is not safe.
    """
    try:
        client = state.clients.find(require(parameters, "client_id"))
        redirect_uri = require(parameters, "redirect_uri")
    except OAuthError as error:
        raise PageError(f"The authorization request is invalid: {error.description}.") from None
    if not client.accepts_redirect_uri(redirect_uri):
        raise PageError(_redirect_problem(client))
    try:
        request = _parse_request(parameters, client, redirect_uri, state.now())
    except OAuthError as error:
        fields = {"error": error.code, "error_description": error.description}
        return _redirect(state, redirect_uri, parameters.get("state"), fields)
    return _sign_in_page(state, state.requests.add(request), request, form_path)


def sign_in(state: IssuerState, form: Parameters, form_path: str) -> RawResponse:
    """Return the redirect to the application after a user has signed in.

    Raises:
        PageError: If the sign-in was completed, has expired, or never existed.
    """
    request_id = form.get("request", "")
    request = state.requests.get(request_id)
    now = state.now()
    if request is None or now >= request.expires_at:
        raise PageError(
            "This sign-in has been completed or has expired. Start a new one in the application."
        )
    if "cancel" in form:
        state.requests.remove(request_id)
        fields = {"error": "access_denied", "error_description": "the user canceled the sign-in"}
        return _redirect(state, request.redirect_uri, request.state, fields)
    name = normalize_name(form.get("user", ""))
    if name is None:
        return _sign_in_page(state, request_id, request, form_path, error=NAME_PROBLEM)
    state.requests.remove(request_id)
    state.users.record_sign_in(name)
    grant = Grant(request.client_id, name, request.scopes, now, request.nonce)
    code = state.codes.add(
        Code(grant, request.redirect_uri, request.challenge, now + CODE_LIFETIME_SECONDS)
    )
    return _redirect(state, request.redirect_uri, request.state, {"code": code})


def _parse_request(
    parameters: Parameters, client: Client, redirect_uri: str, now: float
) -> AuthorizationRequest:
    for name, code in _UNSUPPORTED.items():
        if name in parameters:
            raise OAuthError(code, f"the parameter {name} is not supported")
    if require(parameters, "response_type") != "code":
        raise OAuthError("unsupported_response_type", "the response_type must be code")
    if parameters.get("response_mode", "query") != "query":
        raise OAuthError("invalid_request", "the response_mode must be query")
    scopes = parse_scope(parameters.get("scope", ""))
    challenge = parameters.get("code_challenge")
    if challenge is None and client.secret is None:
        raise OAuthError("invalid_request", "a public client must send a code_challenge (PKCE)")
    if challenge is not None:
        if parameters.get("code_challenge_method") != "S256":
            raise OAuthError("invalid_request", "the code_challenge_method must be S256")
        if not _CHALLENGE.fullmatch(challenge):
            raise OAuthError("invalid_request", "the code_challenge must have 43 characters")
    prompts = parameters.get("prompt", "").split(" ")
    if prompts == ["none"]:
        raise OAuthError("login_required", "each sign-in requires the sign-in page")
    if "none" in prompts:
        raise OAuthError("invalid_request", "prompt=none must not be combined with other values")
    return AuthorizationRequest(
        client_id=client.id,
        redirect_uri=redirect_uri,
        scopes=scopes,
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        challenge=challenge,
        login_hint=parameters.get("login_hint", ""),
        expires_at=now + REQUEST_LIFETIME_SECONDS,
    )


def _sign_in_page(
    state: IssuerState, request_id: str, request: AuthorizationRequest, path: str, error: str = ""
) -> RawResponse:
    return pages.sign_in_page(
        client_id=request.client_id,
        action=path,
        fields={"request": request_id, "form_token": state.form_token},
        users=state.users.list_names(),
        name=normalize_name(request.login_hint) or "",
        error=error,
        redirect_uri=request.redirect_uri,
    )


def _redirect(
    state: IssuerState, uri: str, client_state: str | None, fields: dict[str, str]
) -> RawResponse:
    if client_state is not None:
        fields["state"] = client_state
    fields["iss"] = state.url  # See RFC 9207.
    return redirect_response(uri, fields)


def _redirect_problem(client: Client) -> str:
    if client.redirect_uris:
        return "The redirect_uri does not match a redirect URI that is registered for the client."
    return (
        "The redirect_uri must be on this machine, for example http://127.0.0.1:8400/callback."
        " Register a client to use other redirect URIs."
    )


def bad_form() -> PageError:
    """Return the error for a form that does not come from a page of the issuer."""
    return PageError(
        "The form does not come from a page of this issuer. Start a new sign-in.",
        HTTPStatus.FORBIDDEN,
    )
