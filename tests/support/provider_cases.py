"""Generated cases for providers: options, and the responses to their requests.

A case is a JSON document, because the JavaScript SDK runs the same case in another process.
"""

from __future__ import annotations

import base64
import json
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
    POOL,
    POOL_NOT_FOUND,
    RATE_EXCEEDED,
    ROLE,
    TOKEN_EXPIRED,
)
from hypothesis import strategies as st

USER_KEY = GUEST_KEY.replace("ANONYMOUS", "user-1")
OTHER_REGION_ID = IDENTITY.replace("us-east-1", "eu-west-1")
NOW = 1_800_000_000
UNVERIFIED_TOKEN = "Invalid login token. Couldn't verify signed token."
INVALID_ID = (
    "ValidationException",
    "1 validation error detected: Value 'x' at 'identityId' failed to satisfy constraint",
)
# Codes that only this library regards as failures of the service, whatever the status is.
TRANSIENT_CODES = (
    "ExternalServiceException",
    "InternalErrorException",
    "ServiceUnavailable",
)
OIDC = "login.example.com"
OPERATIONS = (GET_ID, GET_CREDENTIALS)

Case = dict[str, Any]


def id_token(provider: str, *, lifetime: int = 86_400, issuer: str = "") -> str:
    claims = {
        "iss": issuer or f"https://{provider}",
        "sub": "user-1",
        "aud": "app",
        "exp": NOW + lifetime,
    }
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"


EXPIRED_TOKEN = id_token(GOOGLE, lifetime=-90 * 86_400)
INVALID_TOKENS = (EXPIRED_TOKEN, id_token(GOOGLE, issuer="https://other.example.com"))


# --- responses ------------------------------------------------------------------------------------


def respond(body: Any, status: int = 200, **headers: str) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return {
        "status": status,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "body": text,
    }


def credentials(**changes: Any) -> dict[str, Any]:
    members = {
        "AccessKeyId": "ASIATEST000000000001",
        "SecretKey": "secret-key-of-generation-1",
        "SessionToken": "session-token-of-generation-1",
        "Expiration": NOW + 3600,
        **changes,
    }
    return {name: value for name, value in members.items() if value != "absent"}


# A placeholder for the identity ID in the request.
SAME_ID = "$IDENTITY_ID"
SUCCESS = {
    GET_ID: respond({"IdentityId": IDENTITY}),
    GET_CREDENTIALS: respond({"IdentityId": SAME_ID, "Credentials": credentials()}),
}


