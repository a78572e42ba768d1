"""One profile in the text of an AWS config file: what it says there, and the text with it changed.

Everything else of the text stays as it is, to the byte: comments, order, blank lines, line ends.
What a line is, is decided as `configparser` does, with which the AWS SDK for Python reads the file.
"""

from __future__ import annotations

import configparser
import io

from cognito_credentials._config.aws_files import COMMENTS, key_in, section_in, section_of
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["update_profile"]

BOM = "\ufeff"


def update_profile(
    text: str, profile: str, values: Mapping[str, str], *, without: Collection[str] = ()
) -> str:
    """Return the text with these values in the profile, and without some of its keys.

    A key that has its value already stays as it is written; a new one comes after the others. A
    profile that is not there comes at the end. Values may have lines, as `cognito_logins` has.

    Raises:
        ConfigurationError: The profile cannot be changed without changing something else.
    """
    lines = list(io.StringIO(text, newline=""))
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    before = _read(text)
    section = section_of(before, profile)
    if section is None:
        section = _header(profile)
        if lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += end
        if lines and lines[-1].strip():
            lines.append(end)
        lines.append(f"[{section}]{end}")
        start = len(lines)
    else:
        start = next(
            i for i, line in enumerate(lines, 1) if section_in(line.removeprefix(BOM)) == section
        )
    known = dict(before.items(section)) if before.has_section(section) else {}
    new = [(key, value) for key, value in values.items() if known.get(key) != value]

    written = _with(lines[start:], dict(new), without, end)
    result = "".join([*lines[:start], *written])
    _check(before, _read(result), section, known | dict(values), without)
    return result


def _with(lines: list[str], new: dict[str, str], without: Collection[str], end: str) -> list[str]:
    """Return the lines that follow a header, with the section's keys changed."""
    new = dict(new)
    written: list[str] = []
    last = 0  # behind the section's last key, as far as `written` goes
    i = 0
    while i < len(lines) and section_in(lines[i]) is None:
        after = _end_of_key(lines, i)
        if after == i:  # a comment, or an empty line
            written.append(lines[i])
            i += 1
            continue
        key = key_in(lines[i])
        if key in new:
            written += _lines_of(key, new.pop(key), end)
        elif key not in without:
            written += lines[i:after]
        i, last = after, len(written)
    if new:
        if written[last - 1 : last] and not written[last - 1].endswith(("\n", "\r")):
            written[last - 1] += end
        written[last:last] = [line for key in new for line in _lines_of(key, new[key], end)]
    return [*written, *lines[i:]]


def _end_of_key(lines: list[str], start: int) -> int:
    """Return where the key that begins in a line ends, with the indented lines that belong to it."""
    if not lines[start].strip() or lines[start].lstrip().startswith(COMMENTS):
        return start
    end = start + 1
    for i in range(start + 1, len(lines)):
        line = lines[i]
        if line.strip() and not line[0].isspace():
            break
        if line.strip() and not line.lstrip().startswith(COMMENTS):
            end = i + 1
    return end


def _lines_of(key: str, value: str, end: str) -> list[str]:
    first, *more = value.split("\n")
    return [f"{key} = {first}".rstrip() + end, *(f"  {line.strip()}{end}" for line in more)]


def _header(profile: str) -> str:
    if not profile.isprintable() or any(mark in profile for mark in "[]\"'\\#;"):
        raise ConfigurationError(
            f"{profile!r} cannot be the name of a profile",
            hint="Give --profile a name of letters, digits and marks such as - _ . and @.",
        )
    if profile == "default":
        return profile
    return f'profile "{profile}"' if " " in profile else f"profile {profile}"


def _read(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(default_section="")
    parser.read_string(text.removeprefix(BOM))
    return parser


def _check(
    before: configparser.RawConfigParser,
    after: configparser.RawConfigParser,
    section: str,
    wanted: Mapping[str, str],
    without: Collection[str],
) -> None:
    """Refuse a text that reads otherwise than it was meant to."""
    expected = {name: dict(before.items(name)) for name in before.sections()}
    expected[section] = {key: wanted[key] for key in wanted if key not in without}
    if {name: dict(after.items(name)) for name in after.sections()} != expected:
        raise ConfigurationError(
            f"[{section}] is written in a way that cannot be changed safely",
            hint="Change it by hand, or let --profile name another.",
        )
