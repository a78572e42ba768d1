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
    """The values of one profile, and of the `services` section that it names.

    `section` and `text` are its header and the whole file, for the lines that messages name.
    """

    __slots__ = ("name", "section", "services", "source", "text", "values")

    def __init__(
        self,
        name: str,
        source: str,
        values: Mapping[str, str],
        services: Mapping[str, Mapping[str, str]],
        *,
        section: str = "",
        text: str = "",
    ) -> None:
        self.name = name
        self.source = source
        self.values = values
        self.services = services
        self.section = section
        self.text = text

    def place_of(self, key: str, last_words: str = "") -> str:
        """Return where a key is: the source, and the line.

        Of a value that has several lines, it is the line that ends with `last_words`.
        """
        return self._line(self.section, key, last_words)

    def place_of_service(self, service: str, value: str) -> str:
        """Return where a value for a service is, in the `services` section."""
        return self._line(f"services {self.values['services']}", service, value)

    def _line(self, section: str, key: str, last_words: str) -> str:
        number = _line_of_key(self.text, section, key, last_words)
        return f"{self.source}, line {number}" if number else self.source


def load_profile(environment: Mapping[str, str], name: str, *, source: str) -> Profile:
    """Return a profile; one that was asked for by name must exist.

    Raises:
        ConfigurationError: The file cannot be read, is broken, or has no such profile.
    """
    path = _path(environment)
    text = _text(path)
    parser = None if text is None else _parse(text, path)
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
    profile = Profile(name, found, values, services, section=section, text=text or "")
    if wanted := values.get("services"):
        if not parser.has_section(f"services {wanted}"):
            raise ConfigurationError(
                f"services ({profile.place_of('services')}) is {wanted!r}, but {path} has no "
                f"section [services {wanted}].",
                hint="Write that section, or take the key away.",
            )
        services.update((key, _nested(text)) for key, text in parser.items(f"services {wanted}"))
    return profile


def profiles_with(environment: Mapping[str, str], *keys: str) -> list[str]:
    """Return the names of the profiles that have one of these keys, in the order of the file."""
    path = _path(environment)
    text = _text(path)
    parser = _parse(text or "", path)
    names = {_name_of(section): section for section in parser.sections()}
    return [
        name
        for name, section in names.items()
        if name and any(parser.has_option(section, key) for key in keys)
    ]


# The errors met in these two hold the file's text, and that may hold secrets: what is raised has
# none of them as its cause, nor as its context.


def _text(path: str) -> str | None:
    problem = ""
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        problem = "cannot be read: it is not UTF-8 text"
    raise _unusable(path, problem)


def _parse(text: str, path: str) -> RawConfigParser:
    import configparser

    parser = configparser.RawConfigParser(default_section="")
    problem = ""
    try:
        parser.read_string(text)
    except configparser.Error as error:
        problem = f"is broken at line {_line_of(error)}: {_reason_of(error)}"
    if problem:
        raise _unusable(path, problem)
    return parser


def _unusable(path: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"The AWS config file {path} {problem}.",
        hint="Correct it, or set AWS_CONFIG_FILE to another file.",
    )


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


def _line_of_key(text: str, section: str, key: str, last_words: str) -> int:
    """Return the line of a key, from 1 up; 0 where it cannot be found.

    What a header, a key and a line that belongs to it is, is decided as `configparser` does.
    """
    is_section = is_key = False
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if not words or words[0] in "#;":
            continue
        if line[0] == "[":
            is_section, is_key = line[1:].rpartition("]")[0] == section, False
        elif is_section and not line[0].isspace():
            is_key = line.replace(":", "=").partition("=")[0].strip().lower() == key
        if is_section and is_key and words.endswith(last_words):
            return number
    return 0


def section_of(parser: RawConfigParser, name: str) -> str | None:
    for section in parser.sections():
        if section != "default" and _name_of(section) == name:
            return section
    return "default" if name == "default" and parser.has_section("default") else None


def _name_of(section: str) -> str:
    """Return the profile that a section is of, or ""."""
    if section.startswith("profile "):
        return section[8:].strip().strip("\"'")
    return "default" if section == "default" else ""


def _nested(text: str) -> dict[str, str]:
    """Read the indented `key = value` lines below a key."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip(): value.strip() for key, equals, value in pairs if equals}


def is_in_credentials_file(environment: Mapping[str, str], name: str) -> bool:
    path = os.path.expanduser(
        environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    )
    text = _text(path)
    return text is not None and _parse(text, path).has_section(name)


def _path(environment: Mapping[str, str]) -> str:
    return os.path.expanduser(environment.get("AWS_CONFIG_FILE") or "~/.aws/config")


def _names(parser: RawConfigParser | None) -> str:
    names = [s.removeprefix("profile ") for s in parser.sections()] if parser else []
    shown = [name for name in names if not name.startswith(("services ", "sso-session "))]
    return f"It has these: {', '.join(sorted(shown))}." if shown else ""
