"""The HTTP interface below `/_emulator/`, with which tests in any language control the emulator.

- `server`: checks a request, calls its handler, and writes the response.
- `handlers`: the handlers and their table.
- `openapi`: the OpenAPI document, generated from the table.
- `routes`, `access`, `fields`: shared by the other modules.
"""
