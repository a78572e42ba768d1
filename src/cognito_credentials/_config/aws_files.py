"""The AWS config file: the one profile that a provider reads; and the credentials file beside it.

Read as the AWS SDKs and tools reference guide describes them; a missing file is an empty one.
"""

from __future__ import annotations

import os

from cognito_credentials._suppliers.bounded_io import TimeLimitError, TooLongError, read_file
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from configparser import RawConfigParser

VARIABLES = {"config": "AWS_CONFIG_FILE", "credentials": "AWS_SHARED_CREDENTIALS_FILE"}
COMMENTS = ("#", ";")
MAX_FILE_BYTES = 16 * 1024 * 1024
PIPE_TIMEOUT_SECONDS = 10.0


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
    """Return a profile; one that was asked for by name must exist, if it is not `default`.

    A login shell may export AWS_PROFILE=default on a machine without any profile: the AWS CLI
    takes it.

    Raises:
        ConfigurationError: The file cannot be read, is broken, or has no such profile.
    """
    path = path_of("config", environment)
    text = _text("config", path)
    parser = None if text is None else _parse(text, "config", path)
    found = f"profile {name} in {path}"
    section = section_of(parser, name) if parser else None
    if parser is None or section is None:
        needed = "default" not in (source, name)
        if needed and in_credentials_file(environment, name) is None:
            raise _missing(name, source, parser, path)
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
    """Return the names of the profiles that have one of these keys, in the order of the file.

    Without keys, return the names of all profiles.

    Raises:
        ConfigurationError: The file cannot be read, or is broken.
    """
    path = path_of("config", environment)
    parser = _parse(_text("config", path) or "", "config", path)
    return [
        name
        for name, section in _profiles(parser).items()
        if not keys or any(parser.has_option(section, key) for key in keys)
    ]


def in_credentials_file(environment: Mapping[str, str], name: str) -> dict[str, str] | None:
    """Return what the AWS credentials file says of a profile; None where it is not there.

    Raises:
        ConfigurationError: The file cannot be read, or is broken.
    """
    path = path_of("credentials", environment)
    text = _text("credentials", path)
    if text is None:
        return None
    parser = _parse(text, "credentials", path)
    return dict(parser.items(name)) if parser.has_section(name) else None


def path_of(kind: str, environment: Mapping[str, str]) -> str:
    """Return where the AWS config file, or the credentials file, is."""
    return os.path.expanduser(environment.get(VARIABLES[kind]) or f"~/.aws/{kind}")


def _missing(
    name: str, source: str, parser: RawConfigParser | None, path: str
) -> ConfigurationError:
    if parser is not None and parser.has_section(name):
        return ConfigurationError(
            f"profile ({source}) is {name!r}, and {path} has it as [{name}].",
            hint=f"Write [profile {name}] there: only default stands without the word.",
        )
    if parser is not None and (names := sorted(_profiles(parser))):
        hint = f"It has these: {', '.join(names)}."
    else:
        hint = (
            "There is no such file: set AWS_CONFIG_FILE to the right one, or make the profile with "
            "cognito-credentials configure."
        )
    return ConfigurationError(f"profile ({source}) is {name!r}, which is not in {path}.", hint=hint)


def read_bytes(path: str) -> bytes:
    """Return the contents of an AWS file, which may be a pipe, such as a shell's `<(command)`.

    Raises:
        TimeLimitError: If a pipe does not end in time.
        TooLongError: If there are more than `MAX_FILE_BYTES`.
        OSError: If the file cannot be read.
    """
    return read_file(path, max_bytes=MAX_FILE_BYTES, timeout=PIPE_TIMEOUT_SECONDS)


# The errors met in these two hold the file's text, and that may hold secrets: what is raised has
# none of them as its cause, nor as its context.


def _text(kind: str, path: str) -> str | None:
    problem = ""
    try:
        text = read_bytes(path).decode("utf-8-sig")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except TimeLimitError:
        problem = f"cannot be read: it is a pipe that did not end within {PIPE_TIMEOUT_SECONDS:g} s"
    except TooLongError:
        problem = f"cannot be read: it is larger than {MAX_FILE_BYTES} bytes"
    except UnicodeDecodeError:
        problem = "cannot be read: it is not UTF-8 text"
    raise _unusable(kind, path, problem)


def _parse(text: str, kind: str, path: str) -> RawConfigParser:
    import configparser

    parser = configparser.RawConfigParser(default_section="")
    problem = ""
    try:
        parser.read_string(text)
    except configparser.Error as error:
        problem = f"is broken at line {_line_of(error)}: {_reason_of(error)}"
    if problem:
        raise _unusable(kind, path, problem)
    return parser


def _unusable(kind: str, path: str, problem: str) -> ConfigurationError:
    return ConfigurationError(
        f"The AWS {kind} file {path} {problem}.",
        hint=f"Correct it, or set {VARIABLES[kind]} to another file.",
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
    """Return the line of a key, from 1 up; 0 where it cannot be found."""
    is_section = is_key = False
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if not words or words.startswith(COMMENTS):
            continue
        if (header := section_in(line)) is not None:
            is_section, is_key = header == section, False
        elif is_section and not line[0].isspace():
            is_key = key_in(line) == key
        if is_section and is_key and words.endswith(last_words):
            return number
    return 0


# What a header and a key are is decided as `configparser` does.


def section_in(line: str) -> str | None:
    """Return the section that begins in a line."""
    return line[1:].rpartition("]")[0] if line.startswith("[") and "]" in line else None


def key_in(line: str) -> str:
    """Return the key that begins in a line."""
    return line.replace(":", "=").partition("=")[0].strip().lower()


def section_of(parser: RawConfigParser, name: str) -> str | None:
    """Return the section of a profile, as it is written."""
    return _profiles(parser).get(name)


def _profiles(parser: RawConfigParser) -> dict[str, str]:
    """Return the section of each profile by its name; [profile default] comes before [default]."""
    found: dict[str, str] = {}
    for section in parser.sections():
        name = _name_of(section)
        if name and found.get(name, "default") == "default":
            found[name] = section
    return found


def _name_of(section: str) -> str:
    """Return the profile that a section is of, or ""."""
    if section.startswith("profile "):
        return section[8:].strip().strip("\"'")
    return "default" if section == "default" else ""


def _nested(text: str) -> dict[str, str]:
    """Read the indented `key = value` lines below a key."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip(): value.strip() for key, equals, value in pairs if equals}
