"""The deliberate differences between the providers of this library and of the JavaScript SDK.

`test_provider_traces.py` compares the events of generated cases, and every difference must have a row
in `DIFFERENCES`. docs/javascript-sdk.md lists the rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness import (
    FACEBOOK,
    FACEBOOK_TOKEN,
    FORBIDDEN,
    GET_CREDENTIALS,
    GET_ID,
    GOOGLE,
    GUEST_KEY,
    IDENTITY,
    IDENTITY_NOT_FOUND,
    OTHER,
    TOKEN_EXPIRED,
)
from provider_cases import (
    EXPIRED_TOKEN,
    INVALID_ID,
    INVALID_TOKENS,
    NOW,
    OTHER_REGION_ID,
    SAME_ID,
    TRANSIENT_CODES,
    UNVERIFIED_TOKEN,
    Case,
    credentials,
    make_case,
    make_login,
    respond,
    respond_with_credentials,
    respond_with_error,
)
from provider_traces import Event

REQUEST, DELAY, CREDENTIALS, ERROR, CACHE = "request", "delay", "credentials", "error", "cache"
MALFORMED = "MalformedResponseError"


@dataclass(frozen=True)
class Point:
    """The first two events that differ, and this library's events before them."""

    case: Case
    theirs: Event
    ours: Event
    before: tuple[Event, ...]

    @property
    def kinds(self) -> tuple[str, str]:
        return self.theirs[0], self.ours[0]

    @property
    def response(self) -> dict[str, Any]:
        """The last response; empty before the first request."""
        requests = [event for event in self.before if event[0] == REQUEST]
        if not requests:
            return {}
        responses = [*self.case["script"], *[self.case["fallback"]] * len(requests)]
        response: dict[str, Any] = responses[len(requests) - 1][requests[-1][1]]
        return response

    @property
    def members(self) -> dict[str, Any]:
        """The members of the last response; empty if its body is not a JSON object."""
        try:
            document = json.loads(self.response.get("body", ""))
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    @property
    def has_failed(self) -> bool:
        return any(event[0] == ERROR for event in self.before)

    @property
    def logins(self) -> dict[str, Any]:
        return self.case["options"].get("logins", {})


@dataclass(frozen=True)
class Difference:
    """A deliberate difference.

    Attributes:
        situation: The situation in which the providers differ.
        theirs, ours: The behavior of the SDK's provider, and of this library's provider.
        reason: The reason for the difference.
        explains: Returns True if this is the difference between two events.
        example: A case with this difference and no other.
    """

    situation: str
    theirs: str
    ours: str
    reason: str
    explains: Callable[[Point], bool]
    example: Case


# --- errors -----------------------------------------------------------------------------------------


def is_malformed_response(point: Point) -> bool:
    if point.kinds != (ERROR, ERROR) or point.ours[1] != MALFORMED:
        return False
    if point.theirs[1] == "CredentialsProviderError":
        # The SDK reads an empty body, and any other JSON value, as an object without members.
        is_object = bool(point.members.get("Credentials")) and isinstance(
            point.members["Credentials"], dict
        )
        return point.theirs[2] == point.ours[2] or not is_object
    return point.theirs[1] in {"SyntaxError", "TypeError"}


def is_error_without_code(point: Point) -> bool:
    return (
        point.kinds == (ERROR, ERROR)
        and point.theirs[1] in {"Unknown", "SyntaxError", "TypeError"}
        and point.ours[1] == str(point.response.get("status"))
    )


def is_error_without_message(point: Point) -> bool:
    return (
        point.kinds == (ERROR, ERROR)
        and point.theirs[1:] == (point.ours[1], "UnknownError")
        and not point.members.get("message")
    )


# --- requests ---------------------------------------------------------------------------------------


def are_empty_logins(point: Point) -> bool:
    if point.kinds != (REQUEST, REQUEST):
        return False
    members = dict(point.theirs[2])
    return members.pop("Logins", None) == {} and point.ours == (REQUEST, point.theirs[1], members)


def is_reserved_user(point: Point) -> bool:
    is_reserved = point.case["options"].get("userIdentifier") == "ANONYMOUS"
    return is_reserved and point.ours[:2] == (ERROR, "ConfigurationError")


def is_invalid_token(point: Point) -> bool:
    tokens = {login["token"] for login in point.logins.values()}
    is_rejected = point.theirs[0] == REQUEST and point.ours[:2] == (ERROR, "LoginTokenError")
    return is_rejected and not tokens.isdisjoint(INVALID_TOKENS)


def calls_get_id_only_here(point: Point) -> bool:
    return point.kinds == (REQUEST, REQUEST) and (point.theirs[1], point.ours[1]) == (
        GET_CREDENTIALS,
        GET_ID,
    )


def calls_get_id_only_there(point: Point) -> bool:
    return point.kinds == (REQUEST, REQUEST) and (point.theirs[1], point.ours[1]) == (
        GET_ID,
        GET_CREDENTIALS,
    )


def is_invalid_cached_id(point: Point) -> bool:
    return calls_get_id_only_here(point) and point.theirs[2]["IdentityId"] in {"x", OTHER_REGION_ID}


