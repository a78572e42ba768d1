"""The methods of `Emulator` that export and import its state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cognito_credentials.emulator.account_state import AccountState
from cognito_credentials.emulator.argument_checks import check_json_object
from cognito_credentials.emulator.json_values import JsonError, parse_strictly
from cognito_credentials.emulator.persistence.documents import parse_state, state_document
from cognito_credentials.emulator.request_pipeline import RequestPipeline


class StateMethods:
    """Methods of `Emulator` that transfer data of Amazon Cognito Identity to another emulator."""

    _pipeline: RequestPipeline
    _state: AccountState

    def export_state(self) -> dict[str, Any]:
        """Return all identity pools and identities, with all their data, as a dict of JSON values.

        The document also contains the tokens of Facebook, Amazon, Twitter and Digits that the
        emulator accepts. The document does not contain the resources of other services. Waits for
        requests that are running.
        """
        with self._pipeline.exclusive():
            return state_document(self._pipeline.account.identity_service.snapshot())

    def import_state(self, document: Mapping[str, Any]) -> None:
        """Replace all identity pools and identities with those in a document.

        The state file, if there is one, is replaced as well. Waits for requests that are running.

        Args:
            document: The result of `export_state`.

        Raises:
            ConfigurationError: If the state file cannot be written.
            TypeError: If `document` is not a mapping.
            ValueError: If the document is invalid; the message names the field.
        """
        check_json_object("document", document)
        try:
            # The copy is not affected by later changes of the document.
            copied = parse_strictly(json.dumps(dict(document)))
        except JsonError as error:
            raise ValueError(f"document {error}") from None
        state = parse_state(copied)
        with self._pipeline.exclusive():
            self._state.replace(self._pipeline.account, state)
