"""The contents of objects and of SAML metadata, in the configuration file or in separate files."""

from __future__ import annotations

from cognito_credentials.emulator.configuration.tables import Table


def read_content(table: Table, key: str) -> bytes:
    """Return required content, which is a string or the content of another file.

    Raises:
        ConfigurationError: If the value is missing or has another form, or the file cannot be read.
    """
    if key not in table.values:
        raise table.error(None, f"has no {key}", hint=f"Add {key} to the table.")
    if isinstance(table.values[key], str):
        text: str = table.values[key]
        return text.encode()
    content = Table(
        table.source,
        (*table.key, key),
        table.values[key],
        ("file",),
        description='a string, or a table such as { file = "levels.json" }',
    )
    path = table.source.path.parent / content.require("file", r"[^\0]+", form="be a path")
    try:
        return path.read_bytes()
    except OSError as error:
        raise content.error(
            "file",
            f"names {path}, which cannot be read: {error.strerror}",
            hint="Pass a readable file; the path is relative to the configuration file.",
        ) from None
