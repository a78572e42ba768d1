"""Errors that are instances of both this package's and botocore's exception classes.

Applications catch `(BotoCoreError, ClientError)` around boto3 calls. Credentials are fetched during
such a call, so an error from the fetch must be an instance of one of these classes.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import CredentialRetrievalError

from cognito_credentials.errors import CognitoCredentialsError


def as_retrieval_error(error: CognitoCredentialsError) -> CognitoCredentialsError:
    """Return an equal error that is also an instance of botocore's `CredentialRetrievalError`."""
    if isinstance(error, CredentialRetrievalError):
        return error
    kwargs = {"provider": "cognito-identity", "error_msg": str(error)}
    retrieval_error = _create(type(error), error.args, {**error.__dict__, "kwargs": kwargs})
    return retrieval_error.with_traceback(error.__traceback__)


def _create(
    error_class: type[CognitoCredentialsError], arguments: tuple[Any, ...], state: dict[str, Any]
) -> CognitoCredentialsError:
    retrieval_error_class = _retrieval_error_class(error_class)
    # Do not call the initializers, which have different parameters.
    error = retrieval_error_class.__new__(retrieval_error_class, *arguments)
    error.__dict__.update(state)
    return error


_classes: dict[type[CognitoCredentialsError], type[CognitoCredentialsError]] = {}


def _retrieval_error_class(
    error_class: type[CognitoCredentialsError],
) -> type[CognitoCredentialsError]:
    """Return a subclass of `error_class` and botocore's error, with the name of `error_class`."""
    if error_class in _classes:
        return _classes[error_class]

    def reduce(self: CognitoCredentialsError) -> tuple[Any, ...]:
        return _create, (error_class, self.args, self.__dict__.copy())

    names = ("__module__", "__qualname__", "__doc__")
    namespace = {name: getattr(error_class, name) for name in names}
    bases = (error_class, CredentialRetrievalError)
    return _classes.setdefault(
        error_class, type(error_class.__name__, bases, {**namespace, "__reduce__": reduce})
    )
