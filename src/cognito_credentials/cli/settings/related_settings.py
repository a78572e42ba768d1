"""Settings that belong together: a value is used only with the values that it was given with.

A client ID belongs to an issuer, a client secret to an issuer and a client ID, and a login token to
an identity pool. Each place (options, profile, environment) may hold the values of another
application, and precedence alone would combine the secret of one with the issuer of another.
"""

from __future__ import annotations

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.cli.settings.resolution import Selection

__all__ = [
    "belongs",
    "is_profile_endpoint_usable",
    "names_other_pool",
    "refuse_tokens_of_other_pool",
]


def belongs(selection: Selection, name: str, place: str) -> bool:
    """Return whether a place's value of a setting belongs to the values selected so far."""
    if name not in ("logins", "issuer", "client_id", "client_secret"):
        return True
    if name == "client_secret":
        # An option is written for this very command. A variable or a key may be another's.
        return place == "option" or all(
            _given(selection, place, other) == _selected(selection, other)
            for other in ("issuer", "client_id")
        )
    if name == "client_id":
        issuer = _given(selection, place, "issuer")
        return not issuer or issuer == _selected(selection, "issuer")
    # An exported variable must not sign in the guest of a profile that --profile names. An option
    # that replaces the pool must not make a guest: `refuse_tokens_of_other_pool` reports it.
    is_complete = selection.places.get("identity_pool_id") == "profile"
    return not (is_complete and place == "environment" and names_other_pool(selection, place))


def names_other_pool(selection: Selection, place: str) -> bool:
    """Return whether a place names another identity pool than the selected one."""
    selected, given = (
        selection.values.get("identity_pool_id"),
        selection.given(place, "identity_pool_id"),
    )
    return bool(selected and given and given.strip() != selected.strip())


def refuse_tokens_of_other_pool(selection: Selection) -> None:
    """Refuse login tokens that were configured for another identity pool, or its endpoint.

    Raises:
        ConfigurationError: If the place that gives a login or the endpoint names another pool.
    """
    for name in ("logins", "issuer", "client_id"):
        if name in selection.values and names_other_pool(selection, selection.places[name]):
            raise ConfigurationError(
                f"{selection.named(name)} belongs to another identity pool than "
                f"{selection.named('identity_pool_id')}",
                hint="Select a profile that has both, or give the login with the pool: --login, or "
                "--issuer and --client-id.",
            )
    if not (selection.has_issuer or "logins" in selection.values):
        return
    if not names_other_pool(selection, "profile"):
        return
    from cognito_credentials._config.resolution import configured_endpoint
    from cognito_credentials.config import ClientConfig

    config = ClientConfig(**selection.client_config())
    for service in ("cognito_identity", "sts"):
        url = configured_endpoint(config, service)
        # The environment's endpoint comes first: only without it is the profile's used.
        if (
            url is None
            or config.endpoint_url
            or configured_endpoint(config, service, ("environment",))
        ):
            continue
        raise ConfigurationError(
            f"the endpoint {url} of {selection.profile.source} belongs to another identity pool than "
            f"{selection.named('identity_pool_id')}",
            hint="Give the pool's endpoint with --endpoint-url, or select another profile.",
        )


def is_profile_endpoint_usable(selection: Selection) -> bool:
    """Return whether the profile's endpoint may be used for the selected issuer.

    A profile without an issuer has no user pool of its own; its endpoint is used only if --profile
    names it next to the issuer.
    """
    issuer = _given(selection, "profile", "issuer")
    if not issuer:
        return bool(selection.profile_option)
    return issuer == _selected(selection, "issuer")


def _given(selection: Selection, place: str, name: str) -> str:
    return _normalized(name, selection.given(place, name))


def _selected(selection: Selection, name: str) -> str:
    return _normalized(name, selection.values.get(name))


def _normalized(name: str, value: str | None) -> str:
    """Return a value in a form that compares, "" if there is none."""
    text = (value or "").strip()
    if name != "issuer" or not text:
        return text
    from cognito_credentials._sign_in.issuers import issuer_of

    try:
        return issuer_of(text).rstrip("/")
    except ConfigurationError:  # reported by the command that needs the issuer
        return text