def is_remembered(point: Point) -> bool:
    has_key = not point.logins or "userIdentifier" in point.case["options"]
    return calls_get_id_only_there(point) and not has_key


def is_eviction(point: Point) -> bool:
    if point.kinds == (CACHE, CACHE):
        remaining = {key: id_ for key, id_ in point.ours[1].items() if key in point.theirs[1]}
        return remaining == point.theirs[1] and point.before[-1][0] == ERROR
    return calls_get_id_only_there(point) and point.has_failed


# --- responses --------------------------------------------------------------------------------------


def is_adopted(point: Point) -> bool:
    if point.kinds != (CREDENTIALS, CREDENTIALS):
        return False
    differing = {name for name, value in point.ours[1].items() if point.theirs[1][name] != value}
    return (
        differing == {"identityId"} and point.ours[1]["identityId"] == point.members["IdentityId"]
    )


def is_invalid_id(point: Point) -> bool:
    return (
        point.theirs[0] in {REQUEST, CREDENTIALS}
        and point.ours[:2] == (ERROR, MALFORMED)
        and "no identity ID" in point.ours[2]
        and point.members["IdentityId"] != SAME_ID
    )


def are_valid(members: dict[str, Any]) -> bool:
    expiration = members.get("Expiration")
    is_number = isinstance(expiration, int | float) and not isinstance(expiration, bool)
    is_usual = {**members, "Expiration": 0} == credentials(Expiration=0)
    return is_usual and is_number and NOW < float(str(expiration)) < NOW + 12 * 3600


def is_invalid_member(point: Point) -> bool:
    return (
        point.theirs[0] == CREDENTIALS
        and point.ours[:2] == (ERROR, MALFORMED)
        and not are_valid(point.members["Credentials"])
    )


def is_fraction(point: Point) -> bool:
    if point.kinds != (CREDENTIALS, CREDENTIALS):
        return False
    whole = f"{point.theirs[1]['expiration'].partition('.')[0]}.000Z"
    return {**point.theirs[1], "expiration": whole} == point.ours[1]


def is_expired(point: Point) -> bool:
    is_rejected = point.theirs[0] == CREDENTIALS and point.ours[:2] == (
        ERROR,
        "ExpiredOnArrivalError",
    )
    return is_rejected and point.members["Credentials"]["Expiration"] <= NOW


# --- recovery ---------------------------------------------------------------------------------------


def is_retried(point: Point) -> bool:
    is_error = (point.theirs[0], point.ours[0]) == (ERROR, DELAY)
    return is_error and point.theirs[1] in TRANSIENT_CODES


def is_unverified(point: Point) -> bool:
    if point.kinds not in {(ERROR, DELAY), (DELAY, ERROR)}:
        return False
    error = point.theirs if point.theirs[0] == ERROR else point.ours
    return error[2] == UNVERIFIED_TOKEN


def is_replaced(point: Point) -> bool:
    if point.theirs[0] != ERROR or point.ours[:2] != (REQUEST, GET_ID):
        return False
    code, text = point.theirs[1:]
    return code == IDENTITY_NOT_FOUND[0] or (code, text) in {FORBIDDEN, INVALID_ID}


def is_token_requested_again(point: Point) -> bool:
    has_function = any(login["isFunction"] for login in point.logins.values())
    is_expiry = point.theirs[0] == ERROR and "Token expired" in point.theirs[2]
    return is_expiry and has_function and point.ours[0] == REQUEST


