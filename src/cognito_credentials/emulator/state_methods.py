"""The methods of `Emulator` that export and import its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cognito_credentials.emulator.account_state import AccountState
from cognito_credentials.emulator.persistence.documents import parse_state, state_document
from cognito_credentials.emulator.request_pipeline import RequestPipeline


class StateMethods:
    """Methods that transfer the data of Amazon Cognito Identity to another emulator."""

    _pipeline: RequestPipeline
    _state: AccountState

    def export_state(self) -> dict[str, Any]:
        """Return all identity pools and identities, with everything that belongs to them, as JSON.

        The document also contains the tokens of Facebook, Amazon, Twitter and Digits that the
        emulator accepts. It does not contain the resources of other services. Waits for requests
        that are running.
        """
        with self._pipeline.exclusive():
            return state_document(self._pipeline.account.identity_service.snapshot())

    def import_state(self, document: Mapping[str, Any]) -> None:
        """Replace all identity pools and identities by those in a document, and in the state file.

        Waits for requests that are running.

        Args:
            document: The result of `export_state`.

        Raises:
            ValueError: If the document is invalid; the message names the field.
        """
        state = parse_state(dict(document))
        with self._pipeline.exclusive():
            self._state.replace(self._pipeline.account, state)
