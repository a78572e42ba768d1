"""Whose credentials a verb gets: each setting, and where it came from.

Options come first. A profile that `--profile` names comes before the environment, as botocore has it
for credentials: a variable that somebody exported must not turn one profile into another. Then the
environment, then the profile that `AWS_PROFILE` names, or `default`.
"""

from __future__ import annotations

import os

from cognito_credentials.cli.settings import related_settings
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator
    from typing import Any

    from cognito_credentials import CognitoCredentialProvider, CredentialsCache
    from cognito_credentials._config.aws_files import Profile
    from cognito_credentials.ports import Store

__all__ = ["NOTHING_GIVEN", "SETTINGS", "Selection", "Setting", "refuse_empty", "texts_given"]


class Setting:
    """One setting: its option, its environment variable, its key in a profile.

    The names of variables and keys are those of the AWS SDK for Swift, and others like them.
    """

    __slots__ = ("help", "is_many", "key", "metavar", "name", "option", "variable")

    def __init__(
        self, name: str, metavar: str, text: str, *, option: str = "", is_many: bool = False
    ) -> None:
        self.name = name
        self.option = option or f"--{name.replace('_', '-')}"
        self.variable = f"AWS_COGNITO_{name.upper()}"
        self.key = f"cognito_{name}"
        self.metavar = metavar
        self.help = text
        self.is_many = is_many

    def step(self, example: str) -> str:
        """Return how to give it, where it is missing."""
        return (
            f"Give {self.option} {example}, or set {self.key} in the profile, or {self.variable}."
        )


SETTINGS = {
    setting.name: setting
    for setting in (
        Setting("identity_pool_id", "ID", "the identity pool"),
        Setting("identity_id", "ID", "the identity, where it is known"),
        Setting(
            "logins",
            "KEY=SOURCE",
            "a login: its provider's name, and where its token is: @FILE, env:NAME or cmd:COMMAND; "
            "may be repeated",
            option="--login",
            is_many=True,
        ),
        Setting(
            "issuer",
            "URL",
            "who signs the user in (login): an OpenID Connect issuer, or the id of a user pool",
        ),
        Setting("client_id", "ID", "the application that the issuer knows"),
        Setting(
            "client_secret",
            "SOURCE",
            "where its secret is, if it has one: @FILE, env:NAME or cmd:COMMAND",
        ),
        Setting("user", "NAME", "whose identity it is, where several share this machine's account"),
        Setting("custom_role_arn", "ARN", "which of the token's roles to take"),
        Setting("role_arn", "ARN", "take the basic flow, with this role"),
        Setting("duration", "SECONDS", "how long the basic flow's credentials live, up to 43200"),
        Setting("account_id", "DIGITS", "the AWS account of the pool"),
    )
}

NOTHING_GIVEN: dict[str, Any] = dict.fromkeys(("profile", "region", "endpoint_url", *SETTINGS))


def texts_given(options: Namespace) -> Iterator[tuple[str, str]]:
    """Give each option that the command line has, and its text; one that is repeated, each time."""
    for name in NOTHING_GIVEN:
        given = getattr(options, name)
        option = SETTINGS[name].option if name in SETTINGS else f"--{name.replace('_', '-')}"
        for text in [given] if isinstance(given, str) else given or ():
            yield option, text


def refuse_empty(options: Namespace) -> None:
    """Refuse an option without text: a variable that a script forgot must not choose for it."""
    for option, text in texts_given(options):
        if not text.strip():
            raise ConfigurationError(
                f"option {option} is empty", hint="Give it a value, or leave it out."
            )


