"""The list of endpoints in docs/emulator-control.md; `make docs` writes it, a test compares it."""

from __future__ import annotations

from pathlib import Path

from cognito_credentials.emulator.control.endpoints import ROUTES
from cognito_credentials.emulator.control.routes import PREFIX, Route

PAGE = Path(__file__).parents[2] / "docs" / "emulator-control.md"
BEGIN, END = "<!-- begin of the endpoints: make docs -->", "<!-- end of the endpoints -->"


def page() -> str:
    """Return the page with its current text and the list of the endpoints."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    endpoints = "\n\n".join(_describe(route) for route in ROUTES)
    return f"{before}{BEGIN}\n\n{endpoints}\n\n{END}{after}"


def _describe(route: Route) -> str:
    lines = [f"### `{route.method} {PREFIX}{route.path}`", "", route.summary]
    if route.fields:
        lines += ["", "| Field | Type | |", "| --- | --- | --- |"]
    for name, schema in route.fields.items():
        kind = schema["type"] + (", or null" if schema.get("nullable") else "")
        required = "Required. " if schema.get("required") else ""
        values = (
            f" One of {', '.join(f'`{v}`' for v in schema['enum'])}." if "enum" in schema else ""
        )
        lines.append(f"| `{name}` | {kind} | {required}{schema['description']}{values} |")
    if route.response is not None:
        members = ", ".join(f"`{name}`" for name in route.response["properties"])
        lines += ["", f"Response: an object with {members}."]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
