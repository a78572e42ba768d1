"""A request that causes an error, the expected response, and the evidence for that response.

In a message, `<Name>` stands for a parameter of the request, and `<now>` for a time in
seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from service_texts import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable

    from service_texts import TextsWorld

    Parameters = Callable[[TextsWorld], dict[str, Any]]


class Evidence(StrEnum):
    """The kinds of evidence for a behavior of the emulator, from the strongest to the weakest."""

    CONFIRMED = "confirmed"
    DOCUMENTED = "documented"
    CODE_ONLY = "code only"
    INFERRED = "inferred"
    INVENTED = "invented"


CONFIRMED, DOCUMENTED, CODE_ONLY, INFERRED, INVENTED = Evidence

PUBLISHED = "a published response"
"""The source of texts that were published on pages that are not issue trackers."""

GENERIC = "other AWS services"

IP, NA = "InvalidParameterException", "NotAuthorizedException"
RNF, RC = "ResourceNotFoundException", "ResourceConflictException"
VE, IIPC = "ValidationException", "InvalidIdentityPoolConfigurationException"

NO_ID = "us-east-1:00000000-0000-0000-0000-000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/role-x"

# Messages that several operations return.
MISMATCH = (
    "Logins don't match. Please include at least one valid login for this identity or identity"
    " pool."
)
UNVERIFIED = "Invalid login token. Couldn't verify signed token."


@dataclass(frozen=True)
class Row:
    """A request that causes an error, and the expected response.

    Attributes:
        title: The condition under which the error occurs.
        source: A public source of the evidence, or a remark about its limits.
    """

    title: str
    operation: str
    parameters: Parameters
    code: str
    message: str
    evidence: Evidence
    source: str = ""
    status: int = 400

    def __str__(self) -> str:
        return f"{self.operation}: {self.title}"


@dataclass(frozen=True)
class RawRow:
    """A request that boto3 does not send, and the expected response."""

    title: str
    operation: str
    body: bytes
    code: str
    message: str
    evidence: Evidence
    source: str = ""
    prefix: str = "AWSCognitoIdentityService."

    def __str__(self) -> str:
        return f"{self.operation}: {self.title}"
