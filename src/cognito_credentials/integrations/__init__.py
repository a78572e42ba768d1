"""One module for each library that takes AWS credentials: `boto3`, `aiobotocore`, `aioboto3`.

Each has the same two functions: `session(provider, ...)` makes a session of the library, and
`install(session, provider)` gives the provider to one that exists. The library is imported when
a function is called, and its absence is answered with the line that installs it.
"""
