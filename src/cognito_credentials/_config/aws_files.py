"""Profiles in the AWS config file and in the AWS credentials file.

The files are parsed as the AWS SDKs and tools reference guide describes. A missing file is treated
as an empty file.
"""

from __future__ import annotations

import os

from cognito_credentials._validation import check_no_control_character, expand_home
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from configparser import RawConfigParser

__all__ = [
    "COMMENT_PREFIXES",
    "PATH_VARIABLES",
    "Profile",
    "find_section",
    "find_unreadable_section",
    "format_section",
    "get_file_path",
    "list_profiles",
    "load_profile",
    "parse_key",
    "parse_section",
    "read_credentials_profile",
    "unreadable_section_error",
]

PATH_VARIABLES = {"config": "AWS_CONFIG_FILE", "credentials": "AWS_SHARED_CREDENTIALS_FILE"}
COMMENT_PREFIXES = ("#", ";")
MAX_FILE_BYTES = 16 * 1024 * 1024
PIPE_TIMEOUT_SECONDS = 10.0


class Profile:
    """A profile, with the `services` section that it refers to.

    Attributes:
        name: Name of the profile.
        source: Name of the profile and path of its file, for messages.
        values: Values by key.
        services: Keys and values in the `services` section, by service.
        section: Header of the profile's section, without brackets.
        text: Contents of the whole file, in which `locate` finds line numbers.
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
        self.name: str = name
        self.source: str = source
        self.values: Mapping[str, str] = values
        self.services: Mapping[str, Mapping[str, str]] = services
        self.section: str = section
        self.text: str = text

    def locate(self, key: str, last_words: str = "") -> str:
        """Return the source of a key, with the line number if it can be determined.

        Args:
            key: The key.
            last_words: The last words of the line to find, if the value consists of several lines.
        """
        return self._locate(self.section, key, last_words)

    def locate_service(self, service: str, value: str) -> str:
        """Return the source of a value in the `services` section, with the line number."""
        return self._locate(f"services {self.values['services']}", service, value)

    def _locate(self, section: str, key: str, last_words: str) -> str:
        number = _find_line(self.text, section, key, last_words)
        return f"{self.source}, line {number}" if number else self.source


def load_profile(
    environment: Mapping[str, str], name: str, *, source: str, is_required: bool = True
) -> Profile:
    """Return a profile of the AWS config file.

    The profile `default` may be missing even if the user selects it: a login shell may export
    AWS_PROFILE=default on a machine that has no profiles, and the AWS CLI accepts this as well. A
    profile that exists only in the credentials file is returned without values.

    Args:
        environment: Environment variables.
        name: Name of the profile.
        source: Source of the name, for messages; "default" if no profile name is configured, and ""
            if the name comes from the file.
        is_required: Whether a missing profile is an error; if False, a missing profile is returned
            without values.

    Raises:
        ConfigurationError: If the name contains a control character, if a file cannot be read or
            parsed, if no file contains the profile, or if the profile refers to a `services`
            section that is missing.
    """
    if source:
        check_no_control_character(f"the profile name ({source})", name)
    path = get_file_path("config", environment)
    text = _read_text("config", path)
    parser = None if text is None else _parse(text, "config", path)
    description = f"profile {name} in {path}"
    section = find_section(parser, name) if parser else None
    if parser is None or section is None:
        is_required = is_required and "default" not in (source, name)
        if is_required and read_credentials_profile(environment, name) is None:
            raise _missing_profile(name, source, parser, path)
        return Profile(name, description, {}, {})
    values = dict(parser.items(section))
    services: dict[str, dict[str, str]] = {}
    profile = Profile(name, description, values, services, section=section, text=text or "")
    if services_name := values.get("services"):
        services_section = f"services {services_name}"
        if not parser.has_section(services_section):
            raise ConfigurationError(
                f"services ({profile.locate('services')}) refers to the section "
                f"[{services_section}], "
                f"which is not in {path}",
                hint="Add that section, or remove the key services from the profile.",
            )
        services.update((key, _parse_nested(text)) for key, text in parser.items(services_section))
    return profile


def list_profiles(environment: Mapping[str, str], *keys: str) -> list[str]:
    """Return the names of the profiles that contain any of these keys, in file order.

    Without keys, return the names of all profiles.

    Raises:
        ConfigurationError: If the file cannot be read or parsed.
    """
    path = get_file_path("config", environment)
    parser = _parse(_read_text("config", path) or "", "config", path)
    return [
        name
        for name, section in _map_sections(parser).items()
        if not keys or any(parser.has_option(section, key) for key in keys)
    ]


def read_credentials_profile(environment: Mapping[str, str], name: str) -> dict[str, str] | None:
    """Return a profile's values in the AWS credentials file, or None if the profile is missing.

    Raises:
        ConfigurationError: If the file cannot be read or parsed.
    """
    path = get_file_path("credentials", environment)
    text = _read_text("credentials", path)
    if text is None:
        return None
    parser = _parse(text, "credentials", path)
    return dict(parser.items(name)) if parser.has_section(name) else None


def get_file_path(kind: str, environment: Mapping[str, str]) -> str:
    """Return the path of the AWS config file ("config") or credentials file ("credentials")."""
    path = environment.get(PATH_VARIABLES[kind])
    # botocore also expands environment variables in this path.
    return expand_home(os.path.expandvars(path) if path else f"~/.aws/{kind}")


def _missing_profile(
    name: str, source: str, parser: RawConfigParser | None, path: str
) -> ConfigurationError:
    message = f"profile {name!r} ({source}) is not in {path}"
    if parser is not None and (section := find_unreadable_section(parser, name)):
        return unreadable_section_error(message, section, name)
    names = [] if parser is None else sorted(_map_sections(parser))
    if names:
        return ConfigurationError(
            message, hint=f"Use one of the profiles in the file: {', '.join(names)}."
        )
    if path.startswith("~"):
        return ConfigurationError(
            f"{message}, because this user has no home directory",
            hint="Set HOME to the user's home directory, or AWS_CONFIG_FILE to the path of the "
            "file.",
        )
    message += ", which does not exist" if parser is None else ", which has no profiles"
    return ConfigurationError(
        message,
        hint="Set AWS_CONFIG_FILE to the correct file, or create the profile with "
        "`cognito-credentials configure`.",
    )


def unreadable_section_error(message: str, section: str, name: str) -> ConfigurationError:
    """Return the error for a profile whose section header AWS tools do not recognize.

    Args:
        message: Description of the problem.
        section: Header of the section that the user probably intended for the profile.
        name: Name of the profile.
    """
    return ConfigurationError(
        f"{message}; AWS tools do not read the section [{section}] as this profile",
        hint=f"Rename that section to [{format_section(name)}]; only default needs no prefix.",
    )


# `_read_text` and `_parse` catch exceptions that contain text from the file, possibly a secret. The
# errors that these functions raise therefore have no cause and no context.


def _read_text(kind: str, path: str) -> str | None:
    if path.startswith("~"):
        return None  # The home directory does not exist; see `expand_home`.
    if _is_missing(path):
        return None
    # Imported here, because containers usually have no such file.
    from cognito_credentials._suppliers.bounded_io import TimeLimitError, TooLongError, read_file

    problem = ""
    try:
        data = read_file(path, max_bytes=MAX_FILE_BYTES, timeout=PIPE_TIMEOUT_SECONDS)
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except TimeLimitError:
        problem = f"is a pipe that its writer did not close within {PIPE_TIMEOUT_SECONDS:g} s"
    except TooLongError:
        problem = f"is larger than {MAX_FILE_BYTES} bytes"
    except UnicodeDecodeError:
        problem = "is not UTF-8 text"
    raise _unusable_file(kind, path, problem)


def _is_missing(path: str) -> bool:
    try:
        os.stat(path)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False  # Reading the file will raise the same error.
    return False


def _parse(text: str, kind: str, path: str) -> RawConfigParser:
    import configparser

    parser = configparser.RawConfigParser(default_section="")
    problem = ""
    try:
        parser.read_string(text)
    except configparser.Error as error:
        problem = f"has an error in line {_get_line(error)}: {_describe_error(error)}"
    if problem:
        raise _unusable_file(kind, path, problem)
    return parser


def _unusable_file(kind: str, path: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"the AWS {kind} file {path} {problem}",
        hint=f"Correct the file, or set {PATH_VARIABLES[kind]} to another file.",
    )


def _get_line(error: Exception) -> int:
    errors: list[tuple[int, str]] = getattr(error, "errors", [])
    line: int = errors[0][0] if errors else getattr(error, "lineno", 0)
    return line


def _describe_error(error: Exception) -> str:
    return {
        "MissingSectionHeaderError": "text before the first [section]",
        "DuplicateSectionError": "duplicate section",
        "DuplicateOptionError": "duplicate key",
    }.get(type(error).__name__, "neither a [section] nor `key = value`")


def _find_line(text: str, section: str, key: str, last_words: str) -> int:
    """Return the line number of a key, counting from 1; 0 if the key is not found."""
    is_section = is_key = False
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if not words or words.startswith(COMMENT_PREFIXES):
            continue
        if (header := parse_section(line)) is not None:
            is_section, is_key = header == section, False
        elif is_section and not line[0].isspace():
            is_key = parse_key(line) == key
        if is_section and is_key and words.endswith(last_words):
            return number
    return 0


# The next two functions parse lines as `configparser` does.


def parse_section(line: str) -> str | None:
    """Return the section name if a line is a section header, or None."""
    return line[1:].rpartition("]")[0] if line.startswith("[") and "]" in line else None


def parse_key(line: str) -> str:
    """Return the key at the beginning of a line."""
    return line.replace(":", "=").partition("=")[0].strip().lower()


def find_section(parser: RawConfigParser, name: str) -> str | None:
    """Return the header of a profile's section exactly as in the file, or None."""
    return _map_sections(parser).get(name)


