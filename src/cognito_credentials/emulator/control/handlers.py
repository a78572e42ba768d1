"""The endpoints of the control interface."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cognito_credentials._version import __version__
from cognito_credentials.emulator.control.routes import ControlError, Route, Schema

if TYPE_CHECKING:
    from cognito_credentials.emulator.server import Emulator

Fields = Mapping[str, Any]

_TIME: Schema = {"type": "string", "format": "date-time"}
_MAX_LISTED_CALLS = 1000


def get_health(emulator: Emulator, _: Fields) -> Mapping[str, Any]:
    """Describe the emulator."""
    return {
        "status": "ok",
        "version": __version__,
        "region": emulator.region,
        "account_id": emulator.account_id,
        "now": _format_time(emulator.clock.now()),
    }


def reset(emulator: Emulator, _: Fields) -> None:
    """Delete all state."""
    emulator.reset()


def get_clock(emulator: Emulator, _: Fields) -> Mapping[str, Any]:
    """Return the time."""
    return {"now": _format_time(emulator.clock.now())}


def advance_clock(emulator: Emulator, fields: Fields) -> Mapping[str, Any]:
    """Advance the clock."""
    emulator.clock.advance(fields["seconds"])
    return get_clock(emulator, fields)


def mint_token(emulator: Emulator, fields: Fields) -> Mapping[str, Any]:
    """Mint a login token."""
    options = {name: fields[name] for name in ("audience", "claims", "lifetime") if name in fields}
    try:
        token = emulator.mint_token(fields["provider_name"], fields["subject"], **options)
    except ValueError as error:
        raise ControlError(str(error)) from None
    return {"token": token}


def _format_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


ROUTES = (
    Route(
        method="GET",
        path="/health",
        summary="Check whether the emulator is ready.",
        handler=get_health,
        response={
            "type": "object",
            "properties": {
                "status": {"type": "string", "const": "ok"},
                "version": {"type": "string"},
                "region": {"type": "string"},
                "account_id": {"type": "string"},
                "now": _TIME,
            },
        },
    ),
    Route(
        method="POST",
        path="/reset",
        summary="Delete all state, as if the emulator had just started.",
        handler=reset,
    ),
    Route(
        method="GET",
        path="/clock",
        summary="Return the time of the emulator.",
        handler=get_clock,
        response={"type": "object", "properties": {"now": _TIME}},
    ),
    Route(
        method="POST",
        path="/clock/advance",
        summary="Advance the clock of the emulator.",
        handler=advance_clock,
        fields={
            "seconds": {
                "type": "number",
                "required": True,
                "description": "The number of seconds. A negative number sets the clock back.",
            }
        },
        response={"type": "object", "properties": {"now": _TIME}},
    ),
    Route(
        method="POST",
        path="/tokens",
        summary="Mint a login token of a login provider that an identity pool trusts.",
        handler=mint_token,
        fields={
            "provider_name": {
                "type": "string",
                "required": True,
                "description": "The login provider name, for example accounts.google.com.",
            },
            "subject": {
                "type": "string",
                "required": True,
                "description": "The user at the login provider: the sub claim.",
            },
            "audience": {
                "type": "string",
                "description": "The client ID: the aud claim. Default: the client ID that identity"
                " pools accept, if there is only one.",
            },
            "claims": {
                "type": "object",
                "description": "Further claims, which replace claims of the same name.",
            },
            "lifetime": {
                "type": "number",
                "description": "The lifetime of the token, in seconds. Default: 3600.",
            },
        },
        response={"type": "object", "properties": {"token": {"type": "string"}}},
    ),
)
