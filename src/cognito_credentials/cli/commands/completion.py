"""`completion`: print the script that lets a shell complete this command.

On each TAB, the script runs this command, which completes the line with argcomplete; see
`cli/line_completion.py`. The scripts therefore never become outdated, and one implementation in
Python finds profile names and files for every shell.

shtab was evaluated as well. Its static scripts do not start Python; starting Python takes 70 ms for
each TAB. However, the completion of profile names, of files after `@` and of commands after
`exec --` would have to be written for each shell. In addition, the scripts from shtab did not
complete `--profile=NAME` in bash and zsh, nor profile names with special characters in bash.
"""

from __future__ import annotations

from cognito_credentials._core.missing_packages import missing_package
from cognito_credentials.cli import PROGRAM
from cognito_credentials.cli.terminal.writing import write_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SHELLS = ("bash", "zsh", "fish", "powershell")
USAGE = f"cognito-credentials completion {'|'.join(SHELLS)}"
DESCRIPTION = """\
Print the completion script for a shell. The script completes subcommands, options, profile names,
files and the command that exec runs. It requires pip install "cognito-credentials[cli]".

  bash         eval "$(cognito-credentials completion bash)"            in ~/.bashrc
  zsh          eval "$(cognito-credentials completion zsh)"             in ~/.zshrc, after compinit
  fish         cognito-credentials completion fish | source             in ~/.config/fish/config.fish
  powershell   cognito-credentials completion powershell | Out-String | Invoke-Expression   in $PROFILE
"""


# After `exec --`, the shell's own completion of the other command takes over. In bash, `@` must not
# break words, because argcomplete would remove the `@` from `--login PROVIDER=@FILE`. In zsh,
# argcomplete gets only the words of this command, because the line may begin with other commands.
EXEC_COMPLETION = {
    "bash": r"""
_cognito_credentials() {
    local offset COMP_WORDBREAKS=${COMP_WORDBREAKS//@}
    local -i at
    for (( at = 2; at < COMP_CWORD; at++ )); do
        [[ ${COMP_WORDS[1]} == exec && ${COMP_WORDS[at]} == -- ]] || continue
        for offset in _comp_command_offset _command_offset; do  # of bash-completion, if it is loaded
            if declare -F "$offset" > /dev/null; then "$offset" $(( at + 1 )); return; fi
        done
        local IFS=$'\n'
        if (( COMP_CWORD == at + 1 )); then COMPREPLY=($(compgen -c -- "$2" | sort -u)); fi
        return
    done
    _python_argcomplete "$@"
}
complete -o nospace -o default -o bashdefault -F _cognito_credentials cognito-credentials
""",
    "zsh": r"""
_cognito_credentials() {
    local -i at=${words[(i)--]}
    if [[ $words[2] == exec ]] && (( at < CURRENT )); then
        shift $at words
        (( CURRENT -= at ))
        _normal
    else
        local -h BUFFER="${words[1,CURRENT]}"
        local -h CURSOR=${#BUFFER}
        _python_argcomplete "$@"
    fi
}
compdef _cognito_credentials cognito-credentials
""",
    "fish": r"""
function __fish_cognito-credentials_words
    set -l words (commandline -opc)
    if test "$words[2]" = exec; and set -l at (contains -i -- -- $words)
        complete -C (string join -- ' ' (string escape -- $words[(math $at + 1)..-1]) (commandline -ct))
    else
        __fish_cognito-credentials_complete
    end
end
complete --command cognito-credentials --erase
complete --command cognito-credentials -f -a '(__fish_cognito-credentials_words)'
""",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of the subcommand."""
    parser.add_argument("shell", choices=SHELLS, metavar="|".join(SHELLS))


def run(options: Namespace) -> int:
    """Print the script.

    Raises:
        ConfigurationError: If argcomplete is not installed.
    """
    try:
        from argcomplete.shell_integration import shellcode
    except ModuleNotFoundError as error:
        raise missing_package("argcomplete", extra="completion") from error
    script = shellcode([PROGRAM], shell=options.shell)
    write_document(f"{script.strip()}\n{EXEC_COMPLETION.get(options.shell, '')}".rstrip("\n"))
    return 0
