"""Rejection of settings with control characters; imported only if a setting is not printable."""

from __future__ import annotations

from cognito_credentials._config.settings import next_step
from cognito_credentials._validation import check_no_control_character
from cognito_credentials.cli.settings.names import COGNITO_SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials.cli.settings.resolution import Settings

__all__ = ["check_lines"]


def check_lines(settings: Settings, name: str) -> None:
    """Check that a setting contains no control character.

    In a profile or variable, each login is on a separate line, so line breaks are accepted.

    Raises:
        ConfigurationError: If the setting contains a control character.
    """
    value = settings.values[name]
    texts = [value] if isinstance(value, str) else list(value)
    if name == "logins" and isinstance(value, str):
        texts = value.replace("\r\n", "\n").split("\n")
    source = settings.source_of(name)
    for text in texts:
        check_no_control_character(
            COGNITO_SETTINGS[name].label(source),
            text,
            # The error must not repeat these values, because a user may have passed the secret
            # itself instead of its source.
            is_secret=name in ("logins", "client_secret"),
            hint=next_step(source),
        )
