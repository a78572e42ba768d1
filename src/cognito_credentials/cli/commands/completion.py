"""`completion`: scripts that complete this command's words, made from the parsers of its verbs.

What a script completes is fixed when it is printed, but for the names of profiles, which it reads
from the AWS config file; as text only, since a name there may be written like a command.
"""

from __future__ import annotations

import sys
from argparse import SUPPRESS

from cognito_credentials.cli import program
from cognito_credentials.cli.terminal.shells import fish_quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterator

USAGE = "cognito-credentials completion bash|zsh|fish|powershell"
DESCRIPTION = """\
Print the script that lets a shell complete the words of this command.

  bash         eval "$(cognito-credentials completion bash)"            in ~/.bashrc
  zsh          eval "$(cognito-credentials completion zsh)"             in ~/.zshrc, after compinit
  fish         cognito-credentials completion fish | source             in ~/.config/fish/config.fish
  powershell   cognito-credentials completion powershell | Out-String | Invoke-Expression   in $PROFILE
"""

PROFILE = "--profile"
HELP = "help"  # a verb for the shell: it is no module
CONFIG_FILE = '"${AWS_CONFIG_FILE:-$HOME/.aws/config}"'
# The names in the AWS config file, one a line. Reading a named pipe would block the shell.
SECTIONS = (
    f"test -f {CONFIG_FILE} && "
    r"""sed -n 's/^\[\(default\)\].*/\1/p; s/^\[profile  *"\{0,1\}\([^]"]*\)"\{0,1\}\].*/\1/p' """
    f"{CONFIG_FILE} 2>/dev/null"
)


class Verb:
    """What can follow a verb: `words` at any place, and `values` after an option that takes one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.options: dict[str, str] = {}
        self.words: list[str] = []
        self.values: dict[str, list[str]] = {}  # empty where only the user knows
        if name == HELP:
            self.words = list(program.SUBCOMMANDS)
            return
        # argparse has no public way to list what was added.
        for action in program.create_parser(name)._actions:  # noqa: SLF001
            options = [option for option in action.option_strings if option.startswith("--")]
            choices = [str(choice) for choice in action.choices or ()]
            if action.help == SUPPRESS:
                continue
            if not action.option_strings:
                self.words += choices
            for option in options:
                self.options[option] = (action.help or "").partition(";")[0]
                if action.nargs != 0:
                    self.values[option] = choices


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("shell", choices=SCRIPTS, metavar="|".join(SCRIPTS))


def run(options: Namespace) -> int:
    """Print the script."""
    script = SCRIPTS[options.shell]([Verb(name) for name in (*program.SUBCOMMANDS, HELP)])
    sys.stdout.write(script.strip() + "\n")
    return 0


# --- bash and zsh -----------------------------------------------------------------------------


def bash(verbs: list[Verb]) -> str:
    """Return the script for bash, which takes what has no words of its own for a file.

    A command below exec is completed by bash-completion, where that is loaded.
    """
    return f"""
_cognito_credentials_command() {{
    local offset IFS=$'\\n'
    for offset in _comp_command_offset _command_offset; do
        if declare -F "$offset" > /dev/null; then "$offset" "$1"; return; fi
    done
    if (( COMP_CWORD == $1 )); then COMPREPLY=($(compgen -c -- "$word" | sort -u)); fi
}}
_cognito_credentials() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} name
    local -a found=()
    if [[ $word == = ]]; then word=; elif [[ $previous == = ]]; then previous=${{COMP_WORDS[COMP_CWORD-2]}}; fi
    local -i at
    for (( at = 2; at < COMP_CWORD; at++ )); do
        if [[ ${{COMP_WORDS[at]}} == -- ]]; then
            [[ ${{COMP_WORDS[1]}} == exec ]] && _cognito_credentials_command $(( at + 1 ))
            return
        fi
    done
    if (( COMP_CWORD == 1 )); then found=({" ".join(program.SUBCOMMANDS)} {HELP})
    else {_cases(verbs, verb="${COMP_WORDS[1]}", a_file="return")}
    fi
    COMPREPLY=()
    for name in "${{found[@]}}"; do
        if [[ $name == "$word"* ]]; then COMPREPLY+=("$(printf %q "$name")"); fi
    done
}}
complete -o default -F _cognito_credentials {program.PROGRAM}
"""


def zsh(verbs: list[Verb]) -> str:
    """Return the script for zsh."""
    return f"""
