"""What the settings of signing in mean: whose session, and the client that gets and renews it."""

from __future__ import annotations

from cognito_credentials.cli.program import PROGRAM
from cognito_credentials.cli.settings.resolution import SETTINGS
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.session_token import SessionToken
    from cognito_credentials._sign_in.sessions import Session, Whose
    from cognito_credentials.cli.settings.resolution import Selection

__all__ = ["client_of", "login_command", "session_token", "shown_name", "whose_of"]


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
            raise ConfigurationError(f"no {name} is given", hint=SETTINGS[name].step(example))
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

        return renewed(client_of(selection, session.whose), session)

    return SessionToken(
        whose_of(selection),
        sessions=Sessions(),
        renew=renew,
        clock=SystemClock(),
        login_command=login_command(selection),
    )


def client_of(selection: Selection, whose: Whose) -> Client:
    """Return the application at its issuer, reached as the settings say."""
    from cognito_credentials._sign_in.client import Client
    from cognito_credentials._sign_in.http import Http, transport_of
    from cognito_credentials.clock import SystemClock
    from cognito_credentials.config import ClientConfig, configured_endpoint, resolve

    settings = selection.client_config()
    settings.pop("region", None)  # that of the identity pool
    config = ClientConfig(**settings)
    resolved = resolve(config, region_of_id="us-east-1")  # of which only the connections matter
    secret = None
    if "client_secret" in selection.values:
        from cognito_credentials.cli.settings.login_sources import secret_of

        secret = secret_of(selection)
    return Client(
        whose,
        http=Http(transport_of(resolved), resolved.user_agent),
        clock=SystemClock(),
        secret=secret,
        endpoint_url=configured_endpoint(config, "cognito_identity_provider"),
    )
