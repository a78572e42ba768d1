"""The table of the endpoints of the control interface."""

from __future__ import annotations

from typing import get_args

from cognito_credentials.emulator.control import handlers
from cognito_credentials.emulator.control.routes import Route, Schema
from cognito_credentials.emulator.faults import FaultKind


def _list_of(name: str) -> Schema:
    return {
        "type": "object",
        "properties": {name: {"type": "array", "items": {"type": "object"}}},
    }


_TIME: Schema = {"type": "string", "format": "date-time"}
_LIMIT: Schema = {
    "type": "integer",
    "minimum": 1,
    "description": f"The maximum number of items. Default: {handlers.MAX_LIMIT}.",
}
_FAULT_FIELDS: dict[str, Schema] = {
    "operation": {
        "type": "string",
        "required": True,
        "description": "The operation, for example GetId, or an HTTP method of a REST service.",
    },
    "kind": {
        "type": "string",
        "required": True,
        "enum": list(get_args(FaultKind)),
        "description": "What happens to the request.",
    },
    "times": {
        "type": "integer",
        "minimum": 1,
        "nullable": True,
        "description": "Number of requests that the fault affects; null means all requests. Default: 1.",
    },
    "code": {"type": "string", "description": "Required for the kind `error`: the error code."},
    "message": {
        "type": "string",
        "description": "The error message, for the kind `error`. Default: the code.",
    },
    "status": {
        "type": "integer",
        "description": "The HTTP status, for the kind `error`. Default: 400.",
    },
    "seconds": {
        "type": "number",
        "description": "Required for the kinds `latency` (the delay) and `clock-offset` (the offset).",
    },
}

ROUTES = (
    Route(
        method="GET",
        path="/health",
        summary="Check whether the emulator is ready.",
        handler=handlers.get_health,
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
        handler=handlers.reset,
    ),
    Route(
        method="GET",
        path="/state",
        summary="Return all identity pools and identities, and the opaque tokens that the emulator"
        " accepts. The request must contain the token of the control interface.",
        handler=handlers.export_state,
        response={
            "type": "object",
            "properties": {
                "version": {"type": "integer"},
                "pools": {"type": "array", "items": {"type": "object"}},
                "identities": {"type": "array", "items": {"type": "object"}},
                "opaque_tokens": {"type": "array", "items": {"type": "object"}},
            },
        },
        reveals_secrets=True,
    ),
    Route(
        method="PUT",
        path="/state",
        summary="Replace all identity pools, identities and opaque tokens with those in a response of"
        " `GET /_emulator/state`.",
        handler=handlers.import_state,
        fields={
            "version": {"type": "integer", "required": True, "description": "The format."},
            "pools": {"type": "array", "required": True, "description": "The identity pools."},
            "identities": {"type": "array", "required": True, "description": "The identities."},
            "opaque_tokens": {
                "type": "array",
                "required": True,
                "description": "The tokens of Facebook, Amazon, Twitter and Digits.",
            },
        },
    ),
    Route(
        method="GET",
        path="/clock",
        summary="Return the time of the emulator.",
        handler=handlers.get_clock,
        response={"type": "object", "properties": {"now": _TIME}},
    ),
    Route(
        method="POST",
        path="/clock/advance",
        summary="Advance the clock of the emulator.",
        handler=handlers.advance_clock,
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
        handler=handlers.mint_token,
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
    Route(
        method="GET",
        path="/faults",
        summary="List the pending faults, which will affect further requests.",
        handler=handlers.list_faults,
        response=_list_of("faults"),
    ),
    Route(
        method="POST",
        path="/faults",
        summary="Inject a fault into the next requests for an operation.",
        handler=handlers.add_fault,
        fields=_FAULT_FIELDS,
    ),
    Route(
        method="DELETE",
        path="/faults",
        summary="Remove all faults.",
        handler=handlers.clear_faults,
    ),
    Route(
        method="PUT",
        path="/quotas",
        summary="Throttle requests for Amazon Cognito Identity that exceed a quota.",
        handler=handlers.enforce_quotas,
        fields={
            "quotas": {
                "type": "object",
                "description": "Requests per second, by operation. Default: the quotas that AWS"
                " publishes. An empty object disables throttling.",
            }
        },
    ),
    Route(
        method="GET",
        path="/calls",
        summary="List the requests to the emulator, in the order of the responses. The emulator"
        " retains the latest 10,000 requests. Tokens and other secrets are redacted.",
        handler=handlers.list_calls,
        fields={
            "after": {
                "type": "integer",
                "minimum": 0,
                "description": "List only calls with a number greater than this. Default: 0.",
            },
            "operation": {
                "type": "string",
                "description": "List only calls to this operation, for example GetId.",
            },
            "limit": _LIMIT,
        },
        response={
            "type": "object",
            "properties": {
                "calls": {"type": "array", "items": {"type": "object"}},
                "last": {"type": "integer", "description": "The number of the latest call."},
            },
        },
    ),
    Route(
        method="GET",
        path="/pools",
        summary="List the identity pools of all regions.",
        handler=handlers.list_pools,
        response=_list_of("pools"),
    ),
    Route(
        method="GET",
        path="/identities",
        summary="List the identities of an identity pool with their logins, oldest first.",
        handler=handlers.list_identities,
        fields={
            "pool_id": {
                "type": "string",
                "required": True,
                "description": "The identity pool ID.",
            },
            "after": {
                "type": "integer",
                "minimum": 0,
                "description": "List only identities with a serial number greater than this.",
            },
            "limit": _LIMIT,
        },
        response=_list_of("identities"),
        errors={404: "There is no such identity pool."},
    ),
)
