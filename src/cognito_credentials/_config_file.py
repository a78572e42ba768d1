"""The AWS config file: the one profile that a provider reads.

Read as the AWS SDKs and tools reference guide describes it; a missing file is an empty one.
"""

from __future__ import annotations

import os

from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from configparser import RawConfigParser


class Profile:
    """The values of one profile, and of the `services` section that it names."""

    __slots__ = ("name", "services", "source", "values")

    def __init__(
        self,
        name: str,
        source: str,
        values: Mapping[str, str],
        services: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.name = name
        self.source = source
        self.values = values
        self.services = services


def load_profile(environment: Mapping[str, str], name: str, *, source: str) -> Profile:
    """Return a profile; one that was asked for by name must exist.

    Raises:
        ConfigurationError: The file cannot be read, is broken, or has no such profile.
    """
    path = _expanded(environment.get("AWS_CONFIG_FILE") or "~/.aws/config")
    parser = _parse(path)
    found = f"profile {name} in {path}"
    section = section_of(parser, name) if parser else None
    if parser is None or section is None:
        if source != "default" and not is_in_credentials_file(environment, name):
            if parser is not None and parser.has_section(name):
                raise ConfigurationError(
                    f"profile ({source}) is {name!r}, and {path} has it as [{name}].",
                    hint=f"Write [profile {name}] there: only default stands without the word.",
                )
            raise ConfigurationError(
                f"profile ({source}) is {name!r}, which is not in {path}.",
                hint=_names(parser)
                or "There is no such file: set AWS_CONFIG_FILE to the right one, or make the profile "
                "with cognito-credentials configure.",
            )
        return Profile(name, found, {}, {})
    values = dict(parser.items(section))
    services: dict[str, dict[str, str]] = {}
    if wanted := values.get("services"):
        if not parser.has_section(f"services {wanted}"):
            raise ConfigurationError(
                f"services ({found}) is {wanted!r}, but {path} has no section [services {wanted}]."
            )
        services = {key: _nested(text) for key, text in parser.items(f"services {wanted}")}
    return Profile(name, found, values, services)


def _parse(path: str) -> RawConfigParser | None:
    # The errors met here hold the file's text, and that may hold secrets: what is raised has none
    # of them as its cause, nor as its context.
    text = problem = ""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        problem = "cannot be read: it is not UTF-8 text"
    import configparser

    parser = configparser.RawConfigParser(default_section="")
    try:
        parser.read_string(text)
    except configparser.Error as error:
        problem = f"is broken at line {_line_of(error)}: {_reason_of(error)}"
    if problem:
        raise ConfigurationError(
            f"The AWS config file {path} {problem}.",
            hint="Correct it, or set AWS_CONFIG_FILE to another file.",
        )
    return parser


def _line_of(error: Exception) -> int:
    errors: list[tuple[int, str]] = getattr(error, "errors", [])
    line: int = errors[0][0] if errors else getattr(error, "lineno", 0)
    return line


def _reason_of(error: Exception) -> str:
    return {
        "MissingSectionHeaderError": "nothing can stand before the first [section]",
        "DuplicateSectionError": "this section was there already",
        "DuplicateOptionError": "this key was there already",
    }.get(type(error).__name__, "it is neither a [section] nor `key = value`")


def section_of(parser: RawConfigParser, name: str) -> str | None:
    for section in parser.sections():
        if section.startswith("profile ") and section[8:].strip().strip("\"'") == name:
            return section
    return "default" if name == "default" and parser.has_section("default") else None


def _nested(text: str) -> dict[str, str]:
    """Read the indented `key = value` lines below a key."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip(): value.strip() for key, equals, value in pairs if equals}


def is_in_credentials_file(environment: Mapping[str, str], name: str) -> bool:
    path = environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    parser = _parse(_expanded(path))
    return parser is not None and parser.has_section(name)


def _expanded(path: str) -> str:
    return os.path.expanduser(path)


def _names(parser: RawConfigParser | None) -> str:
    names = [s.removeprefix("profile ") for s in parser.sections()] if parser else []
    shown = [name for name in names if not name.startswith(("services ", "sso-session "))]
    return f"It has these: {', '.join(sorted(shown))}." if shown else ""
