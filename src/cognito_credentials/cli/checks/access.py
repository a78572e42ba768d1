"""The pool, the identity, the role and the credentials: the service is asked as other verbs do.

A refusal names one thing, and what the service looked at before it is then known to be right. So
this is a ladder: what is below the refusal passed, what is above it was not reached.
"""

from __future__ import annotations

from cognito_credentials import errors
from cognito_credentials._core import endpoints
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog.context_facts import describe_providers
from cognito_credentials._core.error_catalog.trust_policy import trust_policy
from cognito_credentials._core.timestamps import iso_timestamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.exchange import Exchange
    from cognito_credentials._core.identity_sources import Identity
    from cognito_credentials._core.login_resolution import ResolvedLogins
    from cognito_credentials.cli.checks.configuration import Settings
    from cognito_credentials.cli.checks.report import Report

__all__ = ["check_access", "rungs_of"]

_PARAMETER, _STS = "parameter", "STS"  # what these are about is said by the call
_RUNG_OF = (
    (errors.IdentityPoolNotFound, "pool"),
    (errors.UnauthenticatedAccessDisabled, "guests"),
    (errors.UnsupportedLoginProvider, "login audience"),
    ((errors.LoginTokenRejected, errors.LoginTokenExpired), "login accepted"),
    ((errors.LoginsMismatch, errors.IdentityForbidden, errors.IdentityNotFound), "identity"),
    (errors.ResourceConflictException, "identity"),
    (errors.BasicFlowDisabled, "basic flow"),
    (errors.InvalidParameterException, _PARAMETER),
    ((errors.InvalidIdentityPoolConfigurationException, errors.RoleDenied), "role"),
    ((errors.AccessDeniedException, errors.InvalidIdentityTokenException), _STS),
)
# A refusal by one of these says nothing of what is below it.
_SAYS_NOTHING = frozenset(("identity", "credentials"))
_MENDED_BY_TRUST = (
    errors.InvalidIdentityPoolConfigurationException,
    errors.AccessDeniedException,
    errors.InvalidIdentityTokenException,
)


def rungs_of(settings: Settings) -> list[str]:
    """Return the checks in the order in which the service looks."""
    rungs = ["pool"] if "identity_pool_id" in settings.selection.values else []
    rungs += ["guests"] if settings.is_guest else ["login audience", "login accepted"]
    rungs += ["identity"]
    rungs += ["basic flow"] if settings.is_basic else []
    return [*rungs, "role", "credentials"]


def check_access(
    report: Report,
    settings: Settings,
    exchange: Exchange,
    logins: ResolvedLogins,
    *,
    is_stored: bool,
) -> None:
    """Get an identity, and credentials for it; no other verb makes fewer of them.

    `is_stored` tells whether a new identity can be found again.
    """
    run = settings.provider.run
    facts = CallContext(identity_pool_id=exchange.identity_source.identity_pool_id, logins=logins)
    ladder = _Ladder(report, rungs_of(settings), facts, is_stored=is_stored)
    try:
        identity = run(exchange.identity_source.identify(exchange.client, logins))
    except errors.CognitoCredentialsError as error:
        ladder.fail(error, "identity")
        return
    facts.identity_id = identity.id
    ladder.identity = identity
    try:
        grant = run(exchange.credential_source.fetch(exchange.client, identity.id, logins, facts))
        run(exchange.identity_source.adopt(identity, grant.identity_id))
    except errors.CognitoCredentialsError as error:
        ladder.fail(error, "credentials")
        return
    ladder.pass_all(f"they came, and end at {iso_timestamp(grant.expiration.timestamp())}")


class _Ladder:
    """The rungs of one call, and what is known of each."""

    def __init__(
        self, report: Report, rungs: list[str], facts: CallContext, *, is_stored: bool
    ) -> None:
        self.is_stored = is_stored
        self.report = report
        self.rungs = rungs
        self.facts = facts
        self.identity: Identity | None = None

    def pass_all(self, credentials: str) -> None:
        for rung in self.rungs[:-1]:
            self._pass(rung)
        self.report.passed("credentials", credentials)

    def fail(self, error: errors.CognitoCredentialsError, otherwise: str) -> None:
        rung = self._rung_of(error, otherwise)
        known = self._known(error)
        at = self.rungs.index(rung)
        for before in self.rungs[:at]:
            if before in known or rung not in _SAYS_NOTHING:
                self._pass(before)
            elif self.identity is None:
                self.report.not_checked(before, f"{rung} failed")
            else:
                self.report.not_checked(
                    before, "the stored identity was taken, and the pool not asked"
                )
        if rung == "role" and isinstance(error, _MENDED_BY_TRUST):
            policy = trust_policy(self.facts)
            self.report.refused(rung, error, fix=self._trust(error), policy=policy)
        else:
            self.report.refused(rung, error)
        for after in self.rungs[at + 1 :]:
            self.report.not_checked(after, f"{rung} failed")

    def _rung_of(self, error: errors.CognitoCredentialsError, otherwise: str) -> str:
        rung = next((name for kind, name in _RUNG_OF if isinstance(error, kind)), otherwise)
        if rung == _PARAMETER:  # a login's key, or the role that was asked for
            rung = "login audience" if self.identity is None else "role"
        elif rung == _STS:  # an organization's policy may deny every call
            rung = "role" if _is_of_sts(error) else otherwise
        return rung if rung in self.rungs else otherwise

    def _trust(self, error: errors.CognitoCredentialsError) -> str:
        if not isinstance(error, errors.InvalidIdentityPoolConfigurationException):
            return (
                f"Give {self.facts.role_arn} this trust policy. AWS STS says the same of a role that "
                "is not there."
            )
        kind = "guest" if "guests" in self.rungs else "authenticated"
        return (
            f"The pool's {kind} role must be set, exist in the pool's account, and have this trust "
            "policy."
        )

    def _known(self, error: errors.CognitoCredentialsError) -> list[str]:
        """Return what the calls before this error have answered for."""
        if _is_of_sts(error):
            return self.rungs[: self.rungs.index("role")]
        if self.identity is None or self.identity.is_known:
            return []
        return self.rungs[: self.rungs.index("identity") + 1]

    def _pass(self, rung: str) -> None:
        pool_id = self.facts.identity_pool_id
        keys = ", ".join(self.facts.logins.tokens) if self.facts.logins else ""
        texts = {
            "pool": f"{pool_id} is there, in {endpoints.get_region(pool_id or '')}",
            "guests": "the pool takes guests",
            "login audience": f"the pool has {describe_providers(self.facts)}",
            "login accepted": f"the service took the token of {keys}",
            "basic flow": "the pool allows it",
            "role": f"{self.facts.role_arn or 'the role that the pool chose'} trusts the pool",
        }
        self.report.passed(rung, texts.get(rung) or self._identity_text())

    def _identity_text(self) -> str:
        identity = self.identity
        if identity is None:
            return "it can be had"
        if identity.user is None:
            return f"{identity.id}, as it was given"
        if identity.is_known:
            return f"{identity.id}, from the store"
        if not (self.facts.logins and self.facts.logins.tokens):
            kept = "stored for the next call" if self.is_stored else "cannot be stored"
            return f"{identity.id}: a new guest identity was made, and {kept}"
        return f"{identity.id}, of this user"


def _is_of_sts(error: errors.CognitoCredentialsError) -> bool:
    return getattr(error, "operation_name", "") == "AssumeRoleWithWebIdentity"
