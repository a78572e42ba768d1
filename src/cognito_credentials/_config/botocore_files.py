"""A parser that reads AWS files in the same way as botocore."""

from __future__ import annotations

import configparser
import io

__all__ = ["parse_as_botocore"]


def parse_as_botocore(content: bytes) -> configparser.RawConfigParser | None:
    """Return the sections that botocore reads in an AWS file, or None if botocore rejects the file.

    The command uses this function to check the files that it writes. Unlike `aws_files`, botocore
    adds the keys in a section `DEFAULT` to all other sections.
    """
    parser = configparser.RawConfigParser()
    try:
        parser.read_file(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
    except (configparser.Error, UnicodeDecodeError):
        return None
    values = [value for section in parser.sections() for _, value in parser.items(section)]
    return parser if all(map(_is_valid_if_nested, values)) else None


def _is_valid_if_nested(value: str) -> bool:
    """Return False if botocore would parse a value as nested settings and fail."""
    lines = value.splitlines() if value.startswith("\n") else []
    return all("=" in line or not line.strip() for line in lines)
