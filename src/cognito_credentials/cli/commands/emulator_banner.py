"""The text of `emulator` on a terminal: settings for each shell, and for the AWS config file."""

from __future__ import annotations

from cognito_credentials.cli.commands.configure import find_command, quote
from cognito_credentials.cli.terminal.shells import format_variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognito_credentials.emulator import Emulator

PROFILE = "emulator"
POOL_VARIABLE = "AWS_COGNITO_IDENTITY_POOL_ID"
SHELLS = {"bash, zsh": "env", "PowerShell": "powershell", "fish": "fish"}


def format_banner(emulator: Emulator, variables: Mapping[str, str]) -> str:
    """Return the variables in the syntax of each shell, and a profile for the AWS config file."""
    blocks = [
        f"# {shell}\n{format_variables(variables, format_name)}"
        for shell, format_name in SHELLS.items()
    ]
    profile = format_profile(emulator, variables.get(POOL_VARIABLE))
    blocks.append(f"# ~/.aws/config, instead of the variables\n{profile}")
    return "\n\n".join(
        [
            "Paste the lines for your shell into another terminal.",
            *blocks,
            f"Web console and control interface: {emulator.endpoint_url}/_emulator/\n",
        ]
    )


def format_profile(emulator: Emulator, pool_id: str | None) -> str:
    """Return a profile for the emulator; with a pool ID, it gets its credentials from this pool."""
    values = {"region": emulator.region, "endpoint_url": emulator.endpoint_url}
    if pool_id is not None:
        values["cognito_identity_pool_id"] = pool_id
        values["credential_process"] = f"{find_command()} process --profile {quote(PROFILE)}"
    return "\n".join([f"[profile {PROFILE}]", *(f"{key} = {values[key]}" for key in values)])