def find_unreadable_section(parser: RawConfigParser, name: str) -> str | None:
    """Return the header of a section that was probably intended for this profile, or None.

    AWS tools ignore such sections, for example [game], [Profile game] and [profile my game].
    """
    if find_section(parser, name) is not None:
        return None
    for section in parser.sections():
        kind, _, rest = section.strip().partition(" ")
        if name in (section, rest.strip(), rest.strip().strip("\"'")) and (
            section == name or kind.lower() == "profile"
        ):
            return section
    return None


def format_section(name: str) -> str:
    """Return the section header of a profile, without brackets, quoted as AWS tools require."""
    if name == "default":
        return name
    if not _is_split(name):
        return f"profile {name}"
    return f"profile '{name}'" if '"' in name or "\\" in name else f'profile "{name}"'


def _map_sections(parser: RawConfigParser) -> dict[str, str]:
    """Map profile names to sections; [profile default] takes precedence over [default].

    If several sections name the same profile, the last one is used, as in botocore.
    """
    sections: dict[str, str] = {}
    for section in parser.sections():
        name = _parse_profile_name(section)
        if name and not (section == "default" and name in sections):
            sections[name] = section
    return sections


# Characters that separate words or have a special meaning in shlex.
_SPECIAL_CHARACTERS = " \t\r\n\"'\\"


def _is_split(name: str) -> bool:
    return any(character in name for character in _SPECIAL_CHARACTERS)


def _parse_profile_name(section: str) -> str:
    """Return the profile name in a section header, or "" if the section is not a profile.

    As in botocore, the header is split into words according to shell rules, and must consist of
    exactly two words.
    """
    if not section.startswith("profile"):
        return "default" if section == "default" else ""
    name = section[8:].strip(" \t\r\n")
    if section.startswith("profile ") and not _is_split(name):
        return name
    import shlex  # Imported here, because most files do not need shlex.

    try:
        words = shlex.split(section)
    except ValueError:  # A quotation mark is not closed, or the last character is a backslash.
        return ""
    return words[1] if len(words) == 2 else ""  # noqa: PLR2004 - these are the kind and the name


def _parse_nested(text: str) -> dict[str, str]:
    """Parse the indented `key = value` lines below a key."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip(): value.strip() for key, equals, value in pairs if equals}
