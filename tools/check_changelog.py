"""Check that changes that users can notice have an entry in CHANGELOG.md.

    python tools/check_changelog.py origin/main

The check fails if the commits since the merge base with the given branch change `src/` without adding a line
to CHANGELOG.md. If users cannot notice the changes of a commit, its message must contain the line
`Changelog: none`. If every commit that changes `src/` contains this line, no entry is required.
"""

from __future__ import annotations

import subprocess
import sys

EXEMPTION = "Changelog: none"


def git(*arguments: str) -> str:
    """Run git and return its output without surrounding white space."""
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def main(branch: str) -> int:
    """Return 0 if the changelog is complete, and 1 otherwise."""
    base = git("merge-base", branch, "HEAD")
    commits = git("rev-list", f"{base}..HEAD", "--", "src").split()
    missing = [
        commit
        for commit in commits
        if EXEMPTION not in git("show", "--no-patch", "--format=%B", commit).splitlines()
    ]
    added = git("diff", "--numstat", base, "HEAD", "--", "CHANGELOG.md").split("\t")[0]
    if missing and added in {"", "0"}:
        titles = "\n".join(f"  {git('show', '--no-patch', '--format=%h %s', c)}" for c in missing)
        sys.stderr.write(
            f"CHANGELOG.md has no new line, but these commits change src/:\n{titles}\n"
            f"Add an entry, or the line {EXEMPTION!r} to their messages.\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
