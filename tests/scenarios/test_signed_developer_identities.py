"""Back ends that authenticate their own users, and sign requests for their tokens."""

from __future__ import annotations

import json

import pytest
from brokers import Broker, Service
from fake_store import FakeStore
from harness import (
    FORBIDDEN,
    GET_CREDENTIALS,
    IDENTITY,
    IDENTITY_NOT_FOUND,
    OTHER,
    POOL,
    RATE_EXCEEDED,
    SECRETS,
    TOKEN_EXPIRED,
    Side,
    jwt,
    operation_of,
)

from cognito_credentials import Credentials, DeveloperIdentity, IdentityChange, Quotas
from cognito_credentials.errors import (
    AccessDeniedException,
    ConfigurationError,
    DeveloperUserAlreadyRegisteredException,
    IdentityForbidden,
    InvalidParameterException,
    LoginTokenError,
    LoginTokenExpired,
    MalformedResponseError,
    ServiceError,
)
from cognito_credentials.testing import error_response, success_response

GET_TOKEN = "GetOpenIdTokenForDeveloperIdentity"
LOGIN = "cognito-identity.amazonaws.com"
NAME = "login.example.com"


class Keys:
    """AWS credentials of a back end."""

    access_key_id = "AKIAIOSFODNN7EXAMPLE"
    secret_access_key = "a-secret-access-key-of-the-back-end"
    session_token = "a-session-token-of-the-back-end"


SECRETS |= {Keys.secret_access_key, Keys.session_token}
KEYS = Keys()


def developer(user: str = "alice", **arguments) -> DeveloperIdentity:
    defaults = {"provider_name": NAME, "credentials": KEYS}
    return DeveloperIdentity(POOL, user=user, **{**defaults, **arguments})


def token(side: Side, identity_id: str = IDENTITY, *, duration: float = 900, number: int = 1):
    """Return a response with a token; `duration` is its lifetime in seconds."""

    def respond(request):
        clock = side.service_clock()
        text = jwt(LOGIN, sub=identity_id, exp=int(clock.now() + duration), jti=str(number))
        return success_response(clock=clock, IdentityId=identity_id, Token=text)

    return respond


def test_the_token_is_the_login_of_the_identity_in_the_same_response(side: Side):
    subject = side.pool([token(side), side.credentials()], logins=developer())
    assert subject.fetch().identity_id == IDENTITY
    assert subject.operations == [GET_TOKEN, GET_CREDENTIALS]
    first, second = (members for _, members in subject.calls)
    assert first == {"IdentityPoolId": POOL, "Logins": {NAME: "alice"}}
    assert second["IdentityId"] == IDENTITY
    assert list(second["Logins"]) == [LOGIN]


def test_only_the_request_for_a_token_is_signed(side: Side):
    subject = side.pool([token(side), side.credentials()], logins=developer())
    subject.fetch()
    signed, public = (request.headers for request in subject.requests)
    assert f"Credential={KEYS.access_key_id}/" in signed["Authorization"]
    assert "/us-east-1/cognito-identity/aws4_request" in signed["Authorization"]
    assert signed["X-Amz-Security-Token"] == KEYS.session_token
    assert not {"Authorization", "X-Amz-Security-Token", "X-Amz-Date"} & public.keys()


def test_tags_and_duration_are_sent(side: Side):
    logins = developer(principal_tags={"department": "sales"}, token_duration=60)
    subject = side.pool([token(side), side.credentials()], logins=logins)
    subject.fetch()
    assert subject.calls[0][1] == {
        "IdentityPoolId": POOL,
        "Logins": {NAME: "alice"},
        "PrincipalTags": {"department": "sales"},
        "TokenDuration": 60,
    }


# --- lifetime of a token ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "is_reused"), [(0, True), (838, True), (842, False), (2640, False)]
)
def test_a_token_is_reused_until_a_minute_before_it_expires(side: Side, age, is_reused):
    script = [token(side), side.credentials(), *([] if is_reused else [token(side)])]
    subject = side.pool([*script, side.credentials(generation=2)], logins=developer())
    subject.fetch()
    side.clock.advance(age)
    subject.fetch()
    assert subject.operations.count(GET_TOKEN) == 2 - is_reused