class Selection:
    """Every setting of one call: `values` by name, and `places`: option, environment or profile.

    A value that belongs to another issuer, application or pool than the selected one is not used:
    `set_aside` has its place.

    Args:
        options: What the command line gave: of each option its value, or None.
        profile: Its values in place of those that are in the AWS config file.

    Raises:
        ConfigurationError: An option is empty; the config file is broken, or lacks the profile; the
            profile has a key like those of this program, which is none.
    """

    def __init__(self, options: Namespace, profile: Profile | None = None) -> None:
        self._options = options
        self.values: dict[str, Any] = {}
        self.places: dict[str, str] = {}
        self.set_aside: dict[str, str] = {}
        self._logins: dict[str, Callable[..., str]] | None = None
        refuse_empty(options)
        self.profile = profile or self._load_profile()
        # The kinds of places, the nearest first.
        self._order = ("option", "environment", "profile")
        if options.profile:
            self._order = ("option", "profile", "environment")
        self._refuse_unknown_keys()
        for name in ("identity_pool_id", "identity_id"):
            self._find(name)
        self._choose_identity_or_pool()
        for name in list(SETTINGS)[2:]:  # in this order: a client ID after its issuer
            self._find(name)
        if getattr(options, "debug", False):
            from cognito_credentials.cli.reporting import debug_log

            debug_log.describe(self)

    # --- where values come from -----------------------------------------------------------------

    def _load_profile(self) -> Profile:
        from cognito_credentials._config.aws_files import load_profile

        name, source = self._options.profile, "option --profile"
        for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            if not name:
                name, source = os.environ.get(variable), f"environment {variable}"
        return load_profile(os.environ, name or "default", source=source if name else "default")

    def _refuse_unknown_keys(self) -> None:
        """Refuse a key that is misspelt: without its login, somebody would be a guest."""
        known = [setting.key for setting in SETTINGS.values()]
        for key in self.profile.values:
            if key.startswith("cognito_") and key not in known:
                from difflib import get_close_matches

                close = get_close_matches(key, known, n=1)
                raise ConfigurationError(
                    f"{key} ({self.profile.place_of(key)}) is no key of this program",
                    hint=f"Write {close[0]}." if close else f"The keys are {', '.join(known)}.",
                )

    def given(self, place: str, name: str) -> Any:
        """Return what one place gives for a setting."""
        if place == "option":
            return getattr(self._options, name)
        setting = SETTINGS[name]
        if place == "environment":
            return os.environ.get(setting.variable)
        return self.profile.values.get(setting.key)

    def _find(self, name: str) -> None:
        for place in self._order:
            if not (value := self.given(place, name)):
                continue
            if not related_settings.belongs(self, name, place):
                self.set_aside.setdefault(name, place)
                continue
            self.values[name], self.places[name] = value, place
            return

    def _choose_identity_or_pool(self) -> None:
        """Let the nearer of the two count; from one place, the identity, which says more."""
        if "identity_id" not in self.values or "identity_pool_id" not in self.values:
            return
        pool, identity = (
            self._order.index(self.places[name]) for name in ("identity_pool_id", "identity_id")
        )
        farther = "identity_id" if pool < identity else "identity_pool_id"
        del self.values[farther], self.places[farther]

    @property
    def sources(self) -> dict[str, str]:
        """Where each value came from: "option --…", "environment AWS_…", "profile … line …".

        Found anew each time, since the lines of a file take some: this is for people.
        """
        return {name: self.source_of(name, self.places[name]) for name in self.values}

    def source_of(self, name: str, place: str) -> str:
        """Return where a place has a setting, for messages."""
        setting = SETTINGS[name]
        if place == "profile":
            return self.profile.place_of(setting.key)
        return f"{place} {setting.option if place == 'option' else setting.variable}"

    def named(self, name: str, last_words: str = "") -> str:
        """Return what a setting is called where it was given, and where that is.

        Of a value that has several lines in a profile, `last_words` tells which is meant.
        """
        key = SETTINGS[name].key
        if self.places[name] == "profile":
            return f"{key} ({self.profile.place_of(key, last_words)})"
        return self.source_of(name, self.places[name])

    def words_given(self, *names: str) -> list[str]:
        """Return those of these settings that options gave, as words of a command line."""
        return [
            word
            for name in names
            if self.places.get(name) == "option"
            for word in (SETTINGS[name].option, self.values[name])
        ]

    # --- what becomes of them -------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The id of the identity, or of the pool; "" where neither is named."""
        values = self.values
        return str(values.get("identity_id") or values.get("identity_pool_id") or "")

    @property
    def name(self) -> str:
        """What this selection is called in messages: the profile that names the id, or the id."""
        place = self.places.get("identity_id") or self.places.get("identity_pool_id", "profile")
        return f"profile {self.profile.name}" if place == "profile" else self.id

    @property
    def profile_option(self) -> str:
        """The profile that `--profile` names."""
        return str(self._options.profile or "")

    def client_config(self) -> dict[str, Any]:
        """Return what a `ClientConfig` is made of.

        Raises:
            ConfigurationError: The option for the region or the endpoint is wrong.
        """
        endpoint, region = self._options.endpoint_url, self._options.region
        if endpoint is not None or region is not None:
            from cognito_credentials.cli.settings.validation import check_address

            check_address(endpoint, region)
        settings = {
            "profile": self._options.profile,
            "region": region,
            "endpoint_url": endpoint,
            "sts_endpoint_url": endpoint,
        }
        return {name: value for name, value in settings.items() if value is not None}

    def given_logins(self) -> dict[str, Callable[..., str]]:
        """Return those that name where a token is, without that of a session.

        Raises:
            ConfigurationError: One is no login.
        """
        if "logins" not in self.values:
            return {}
        from cognito_credentials.cli.settings.login_sources import suppliers_of

        return suppliers_of(
            self.values["logins"],
            self.places["logins"],
            lambda login: self.named("logins", login),
        )

    def logins(self) -> dict[str, Callable[..., str]]:
        """Return the logins, each with the supplier of its token.

        Raises:
            ConfigurationError: One is no login, or an issuer is named by half.
            CredentialsUnavailableError: An issuer is named, and nobody is signed in there.
        """
        if self._logins is None:
            if "logins" in self.values or self.has_issuer:
                related_settings.refuse_tokens_of_other_pool(self)
            found = self.given_logins()
            if self.has_issuer:
                from cognito_credentials.cli.settings.sessions import session_token

                token = session_token(self)
                found = {token.whose.login_key: token, **found}
            self._logins = found
        return self._logins

    @property
    def has_issuer(self) -> bool:
        """Whether a session is meant, of somebody who signs in here."""
        return "issuer" in self.values or "client_id" in self.values

    def provider(self) -> CognitoCredentialProvider:
        """Make the provider.

        Raises:
            ConfigurationError: A setting is wrong or missing; see `check`.
            CredentialsUnavailableError: An issuer is named, and nobody is signed in there.
        """
        from cognito_credentials import from_cognito_identity, from_cognito_identity_pool

        self.check()
        common: dict[str, Any] = {
            "logins": self.logins() or None,
            "custom_role_arn": self.values.get("custom_role_arn"),
            "client_config": self.client_config(),
            "basic_flow": self._basic_flow(),
        }
        if "identity_id" in self.values:
            return from_cognito_identity(self.values["identity_id"], **common)
        return from_cognito_identity_pool(
            self.values["identity_pool_id"],
            account_id=self.values.get("account_id"),
            user_identifier=self._user_identifier(),
            **common,
        )

    def credentials(
        self, store: Store[Any], *, advisory: float, mandatory: float
    ) -> CredentialsCache:
        """Return a cache of these credentials that shares them through a store.

        The windows are in seconds, and shorter where the credentials live for less. The provider is
        closed with `cache.provider.close()`.

        Raises:
            ConfigurationError: A setting is wrong or missing; see `check`.
            CredentialsUnavailableError: An issuer is named, and nobody is signed in there.
        """
        from cognito_credentials import CredentialsCache, RefreshPolicy

        provider = self.provider()
        longest = provider.credential_lifetime
        policy = RefreshPolicy(
            advisory_refresh_window=min(advisory, longest),
            mandatory_refresh_window=min(mandatory, longest),
            jitter=0,
        )
        return CredentialsCache(provider, policy, store=store)

    def check(self) -> None:
        """Refuse settings that no provider can be made of, without making one.

        Raises:
            ConfigurationError: One is wrong or missing; the message names it as it was given.
        """
        from cognito_credentials._core import endpoints

        pool_id = self.values.get("identity_pool_id")
        is_all = len(self.values) == 1 and not self.client_config().keys() - {"profile"}
        if is_all and endpoints.is_cognito_id(pool_id):
            return  # what most profiles have: nothing more is imported on the way of `process`
        from cognito_credentials.cli.settings.validation import check_settings

        check_settings(self)

    @property
    def user(self) -> str | None:
        """Whose identity it is; where people sign in, it is their session that `user` names."""
        return None if self.has_issuer else self.values.get("user")

    def _user_identifier(self) -> Any:
        if not self.has_issuer:
            # Not the token's subject: Facebook's tokens, and others, have none that can be read.
            return self.user
        from cognito_credentials import token_subject

        return token_subject

    def _basic_flow(self) -> Any:
        if "role_arn" not in self.values:
            return None
        from cognito_credentials import BasicFlow

        role_arn = self.values["role_arn"]
        if "duration" not in self.values:
            return BasicFlow(role_arn=role_arn)
        return BasicFlow(role_arn=role_arn, duration_seconds=int(self.values["duration"]))
