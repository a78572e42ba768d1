"""Detection of shell syntax in commands that run without a shell."""

from __future__ import annotations

__all__ = ["find_shell_syntax"]

_OPERATORS = ("||", "|", "&&", "&", ";", ">", "<", "1>", "2>", "&>")


def find_shell_syntax(command: str) -> str:
    """Return the first operator, expansion or assignment that only a shell interprets; "" if none.

    `|` is detected anywhere, and the other operators only at the beginning of a word (`;` also at
    its end), because arguments such as URLs contain `&` and `;`. Text in single quotation marks and
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
        elif not quote and (
            operator := _find_operator(command, index, is_word_start=previous.isspace())
        ):
            return operator
        previous, index = character, index + 1
    return ""


def _find_operator(command: str, index: int, *, is_word_start: bool) -> str:
    character, following = command[index], command[index + 1 : index + 2]
    if is_word_start:
        if character == "~" and following in ("", "/", " "):
            return "~"
        return next((each for each in _OPERATORS if command.startswith(each, index)), "")
    if character == "|":
        return "||" if following == "|" else "|"
    return ";" if character == ";" and following in ("", " ") else ""


def _is_expansion(command: str, index: int) -> bool:
    following = command[index + 1 : index + 2]
    return command[index] == "`" or (
        command[index] == "$" and (following in ("{", "(", "_") or following.isalpha())
    )
