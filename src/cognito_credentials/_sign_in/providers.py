"""Where issuers differ from OpenID Connect as it is written.

- Google gives a refresh token only to `access_type=offline`, and again only with `prompt=consent`
  (developers.google.com/identity/protocols/oauth2/web-server); it knows no `offline_access`. Its
  desktop applications have a secret, which its addresses for devices and for revocation are not
  told: both are documented without (…/oauth2/limited-input-device, …/oauth2/native-app).
- Auth0, Okta, Entra and Keycloak give one for the scope `offline_access`. The standard lets that scope
  be ignored without `prompt=consent` (OpenID Connect Core 11), and who keeps to it does (panva's
  oidc-provider). Entra must not be sent it: where an administrator has agreed for all, and users may
  not, it ends in a page that asks for the administrator's approval (learn.microsoft.com/entra,
  "Unexpected consent prompt").
- Keycloak gives a refresh token without that scope, too, which ends with the browser's session.
- A user pool gives one always, and refuses scopes that its client does not have; `offline_access` is
  none of them (docs.aws.amazon.com/cognito, "Refresh tokens").
- User pools and Entra let nothing but `http://localhost` be registered for this machine (API
  reference of CreateUserPoolClient, CallbackURLs; learn.microsoft.com/entra, "reply-url"); RFC 8252
  section 8.3 prefers 127.0.0.1, which the others take.
"""

from __future__ import annotations

from cognito_credentials._core.login_providers import GOOGLE, is_user_pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "authorization_parameters",
    "default_scope",
    "redirect_host",
    "takes_secret_for_tokens_alone",
]

# Entra ID; in the sovereign clouds, too; and Entra External ID.
ENTRA = ("login.microsoftonline.", "sts.windows.net/", "login.partner.microsoftonline.")


def _is_entra(login_key: str) -> bool:
    return login_key.startswith(ENTRA) or ".ciamlogin.com/" in login_key


def default_scope(login_key: str, metadata: Mapping[str, Any]) -> str:
    """Return what to ask for: who the user is, and a refresh token."""
    supported = metadata.get("scopes_supported") or ()
    if is_user_pool(login_key):
        return "openid"
    scopes = ["openid"]
    if not supported or "email" in supported:
        scopes.append("email")
    if "offline_access" in supported:
        scopes.append("offline_access")
    return " ".join(scopes)


def authorization_parameters(login_key: str, scope: str) -> dict[str, str]:
    """Return what the address of the sign-in page needs beyond the standard, or for this scope."""
    if login_key == GOOGLE:
        return {"access_type": "offline", "prompt": "consent"}
    is_offline = "offline_access" in scope.split() and not _is_entra(login_key)
    return {"prompt": "consent"} if is_offline else {}


def redirect_host(login_key: str) -> str:
    """Return the name of this machine that the issuer lets an application register."""
    is_local = is_user_pool(login_key) or _is_entra(login_key)
    return "localhost" if is_local else "127.0.0.1"


def takes_secret_for_tokens_alone(login_key: str) -> bool:
    """Whether the client's secret is for the token endpoint, and no other of the issuer's."""
    return login_key == GOOGLE
