"""The programs in tools/ that check a change and a release, and the rules for workflows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cognito_credentials._core import error_catalog

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


class Repository:
    """A Git repository with a branch `main`, in which `change` commits to another branch."""

    def __init__(self, path: Path):
        self.path = path
        self.git("init", "--quiet", "--initial-branch=main")
        self.change("Begin", "src/module.py", "CHANGELOG.md")
        self.git("switch", "--quiet", "--create", "feature")

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=self.path, check=True)

    def change(self, message: str, *files: str) -> None:
        for file in files:
            path = self.path / file
            path.parent.mkdir(exist_ok=True)
            with path.open("a") as opened:
                opened.write(f"{message}\n")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", message)

    def check(self) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "tools" / "check_changelog.py"), "main"]
        return subprocess.run(command, cwd=self.path, capture_output=True, text=True, check=False)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def test_a_change_of_the_source_requires_a_changelog_entry(repository):
    repository.change("Retry throttled calls", "src/module.py")
    done = repository.check()
    assert done.returncode == 1
    assert "Retry throttled calls" in done.stderr
    repository.change("Describe the change", "CHANGELOG.md")
    assert repository.check().returncode == 0


def test_other_changes_require_no_changelog_entry(repository):
    repository.change("Test more", "tests/test_module.py")
    assert repository.check().returncode == 0


def test_a_commit_can_state_that_users_do_not_notice_the_change(repository):
    repository.change("Rename a local variable\n\nChangelog: none", "src/module.py")
    assert repository.check().returncode == 0
    repository.change("Retry throttled calls", "src/module.py")
    assert repository.check().returncode == 1


def test_every_error_needs_an_anchor_in_the_site(tmp_path):
    command = [sys.executable, str(ROOT / "tools" / "check_error_urls.py"), str(tmp_path)]
    reasons = {entry.reason for entry in error_catalog.ENTRIES}
    page = tmp_path / "troubleshooting.html"
    page.write_text("".join(f'<section id="{reason}">' for reason in reasons))
    assert subprocess.run(command, check=False).returncode == 0
    page.write_text(page.read_text().replace('id="transport"', 'id="other"'))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "transport" in done.stdout) == (1, True)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_pin_actions_by_commit_and_name_the_version(path):
    actions = re.findall(r"uses: *(.*)", path.read_text())
    assert actions
    for action in actions:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_the_classifiers_list_the_python_versions_of_the_ci_workflow():
    project = (ROOT / "pyproject.toml").read_text()
    classified = re.findall(r"Python :: (3\.\d+)", project)
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    # The first matrix is for Linux; fewer versions are tested on other systems.
    matrix, *_ = re.findall(r"python: \[(.*)\]", workflow)
    assert classified == re.findall(r"3\.\d+", matrix)