def test_a_token_without_an_expiration_is_reused_for_the_requested_duration(side: Side):
    def opaque(request):
        return success_response(
            clock=side.service_clock(), IdentityId=IDENTITY, Token="opaque-token"
        )

    script = [opaque, side.credentials(), side.credentials(), opaque, side.credentials()]
    subject = side.pool(script, logins=developer(token_duration=3600))
    for age in (0, 3500, 60):
        side.clock.advance(age)
        subject.fetch()
    assert subject.operations == [GET_TOKEN, *[GET_CREDENTIALS] * 2, GET_TOKEN, GET_CREDENTIALS]


def test_a_refresh_of_cached_credentials_reuses_a_long_token(side: Side):
    script = [token(side, duration=86_400), side.credentials(), side.credentials(generation=2)]
    subject = side.pool(script, logins=developer(token_duration=86_400))
    subject.get()
    side.clock.advance(3600)
    subject.get()
    assert subject.operations == [GET_TOKEN, GET_CREDENTIALS, GET_CREDENTIALS]


def test_a_token_that_the_service_rejects_as_expired_is_fetched_again_once(side: Side):
    expired = error_response(*TOKEN_EXPIRED)
    script = [token(side), expired, token(side, number=2), side.credentials()]
    subject = side.pool(script, logins=developer())
    subject.fetch()
    tokens = [members["Logins"].get(LOGIN) for _, members in subject.calls]
    assert tokens[1] != tokens[3]

    subject = side.pool([token(side), expired, token(side), expired], logins=developer())
    subject.expect_error(LoginTokenExpired)
    assert subject.operations == [GET_TOKEN, GET_CREDENTIALS] * 2


@pytest.mark.parametrize("rejection", [FORBIDDEN, IDENTITY_NOT_FOUND])
def test_a_cached_token_of_a_merged_identity_is_replaced(side: Side, rejection):
    changes: list[IdentityChange] = []

    def report(change):
        changes.append(change)

    script = [token(side), side.credentials(), error_response(*rejection)]
    subject = side.pool(
        [*script, token(side, OTHER), side.credentials(OTHER)],
        logins=developer(),
        on_identity_change=side.adapt(report),
    )
    subject.fetch()
    assert subject.fetch().identity_id == OTHER
    assert [(change.old, change.new) for change in changes] == [(IDENTITY, OTHER)]


def test_a_new_token_that_is_rejected_is_not_replaced(side: Side):
    subject = side.pool([token(side), error_response(*FORBIDDEN)], logins=developer())
    subject.expect_error(IdentityForbidden)
    assert subject.operations == [GET_TOKEN, GET_CREDENTIALS]


def test_an_instance_serves_several_providers_with_one_token(side: Side):
    logins = developer()
    side.pool([token(side), side.credentials()], logins=logins).fetch()
    other = side.pool([side.credentials()], logins=logins)
    other.fetch()
    assert other.operations == [GET_CREDENTIALS]


def test_a_token_is_not_used_at_another_endpoint(side: Side):
    logins = developer()
    side.pool([token(side), side.credentials()], logins=logins).fetch()
    config = {"endpoint_url": "http://127.0.0.1:4566"}
    other = side.pool([token(side), side.credentials()], logins=logins, client_config=config)
    other.fetch()
    assert other.operations == [GET_TOKEN, GET_CREDENTIALS]


# --- identity ID --------------------------------------------------------------------------------


def test_a_changed_identity_id_is_adopted_and_reported(side: Side):
    changes: list[IdentityChange] = []

    def report(change):
        changes.append(change)

    script = [token(side), side.credentials(), token(side, OTHER), side.credentials(OTHER)]
    subject = side.pool(
        script,
        logins=developer(),
        on_identity_change=side.adapt(report),
    )
    subject.fetch()
    assert changes == []
    side.clock.advance(900)
    assert subject.fetch().identity_id == OTHER
    assert subject.identity_id == OTHER
    assert [(change.old, change.new) for change in changes] == [(IDENTITY, OTHER)]


# --- clock -----------------------------------------------------------------------------------


