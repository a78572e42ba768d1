"""Resolution of the command's settings: the value of each setting, and where the value comes from.

Options take precedence. A profile that `--profile` names takes precedence over the environment, as
for credentials in botocore, so that an exported variable does not change the meaning of a named
profile. Without `--profile`, the environment takes precedence over the profile, which is the
profile that `AWS_PROFILE` names, or `default`.
"""

from __future__ import annotations

import os

from cognito_credentials.cli.settings.names import (
    COGNITO_SETTINGS,
    OPTION_SETTINGS,
    reject_empty_options,
)
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognito_credentials._config.aws_files import Profile

__all__ = ["Settings", "SignIn", "SourceText", "load_settings", "resolve"]

CONNECTION_OPTIONS = ("profile", "region", "endpoint_url")
# Settings whose values are used only with the other values of their group; see `related_settings`.
RELATED_SETTINGS = frozenset(
    ("logins", "issuer", "client_id", "client_secret", "redirect_port", "redirect_path")
)


class SourceText:
    """Text that names the source of a secret, for example `@FILE`.

    Attributes:
        text: The text; for `--login`, a list of strings.
        place: "option", "environment" or "profile".
        label: Function that describes the source for error messages. Its argument is the end of the
            relevant line, which identifies the line if a profile's value has several lines.
        in_command: See `Settings`.
    """

    __slots__ = ("in_command", "label", "place", "text")

    def __init__(
        self, text: Any, place: str, label: Callable[[str], str], *, in_command: bool = True
    ) -> None:
        self.text: Any = text
        self.place: str = place
        self.label: Callable[[str], str] = label
        self.in_command: bool = in_command


class SignIn:
    """Settings for sign-in and sessions: the issuer, the application and the connection.

    Attributes:
        issuer: URL of the issuer, or a user pool ID; "" if none is configured.
        client_id: Client ID of the application; "" if none is configured.
        client_secret: Source of the client secret, or None.
        user: Local user name; "" if none is configured.
        unused_sources: Where an ignored issuer or client ID is set, by setting name. Such a value
            belongs to other settings.
        connection: The connection options; see `names.client_config`.
        endpoint_places: Places ("environment", "profile") whose endpoint may be used for this
            issuer.
        option_words: The command-line options and values that select this session.
        label: Function that describes a setting for error messages.
        in_command: See `Settings`.
    """

    __slots__ = (
        "client_id",
        "client_secret",
        "connection",
        "endpoint_places",
        "in_command",
        "issuer",
        "label",
        "option_words",
        "unused_sources",
        "user",
    )

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        client_secret: SourceText | None,
        user: str,
        unused_sources: Mapping[str, str],
        connection: Mapping[str, str],
        endpoint_places: tuple[str, ...],
        option_words: list[str],
        label: Callable[[str], str],
        in_command: bool,
    ) -> None:
        self.issuer: str = issuer
        self.client_id: str = client_id
        self.client_secret: SourceText | None = client_secret
        self.user: str = user
        self.unused_sources: Mapping[str, str] = unused_sources
        self.connection: Mapping[str, str] = connection
        self.endpoint_places: tuple[str, ...] = endpoint_places
        self.option_words: list[str] = option_words
        self.label: Callable[[str], str] = label
        self.in_command: bool = in_command


