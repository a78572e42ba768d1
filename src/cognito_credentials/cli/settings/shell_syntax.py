"""Detection of shell syntax in commands that run without a shell."""

from __future__ import annotations

__all__ = ["find_shell_syntax"]

_OPERATORS = ("||", "|", "&&", "&", ";", ">", "<", "1>", "2>", "&>")


def find_shell_syntax(command: str) -> str:
    """Return the first operator, expansion or assignment that only a shell interprets; "" if none.

    An operator is detected only at the beginning of a word, and `;` also at the end of a word,
    because arguments such as URLs contain `&` and `;`. Text in single quotation marks and
    characters after a backslash are literal, as in a shell.
    """
    name, has_value, _ = command.lstrip().partition("=")
    if has_value and name.isidentifier():
        return f"{name}="
    quote, previous, index = "", " ", 0
    while index < len(command):
        character = command[index]
        if character == "\\" and quote != "'":
            index += 1
            character = "\\"
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif quote != "'" and _is_expansion(command, index):
            return character
        elif not quote and previous.isspace():
            for operator in _OPERATORS:
                if command.startswith(operator, index):
                    return operator
            if character == "~" and command[index + 1 : index + 2] in ("", "/", " "):
                return "~"
        elif not quote and character == ";" and command[index + 1 : index + 2] in ("", " "):
            return ";"
        previous, index = character, index + 1
    return ""


def _is_expansion(command: str, index: int) -> bool:
    following = command[index + 1 : index + 2]
    return command[index] == "`" or (
        command[index] == "$" and (following in ("{", "(", "_") or following.isalpha())
    )
