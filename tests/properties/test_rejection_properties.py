"""The state of a cache after random rejections, fetches and delays."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cognito_credentials import Credentials, RefreshPolicy
from cognito_credentials._base.cache import RefreshState
from cognito_credentials._core.freshness import Decision
from cognito_credentials.errors import TransportError
from cognito_credentials.testing import FakeClock

LIFETIME = 3600
MAX_DURATION = 2000  # ends before the advisory window begins


class Cache:
    """A cache whose fetches succeed or fail. The class records the times of the fetches."""

    def __init__(self):
        self.clock = FakeClock(1_800_000_000.0)
        self.state = RefreshState(
            clock=self.clock, service_now=self.clock.now, policy=RefreshPolicy(), random=lambda: 0.0
        )
        self.fetched_at = []

    def get(self, *, succeeds):
        decision, credentials = self.state.decide(in_flight=False, min_remaining=0.0)
        if decision is not Decision.WAIT:
            return credentials
        self.fetched_at.append(self.clock.monotonic())
        if succeeds:
            credentials = Credentials(
                access_key_id=f"ASIA{len(self.fetched_at)}",
                secret_access_key="a-secret-key",
                session_token="a-session-token",
                expiration=datetime.fromtimestamp(self.clock.now() + LIFETIME, UTC),
                identity_id="us-east-1:1",
                _now=self.clock.now,
            )
            self.state.accept(credentials, epoch=self.state.epoch)
        else:
            self.state.reject(TransportError("no route"), epoch=self.state.epoch)
        return credentials


steps = st.lists(
    st.tuples(
        # The delay before the request, in quarters of a second, which floats represent exactly.
        st.integers(0, 80),
        # Whether a fetch succeeds.
        st.booleans(),
        # How many generations ago the rejected request was signed.
        st.integers(0, 3),
    ),
    max_size=MAX_DURATION // 20,
)


@given(steps)
def test_rejections_cause_at_most_one_fetch_in_5_seconds(steps):
    cache = Cache()
    used = [cache.get(succeeds=True)]
    for delay, succeeds, generations_ago in steps:
        cache.clock.advance(delay / 4)
        rejected = used[max(0, len(used) - 1 - generations_ago)]
        before = cache.state.peek()
        should_retry = cache.state.mark_rejected(rejected.access_key_id)
        if rejected is not before:
            # A late report neither marks nor discards newer credentials.
            assert should_retry
        credentials = cache.get(succeeds=succeeds)
        # Unexpired credentials are never discarded.
        assert credentials is not None
        if not should_retry:
            assert credentials is rejected
        elif succeeds:
            assert credentials is not rejected
        if credentials is not used[-1]:
            used.append(credentials)
    fetched_at = cache.fetched_at[1:]
    intervals = [second - first for first, second in pairwise(fetched_at)]
    assert min(intervals, default=5) >= 5
