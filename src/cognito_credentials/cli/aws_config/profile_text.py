"""The text of an AWS config file with one changed profile.

All other bytes remain unchanged, including comments, order, blank lines and line endings. Before
the text is returned, it is checked with botocore's parsing rules, because botocore breaks lines at
more characters than most other programs.
"""

from __future__ import annotations

import configparser
import io
from typing import TYPE_CHECKING

from cognito_credentials._config.aws_files import (
    COMMENT_PREFIXES,
    find_section,
    find_unreadable_section,
    format_section,
    parse_key,
    parse_section,
    unreadable_section_error,
)
from cognito_credentials._config.botocore_files import parse_as_botocore
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["CORRECT_FILE", "update_profile"]

BOM = "\ufeff"
CORRECT_FILE = (
    "Correct the file first. Each section and key must appear only once, and a value must start on "
    "the line of its key."
)


def update_profile(
    text: str, profile: str, values: Mapping[str, str], *, without: Collection[str] = ()
) -> str:
    """Return the text of the file with new values in a profile.

    A key whose value does not change is not rewritten. New keys are added at the end of the
    section, and a new profile at the end of the file. A value may have several lines, for example
    the value of `cognito_logins`.

    Args:
        text: The contents of the file.
        profile: Name of the profile.
        values: The new values, by key.
        without: Keys to remove.

    Raises:
        ConfigurationError: If the profile name is invalid, if a value is not valid UTF-8, if AWS
            tools cannot read the file, or if the profile cannot be changed without a side effect on
            the rest of the file.
    """
    _check_encoding(values)
    lines = list(io.StringIO(text, newline=""))
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    before = _parse(text)
    section = find_section(before, profile)
    if section is None:
        if unreadable := find_unreadable_section(before, profile):
            message = f"profile {profile!r} is not in the AWS config file"
            raise unreadable_section_error(message, unreadable, profile)
        section = _section_name(profile)
        if lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += end
        if lines and lines[-1].strip():
            lines.append(end)
        lines.append(f"[{section}]{end}")
        start = len(lines)
    else:
        start = next(
            i for i, line in enumerate(lines, 1) if parse_section(line.removeprefix(BOM)) == section
        )
    old = dict(before.items(section)) if before.has_section(section) else {}
    changes = {key: value for key, value in values.items() if old.get(key) != value}

    updated = _update_keys(lines[start:], changes, without, end)
    result = "".join([*lines[:start], *updated])
    expected = old | dict(values)
    for key in without:
        expected.pop(key, None)
    _check_result(text, result, section, expected)
    return result


def _check_encoding(values: Mapping[str, str]) -> None:
    """Reject values that AWS tools could not read, such as file names that are not valid UTF-8."""
    for key, value in values.items():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ConfigurationError(
                f"{key} contains bytes that are not UTF-8, which the AWS config file cannot contain",
                hint=f"Use a value for {key} that consists of UTF-8 text, or rename the file.",
            ) from None


def _update_keys(
    lines: list[str], changes: Mapping[str, str], without: Collection[str], end: str
) -> list[str]:
    """Return the lines after a section header, with that section's keys updated."""
    remaining = dict(changes)
    updated: list[str] = []
    key_end = 0  # Index in `updated` at which new keys are inserted.
    i = 0
    while i < len(lines) and parse_section(lines[i]) is None:
        next_line = _end_of_key(lines, i)
        if next_line == i:  # The line is empty or a comment.
            updated.append(lines[i])
            i += 1
            continue
        key = parse_key(lines[i])
        if key in remaining:
            updated += _format_key(key, remaining.pop(key), end)
        elif key not in without:
            updated += lines[i:next_line]
        i, key_end = next_line, len(updated)
    if remaining:
        if updated[key_end - 1 : key_end] and not updated[key_end - 1].endswith(("\n", "\r")):
            updated[key_end - 1] += end
        updated[key_end:key_end] = [
            line for key, value in remaining.items() for line in _format_key(key, value, end)
        ]
    return [*updated, *lines[i:]]


def _end_of_key(lines: list[str], start: int) -> int:
    """Return the index of the line after a key and its indented continuation lines.

    Returns `start` itself if that line is empty or a comment.
    """
    if not lines[start].strip() or lines[start].lstrip().startswith(COMMENT_PREFIXES):
        return start
    end = start + 1
    for i in range(start + 1, len(lines)):
        line = lines[i]
        if line.strip() and not line[0].isspace():
            break
        if line.strip() and not line.lstrip().startswith(COMMENT_PREFIXES):
            end = i + 1
    return end


def _format_key(key: str, value: str, end: str) -> list[str]:
    first, *more = value.split("\n")
    return [f"{key} = {first}".rstrip() + end, *(f"  {line.strip()}{end}" for line in more)]


def _section_name(profile: str) -> str:
    # In credential_process, `process --profile` would read a name with a leading hyphen as an option.
    is_option = profile.startswith("-")
    if is_option or not profile.isprintable() or any(mark in profile for mark in '[]"\\#;'):
        raise ConfigurationError(
            f"{profile!r} is not a valid profile name",
            hint="Pass --profile with a name that consists of letters, digits and characters such "
            "as - _ . @.",
        )
    return format_section(profile)


def _parse(text: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(default_section="")
    parser.read_string(text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n"))
    return parser


def _check_result(before: str, after: str, section: str, values: Mapping[str, str]) -> None:
    """Check that botocore would find exactly these values in the section, and no other changes.

    Args:
        before: Text of the file.
        after: Changed contents of the file.
        section: Header of the section, without brackets.
        values: Expected values of the section, by key.
    """
    old, new = (parse_as_botocore(text.removeprefix(BOM).encode()) for text in (before, after))
    if old is None:
        raise ConfigurationError(
            "AWS tools cannot read the AWS config file, because of its format",
            hint=CORRECT_FILE,
        )
    if new is not None:
        expected = {name: dict(old.items(name)) for name in old.sections()}
        expected[section] = {**old.defaults(), **values}
        actual = {name: dict(new.items(name)) for name in new.sections()}
        if actual == expected and new.defaults() == old.defaults():
            return
    raise ConfigurationError(
        f"section [{section}] cannot be changed safely, because of its format",
        hint="Edit the file yourself, or pass another profile with --profile.",
    )
