"""How early a `CredentialsCache` refreshes."""

from __future__ import annotations

from cognito_credentials import _typing as t
from cognito_credentials._validation import check_number
from cognito_credentials.errors import ConfigurationError

__all__ = ["RefreshPolicy"]

HOUR = 3600.0


class RefreshPolicy:
    """Set when credentials are renewed before they expire.

    Args:
        advisory_refresh_window: Seconds before the end from which one background refresh runs and
            nobody waits for it. By default 17/60 of the lifetime, so 17 minutes of the usual hour,
            and an hour at most.
        mandatory_refresh_window: Seconds before the end from which callers wait for the refresh. By
            default 1/60 of the lifetime, and a minute at most.
        jitter: How much earlier than `advisory_refresh_window` the refresh may begin, drawn anew
            for each generation so that a fleet does not refresh together; a share of the window.

    A window is never longer than 9/10 of the lifetime: credentials that live for less than was
    asked for would otherwise be fetched for each request. One that is longer than what is asked for,
    an hour or the basic flow's duration, is an error of the cache or broker that gets it.

    Raises:
        ConfigurationError: A number that is negative or not finite, or windows in the wrong order.

    Immutable in use; one may serve any number of caches.
    """

    __slots__ = ("advisory_refresh_window", "jitter", "mandatory_refresh_window")

    def __init__(
        self,
        *,
        advisory_refresh_window: float | None = None,
        mandatory_refresh_window: float | None = None,
        jitter: float = 0.1,
    ) -> None:
        for name, value in (
            ("advisory_refresh_window", advisory_refresh_window),
            ("mandatory_refresh_window", mandatory_refresh_window),
            ("jitter", jitter),
        ):
            if value is not None or name == "jitter":
                check_number(name, value)
        if (
            advisory_refresh_window is not None
            and mandatory_refresh_window is not None
            and mandatory_refresh_window > advisory_refresh_window
        ):
            raise ConfigurationError(
                f"mandatory_refresh_window ({mandatory_refresh_window} s) is longer than "
                f"advisory_refresh_window ({advisory_refresh_window} s)"
            )
        self.advisory_refresh_window = advisory_refresh_window
        self.mandatory_refresh_window = mandatory_refresh_window
        self.jitter = jitter

    @classmethod
    def of(cls, policy: t.Any, lifetime: float) -> RefreshPolicy:
        """Return the policy that an argument of this name says, or the default one for None.

        `lifetime` is how long the credentials live that are asked for.
        """
        if policy is not None and not isinstance(policy, cls):
            raise ConfigurationError(
                f"policy is of type {type(policy).__name__}, not a RefreshPolicy"
            )
        found: RefreshPolicy = policy or cls()
        for name in ("advisory_refresh_window", "mandatory_refresh_window"):
            if (getattr(found, name) or 0.0) > lifetime:
                raise ConfigurationError(
                    f"{name} is {getattr(found, name)} s, but the credentials live for "
                    f"{lifetime:.0f} s",
                    hint="The enhanced flow gives an hour; basic_flow gives up to 12.",
                )
        return found

    def windows(self, lifetime: float, random: float) -> tuple[float, float]:
        """Return the advisory and the mandatory window, in seconds, of a generation."""
        lifetime = max(lifetime, 0.0)  # A negative window would begin after the expiration.
        longest = 0.9 * lifetime
        mandatory = self.mandatory_refresh_window
        if mandatory is None:
            mandatory = min(60.0, lifetime / 60)
        advisory = self.advisory_refresh_window
        if advisory is None:
            advisory = max(mandatory, min(HOUR, lifetime * 17 / 60))
        advisory = min(advisory * (1 + self.jitter * random), longest)
        return advisory, min(mandatory, advisory)

    def __repr__(self) -> str:
        return (
            f"RefreshPolicy(advisory_refresh_window={self.advisory_refresh_window}, "
            f"mandatory_refresh_window={self.mandatory_refresh_window}, jitter={self.jitter})"
        )