def test_a_wrong_clock_is_corrected_after_the_first_response(side: Side):
    side.skew = 3600.0
    text = "Signature expired: 20270115T080000Z is now earlier than 20270115T085500Z"
    date = success_response(clock=side.service_clock()).headers["date"]
    rejection = error_response("InvalidSignatureException", text, headers={"date": date})
    subject = side.pool([rejection, token(side), side.credentials()], logins=developer())
    subject.fetch()
    first, second = (request.headers["X-Amz-Date"] for request in subject.requests[:2])
    assert (first, second) == ("20270115T080000Z", "20270115T090000Z")


def test_a_wrong_secret_key_is_not_tried_again(side: Side):
    rejection = error_response(
        "InvalidSignatureException", "The request signature we calculated does not"
    )
    subject = side.pool([rejection], logins=developer())
    error = subject.expect_error(ServiceError)
    assert "aws sts get-caller-identity" in error.hint
    assert subject.operations == [GET_TOKEN]


def test_each_attempt_is_signed_with_the_current_time(side: Side):
    throttled = error_response(*RATE_EXCEEDED, headers={"retry-after": "3"})
    script = [throttled, token(side), side.credentials()]
    subject = side.pool(script, logins=developer())
    subject.fetch()
    dates = [request.headers["X-Amz-Date"] for request in subject.requests[:2]]
    assert dates == ["20270115T080000Z", "20270115T080003Z"]


# --- credentials ------------------------------------------------------------------------------


def test_the_credentials_of_the_client_config_are_used(side: Side):
    script = [token(side), side.credentials()]
    config = {"credentials": KEYS}
    subject = side.pool(script, logins=developer(credentials=None), client_config=config)
    subject.fetch()
    assert KEYS.access_key_id in subject.requests[0].headers["Authorization"]


def test_the_credentials_of_the_identity_take_precedence(side: Side):
    def fail():
        raise AssertionError

    script = [token(side), side.credentials()]
    subject = side.pool(script, logins=developer(), client_config={"credentials": fail})
    subject.fetch()


def test_a_function_is_called_for_each_token(side: Side):
    calls = []

    def load():
        calls.append(None)
        return KEYS

    script = [token(side), side.credentials(), side.credentials(), token(side), side.credentials()]
    subject = side.pool(script, logins=developer(credentials=side.adapt(load)))
    subject.fetch()
    subject.fetch()
    assert len(calls) == 1
    side.clock.advance(900)
    subject.fetch()
    assert len(calls) == 2


def test_a_function_that_fails_sends_no_request(side: Side):
    def fail():
        raise OSError(KEYS.secret_access_key)

    subject = side.pool([], logins=developer(credentials=side.adapt(fail)))
    with pytest.raises(LoginTokenError) as caught:
        subject.provider() if side.is_sync else side._runner.run(subject.provider())
    assert isinstance(caught.value.__cause__, OSError)
    assert subject.requests == []


# --- errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message", "kind", "hint"),
    [
        (
            "AccessDeniedException",
            f"User: x is not authorized to perform: cognito-identity:{GET_TOKEN} on resource: y",
            AccessDeniedException,
            f"identitypool/{POOL}",
        ),
        (
            "InvalidParameterException",
            "This identity pool does not support the specified developer provider",
            InvalidParameterException,
            "DeveloperProviderName",
        ),
        (
            "DeveloperUserAlreadyRegisteredException",
            "any",
            DeveloperUserAlreadyRegisteredException,
            "MergeDeveloperIdentities",
        ),
    ],
)
def test_errors_of_the_service_have_a_class_and_a_next_step(side: Side, code, message, kind, hint):
    subject = side.pool([error_response(code, message)], logins=developer())
    error = subject.expect_error(kind)
    assert error.operation_name == GET_TOKEN
    assert hint in error.hint
    assert subject.operations == [GET_TOKEN]


@pytest.mark.parametrize("members", [{"Token": "x"}, {"IdentityId": IDENTITY}, {}])
def test_a_response_without_an_identity_id_and_a_token_is_rejected(side: Side, members):
    subject = side.pool([success_response(**members)], logins=developer())
    subject.expect_error(MalformedResponseError)


def test_the_identity_pool_must_be_that_of_the_provider(side: Side):
    logins = DeveloperIdentity(IDENTITY, NAME, "alice", credentials=KEYS)
    with pytest.raises(ConfigurationError, match="identity_pool_id"):
        side.pool([], logins=logins)


# --- stores and brokers -------------------------------------------------------------------------


