"""Functions that turn sign-in settings into a session key, an application and an OAuth client."""

from __future__ import annotations

from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.settings.names import COGNITO_SETTINGS, client_config, hint_to_set
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cognito_credentials._sign_in.application import Application
    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.session_token import SessionToken
    from cognito_credentials._sign_in.sessions import Session, SessionKey
    from cognito_credentials.cli.settings.resolution import SignIn
    from cognito_credentials.config import ClientConfig

__all__ = [
    "build_client",
    "describe_user",
    "find_application",
    "login_command",
    "selected_application",
    "session_key",
    "session_token",
]

EXAMPLES = {
    "issuer": "https://login.example.com (or us-east-1_Example for a user pool)",
    "client_id": "ID (the client ID of the application at the issuer)",
}

NOUNS = {"issuer": "issuer", "client_id": "client ID"}


def session_key(sign_in: SignIn) -> SessionKey:
    """Return the key of the selected session.

    Raises:
        ConfigurationError: If the issuer or the client ID is missing or invalid.
    """
    from cognito_credentials._sign_in.issuers import normalize_issuer
    from cognito_credentials._sign_in.sessions import SessionKey

    for name, example in EXAMPLES.items():
        if not getattr(sign_in, name):
            message = f"no {NOUNS[name]} is configured"
            if source := sign_in.unused_sources.get(name):
                message += f" for this issuer ({source} belongs to another issuer)"
            raise ConfigurationError(message, hint=hint_to_set(COGNITO_SETTINGS[name], example))
    issuer = normalize_issuer(sign_in.issuer, sign_in.label("issuer"))
    return SessionKey(issuer, sign_in.client_id, sign_in.user)


def describe_user(session: Session) -> str:
    """Return the name of a session's user, with the local user name if there is one."""
    from cognito_credentials._external_text import MAX_NAME_LENGTH, clean_text

    name, user = clean_text(session.name, max_length=MAX_NAME_LENGTH), session.key.user
    return f"{name} (--user {user})" if user else name


def login_command(sign_in: SignIn) -> str:
    """Return the command that signs in with these settings."""
    import shlex

    return shlex.join([PROGRAM, "login", *sign_in.option_words])


def session_token(sign_in: SignIn) -> SessionToken:
    """Return a supplier of the selected session's ID token.

    Raises:
        ConfigurationError: If the issuer or the client ID is missing or invalid.
        CredentialsUnavailableError: If there is no such session.
    """
    from cognito_credentials._sign_in.session_token import SessionToken
    from cognito_credentials._sign_in.sessions import Sessions
    from cognito_credentials.clock import SystemClock

    def refresh(session: Session) -> Session:
        from cognito_credentials._sign_in.refresh import refresh_session

        application = find_application(sign_in, session)
        return refresh_session(build_client(sign_in, application, session.key.user), session)

    return SessionToken(
        session_key(sign_in),
        sessions=Sessions(),
        refresh=refresh,
        clock=SystemClock(),
        login_command=login_command(sign_in),
    )


def selected_application(sign_in: SignIn, places: Collection[str] = ()) -> Application:
    """Return the application that the settings name, with its client secret and endpoint.

    Args:
        sign_in: The settings.
        places: Places from which the endpoint may be read; by default, all of
            `sign_in.endpoint_places`.

    Raises:
        ConfigurationError: If the issuer, the client ID, the secret or the endpoint is invalid.
    """
    from cognito_credentials._config.resolution import configured_endpoint
    from cognito_credentials._sign_in.application import Application

    key = session_key(sign_in)
    secret = None
    if sign_in.client_secret is not None:
        from cognito_credentials.cli.settings.login_sources import secret_supplier

        secret = secret_supplier(sign_in.client_secret)
    usable = [place for place in sign_in.endpoint_places if not places or place in places]
    endpoint_url = configured_endpoint(
        _connection_config(sign_in), "cognito_identity_provider", usable
    )
    return Application(key.issuer, key.client_id, secret=secret, endpoint_url=endpoint_url)


def find_application(sign_in: SignIn, session: Session) -> Application:
    """Return the application to which a session's tokens were issued.

    The application is built from the selected settings if they name it, or from a profile that
    names it. Otherwise, the application has no client secret, and uses the session's endpoint.
    """
    from cognito_credentials._sign_in.application import Application

    key = session.key
    for application in _known_applications(sign_in, key):
        if application.is_source_of(session):
            return application
    return Application(key.issuer, key.client_id, endpoint_url=session.endpoint_url)


def _known_applications(sign_in: SignIn, key: SessionKey) -> Iterator[Application]:
    import os
    from contextlib import suppress

    from cognito_credentials._config.aws_files import list_profiles
    from cognito_credentials.cli.settings.resolution import resolve

    if _names_application(sign_in, key):
        yield selected_application(sign_in)
    for profile in list_profiles(os.environ, COGNITO_SETTINGS["issuer"].key):
        # Errors in other profiles are ignored: a profile that cannot be resolved may belong to
        # another application.
        with suppress(ConfigurationError):
            other = resolve({"profile": profile}, os.environ, in_command=sign_in.in_command).sign_in
            if _names_application(other, key):
                # An exported endpoint is tried last, and only for a session that was created at
                # this endpoint.
                yield selected_application(other, ("profile",))
                yield selected_application(other)


def _names_application(sign_in: SignIn, key: SessionKey) -> bool:
    """Return True if the settings name the issuer and the client ID of a session key."""
    if not (sign_in.issuer and sign_in.client_id):
        return False
    try:
        selected = session_key(sign_in)
    except ConfigurationError:
        return False
    return (selected.issuer.rstrip("/"), selected.client_id) == (
        key.issuer.rstrip("/"),
        key.client_id,
    )


def build_client(sign_in: SignIn, application: Application, user: str = "") -> Client:
    """Return an OAuth client for an application; the client uses the connection options."""
    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.http import HttpClient, create_transport
    from cognito_credentials.clock import SystemClock
    from cognito_credentials.config import resolve

    # The region is a placeholder, because the connection settings do not depend on the region.
    resolved = resolve(_connection_config(sign_in), region_of_id="us-east-1")
    return Client(
        application,
        http=HttpClient(
            create_transport(resolved),
            resolved.user_agent,
            url_setting="--endpoint-url" if application.endpoint_url else "--issuer",
        ),
        clock=SystemClock(),
        user=user,
    )


def _connection_config(sign_in: SignIn) -> ClientConfig:
    from cognito_credentials.config import ClientConfig

    arguments = client_config(sign_in.connection)
    arguments.pop("region", None)  # `region` is the region of the identity pool, not of the issuer.
    return ClientConfig(**arguments)
