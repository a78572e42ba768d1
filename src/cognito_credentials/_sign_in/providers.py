"""Differences between issuers, and deviations from the OpenID Connect standard.

- Google issues the first refresh token only if the request contains `access_type=offline`, and
  further refresh tokens only if the request also contains `prompt=consent`
  (developers.google.com/identity/protocols/oauth2/web-server). Google does not support the scope
  `offline_access`. A desktop application does not send its client secret to the endpoints for
  device codes and for revocation (…/oauth2/limited-input-device, …/oauth2/native-app).
- Auth0, Okta, Entra and Keycloak issue a refresh token for the scope `offline_access`. An issuer
  may ignore that scope unless the request contains `prompt=consent` (OpenID Connect Core 11);
  panva's oidc-provider, for example, ignores it. Requests to Entra must not contain
  `prompt=consent`, because users who are not permitted to consent would then need an
  administrator's approval, even if an administrator has already consented for all users
  (learn.microsoft.com/entra, "Unexpected consent prompt").
- Without that scope, Keycloak issues a refresh token that expires with the browser session.
- User pools always issue a refresh token. User pools reject scopes that the app client is not
  permitted to use, and do not support `offline_access` (docs.aws.amazon.com/cognito, "Refresh
  tokens").
- The only loopback host that user pools and Entra accept in an http redirect URI is `localhost`
  (CallbackURLs in the API reference for CreateUserPoolClient; learn.microsoft.com/entra,
  "reply-url"). The other issuers accept 127.0.0.1, which RFC 8252 section 8.3 recommends.
- Google accepts any loopback URL for a desktop application, and Entra accepts any port. The other
  issuers accept only the exact callback URLs that are registered, including the port.
"""

from __future__ import annotations

from cognito_credentials._core.login_providers import GOOGLE, is_user_pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "accepts_any_port",
    "authorization_parameters",
    "callback_url_to_register",
    "default_scope",
    "is_secret_limited_to_token_endpoint",
    "redirect_host",
]

# Microsoft Entra ID, including its national clouds. Entra External ID has its own domain,
# ciamlogin.com.
ENTRA_PREFIXES = ("login.microsoftonline.", "sts.windows.net/", "login.partner.microsoftonline.")


def default_scope(provider_name: str, metadata: Mapping[str, Any]) -> str:
    """Return the scope for an ID token and, if the issuer supports it, a refresh token.

    Args:
        provider_name: Login provider name of the issuer.
        metadata: Metadata of the issuer.
    """
    supported = metadata.get("scopes_supported") or ()
    if is_user_pool(provider_name):
        return "openid"
    scopes = ["openid"]
    if not supported or "email" in supported:
        scopes.append("email")
    if "offline_access" in supported:
        scopes.append("offline_access")
    return " ".join(scopes)


def authorization_parameters(provider_name: str, scope: str) -> dict[str, str]:
    """Return the issuer-specific parameters for an authorization request with this scope."""
    if provider_name == GOOGLE:
        return {"access_type": "offline", "prompt": "consent"}
    needs_consent = "offline_access" in scope.split() and not _is_entra(provider_name)
    return {"prompt": "consent"} if needs_consent else {}


def redirect_host(provider_name: str) -> str:
    """Return the loopback host name that the issuer accepts in a redirect URI."""
    requires_localhost = is_user_pool(provider_name) or _is_entra(provider_name)
    return "localhost" if requires_localhost else "127.0.0.1"


def callback_url_to_register(provider_name: str, url: str) -> str:
    """Return the callback URL to register with the issuer; "" if none is required."""
    if provider_name == GOOGLE:
        return ""
    if accepts_any_port(provider_name):
        host_and_port, _, path = url.removeprefix("http://").partition("/")
        return f"http://{host_and_port.partition(':')[0]}/{path}"
    return url


def accepts_any_port(provider_name: str) -> bool:
    """Return True if the issuer ignores the port of loopback callback URLs."""
    return provider_name == GOOGLE or _is_entra(provider_name)


def is_secret_limited_to_token_endpoint(provider_name: str) -> bool:
    """Return True if only the token endpoint of the issuer expects the client secret."""
    return provider_name == GOOGLE


def _is_entra(provider_name: str) -> bool:
    return provider_name.startswith(ENTRA_PREFIXES) or ".ciamlogin.com/" in provider_name