class Settings:
    """Immutable settings of one run of the command.

    Attributes:
        values: The selected values, by setting name.
        places: The place of each selected value: "option", "environment" or "profile".
        unused: The place of each value that is ignored because it belongs to other settings.
        candidates: The values at each place, by place and name.
        profile: The selected profile.
        connection: The connection options; see `names.client_config`.
        in_command: Whether this process is the command, and not a program that uses the library;
            the library changes no signal handlers.
    """

    __slots__ = ("candidates", "connection", "in_command", "places", "profile", "unused", "values")

    def __init__(
        self,
        *,
        values: Mapping[str, Any],
        places: Mapping[str, str],
        unused: Mapping[str, str],
        candidates: Mapping[str, Mapping[str, Any]],
        profile: Profile,
        connection: Mapping[str, str],
        in_command: bool = True,
    ) -> None:
        self.values: Mapping[str, Any] = values
        self.places: Mapping[str, str] = places
        self.unused: Mapping[str, str] = unused
        self.candidates: Mapping[str, Mapping[str, Any]] = candidates
        self.profile: Profile = profile
        self.connection: Mapping[str, str] = connection
        self.in_command: bool = in_command

    def source_of(self, name: str, place: str = "", last_words: str = "") -> str:
        """Return the source of a value.

        The source has the form "option --…", "environment variable AWS_…" or "profile NAME in FILE,
        line N". The source is computed on demand, because finding the line in the profile takes
        time.

        Args:
            name: Name of the setting.
            place: Place of the value; by default, the place of the selected value.
            last_words: The end of the relevant line, if the profile's value has several lines.
        """
        setting = COGNITO_SETTINGS[name]
        place = place or self.places[name]
        if place == "profile":
            return self.profile.locate(setting.key, last_words)
        if place == "option":
            return f"option {setting.option}"
        return f"environment variable {setting.variables[0]}"

    def label(self, name: str, last_words: str = "") -> str:
        """Return a description of a setting for error messages."""
        return COGNITO_SETTINGS[name].label(self.source_of(name, last_words=last_words))

    def option_words(self, *names: str) -> list[str]:
        """Return the options on the command line that set a setting, each followed by its value."""
        return [
            word
            for name in names
            if self.places.get(name) == "option"
            for word in (COGNITO_SETTINGS[name].option, self.values[name])
        ]

    def checked(self, name: str, default: Any) -> Any:
        """Return the validated and converted value of a setting, or the default."""
        if name not in self.values:
            return default
        return COGNITO_SETTINGS[name].check(self.values[name], self.source_of(name))

    def source_text(self, name: str) -> SourceText | None:
        """Return the text that names the source of a secret; None if the setting has no value."""
        if name not in self.values:
            return None
        return SourceText(
            self.values[name],
            self.places[name],
            label=lambda last_words: self.label(name, last_words),
            in_command=self.in_command,
        )

    def with_user(self, user: str) -> Settings:
        """Return these settings for another local user."""
        return Settings(
            values={**self.values, "user": user},
            places={**self.places, "user": "option"},
            unused=self.unused,
            candidates=self.candidates,
            profile=self.profile,
            connection=self.connection,
            in_command=self.in_command,
        )

    @property
    def cognito_id(self) -> str:
        """The identity ID or the identity pool ID; "" if neither is set."""
        values = self.values
        return str(values.get("identity_id") or values.get("identity_pool_id") or "")

    @property
    def display_name(self) -> str:
        """Name of these settings in messages.

        This is the name of the profile that contains the ID, or else the ID itself.
        """
        place = self.places.get("identity_id") or self.places.get("identity_pool_id", "profile")
        return f"profile {self.profile.name}" if place == "profile" else self.cognito_id

    @property
    def has_issuer(self) -> bool:
        """Whether the login is a session that `cognito-credentials login` creates."""
        return "issuer" in self.values or "client_id" in self.values

    @property
    def user(self) -> str | None:
        """Local user whose identity is requested; None if no name is set, or with an issuer.

        With an issuer, the setting `user` selects the session, and the token determines the
        identity.
        """
        return None if self.has_issuer else self.values.get("user")

    @property
    def sign_in(self) -> SignIn:
        """The settings for sign-in and sessions."""
        from cognito_credentials.cli.settings.related_settings import is_profile_endpoint_usable

        values, profile_option = self.values, self.connection.get("profile", "")
        has_endpoint = is_profile_endpoint_usable(
            self.candidates["profile"], values, is_named=bool(profile_option)
        )
        return SignIn(
            issuer=values.get("issuer", ""),
            client_id=values.get("client_id", "").strip(),
            client_secret=self.source_text("client_secret"),
            user=values.get("user", ""),
            unused_sources={
                name: self.source_of(name, self.unused[name])
                for name in ("issuer", "client_id")
                if name in self.unused
            },
            connection=self.connection,
            endpoint_places=("environment", "profile") if has_endpoint else ("environment",),
            option_words=[
                *(["--profile", profile_option] if profile_option else []),
                *self.option_words("issuer", "client_id", "user"),
            ],
            label=self.label,
            in_command=self.in_command,
        )


def load_settings(options: Namespace) -> Settings:
    """Resolve the settings of a subcommand from its options, and log them with `--debug`.

    Raises:
        ConfigurationError: See `resolve`.
    """
    settings = resolve(vars(options), os.environ)
    if options.debug:
        from cognito_credentials.cli.reporting import debug_log

        debug_log.log_settings(settings)
    return settings


