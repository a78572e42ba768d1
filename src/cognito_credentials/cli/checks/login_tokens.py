"""Each login's token: that it can be had, and what can be said of it before it is sent."""

from __future__ import annotations

from cognito_credentials._core.error_catalog.context_facts import quote_claim
from cognito_credentials._core.jwt_claims import get_expiry
from cognito_credentials._core.login_checks import check_logins
from cognito_credentials._core.login_providers import is_id_token_provider
from cognito_credentials._core.login_resolution import ResolvedLogins, resolve_logins
from cognito_credentials.errors import CognitoCredentialsError, LoginTokenError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognito_credentials.cli.checks.report import Report

__all__ = ["check_login_tokens"]

# Which row it is that a reason fails, in the order in which `check_logins` looks.
_ROWS = (
    ("login kind", frozenset(("not-a-jwt", "access-token-given"))),
    ("login issuer", frozenset(("issuer-mismatch",))),
    ("login expiry", frozenset(("login-token-expired",))),
)


def check_login_tokens(
    report: Report,
    run: Callable[[Any], Any],
    logins: Mapping[str, Any],
    *,
    service_now: float | None,
) -> ResolvedLogins | None:
    """Return the logins with their tokens, unless one cannot work.

    `service_now` is the service's time in seconds since 1970, None where it did not answer.
    """
    tokens: dict[str, str] = {}
    for key, supplier in logins.items():
        try:
            resolved = run(resolve_logins({key: supplier}))
        except CognitoCredentialsError as error:
            report.refused("login token", error)
            for check, _ in _ROWS:
                report.not_checked(check, f"there is no token for {key}")
            continue
        report.passed("login token", f"{key}: its token can be had")
        if _check_token(report, key, resolved, service_now):
            tokens |= resolved.tokens
    if len(tokens) < len(logins):
        return None
    return ResolvedLogins(tokens, refreshable_names=frozenset(tokens))


def _check_token(
    report: Report, key: str, resolved: ResolvedLogins, service_now: float | None
) -> bool:
    claims = resolved.get_claims(key)
    problem: LoginTokenError | None = None
    try:
        check_logins(resolved, service_now=service_now)
    except LoginTokenError as error:
        problem = error
    failed = ""
    for check, reasons in _ROWS:
        if failed:
            report.not_checked(check, f"{failed} failed")
        elif problem is not None and problem.reason in reasons:
            report.refused(check, problem)
            failed = check
        elif claims is None or not is_id_token_provider(key):
            report.not_checked(check, f"the token of {key} is no ID token that could be read")
        else:
            _report_claim(report, check, key, claims, service_now)
    return problem is None


def _report_claim(
    report: Report, check: str, key: str, claims: Mapping[str, Any], service_now: float | None
) -> None:
    if check == "login kind":
        report.passed(
            check, f"{key}: an ID token for client id (aud) {quote_claim(claims.get('aud'))}"
        )
    elif check == "login issuer":
        report.passed(check, f"{key}: issued by {quote_claim(claims.get('iss'))}, as the key says")
    elif (expiry := get_expiry(claims)) is None:
        report.not_checked(check, "the token names no time")
    elif service_now is None:
        report.not_checked(check, "the service's time is not known")
    else:
        report.passed(check, f"{key}: {max(0, expiry - service_now) / 60:.0f} minutes are left")
