"""The state of Amazon Cognito Identity outside the process: as JSON documents, and in a file."""
