"""The HTTP interface below `/_emulator/`, with which tests in any language control the emulator.

- `server`: checks a request, calls its handler, and writes the response.
- `endpoints`: the table of the endpoints.
- `handlers`: the functions behind the endpoints.
- `openapi`: the OpenAPI document, generated from the table.
- `routes`, `access`, `fields`: shared by the other modules.
"""
