"""What the settings of signing in mean: whose session, and the client that gets and renews it."""

from __future__ import annotations

from cognito_credentials.cli.program import PROGRAM
from cognito_credentials.cli.settings.resolution import SETTINGS
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cognito_credentials._sign_in.application import Application
    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.session_token import SessionToken
    from cognito_credentials._sign_in.sessions import Session, Whose
    from cognito_credentials.cli.settings.resolution import Selection
    from cognito_credentials.config import ClientConfig

__all__ = [
    "application_of",
    "client_of",
    "login_command",
    "selected_application",
    "session_token",
    "shown_name",
    "whose_of",
]


def whose_of(selection: Selection) -> Whose:
    """Return whose session the settings name.

    Raises:
        ConfigurationError: Issuer or client id is missing, or is none.
    """
    from cognito_credentials._sign_in.issuers import issuer_of
    from cognito_credentials._sign_in.sessions import Whose

    values = selection.values
    for name, example in (
        ("issuer", "https://login.example.com (or us-east-1_Example, a user pool)"),
        ("client_id", "ID (of the application that the issuer knows)"),
    ):
        if name not in values:
            message = f"no {name} is given"
            if place := selection.set_aside.get(name):
                source = selection.source_of(name, place)
                message += f" for this issuer ({source} belongs to another issuer)"
            raise ConfigurationError(message, hint=SETTINGS[name].step(example))
    return Whose(issuer_of(values["issuer"]), values["client_id"].strip(), values.get("user") or "")


def shown_name(session: Session) -> str:
    """Return who a session is of: the name that the issuer knows, and that of `--user`."""
    from cognito_credentials._sign_in.client import quoted

    name = quoted(session.name, ())
    return f"{name} (--user {session.whose.user})" if session.whose.user else name


def login_command(selection: Selection) -> str:
    """Return the command that signs in to what is selected."""
    import shlex

    profile = selection.profile_option
    given = selection.words_given("issuer", "client_id", "user")
    return shlex.join([PROGRAM, "login", *(["--profile", profile] if profile else []), *given])


def session_token(selection: Selection) -> SessionToken:
    """Return the supplier of the selected session's ID token.

    Raises:
        CredentialsUnavailableError: Nobody is signed in.
    """
    from cognito_credentials._sign_in.session_token import SessionToken
    from cognito_credentials._sign_in.sessions import Sessions
    from cognito_credentials.clock import SystemClock

    def renew(session: Session) -> Session:
        from cognito_credentials._sign_in.renewal import renewed

        application = application_of(selection, session)
        return renewed(client_of(selection, application, session.whose.user), session)

    return SessionToken(
        whose_of(selection),
        sessions=Sessions(),
        renew=renew,
        clock=SystemClock(),
        login_command=login_command(selection),
    )


def selected_application(
    selection: Selection, places: Collection[str] = ("environment", "profile")
) -> Application:
    """Return the application that the settings name, with its own secret and endpoint.

    `places` are the kinds of places that an endpoint is read from.

    Raises:
        ConfigurationError: If the issuer, the client ID, the secret or the endpoint is invalid.
    """
    from cognito_credentials._config.resolution import configured_endpoint
    from cognito_credentials._sign_in.application import Application
    from cognito_credentials.cli.settings.related_settings import is_profile_endpoint_usable

    whose = whose_of(selection)
    secret = None
    if "client_secret" in selection.values:
        from cognito_credentials.cli.settings.login_sources import secret_of

        secret = secret_of(selection)
    if not is_profile_endpoint_usable(selection):
        places = [place for place in places if place != "profile"]
    endpoint_url = configured_endpoint(_config(selection), "cognito_identity_provider", places)
    return Application(whose.issuer, whose.client_id, secret=secret, endpoint_url=endpoint_url)


def application_of(selection: Selection, session: Session) -> Application:
    """Return the application that a session's tokens were issued to.

    The selected settings are used if they name this application; otherwise the profile that does.
    Without such a profile, the application has no secret, and its endpoint is the session's.
    """
    from cognito_credentials._sign_in.application import Application

    whose = session.whose
    for application in _known_applications(selection, whose):
        if application.is_source_of(session):
            return application
    return Application(whose.issuer, whose.client_id, endpoint_url=session.endpoint_url)


def _known_applications(selection: Selection, whose: Whose) -> Iterator[Application]:
    import os
    from argparse import Namespace
    from contextlib import suppress

    from cognito_credentials._config.aws_files import profiles_with
    from cognito_credentials.cli.settings.resolution import NOTHING_GIVEN, Selection

    if _names_application_of(selection, whose):
        yield selected_application(selection)
    for name in profiles_with(os.environ, SETTINGS["issuer"].key):
        # Another profile's mistake is not reported here: its application is unknown.
        with suppress(ConfigurationError):
            other = Selection(Namespace(**NOTHING_GIVEN | {"profile": name}))
            if _names_application_of(other, whose):
                # An exported endpoint comes last: only a session that was signed in there has it.
                yield selected_application(other, ("profile",))
                yield selected_application(other)


def _names_application_of(selection: Selection, whose: Whose) -> bool:
    if not {"issuer", "client_id"} <= selection.values.keys():
        return False
    try:
        selected = whose_of(selection)
    except ConfigurationError:
        return False
    return (selected.issuer.rstrip("/"), selected.client_id) == (
        whose.issuer.rstrip("/"),
        whose.client_id,
    )


def client_of(selection: Selection, application: Application, user: str = "") -> Client:
    """Return the client that calls an application's issuer, connected as the settings say."""
    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.http import Http, transport_of
    from cognito_credentials.clock import SystemClock
    from cognito_credentials.config import resolve

    # Only the connection settings matter.
    resolved = resolve(_config(selection), region_of_id="us-east-1")
    return Client(
        application,
        http=Http(transport_of(resolved), resolved.user_agent),
        clock=SystemClock(),
        user=user,
    )


def _config(selection: Selection) -> ClientConfig:
    from cognito_credentials.config import ClientConfig

    settings = selection.client_config()
    settings.pop("region", None)  # that of the identity pool
    return ClientConfig(**settings)
