"""Find words and phrases that this project's writing rules exclude.

`make lint` runs this program. It checks comments, docstrings and other strings in Python files, and prose
in Markdown files; code in backticks is ignored. To keep a phrase, for example in a quotation of another
program, end its line with the comment `terms: ignore`.
"""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Maps the pattern of each excluded phrase to a replacement.
TERMS = [
    (r"\b(?-i:([Ii]dentity|[Pp]ool|[Cc]lient|[Rr]equest|[Kk]ey|[Aa]ccount) ids?)\b", "ID"),
    (r"\blogin keys?\b", "login provider name"),
    (r"\b(identity )?pool's id\b", "identity pool ID"),
    (
        r"(?<!connection )(?<!h:1\. )\brefus(e|es|ed|al|als|ing)\b(?! (the )?connection| by the proxy)(?!\()",
        "reject, raise",
    ),
    (r"(?<!import )\banswers?\b(?!\()", "response, return"),
    (r"(?<!there )\bis no (?!longer)[a-z]+\b", "is not a"),
    (r"(?<!there )\b(is|are|was) (?-i:none)\b(?! of)", "is not a, there is no"),
    (r"\bat hand\b", "cached, available"),
    (r"\banew\b", "again"),
    (r"(?<!')\b(no|some|every|any)body\b", "no caller, another process, a user"),
    (r", for one(?=[.,:;)])", "for example"),
    (r"\bmend(s|ed|ing)?\b", "fix, resolve"),
    (r"\b(is|are) over\b(?! \d)", "expired, has ended"),
    (r"\bgood for [0-9%{]", "expires in"),
    (r"\bso (many|much|long) [a-z]+s\b", "that many"),
    (r"\bas a rule\b", "usually"),
    (r"\bthe way of\b", "the path of"),
    (r"\bwhere (no|nothing|there (is|are)|one is|what is|an? \w+ (is|has|was|does))\b", "if"),
    (r"(^|[,;:(] ?)who (does|did|gets|asks|waits|calls)\b", "a caller that"),
    (r"\bthrow(s|n|ing)? away\b", "discard, invalidate"),
    (r"\bawaited (side|twin|one|pool|provider|cache|broker|store)s?\b", "async"),
    (r"(?<!\{)\bverbs?\b(?!\})", "subcommand"),
    (r"\bpast its time\b", "expired"),
    (r"\bwithout an end\b", "without a limit"),
    (r"\bwhich see\b", "see"),
    (r"\bPacer\b|\bpace\b", "rate limit"),
    (r'"""(Tell|Say) (whether|what|who|how)\b', "Return True if, Return"),
    (r'"""(What|How|Which) \w+', "a verb phrase or a noun phrase"),
]
NAMES = re.compile(r"\b(_?(MOST|LONGEST|SHORTEST)_[A-Z_]+|[A-Z_]*PATIENCE|LEFT_ALONE)\b")
EXCLUDED = re.compile(
    "|".join(f"(?P<term{i}>{pattern})" for i, (pattern, _) in enumerate(TERMS)), re.IGNORECASE
)
RAISES_ENTRY = re.compile(
    r"^\s+[A-Z]\w+(?:Error|Exception|Expired|Denied|Exit)(?:, \w+)*: (?!If |See )"
)

ALLOWED = {"tools/check_terms.py"}  # This file contains the phrases themselves.


def list_files() -> list[str]:
    """Return the names of the files to check."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.md", "Makefile"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.split()


def python_prose(source: str) -> list[tuple[int, str]]:
    """Return the lines of comments and strings, with line numbers."""
    lines: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_identifier = token.type == tokenize.STRING and " " not in token.string
        if token.type in PROSE_TOKENS and not is_identifier:
            first = token.start[0]
            lines += [(first + i, line) for i, line in enumerate(token.string.splitlines())]
    return lines


# Since Python 3.12, f-strings are split into several tokens.
PROSE_TOKENS = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", -1)}


def markdown_prose(source: str) -> list[tuple[int, str]]:
    """Return the lines outside of code blocks, with line numbers."""
    lines: list[tuple[int, str]] = []
    in_block = False
    for number, line in enumerate(source.splitlines(), 1):
        if line.lstrip().startswith("```"):
            in_block = not in_block
        elif not in_block:
            lines.append((number, line))
    return lines


def find_problems(name: str) -> list[str]:
    """Return a message for each problem in a file."""
    source = (ROOT / name).read_text(encoding="utf-8")
    ignored = {n for n, line in enumerate(source.splitlines(), 1) if line.endswith("terms: ignore")}
    prose = python_prose(source) if name.endswith(".py") else markdown_prose(source)
    problems: list[str] = []
    for number, line in prose:
        text = re.sub(r"`[^`]*`", "``", line)
        if number in ignored:
            continue
        for match in EXCLUDED.finditer(text):
            advice = TERMS[int((match.lastgroup or "term0").removeprefix("term"))][1]
            problems.append(f"{name}:{number}: {match.group()!r}: write {advice}")
    if name.endswith(".py"):
        for number, line in enumerate(source.splitlines(), 1):
            problems += [
                f"{name}:{number}: {match.group()!r}: write MAX_, MIN_, ..._SECONDS"
                for match in NAMES.finditer(line)
            ]
    if name.startswith("src/"):
        for number, line in prose:
            if RAISES_ENTRY.match(line):
                problems.append(f"{name}:{number}: begin the `Raises:` entry with 'If'")
    return problems


def main(arguments: list[str]) -> int:
    """Check the named files, or all files, and print what to change."""
    names = arguments or [name for name in list_files() if name not in ALLOWED]
    problems = [problem for name in names for problem in find_problems(name)]
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
