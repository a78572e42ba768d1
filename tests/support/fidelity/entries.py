"""The entries of docs/fidelity.md, each with its evidence and the test that checks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service_errors import Evidence

_IDENTITY = "tests/unit/emulator/identity/"
_EMULATOR = "tests/emulator/"


@dataclass(frozen=True)
class Behavior:
    """A behavior of the emulator that is not an error message.

    Attributes:
        test: The path of a test and its name, separated by two colons.
        source: A public source of the evidence, or a remark about its limits.
    """

    text: str
    evidence: Evidence
    test: str
    source: str = ""


@dataclass(frozen=True)
class ListedText:
    """A message without a request in `service_errors`; another test checks the message.

    Attributes:
        condition: The situation in which the message is returned.
        code: The error code, or "" if the message is not an error.
        test: The path of a test and its name, separated by two colons.
        source: A public source of the evidence, or a remark about its limits.
    """

    condition: str
    code: str
    text: str
    evidence: Evidence
    test: str
    source: str = ""


def unit(reference: str) -> str:
    """Return the path of a unit test of Amazon Cognito Identity."""
    return _IDENTITY + reference


def emulated(reference: str) -> str:
    """Return the path of a test that sends requests to a running emulator."""
    return _EMULATOR + reference