_cognito_credentials() {{
    local previous=${{words[CURRENT-1]}} verb=${{words[2]}} name
    local -a before=(${{words[2,CURRENT-1]}})
    local -i at=${{before[(i)--]}}
    if (( at <= ${{#before}} )); then
        [[ $verb == exec ]] || return
        words=("${{(@)words[at+2,-1]}}")
        (( CURRENT -= at + 1 ))
        _normal
        return
    fi
    if [[ $PREFIX == --*=* ]]; then previous=${{PREFIX%%=*}}; compset -P '*='; fi
    local -a found=()
    if (( CURRENT == 2 )); then found=({" ".join(program.SUBCOMMANDS)} {HELP})
    else {_cases(verbs, verb="$verb", a_file="_files; return")}
    fi
    compadd -a found
}}
compdef _cognito_credentials {program.PROGRAM}
"""


def _cases(verbs: list[Verb], *, verb: str, a_file: str) -> str:
    """Return the statement that puts into `found` what can stand here; both shells read it."""
    lines = [f'case "{verb} $previous" in']
    names = f'while IFS= read -r name; do found+=("$name"); done < <({SECTIONS})'
    flags = {option for each in verbs for option in each.options if option not in each.values}
    free: dict[str, None] = {}
    for each in verbs:
        for option, choices in each.values.items():
            if choices:
                lines.append(f'"{each.name} {option}") found=({" ".join(choices)}) ;;')
            elif option != PROFILE:
                free[f'"{each.name} {option}"' if option in flags else f'*" {option}"'] = None
    lines += [f'*" {PROFILE}") {names} ;;', f"{'|'.join(free)}) {a_file} ;;"]
    for each in verbs:
        words = " ".join([*each.words, *each.options])
        lines.append(f'"{each.name} "*) found=({words}) ;;')
    return "\n        ".join([*lines, "esac"])


# --- the others -------------------------------------------------------------------------------


def fish(verbs: list[Verb]) -> str:
    """Return the script for fish, which shows what each word means."""
    return "\n".join(_fish_lines(verbs))


# `complete -C` is fish's own answer for a line that begins with the command below exec.
FISH_FUNCTIONS = """\
function __cognito_credentials_in
    set -l words (commandline -opc)
    test "$words[2]" = "$argv[1]"; and not contains -- -- $words
end
function __cognito_credentials_below_exec
    set -l words (commandline -opc)
    test "$words[2]" = exec; and contains -- -- $words
end
function __cognito_credentials_command
    set -l words (commandline -opc)
    set -l rest $words[(math (contains -i -- -- $words) + 1)..-1]
    complete -C (string join -- ' ' (string escape -- $rest) (commandline -ct))
end"""


def _fish_lines(verbs: list[Verb]) -> Iterator[str]:
    start = f"complete -c {program.PROGRAM}"
    yield FISH_FUNCTIONS
    yield f"{start} -f"
    for name, what in {**program.SUBCOMMANDS, HELP: "say more of a verb"}.items():
        yield f"{start} -n __fish_use_subcommand -a {name} -d {fish_quoted(what)}"
    below = "-n __cognito_credentials_below_exec"
    yield f"{start} {below} -a '(__cognito_credentials_command)'"
    for verb in verbs:
        here = f"{start} -n '__cognito_credentials_in {verb.name}'"
        if verb.words:
            yield f"{here} -a '{' '.join(verb.words)}'"
        for option, what in verb.options.items():
            value = ""
            if option == PROFILE:
                sections = SECTIONS.replace(CONFIG_FILE, '"$file"')
                default = 'set -q AWS_CONFIG_FILE; and set file "$AWS_CONFIG_FILE"'
                names = f"(set file ~/.aws/config; {default}; {sections})"
                value = f" -x -a {fish_quoted(names)}"
            elif verb.values.get(option):
                value = f" -x -a '{' '.join(verb.values[option])}'"
            elif option in verb.values:
                value = " -r -F"
            yield f"{here} -l {option[2:]}{value} -d {fish_quoted(what)}"


def powershell(verbs: list[Verb]) -> str:
    """Return the script for PowerShell; what has no words of its own is left to it."""

    def listed(words: list[str]) -> str:
        return "@(" + ", ".join(f"'{word}'" for word in words) + ")"

    table: dict[str, list[str]] = {"": [*program.SUBCOMMANDS, HELP]}
    for verb in verbs:
        table[verb.name] = [*verb.words, *verb.options]
        table |= {f"{verb.name} {option}": words for option, words in verb.values.items()}
    rows = "\n".join(f"        '{key}' = {listed(words)}" for key, words in table.items())
    return f"""
Register-ArgumentCompleter -Native -CommandName {program.PROGRAM} -ScriptBlock {{
    param($word, $ast, $position)
    $table = @{{
{rows}
    }}
    $before = @($ast.CommandElements | Where-Object {{ $_.Extent.EndOffset -lt $position }} | ForEach-Object {{ "$_" }})
    if ($before -contains '--') {{ return }}
    $key = if ($before.Count -gt 1) {{ $before[1] }} else {{ '' }}
    if ($before.Count -gt 2 -and $table.ContainsKey("$key $($before[-1])")) {{ $key = "$key $($before[-1])" }}
    $words = $table[$key]
    if ($key -like '* {PROFILE}') {{
        $file = if ($Env:AWS_CONFIG_FILE) {{ $Env:AWS_CONFIG_FILE }} else {{ "$HOME/.aws/config" }}
        $words = @(Get-Content $file -ErrorAction SilentlyContinue | ForEach-Object {{
            if ($_ -match '^\\[(?:profile +)?([^\\]]+)\\]' -and $_ -notmatch '^\\[(services|sso-session) ') {{ $Matches[1] }}
        }})
    }}
    $words | Where-Object {{ $_.StartsWith($word) }} | ForEach-Object {{
        [System.Management.Automation.CompletionResult]::new($_)
    }}
}}
"""


SCRIPTS: dict[str, Callable[[list[Verb]], str]] = {
    "bash": bash,
    "zsh": zsh,
    "fish": fish,
    "powershell": powershell,
}
