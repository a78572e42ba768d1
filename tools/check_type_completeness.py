"""Check that the types of all public symbols are known to pyright.

`make types` runs this program. It needs PYTHONPATH to find an editable installation.
"""

from __future__ import annotations

import json
import subprocess
import sys

PACKAGE = "cognito_credentials"
# boto3 and botocore contain no types, so pyright does not know the types of their subclasses.
EXEMPT = {
    f"{PACKAGE}.integrations._boto3_sessions.BotocoreSession",
    f"{PACKAGE}.integrations._boto3_sessions.Session",
    f"{PACKAGE}.integrations._botocore_sessions.SharingSession",
    f"{PACKAGE}.integrations.boto3.BotocoreSession",
    f"{PACKAGE}.integrations.boto3.Session",
}


def main() -> int:
    """Print the symbols whose type is not known; return 0 if there are none."""
    command = ["pyright", "--verifytypes", PACKAGE, "--ignoreexternal", "--outputjson"]
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    report = json.loads(done.stdout)["typeCompleteness"]
    unknown = {
        symbol["name"]: symbol["diagnostics"]
        for symbol in report["symbols"]
        if not symbol["isTypeKnown"]  # also private symbols, which are often the cause
    }
    for name in sorted(unknown.keys() - EXEMPT):
        print(name, *(diagnostic["message"] for diagnostic in unknown[name]), sep="\n  ")
    print(f"{len(report['symbols'])} symbols, {len(unknown.keys() - EXEMPT)} with unknown types")
    return 1 if unknown.keys() - EXEMPT else 0


if __name__ == "__main__":
    sys.exit(main())