def resolve(
    options: Mapping[str, Any],
    environ: Mapping[str, str],
    profile: Profile | None = None,
    *,
    in_command: bool = True,
) -> Settings:
    """Resolve every setting.

    Args:
        options: The options of the command line, by setting name. Other names are ignored.
        environ: Environment variables.
        profile: Profile to use instead of the profile in the AWS files.
        in_command: Whether this process is the command; see `Settings`.

    Raises:
        ConfigurationError: If an option is empty, the config file cannot be parsed or lacks the
            profile, the profile has an unknown `cognito_…` key, a value contains a control
            character, or the local user name is the name that is reserved for guests.
    """
    reject_empty_options(options)
    profile = profile or _load_profile(options, environ)
    _reject_unknown_keys(profile)
    candidates: dict[str, dict[str, Any]] = {"option": {}, "environment": {}, "profile": {}}
    for name, setting in COGNITO_SETTINGS.items():
        candidates["option"][name] = options.get(name)
        candidates["environment"][name] = environ.get(setting.variables[0])
        candidates["profile"][name] = profile.values.get(setting.key)
    order = ("option", "environment", "profile")
    if options.get("profile"):
        order = ("option", "profile", "environment")
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    unused: dict[str, str] = {}
    for name in COGNITO_SETTINGS:
        for place in order:
            if not (value := candidates[place][name]):
                continue
            if name not in RELATED_SETTINGS or _is_compatible(
                name, place, candidates, values, places
            ):
                values[name], places[name] = value, place
                break
            unused.setdefault(name, place)
        if name == "identity_id":
            _choose_identity_or_pool(values, places, order)
    settings = Settings(
        values=values,
        places=places,
        unused=unused,
        candidates=candidates,
        profile=profile,
        connection={name: options[name] for name in CONNECTION_OPTIONS if options.get(name)},
        in_command=in_command,
    )
    _check_texts(settings)
    return settings


def _is_compatible(*arguments: Any) -> bool:
    # Imported here, because `process --profile NAME` does not need this module.
    from cognito_credentials.cli.settings.related_settings import is_compatible

    return is_compatible(*arguments)


def _check_texts(settings: Settings) -> None:
    """Check the values that every subcommand uses. `validation` contains the other checks."""
    for name, value in settings.values.items():
        text = value if isinstance(value, str) else "".join(value)
        if not text.isprintable():
            from cognito_credentials.cli.settings.control_characters import check_lines

            check_lines(settings, name)
    if "user" in settings.values:
        COGNITO_SETTINGS["user"].check(settings.values["user"], settings.source_of("user"))


def _load_profile(options: Mapping[str, Any], environ: Mapping[str, str]) -> Profile:
    from cognito_credentials._config.aws_files import load_profile

    name, source = options.get("profile"), "option --profile"
    for variable in OPTION_SETTINGS["profile"].variables:
        if not name:
            name, source = environ.get(variable), f"environment variable {variable}"
    return load_profile(environ, name or "default", source=source if name else "default")


def _reject_unknown_keys(profile: Profile) -> None:
    """Reject misspelled keys: a user whose login is ignored would silently become a guest."""
    known = [setting.key for setting in COGNITO_SETTINGS.values()]
    for key in profile.values:
        if key.startswith("cognito_") and key not in known:
            from cognito_credentials.cli.terminal.suggestions import find_similar

            similar = find_similar(key, known)
            raise ConfigurationError(
                f"unknown key {key} ({profile.locate(key)})",
                hint=f"Use {similar}." if similar else f"Use one of the keys {', '.join(known)}.",
            )


def _choose_identity_or_pool(
    values: dict[str, Any], places: dict[str, str], order: tuple[str, ...]
) -> None:
    """Discard the identity ID or the identity pool ID, whichever has lower precedence.

    If both IDs are in one place, the identity ID is used, because it is more specific.
    """
    if "identity_id" not in values or "identity_pool_id" not in values:
        return
    pool, identity = order.index(places["identity_pool_id"]), order.index(places["identity_id"])
    discarded = "identity_id" if pool < identity else "identity_pool_id"
    del values[discarded], places[discarded]