DIFFERENCES = (
    Difference(
        "A response lacks a member, or is not JSON",
        "`CredentialsProviderError`, `SyntaxError` or `TypeError`",
        "`MalformedResponseError`, with the same message if a member is missing",
        "One class covers all responses that cannot be used.",
        is_malformed_response,
        make_case(respond_with_credentials(AccessKeyId=None)),
    ),
    Difference(
        "An error response has no error code, for example a proxy's error page",
        "`Unknown`, or `SyntaxError` if the body is not JSON",
        "the HTTP status as the code, like boto3; `http_status` always contains the status",
        "Only the status indicates the cause.",
        is_error_without_code,
        make_case(respond("<html>Busy</html>", 503), maxAttempts=1),
    ),
    Difference(
        "An error response has no message",
        "`UnknownError`",
        "`the response contains no error message`",
        "The code of the error is known.",
        is_error_without_message,
        make_case(respond({"__type": "ResourceConflictException"}, 400)),
    ),
    Difference(
        "`logins` is empty",
        'sends `"Logins": {}`',
        "sends no `Logins`, as if `logins` were missing",
        "Cognito treats both requests as requests of a guest.",
        are_empty_logins,
        make_case(options={"logins": {}}),
    ),
    Difference(
        "The user identifier is `ANONYMOUS`",
        "the user shares the cached identity ID of guests",
        "`ConfigurationError`",
        "A user could take over the identity of a guest.",
        is_reserved_user,
        make_case(options={"userIdentifier": "ANONYMOUS"}),
    ),
    Difference(
        "A login token expired long ago, or its issuer is not the login provider",
        "sends the token",
        "`LoginTokenError` without a request",
        "Cognito would certainly reject the token; the error names the cause.",
        is_invalid_token,
        make_case(options={"logins": {GOOGLE: make_login(EXPIRED_TOKEN)}}),
    ),
    Difference(
        "The cache contains a string that is not an identity ID, or an ID of another region",
        "sends the string as the identity ID",
        "ignores the string, logs a warning and calls GetId",
        "Every request would fail.",
        is_invalid_cached_id,
        make_case(cache={GUEST_KEY: OTHER_REGION_ID}),
    ),
    Difference(
        "A signed-in user without a user identifier fetches credentials again",
        "calls GetId for each fetch",
        "remembers the identity ID for these tokens in the provider",
        "Each refresh sends one fewer request.",
        is_remembered,
        make_case(options={"logins": {FACEBOOK: make_login(FACEBOOK_TOKEN)}}, fetches=2),
    ),
    Difference(
        "A fetch fails after the identity ID is known",
        "removes the ID from the cache after any error, and calls GetId in the next fetch",
        "removes the ID only if Cognito reports that the ID is invalid",
        "After a network failure, a guest would lose all data stored under the ID.",
        is_eviction,
        make_case(
            respond_with_error("NotAuthorizedException", "no"),
            cache={GUEST_KEY: IDENTITY},
            fetches=2,
        ),
    ),
    Difference(
        "After a merge, the identity ID in the response differs from the ID in the request",
        "ignores the ID",
        "returns the ID with the credentials, and uses and caches it from then on",
        "The credentials belong to that identity.",
        is_adopted,
        make_case(
            respond({"IdentityId": OTHER, "Credentials": credentials()}),
            cache={GUEST_KEY: IDENTITY},
        ),
    ),
    Difference(
        "A response contains a string that is not an identity ID",
        "sends or returns the string",
        "`MalformedResponseError`",
        "Another server has responded instead of Cognito.",
        is_invalid_id,
        make_case(respond({"IdentityId": "x"})),
    ),
    Difference(
        "The credentials lack the session token or the expiration, or a member has the wrong type or format",
        "returns the credentials",
        "`MalformedResponseError`",
        "Invalid values must not reach files, headers and shells. Credentials without an expiration "
        "would never be refreshed.",
        is_invalid_member,
        make_case(respond_with_credentials(SessionToken=None)),
    ),
    Difference(
        "The expiration has a fraction of a second",
        "returns the fraction",
        "discards the fraction",
        "The formats that other programs read have no fractions, and Cognito sends whole seconds.",
        is_fraction,
        make_case(respond_with_credentials(Expiration=NOW + 900.5)),
    ),
    Difference(
        "The credentials had already expired when they arrived",
        "returns the credentials",
        "`ExpiredOnArrivalError`",
        "A proxy has cached the response, or a clock is wrong.",
        is_expired,
        make_case(respond_with_credentials(Expiration=NOW - 1)),
    ),
    Difference(
        "An error has status 400, but its error code stands for a failure of the service",
        "raises the error",
        "retries",
        "The same call can succeed a moment later.",
        is_retried,
        make_case(respond_with_error("InternalErrorException", "no")),
    ),
    Difference(
        "Cognito could not verify the signature of a login token",
        "raises the error, but retries if the status is 429 or 5xx",
        "retries once, with any status",
        "Directly after sign-in, Cognito may not have loaded a new signing key yet.",
        is_unverified,
        make_case(respond_with_error("NotAuthorizedException", UNVERIFIED_TOKEN)),
    ),
    Difference(
        "Cognito reports that an identity ID does not exist or is invalid",
        "raises the error",
        "evicts the ID, calls GetId once and repeats the call",
        "A deleted identity cannot return, so the user needs another one.",
        is_replaced,
        make_case(respond_with_error(*IDENTITY_NOT_FOUND), cache={GUEST_KEY: IDENTITY}),
    ),
    Difference(
        "Cognito reports that a login token has expired, and a function returned the token",
        "raises the error",
        "calls the function again and repeats the call once",
        "The function can return a newer token.",
        is_token_requested_again,
        make_case(
            respond_with_error(*TOKEN_EXPIRED),
            options={"logins": {FACEBOOK: make_login(FACEBOOK_TOKEN, is_function=True)}},
        ),
    ),
)


def compare(case: Case, theirs: list[Event], ours: list[Event]) -> list[Difference]:
    """Return the differences between two lists of events.

    The comparison ends at the first difference after which the next events cannot be the same.

    Raises:
        AssertionError: If no row explains a difference.
    """
    found: list[Difference] = []
    for index, (their_event, our_event) in enumerate(zip(theirs, ours, strict=False)):
        if their_event == our_event:
            continue
        point = Point(case, their_event, our_event, tuple(ours[:index]))
        difference = next((each for each in DIFFERENCES if each.explains(point)), None)
        assert difference is not None, point
        found.append(difference)
        is_same_request = point.kinds == (REQUEST, REQUEST) and their_event[1] == our_event[1]
        if not is_same_request and point.kinds not in {(ERROR, ERROR), (CACHE, CACHE)}:
            return found
    assert len(theirs) == len(ours)
    return found
