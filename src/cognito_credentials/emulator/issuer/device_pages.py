"""The device authorization endpoint, and the page for the user's code (RFC 8628)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from cognito_credentials.emulator.issuer import pages
from cognito_credentials.emulator.issuer.authorization import NAME_PROBLEM
from cognito_credentials.emulator.issuer.clients import Client
from cognito_credentials.emulator.issuer.devices import (
    DEVICE_LIFETIME_SECONDS,
    POLL_INTERVAL_SECONDS,
    Device,
    format_user_code,
    generate_user_code,
    normalize_user_code,
)
from cognito_credentials.emulator.issuer.grants import Grant
from cognito_credentials.emulator.issuer.parameters import Parameters
from cognito_credentials.emulator.issuer.state import IssuerState, parse_scope
from cognito_credentials.emulator.issuer.users import normalize_name
from cognito_credentials.emulator.messages import RawResponse

_CODE_PROBLEM = "No device is waiting for this code. Check the code, or start again on the device."


def authorize_device(
    state: IssuerState, client: Client, parameters: Parameters, page_url: str
) -> dict[str, Any]:
    """Return the codes for a device.

    Raises:
        OAuthError: If the scope is invalid.
    """
    scopes = parse_scope(parameters.get("scope", ""))
    code = generate_user_code()
    while _find_device(state, code) is not None:
        code = generate_user_code()
    expires_at = state.now() + DEVICE_LIFETIME_SECONDS
    device_code = state.devices.add(Device(client.id, scopes, code, expires_at))
    shown_code = format_user_code(code)
    return {
        "device_code": device_code,
        "user_code": shown_code,
        "verification_uri": page_url,
        "verification_uri_complete": f"{page_url}?user_code={quote(shown_code)}",
        "expires_in": int(DEVICE_LIFETIME_SECONDS),
        "interval": int(POLL_INTERVAL_SECONDS),
    }


def show_device(state: IssuerState, parameters: Parameters, path: str) -> RawResponse:
    """Return the page for a code that is in the URL or was entered in the first form."""
    code = parameters.get("user_code", "")
    device = _find_device(state, normalize_user_code(code))
    if device is None:
        return _code_page(path, code)
    return _device_page(state, device, path)


def decide_device(state: IssuerState, form: Parameters, path: str) -> RawResponse:
    """Record the decision of the user, and return a page that confirms it."""
    code = form.get("user_code", "")
    device = _find_device(state, normalize_user_code(code))
    if device is None:
        return _code_page(path, code)
    if "cancel" in form:
        device.is_denied = True
        return pages.message_page("You are not signed in", "You denied access to the device.")
    name = normalize_name(form.get("user", ""))
    if name is None:
        return _device_page(state, device, path, error=NAME_PROBLEM)
    state.users.record_sign_in(name)
    device.grant = Grant(device.client_id, name, device.scopes, state.now())
    return pages.message_page("You are signed in", "Return to your device.")


def _find_device(state: IssuerState, code: str) -> Device | None:
    """Return the device that is waiting for a code."""
    now = state.now()
    return next(
        (
            device
            for device in state.devices
            if device.user_code == code and not device.is_decided and now < device.expires_at
        ),
        None,
    )


def _code_page(path: str, code: str) -> RawResponse:
    error = _CODE_PROBLEM if code else ""
    return pages.code_page(action=path, fields={}, code=code[:20], error=error)


def _device_page(state: IssuerState, device: Device, path: str, error: str = "") -> RawResponse:
    code = format_user_code(device.user_code)
    return pages.device_page(
        client_id=device.client_id,
        code=code,
        action=path,
        fields={"user_code": code, "form_token": state.form_token},
        users=state.users.list_names(),
        error=error,
    )