def test_stored_credentials_need_no_token(side: Side):
    store = FakeStore(side.clock)
    side.pool([token(side), side.credentials()], logins=developer()).use_store(store).get()
    other = side.pool([], logins=developer()).use_store(store)
    assert other.get().identity_id == IDENTITY
    assert other.identity_id == IDENTITY
    assert other.operations == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"user": "bob"},
        {"user": "Alice"},
        {"principal_tags": {"department": "finance"}},
        {"principal_tags": {}},
        {"provider_name": "other.example.com"},
    ],
)
def test_stored_credentials_are_those_of_the_same_user_and_tags(side: Side, arguments):
    store = FakeStore(side.clock)
    tags = {"department": "sales"}
    first = side.pool([token(side), side.credentials()], logins=developer(principal_tags=tags))
    first.use_store(store).get()
    logins = developer(**{"principal_tags": tags, **arguments})
    other = side.pool([token(side, OTHER), side.credentials(OTHER)], logins=logins)
    assert other.use_store(store).get().identity_id == OTHER


class DeveloperService(Service):
    """Service that also returns tokens, which last for `duration` seconds."""

    duration = 900

    def respond(self, request):
        if operation_of(request) != GET_TOKEN:
            return super().respond(request)
        self.operations.append(GET_TOKEN)
        self.times.append(self.side.clock.monotonic())
        (user,) = json.loads(request.body)["Logins"].values()
        identity_id = f"us-east-1:{user.encode().hex():0>36}"
        return token(self.side, identity_id, duration=self.duration)(request)


@pytest.fixture
def create_broker(side: Side):
    brokers = []

    def create(**arguments):
        brokers.append(Broker(side, DeveloperService(side), prefetch_within=0, **arguments))
        return brokers[-1]

    yield create
    for broker in brokers:
        side.settle()
        broker.close()


def test_a_broker_recognizes_the_user_of_a_new_instance(create_broker):
    broker = create_broker()
    assert [broker.generation("alice", developer()) for _ in range(3)] == [1, 1, 1]
    assert broker.generation("alice", developer(principal_tags={"a": "b"})) == 2
    assert broker.service.operations == [GET_TOKEN, GET_CREDENTIALS] * 2


def test_a_broker_reuses_the_token_of_an_equal_instance(create_broker, side: Side):
    broker = create_broker()
    broker.service.duration = 86_400
    broker.get("alice", developer())
    side.clock.advance(3600)
    broker.get("alice", developer())
    assert broker.service.operations == [GET_TOKEN, GET_CREDENTIALS, GET_CREDENTIALS]


def test_a_broker_limits_the_requests_for_tokens(create_broker, side: Side):
    broker = create_broker(quotas=Quotas(get_credentials=1000), deadline=3600)
    for number in range(60):
        broker.get(f"user {number}", developer(f"user {number}"))
    service = broker.service
    times = [
        time
        for time, name in zip(service.times, service.operations, strict=True)
        if name == GET_TOKEN
    ]
    # The burst allows a fifth of one second's quota.
    assert times[-1] - times[0] == pytest.approx((60 - 10) / 50, abs=0.03)
    assert broker.metrics.rate_limited


def test_two_instances_are_equal_if_their_arguments_are():
    assert developer() == developer()
    assert hash(developer()) == hash(developer())
    others = [
        developer("bob"),
        developer(token_duration=60),
        developer(principal_tags={"a": "b"}),
        developer(credentials=Keys()),
        DeveloperIdentity(lambda: None),
    ]
    assert not any(developer() == other for other in others)
    assert DeveloperIdentity(print) != DeveloperIdentity(print)
    assert developer() != "alice"


def test_the_repr_shows_neither_the_user_nor_a_secret():
    shown = repr(developer("alice@example.com", principal_tags={"department": "sales"}))
    assert NAME in shown
    assert not {"alice", "sales", KEYS.secret_access_key} & set(shown.split("'"))
    assert "alice" not in shown


def test_a_supplier_is_the_only_argument():
    for arguments in ({"user": "alice"}, {"credentials": KEYS}, {"token_duration": 60}):
        with pytest.raises(ConfigurationError):
            DeveloperIdentity(lambda: None, **arguments)


def test_credentials_must_be_aws_credentials():
    with pytest.raises(ConfigurationError):
        developer(credentials=Credentials)
