"""Signing in on another device: a short code to type there, while this one asks (RFC 8628)."""

from __future__ import annotations

from cognito_credentials._core import logs
from cognito_credentials._sign_in.client import RefusedError
from cognito_credentials._sign_in.providers import default_scope, takes_secret_for_tokens_alone
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

__all__ = ["sign_in"]

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
INTERVAL, SLOWER = 5.0, 5.0  # seconds between requests, and what `slow_down` adds (section 3.5)
NO_DEVICES = "Sign in with the browser, or with --no-browser on a machine that has none."


def sign_in(
    client: Client,
    *,
    show: Callable[[str, str, str], None],
    scope: str | None = None,
    timeout: float,
) -> Session:
    """Return the session when the user has agreed elsewhere, within `timeout` seconds.

    `show` gets the address, the code to type there, and an address that has the code in it, or "".

    Raises:
        ConfigurationError: The issuer does not know devices.
        RefusedError: The issuer or the user refused.
        RequestTimeoutError: Nobody typed the code in time.
        MalformedResponseError, TransportError: The issuer did not answer.
    """
    given = _ask_for_code(client, scope)
    device_code = given["device_code"]
    # Google calls it verification_url (developers.google.com, "limited-input-device").
    address = given.get("verification_uri") or given.get("verification_url")
    show(str(address), str(given["user_code"]), str(given.get("verification_uri_complete") or ""))
    with logs.Wait("the code to be typed on the other device"):
        return _approved(client, given, device_code, timeout)


def _approved(client: Client, given: dict[str, Any], device_code: str, timeout: float) -> Session:
    clock = client.clock
    end = clock.monotonic() + min(timeout, _number(given.get("expires_in"), timeout))
    interval = _number(given.get("interval"), INTERVAL)
    while clock.monotonic() + interval < end:
        clock.sleep(interval)
        try:
            tokens = client.tokens(GRANT, device_code=device_code, hint="Sign in again.")
        except TransportError:
            interval *= 2  # as section 3.5 advises
        except RefusedError as refused:
            logs.debug("The issuer says %s", refused.code)
            if refused.code == "slow_down":
                interval += SLOWER
            elif refused.code == "expired_token":
                break
            elif refused.code != "authorization_pending":
                raise
        else:
            return client.session(tokens, method="oauth")
    raise RequestTimeoutError(
        "nobody typed the code in time", hint="Sign in again, and type the new code."
    )


def _ask_for_code(client: Client, scope: str | None) -> dict[str, Any]:
    url = client.endpoint("device_authorization_endpoint", NO_DEVICES)
    oauth = client.oauth()
    proves = client.secret and not takes_secret_for_tokens_alone(client.provider_name)
    answer = client.http.post(
        url,
        data={
            "client_id": client.session_key.client_id,
            "scope": scope or default_scope(client.provider_name, client.metadata),
        },
        headers={
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        auth=oauth.client_auth(oauth.token_endpoint_auth_method) if proves else None,
    )
    document = answer.any_document()
    if "error" in document:
        text = document.get("error_description")
        raise client.refusal(document["error"], text, [client.secret or ""], NO_DEVICES)
    document = answer.document()
    if not (isinstance(document.get("device_code"), str) and document.get("user_code")):
        raise MalformedResponseError(f"{client.session_key.issuer} gave no code for a device")
    return document


def _number(value: object, otherwise: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return float(value) if is_number else otherwise  # type: ignore[arg-type]