def for_all(response: dict[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(OPERATIONS, response)


def respond_with_credentials(**changes: Any) -> dict[str, Any]:
    """Return a response with credentials, some of whose members are replaced; None removes a member."""
    members = {name: value for name, value in credentials(**changes).items() if value is not None}
    return respond({"IdentityId": SAME_ID, "Credentials": members})


def respond_with_error(code: str, text: str) -> dict[str, Any]:
    return respond({"__type": code, "message": text}, 400)


def make_login(token: str, *, is_function: bool = False) -> dict[str, Any]:
    return {"token": token, "isFunction": is_function}


def make_case(
    response: dict[str, Any] | None = None,
    *,
    options: dict[str, Any] | None = None,
    cache: dict[str, str] | None = None,
    fetches: int = 1,
    maxAttempts: int = 3,  # noqa: N803 - the name of the option
) -> Case:
    """Return a case of `fromCognitoIdentityPool` in which `response` replaces one of the successful responses.

    A response that contains only an identity ID is for GetId; other responses are for the first call
    to GetCredentialsForIdentity.
    """
    script = []
    if response is not None:
        is_for_id = json.loads(response["body"] or "{}") if response["body"][:1] == "{" else {}
        script = [SUCCESS] if not cache and is_for_id.keys() != {"IdentityId"} else []
        script.append(for_all(response))
    return {
        "provider": "fromCognitoIdentityPool",
        "options": {"identityPoolId": POOL, **(options or {})},
        "cache": cache or {},
        "maxAttempts": maxAttempts,
        "fetches": fetches,
        "script": script,
        "fallback": SUCCESS,
        "time": NOW,
    }


ODD = st.sampled_from([None, "", "absent", 0, 1, True, [], {}, "x", "\x1b[31m"])
EXPIRATIONS = st.sampled_from(
    [
        *(NOW + 3600.0, NOW + 900.5, str(NOW + 1800), f"{NOW + 1800}.25", NOW + 1, NOW - 1),
        *(NOW + 30 * 86_400, 0, -1, None, "", "absent", True, "soon", "2027-01-15T10:00:00Z"),
    ]
)
TEXTS = st.sampled_from(
    [
        "no",
        "Rate exceeded",
        f"Identity '{IDENTITY}' not found.",
        f"IdentityPool '{POOL}' not found.",
        f"Access to Identity '{IDENTITY}' is forbidden.",
        "Invalid login token. Token expired: 1 >= 0",
        UNVERIFIED_TOKEN,
        "Logins don't match. Please include at least one valid login for this identity",
        INVALID_ID[1],
        "",
    ]
)
CODES = st.sampled_from(
    [
        *("NotAuthorizedException", "ResourceNotFoundException", "ValidationException"),
        *("TooManyRequestsException", "LimitExceededException", *TRANSIENT_CODES),
        *("ResourceConflictException", "InvalidParameterException"),
        *("InvalidIdentityPoolConfigurationException", "AccessDeniedException", "SlowDown"),
        *("ThrottlingException", "RequestTimeout", "RequestTimeoutException", "Throttling"),
        *("UnknownOperationException", "NobodyKnowsThisException"),
    ]
)
STATUSES = st.sampled_from([400, 400, 400, 400, 403, 429, 500, 501, 502, 503, 504])
RETRY_AFTER = st.sampled_from(
    [
        *({}, {}, {}, {"retry-after": "0"}, {"retry-after": "3"}, {"retry-after": "600"}),
        *({"x-amz-retry-after": "1500"}, {"x-amz-retry-after": "9"}, {"retry-after": "soon"}),
    ]
)
TRANSPORT_ERRORS = [
    {"name": "TimeoutError"},
    *(
        {"name": "Error", "code": code}
        for code in ("ECONNRESET", "ECONNREFUSED", "EPIPE", "ENOTFOUND", "EHOSTUNREACH")
    ),
]

COMMON_ERRORS = [
    IDENTITY_NOT_FOUND,
    POOL_NOT_FOUND,
    FORBIDDEN,
    TOKEN_EXPIRED,
    RATE_EXCEEDED,
    INVALID_ID,
    ("NotAuthorizedException", UNVERIFIED_TOKEN),
]


@st.composite
def service_errors(draw: st.DrawFn) -> dict[str, Any]:
    code, text = draw(CODES), draw(TEXTS)
    body: dict[str, Any] = {"message": text} if text else {}
    headers = dict(draw(RETRY_AFTER))
    place = draw(st.sampled_from(["__type", "__type", "__type", "namespace", "code", "header"]))
    if place == "__type":
        body["__type"] = code
    elif place == "namespace":
        body["__type"] = f"com.amazonaws.cognitoidentity#{code}"
    elif place == "code":
        body["code"] = f"{code}:http://internal.amazon.com/coral/"
    else:
        headers["x-amzn-errortype"] = f"{code}:"
    return {"status": draw(STATUSES), "headers": headers, "body": json.dumps(body)}


PAGES = st.builds(
    lambda body, status, headers: {"status": status, "headers": headers, "body": body},
    st.sampled_from(["", "{}", "<html>Busy</html>", "[]", "null", '{"message": "Forbidden"}']),
    st.sampled_from([200, 301, 400, 403, 404, 408, 429, 500, 502, 503, 504]),
    RETRY_AFTER,
)
IDENTITY_IDS = st.sampled_from([IDENTITY, IDENTITY, IDENTITY, OTHER, OTHER_REGION_ID, "x"])


def replaced(documents: st.SearchStrategy[Any], operation: str) -> st.SearchStrategy[Any]:
    """Return a strategy for scripts in which only the response to one operation is not the usual success."""
    return documents.map(lambda document: {**SUCCESS, operation: respond(document)})


RESPONSES = st.one_of(
    st.just(SUCCESS),
    replaced(
        st.fixed_dictionaries({"IdentityId": IDENTITY_IDS | ODD}).map(
            lambda members: {k: v for k, v in members.items() if v != "absent"}
        ),
        GET_ID,
    ),
    replaced(
        st.fixed_dictionaries({"IdentityId": IDENTITY_IDS, "Credentials": st.just(credentials())}),
        GET_CREDENTIALS,
    ),
    replaced(
        st.builds(
            lambda name, value: {
                "IdentityId": SAME_ID,
                "Credentials": credentials(**{name: value}),
            },
            st.sampled_from(["AccessKeyId", "SecretKey", "SessionToken"]),
            ODD,
        ),
        GET_CREDENTIALS,
    ),
    replaced(
        EXPIRATIONS.map(
            lambda value: {"IdentityId": SAME_ID, "Credentials": credentials(Expiration=value)}
        ),
        GET_CREDENTIALS,
    ),
    replaced(ODD.map(lambda value: {"IdentityId": SAME_ID, "Credentials": value}), GET_CREDENTIALS),
    service_errors().map(for_all),
    st.sampled_from(COMMON_ERRORS).map(lambda error: for_all(respond_with_error(*error))),
    st.sampled_from(TRANSPORT_ERRORS).map(lambda error: for_all({"error": error})),
    PAGES.map(for_all),
)

# --- cases -----------------------------------------------------------------------------------------

TOKENS = {
    FACEBOOK: st.just(FACEBOOK_TOKEN),
    GOOGLE: st.sampled_from([id_token(GOOGLE)] * 8 + [*INVALID_TOKENS]),
    OIDC: st.just(id_token(OIDC)),
}


def login(token: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"token": token, "isFunction": st.booleans()})


LOGINS = st.lists(
    st.one_of(*(st.tuples(st.just(name), login(token)) for name, token in TOKENS.items())),
    min_size=1,
    max_size=3,
).map(dict)
LOGINS = st.sampled_from([LOGINS] * 9 + [st.just({})]).flatmap(lambda strategy: strategy)
COMMON = {"customRoleArn": st.just(ROLE), "logins": LOGINS}


def optional(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


POOL_OPTIONS = optional(
    **COMMON,
    accountId=st.just("123456789012"),
    userIdentifier=st.sampled_from(["user-1"] * 19 + ["ANONYMOUS"]),
).map(lambda options: {"identityPoolId": POOL, **options})
IDENTITY_OPTIONS = optional(**COMMON).map(lambda options: {"identityId": IDENTITY, **options})
CACHES = st.dictionaries(
    st.sampled_from([GUEST_KEY, USER_KEY]),
    st.sampled_from([*[IDENTITY] * 8, *[OTHER] * 8, OTHER_REGION_ID, "x"]),
    max_size=2,
)


def cases() -> st.SearchStrategy[Case]:
    """Return a strategy for cases of `fromCognitoIdentityPool` and `fromCognitoIdentity`."""
    provider = st.sampled_from(["fromCognitoIdentityPool"] * 3 + ["fromCognitoIdentity"])
    return provider.flatmap(
        lambda name: st.fixed_dictionaries(
            {
                "provider": st.just(name),
                "options": POOL_OPTIONS if name.endswith("Pool") else IDENTITY_OPTIONS,
                "cache": CACHES if name.endswith("Pool") else st.just({}),
                "maxAttempts": st.integers(1, 4),
                "fetches": st.integers(1, 3),
                "script": st.lists(RESPONSES, max_size=6),
                "fallback": st.just(SUCCESS),
                "time": st.just(NOW),
            }
        )
    )
