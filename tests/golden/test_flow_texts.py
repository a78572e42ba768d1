"""Wording of the errors and warnings from providers, caches and brokers."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from fake_store import AsyncFakeStore, FakeStore
from flows import FlowRunner
from golden import assert_golden, error_texts, hide_places
from harness import IDENTITY, POOL, RecordingClock

from cognito_credentials import (
    BasicFlow,
    CredentialBroker,
    Credentials,
    CredentialsCache,
    DeveloperIdentity,
    Quotas,
    RefreshPolicy,
    aio,
    from_cognito_identity,
    from_cognito_identity_pool,
)
from cognito_credentials._base.broker import BrokerState
from cognito_credentials._base.cache import RefreshState
from cognito_credentials._base.provider import BrokerSpec
from cognito_credentials._base.rate_limits import RateLimiter
from cognito_credentials._core import freshness, ops
from cognito_credentials._core.broker_users import UserRequest
from cognito_credentials._core.flight_errors import deadlock_error, refresh_timeout_error
from cognito_credentials._core.http import HttpRequest
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.rate_limiting import RateLimits
from cognito_credentials._core.records import Record
from cognito_credentials._core.shared_fetch import FetchResult, SharedFetch
from cognito_credentials._core.shared_store import SharedStore, StoreUnavailableError
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import TransportError
from cognito_credentials.metrics import BrokerMetrics
from cognito_credentials.testing import AsyncScriptedTransport, FakeClock, ScriptedTransport

ROLE = "arn:aws:iam::123456789012:role/app"
NOW = 1_800_000_000.0


def raising(error):
    def call():
        raise error

    return call


def credentials(lifetime, now=lambda: NOW):
    return Credentials(
        access_key_id="ASIA1",
        secret_access_key="a-secret-key",
        session_token="a-session-token",
        expiration=datetime.fromtimestamp(NOW + lifetime, UTC),
        identity_id=IDENTITY,
        _now=now,
    )


def pool(**arguments):
    return lambda: from_cognito_identity_pool(POOL, **arguments)


def identity(**arguments):
    return lambda: from_cognito_identity(IDENTITY, **arguments)


def cache(*arguments, **options):
    return lambda: CredentialsCache(*arguments, **options)


def broker(**arguments):
    return lambda: CredentialBroker(POOL, **arguments)


class LockWithTtl(FakeStore):
    """Store whose `lock` method has the wrong parameters."""

    def lock(self, key, *, ttl):
        """Never called."""


async def get_token():
    """Never awaited."""


def test_argument_errors():
    provider = from_cognito_identity_pool(POOL)
    developer_identity = DeveloperIdentity(lambda: None)
    guest_broker = CredentialBroker(POOL)
    store = FakeStore(FakeClock())
    cases = {
        "account_id: number": pool(account_id=123456789012),
        "account_id: dashes": pool(account_id="1234-5678-9012"),
        "user_identifier: empty": pool(user_identifier=""),
        "user_identifier: number": pool(user_identifier=7),
        "cache: path": pool(cache="identity-ids.json"),
        "custom_role_arn: empty": pool(custom_role_arn=""),
        "custom_role_arn: number": pool(custom_role_arn=7),
        "custom_role_arn: a name": pool(custom_role_arn="player"),
        "custom_role_arn: with basic_flow": pool(
            custom_role_arn=ROLE, basic_flow=BasicFlow(role_arn=ROLE)
        ),
        "basic_flow: dict": pool(basic_flow={"role_arn": ROLE}),
        "on_identity_change: text": pool(on_identity_change="print"),
        "clock: function": pool(client_config={"clock": print}),
        "transport: asynchronous": pool(client_config={"transport": AsyncScriptedTransport([])}),
        "transport: synchronous": lambda: aio.from_cognito_identity_pool(
            POOL, client_config={"transport": ScriptedTransport([])}
        ),
        "identity_id: with a DeveloperIdentity": identity(logins=developer_identity),
        "logins: a DeveloperIdentity of another pool": pool(
            logins=DeveloperIdentity(IDENTITY, "login.example.com", "alice")
        ),
        "client_config: credentials": pool(
            logins=DeveloperIdentity(POOL, "login.example.com", "alice"),
            client_config={"credentials": "AKIAEXAMPLE"},
        ),
        "provider: identity pool ID": cache(POOL),
        "provider: class": cache(type(provider)),
        "provider: asynchronous": cache(aio.from_cognito_identity_pool(POOL)),
        "provider: synchronous": lambda: aio.AsyncCredentialsCache(provider),
        "store: dict": cache(provider, store={}),
        "store: class": cache(provider, store=FakeStore),
        "store: asynchronous": cache(provider, store=AsyncFakeStore(store)),
        "store: signature": cache(provider, store=LockWithTtl(FakeClock())),
        "min_remaining: negative": lambda: provider.cached().get(-1),
        "max_users: zero": broker(max_users=0),
        "deadline: zero": broker(deadline=0),
        "prefetch_within: negative": broker(prefetch_within=-1),
        "quotas: dict": broker(quotas={"get_id": 5}),
        "Quotas: zero": lambda: Quotas(get_id=0),
        "get: deadline of a call": lambda: guest_broker.get("alice", deadline=-1),
        "get: empty user identifier": lambda: guest_broker.get(""),
        "forget: user identifier": lambda: guest_broker.forget(None),
    }
    assert_golden("flow_argument_errors", error_texts(cases))


def test_errors_of_calls():
    closed_provider = from_cognito_identity_pool(POOL)
    closed_cache = closed_provider.cached()
    closed_provider.close()
    closed_broker = CredentialBroker(POOL)
    closed_broker.close()
    driver = Driver(transport=None, clock=FakeClock(NOW), max_flight_seconds=1.0)
    limits = RateLimits({"GetId": RateLimiter(0.01, lambda: 0.0)}, None, "account", BrokerMetrics())
    target = {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}
    get_id = HttpRequest("POST", "https://example.com", target, b"")

    def request(**options):
        options = {"max_wait": 10.0, "is_background": False, **options}
        return lambda: FlowRunner().run(limits.wait(get_id, **options))

    request()()
    cases = {
        "closed provider": closed_provider,
        "closed cache": closed_cache.get,
        "closed broker": lambda: closed_broker.get("alice"),
        "asynchronous function on the sync side": lambda: driver.run(ops.call(get_token)),
        "deadlock": raising(deadlock_error()),
        "deadline": raising(refresh_timeout_error(2.5)),
        "deadline while waiting for the quota": raising(
            refresh_timeout_error(2.5, was_rate_limited=True)
        ),
        "exhausted quota": request(),
        "deferred refresh": request(is_background=True),
        "expired before use": lambda: freshness.check_not_expired(credentials(-10)),
        "min_remaining above the lifetime": lambda: freshness.require_remaining(
            credentials(3600), 4000
        ),
    }
    assert_golden("flow_errors", error_texts(cases))


def refresh_failure():
    state = RefreshState(
        clock=FakeClock(NOW),
        service_now=lambda: NOW,
        policy=RefreshPolicy(),
        random=lambda: 0.0,
    )
    state.accept(credentials(540), epoch=state.epoch)
    state.reject(TransportError("no route"), epoch=state.epoch)


def broker_refresh_failure():
    clock = RecordingClock()
    spec = BrokerSpec(
        identity_pool_id=POOL,
        account_id=None,
        custom_role_arn=None,
        basic_flow=None,
        client_config={"clock": clock},
    )
    state = BrokerState(
        spec,
        store=None,
        policy=RefreshPolicy(),
        max_users=1,
        prefetch_within=0.0,
        random=lambda: 0.0,
    )
    request = UserRequest("alice", None)
    record = Record(credentials(540), fetched_at=NOW, skew=None, accepted=())
    state.accept(request, FetchResult("credentials:00", record, is_new=True), seconds=0.1)
    state.reject(request, TransportError("no route"))


def store_failure(error):
    def fail():
        raise error

    def call():
        shared = SharedStore(FakeStore(FakeClock()))
        with suppress(StoreUnavailableError):
            FlowRunner().run(shared.call(fail))

    return call


class GuestExchange:
    """Fake of `Exchange` for a guest, with the methods that `SharedFetch` calls."""

    def __init__(self):
        self.service_now = self
        self.client = self.clock = self

    def resolve(self):
        yield from ()
        return ResolvedLogins({})

    def scope(self, logins):
        yield from ()
        return {}

    def fetch(self, logins):
        yield from ()
        return credentials(3600), logins, None

    def get_record_skews(self, skew):
        return 0.0, 0.0

    def __call__(self):
        return NOW

    def at(self, skew):
        return self


def lookup(prepare):
    """Return a function that changes a stored record with `prepare`, and looks the record up."""

    def call():
        runner = FlowRunner(now=NOW)
        store = FakeStore(FakeClock(NOW))
        shared = SharedFetch(GuestExchange(), SharedStore(store), RefreshPolicy())
        runner.run(shared.run())
        (key,) = store.entries
        prepare(store, key)
        runner.run(SharedFetch(GuestExchange(), shared.store, RefreshPolicy()).run(after=NOW))

    return call


def corrupt(store, key):
    store.entries[key] = b"[1]"


def lock(store, key):
    del store.entries[key]
    store.lock(key, 1e9)


def test_warnings_texts(caplog):
    error = OSError(28, "No space left on device", "/store")
    error.add_note("Free some space, or use another directory.")
    cases = {
        "failed refresh of a cache": refresh_failure,
        "failed refresh of a broker": broker_refresh_failure,
        "failure of the system": store_failure(error),
        "failure of a store": store_failure(TransportError("no route to 127.0.0.1:6379")),
        "failure of another library": store_failure(ValueError("private")),
        "unreadable entry": lookup(corrupt),
        "lock that is not released": lookup(lock),
    }
    blocks = []
    for title, log_warning in cases.items():
        caplog.clear()
        log_warning()
        warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
        blocks.append("\n".join([f"## {title}", *warnings]))
    assert_golden("flow_warnings", hide_places("\n\n".join(blocks)) + "\n")
