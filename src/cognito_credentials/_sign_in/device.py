"""Sign-in with another device, on which the user enters a code (RFC 8628)."""

from __future__ import annotations

from cognito_credentials._core import logs
from cognito_credentials._external_text import hide
from cognito_credentials._sign_in.client import IssuerError
from cognito_credentials._sign_in.members import get_seconds, get_text
from cognito_credentials._sign_in.providers import (
    default_scope,
    is_secret_limited_to_token_endpoint,
)
from cognito_credentials.errors import (
    MalformedResponseError,
    RequestTimeoutError,
    TransportError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.sessions import Session

__all__ = ["sign_in_with_device_code"]

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
POLL_INTERVAL_SECONDS = 5.0  # The default in RFC 8628, section 3.5.
SLOW_DOWN_SECONDS = 5.0  # Added to the interval after each `slow_down` error.
UNSUPPORTED_HINT = "Omit --device. On a machine without a browser, pass --no-browser instead."


def sign_in_with_device_code(
    client: Client,
    *,
    show: Callable[[str, str, str], None],
    scope: str | None = None,
    timeout: float,
) -> Session:
    """Sign in with another device.

    Args:
        client: Client of the issuer.
        show: Function that receives the URL to open on the other device, the code to enter, and a
            URL that already contains the code ("" if the issuer has no such URL).
        scope: Requested scope; None for the default scope of the issuer.
        timeout: Time to wait for the user, in seconds.

    Raises:
        ConfigurationError: If the issuer does not support device codes.
        IssuerError: If the issuer or the user rejects the sign-in.
        RequestTimeoutError: If the user does not enter the code in time.
        MalformedResponseError, TransportError: If no valid response arrives.
    """
    authorization = _request_code(client, scope)
    # Google calls this member verification_url (developers.google.com, "limited-input-device").
    place = _place(client)
    url = get_text(authorization, "verification_uri", place)
    url = url or get_text(authorization, "verification_url", place)
    if not url:
        raise MalformedResponseError(f"{place} contains no verification_uri", hint=UNSUPPORTED_HINT)
    complete_url = get_text(authorization, "verification_uri_complete", place)
    show(url, authorization["user_code"], complete_url)
    with logs.Wait("the code to be entered on the other device"):
        return _poll(client, authorization, timeout)


def _poll(client: Client, authorization: dict[str, Any], timeout: float) -> Session:
    clock = client.clock
    lifetime = get_seconds(authorization, "expires_in", _place(client), timeout)
    deadline = clock.monotonic() + min(timeout, lifetime)
    interval = get_seconds(authorization, "interval", _place(client), POLL_INTERVAL_SECONDS)
    device_code = authorization["device_code"]
    while clock.monotonic() + interval < deadline:
        clock.sleep(interval)
        try:
            tokens = client.request_tokens(
                GRANT_TYPE, device_code=device_code, hint="Sign in again."
            )
        except TransportError:
            interval *= 2  # RFC 8628, section 3.5, recommends doubling the interval.
        except IssuerError as error:
            if error.code == "expired_token":
                break
            if error.code == "slow_down":
                interval += SLOW_DOWN_SECONDS
            elif error.code != "authorization_pending":
                raise
            logs.debug(
                "The user has not entered the code yet (%s); next request in %.0f s",
                error.code,
                interval,
            )
        else:
            return client.create_session(tokens, method="oauth")
    raise RequestTimeoutError(
        "the code was not entered in time", hint="Sign in again, and enter the new code."
    )


def _request_code(client: Client, scope: str | None) -> dict[str, Any]:
    url = client.endpoint("device_authorization_endpoint", UNSUPPORTED_HINT)
    oauth_client = client.oauth_client()
    sends_secret = client.secret and not is_secret_limited_to_token_endpoint(client.provider_name)
    response = client.http.post(
        url,
        data={
            "client_id": client.session_key.client_id,
            "scope": scope or default_scope(client.provider_name, client.metadata),
        },
        headers={
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        auth=oauth_client.client_auth(oauth_client.token_endpoint_auth_method)
        if sends_secret
        else None,
    )
    document = response.json_object(accept_errors=True)
    if "error" in document:
        text = document.get("error_description")
        raise client.issuer_error(document["error"], text, [client.secret or ""], UNSUPPORTED_HINT)
    document = response.json_object()
    for name in ("device_code", "user_code"):
        if not get_text(document, name, _place(client)):
            raise MalformedResponseError(
                f"{_place(client)} contains no {name}", hint=UNSUPPORTED_HINT
            )
    return hide(document)  # type: ignore[no-any-return]


def _place(client: Client) -> str:
    return f"the device authorization response from {client.issuer}"
