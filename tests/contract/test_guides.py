"""The guides' code runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulated_account import Account
from harness import jwt

if TYPE_CHECKING:
    import pytest

    from cognito_credentials.emulator import Emulator

DOCS = Path(__file__).parents[2] / "docs"


def run(page: str, **given: Any) -> dict[str, Any]:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE
    )
    assert blocks
    for block in blocks:
        exec(compile(block, page, "exec"), given)  # noqa: S102 - our own page
    return given


def test_the_page_on_testing_runs() -> None:
    names = run("testing.md", Emulator=None)
    assert names["guest"]


def test_the_page_on_logins_runs(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint_url)
    account = Account(emulator)
    pool_id = account.pool()
    account.set_roles(pool_id, unauthenticated=account.role(pool_id, amr="unauthenticated"))

    class Session:
        id_token = jwt("login.example.com")
        refreshed = False

        def has_run_out(self) -> bool:
            return False

        def use_refresh_token(self) -> None:
            self.refreshed = True

    names = run(
        "logins.md",
        pool_id=pool_id,
        path=str(tmp_path / "ids"),
        identity_ids={},
        session=Session(),
        get_id_token=lambda: Session.id_token,
        ask_the_back_end=lambda: ("", ""),  # never called: the page only shows where it goes
    )
    assert list(names["identity_ids"].values()) == [names["credentials"].identity_id]
    names["identity_ids"].close()
    assert names["get_id_token"](refresh=True) == Session.id_token
    assert names["session"].refreshed
