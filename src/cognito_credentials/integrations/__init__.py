"""Integrations with libraries that need AWS credentials: `boto3`, `aiobotocore` and `aioboto3`.

Each module has the same two functions: `session(provider, ...)` creates a session of the library, and
`install(session, provider)` adds the provider to an existing session. The library is imported when
a function is called; if it is missing, the error contains the command that installs it.
"""
