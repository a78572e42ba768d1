"""The functions behind the endpoints of the control interface.

A handler may raise `ValueError`, whose message becomes the error in the response, or `ControlError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cognito_credentials._version import __version__
from cognito_credentials.emulator.control.fields import shorten
from cognito_credentials.emulator.control.redaction import redact
from cognito_credentials.emulator.control.routes import PREFIX, ControlError
from cognito_credentials.emulator.faults import Fault, check_operation
from cognito_credentials.emulator.identity.identity_records import PoolIdentity
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.quotas import PUBLISHED_QUOTAS
from cognito_credentials.emulator.recorded_calls import RecordedCall

if TYPE_CHECKING:
    from cognito_credentials.emulator.server import Emulator

Fields = Mapping[str, Any]

MAX_LIMIT = 1000


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


def export_state(emulator: Emulator, _: Fields) -> Mapping[str, Any]:
    """Return the identity pools and identities."""
    return emulator.export_state()


def import_state(emulator: Emulator, fields: Fields) -> None:
    """Replace the identity pools and identities."""
    emulator.import_state(fields)


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
    return {"token": emulator.mint_token(fields["provider_name"], fields["subject"], **options)}


def list_faults(emulator: Emulator, _: Fields) -> Mapping[str, Any]:
    """List the pending faults."""
    return {"faults": [asdict(fault) for fault in emulator.faults]}


def add_fault(emulator: Emulator, fields: Fields) -> None:
    """Inject a fault."""
    emulator.faults.add(Fault(**fields))


def clear_faults(emulator: Emulator, _: Fields) -> None:
    """Remove all faults."""
    emulator.faults.clear()


def enforce_quotas(emulator: Emulator, fields: Fields) -> None:
    """Enforce request quotas."""
    emulator.enforce_quotas(fields.get("quotas", PUBLISHED_QUOTAS))


def list_calls(emulator: Emulator, fields: Fields) -> Mapping[str, Any]:
    """List recorded calls."""
    after, operation = fields.get("after", 0), fields.get("operation")
    recorded = emulator.calls
    # A rejected request may name an operation that does not exist, so the operation of every
    # recorded call is accepted.
    if operation is not None and operation not in {call.operation for call in recorded}:
        check_operation(operation)
    calls = [
        call for call in recorded if call.number > after and operation in (None, call.operation)
    ]
    return {
        "calls": [_describe_call(call) for call in calls[: fields.get("limit", MAX_LIMIT)]],
        "last": recorded[-1].number if recorded else 0,
    }


def list_pools(emulator: Emulator, _: Fields) -> Mapping[str, Any]:
    """List the identity pools of all regions."""
    return {"pools": [_describe_pool(pool) for pool in emulator.identity_service.list_pools()]}


def list_identities(emulator: Emulator, fields: Fields) -> Mapping[str, Any]:
    """List the identities of an identity pool."""
    pool_id = fields["pool_id"]
    if pool_id not in {pool.id for pool in emulator.identity_service.list_pools()}:
        text = f"there is no identity pool {shorten(pool_id)!r}; {PREFIX}/pools lists the pools"
        raise ControlError(text, HTTPStatus.NOT_FOUND)
    identities = emulator.identity_service.list_identities(
        pool_id, after=fields.get("after", -1), limit=fields.get("limit", MAX_LIMIT)
    )
    return {"identities": [_describe_identity(identity) for identity in identities]}


def _describe_call(call: RecordedCall) -> Mapping[str, Any]:
    return {
        "number": call.number,
        "time": _format_time(call.time),
        "service": call.service,
        "operation": call.operation,
        "region": call.region,
        "status": call.status,
        "principal_arn": call.principal_arn,
        "access_key_id": call.access_key_id,
        "parameters": redact(call.service, call.operation, call.parameters),
        "error_code": call.error_code,
        "error_message": call.error_message,
        "explanation": call.explanation,
        "faults": call.faults,
        "milliseconds": round(call.duration * 1000, 3),
    }


def _describe_pool(pool: IdentityPool) -> Mapping[str, Any]:
    return {
        "id": pool.id,
        "arn": pool.arn,
        "name": pool.name,
        "allows_guests": pool.allows_guests,
        "allows_basic_flow": pool.allows_basic_flow,
        "developer_provider": pool.developer_provider,
        "providers": [*pool.mapping_keys()],
        "roles": pool.roles,
        "role_mappings": pool.role_mappings,
        "tags": pool.tags,
    }


def _describe_identity(identity: PoolIdentity) -> Mapping[str, Any]:
    return {
        "id": identity.id,
        "serial": identity.serial,
        "is_enabled": identity.is_enabled,
        "created_at": _format_time(identity.created_at),
        "modified_at": _format_time(identity.modified_at),
        "logins": [
            {"provider_name": login.provider, "subject": login.subject}
            for login in sorted(identity.logins)
        ],
    }


def _format_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
