"""The functions behind the endpoints of the control interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cognito_credentials._version import __version__
from cognito_credentials.emulator.control.routes import ControlError
from cognito_credentials.emulator.faults import Fault
from cognito_credentials.emulator.quotas import PUBLISHED_QUOTAS

if TYPE_CHECKING:
    from cognito_credentials.emulator.server import Emulator

Fields = Mapping[str, Any]


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


def list_faults(emulator: Emulator, _: Fields) -> Mapping[str, Any]:
    """List the faults that are still to be met."""
    return {"faults": [asdict(fault) for fault in emulator.faults]}


def add_fault(emulator: Emulator, fields: Fields) -> None:
    """Inject a fault."""
    try:
        emulator.faults.add(Fault(**fields))
    except ValueError as error:
        raise ControlError(str(error)) from None


def clear_faults(emulator: Emulator, _: Fields) -> None:
    """Remove all faults."""
    emulator.faults.clear()


def enforce_quotas(emulator: Emulator, fields: Fields) -> None:
    """Enforce request quotas."""
    try:
        emulator.enforce_quotas(fields.get("quotas", PUBLISHED_QUOTAS))
    except ValueError as error:
        raise ControlError(str(error)) from None


def _format_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
