"""`RefreshPolicy`: how early a cache refreshes credentials."""

from __future__ import annotations

from cognito_credentials._immutable import Immutable
from cognito_credentials._validation import check_argument_names, check_number, check_seconds
from cognito_credentials.errors import ConfigurationError

__all__ = ["RefreshPolicy", "check_policy"]

# The longest credential lifetime that the basic flow can request.
MAX_CREDENTIAL_SECONDS = 12 * 3600
MAX_DEFAULT_ADVISORY_SECONDS = 3600.0
MAX_DEFAULT_MANDATORY_SECONDS = 60.0
# Minimum validity of credentials that are passed to other programs. Below 15 minutes, botocore
# fetches new credentials for every request that it signs.
MIN_REMAINING_SECONDS = 16 * 60.0
MAX_WINDOW_SHARE = 0.9  # Fraction of the lifetime.


class RefreshPolicy(Immutable):
    """Policy that determines when credentials are refreshed before they expire.

    A window never exceeds 9/10 of the lifetime of the credentials. Otherwise, credentials with a
    shorter lifetime than requested would be refreshed on every call.

    Instances are immutable, so caches and threads may share an instance. Instances with equal
    arguments are equal.

    Attributes:
        advisory_refresh_window: Seconds, or None for the default.
        mandatory_refresh_window: Seconds, or None for the default.
        jitter: Fraction of the advisory window.

    Args:
        advisory_refresh_window: Number of seconds before the expiration during which a refresh runs
            in the background and no caller waits for it. The default is 17/60 of the lifetime, but
            at most one hour: 17 minutes for the usual lifetime of one hour.
        mandatory_refresh_window: Number of seconds before the expiration during which callers wait
            for the refresh. The default is 1/60 of the lifetime, but at most one minute.
        jitter: Maximum amount by which the advisory window is extended, as a fraction of the
            window. The actual extension is chosen at random for each set of credentials, so that
            the hosts of a fleet do not refresh at the same time.

    Raises:
        ConfigurationError: If a number is negative or not finite, a window is longer than 12 hours,
            or the mandatory window is longer than the advisory window. A cache or broker also
            raises the error if a window is longer than the lifetime of the credentials: one hour,
            or the `duration_seconds` of the basic flow.
    """

    __slots__ = ("advisory_refresh_window", "jitter", "mandatory_refresh_window")

    advisory_refresh_window: float | None
    mandatory_refresh_window: float | None
    jitter: float

    @check_argument_names
    def __init__(
        self,
        *,
        advisory_refresh_window: float | None = None,
        mandatory_refresh_window: float | None = None,
        jitter: float = 0.1,
    ) -> None:
        if advisory_refresh_window is not None:
            check_seconds(
                "advisory_refresh_window",
                advisory_refresh_window,
                at_most=MAX_CREDENTIAL_SECONDS,
            )
        if mandatory_refresh_window is not None:
            check_seconds(
                "mandatory_refresh_window",
                mandatory_refresh_window,
                at_most=MAX_CREDENTIAL_SECONDS,
            )
        check_number("jitter", jitter)
        if (
            advisory_refresh_window is not None
            and mandatory_refresh_window is not None
            and mandatory_refresh_window > advisory_refresh_window
        ):
            raise ConfigurationError(
                f"mandatory_refresh_window ({mandatory_refresh_window} s) must not be longer than "
                f"advisory_refresh_window ({advisory_refresh_window} s)",
                hint="Shorten mandatory_refresh_window, or lengthen advisory_refresh_window.",
            )
        self._set_attributes(
            advisory_refresh_window=advisory_refresh_window,
            mandatory_refresh_window=mandatory_refresh_window,
            jitter=jitter,
        )

    def windows(self, lifetime: float, random: float) -> tuple[float, float]:
        """Return the advisory and the mandatory window for one set of credentials, in seconds.

        Args:
            lifetime: Seconds between the issuance and the expiration of the credentials.
            random: Random number from 0 to 1, by which the jitter is multiplied.
        """
        lifetime = max(lifetime, 0.0)  # A negative window would begin after the expiration.
        mandatory = self.mandatory_refresh_window
        if mandatory is None:
            mandatory = min(MAX_DEFAULT_MANDATORY_SECONDS, lifetime / 60)
        advisory = self.advisory_refresh_window
        if advisory is None:
            advisory = max(mandatory, min(MAX_DEFAULT_ADVISORY_SECONDS, lifetime * 17 / 60))
        advisory = min(advisory * (1 + self.jitter * random), MAX_WINDOW_SHARE * lifetime)
        return advisory, min(mandatory, advisory)

    def __repr__(self) -> str:
        return (
            f"RefreshPolicy(advisory_refresh_window={self.advisory_refresh_window}, "
            f"mandatory_refresh_window={self.mandatory_refresh_window}, jitter={self.jitter})"
        )


def check_policy(policy: object, lifetime: float) -> RefreshPolicy:
    """Validate the `policy` argument of a cache or broker; return the default policy for None.

    Args:
        policy: The value of the `policy` argument.
        lifetime: Requested lifetime of the credentials, in seconds.

    Raises:
        ConfigurationError: If `policy` is not a `RefreshPolicy`, or a window is longer than the
            lifetime.
    """
    if policy is None:
        policy = RefreshPolicy()
    if not isinstance(policy, RefreshPolicy):
        raise ConfigurationError(
            f"policy must be a RefreshPolicy, not {type(policy).__name__}",
            hint="Pass policy=RefreshPolicy(...), or omit policy. A session policy belongs to BasicFlow.",
        )
    for name in ("advisory_refresh_window", "mandatory_refresh_window"):
        window: float = getattr(policy, name) or 0.0
        if window > lifetime:
            raise ConfigurationError(
                f"{name} must be at most the lifetime of the credentials ({lifetime:.0f} s), "
                f"not {window} s",
                hint="Use a shorter window. The enhanced flow issues credentials for one hour; "
                "the basic flow can request up to 12 hours.",
            )
    return policy
