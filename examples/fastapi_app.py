"""FastAPI application in which each signed-in user has their own files in a bucket.

A request contains the user's ID token from a user pool. The application verifies the token, and sends
its requests to S3 with the user's own credentials. The application does not check who may read which
file. The role of the identity pool does, so a mistake in the application cannot disclose another user's files:

    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
     "Resource": "arn:aws:s3:::BUCKET/${cognito-identity.amazonaws.com:sub}/*"}

Install and run:

    pip install "cognito-credentials[aiobotocore]" fastapi "pyjwt[crypto]" uvicorn
    export IDENTITY_POOL_ID=us-east-1:… USER_POOL_ID=us-east-1_… CLIENT_ID=… BUCKET=…
    uvicorn fastapi_app:app
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, NamedTuple

import jwt
from botocore.exceptions import ClientError
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from cognito_credentials import CognitoCredentialsError, errors
from cognito_credentials.aio import AsyncCredentialBroker, AsyncUserCredentials
from cognito_credentials.integrations.aiobotocore import session

IDENTITY_POOL_ID, BUCKET = os.environ["IDENTITY_POOL_ID"], os.environ["BUCKET"]
USER_POOL_ID, CLIENT_ID = os.environ["USER_POOL_ID"], os.environ["CLIENT_ID"]
REGION = USER_POOL_ID.partition("_")[0]
LOGIN_PROVIDER = f"cognito-idp.{REGION}.amazonaws.com/{USER_POOL_ID}"
# The emulator publishes the keys of its user pools at its own address.
KEYS_AT = os.environ.get("AWS_ENDPOINT_URL", f"https://cognito-idp.{REGION}.amazonaws.com")
keys = jwt.PyJWKClient(f"{KEYS_AT}/{USER_POOL_ID}/.well-known/jwks.json")


class User(NamedTuple):
    id: str
    id_token: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncCredentialBroker(IDENTITY_POOL_ID) as broker:
        app.state.broker = broker
        yield


app = FastAPI(lifespan=lifespan)


def verify_user(request: Request) -> User:
    # Not `async`, so that FastAPI calls this function in a thread: fetching the keys blocks.
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        claims = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token).key,
            algorithms=["RS256"],
            audience=CLIENT_ID,
            issuer=f"https://{LOGIN_PROVIDER}",
            options={"require": ["exp", "sub", "token_use"]},
        )
    except jwt.PyJWKClientConnectionError as error:
        raise HTTPException(503, "the keys of the user pool are unavailable") from error
    except jwt.PyJWTError as error:
        raise HTTPException(401, "sign in again", {"WWW-Authenticate": "Bearer"}) from error
    if claims["token_use"] != "id":
        raise HTTPException(401, "send the ID token", {"WWW-Authenticate": "Bearer"})
    return User(claims["sub"], token)


def get_credentials(
    request: Request, user: Annotated[User, Depends(verify_user)]
) -> AsyncUserCredentials:
    broker: AsyncCredentialBroker = request.app.state.broker
    return broker.user(user.id, {LOGIN_PROVIDER: user.id_token})


Credentials = Annotated[AsyncUserCredentials, Depends(get_credentials)]


@app.get("/me")
async def me(credentials: Credentials) -> dict[str, str]:
    return {"id": (await credentials.get()).identity_id}


@app.put("/files/{owner}/{name}")
async def put_file(owner: str, name: str, request: Request, credentials: Credentials) -> None:
    body = await request.body()
    async with session(credentials).create_client("s3") as s3:
        await s3.put_object(Bucket=BUCKET, Key=f"{owner}/{name}", Body=body)


@app.get("/files/{owner}/{name}")
async def get_file(owner: str, name: str, credentials: Credentials) -> Response:
    async with session(credentials).create_client("s3") as s3:
        response = await s3.get_object(Bucket=BUCKET, Key=f"{owner}/{name}")
        return Response(await response["Body"].read(), media_type="application/octet-stream")


@app.exception_handler(ClientError)
def handle_aws_error(_: Request, error: ClientError) -> JSONResponse:
    code = error.response["Error"]["Code"]
    return JSONResponse({"error": code}, {"AccessDenied": 403, "NoSuchKey": 404}.get(code, 502))


@app.exception_handler(CognitoCredentialsError)
def handle_credentials_error(_: Request, error: CognitoCredentialsError) -> JSONResponse:
    status = status_of(error)
    headers = {"Retry-After": str(round(error.retry_after or 1))} if error.is_retryable else {}
    # The reason contains no personal data. The message belongs in the log.
    return JSONResponse({"error": error.reason}, status, headers)


def status_of(error: CognitoCredentialsError) -> int:
    """Return the HTTP status of an error, from the user's point of view."""
    if isinstance(error, errors.LoginTokenExpired | errors.LoginTokenRejected):
        return 401  # the user has to sign in again
    if isinstance(error, errors.IdentityForbidden | errors.LoginsMismatch | errors.RoleDenied):
        return 403  # the user is signed in, but gets no credentials
    if error.is_retryable:
        return 503  # AWS is unavailable, or the quota is exhausted
    return 500  # a mistake in the configuration or in the identity pool
