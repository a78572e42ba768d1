"""Django application in which each signed-in user has their own files in a bucket.

A request contains the user's ID token from a user pool. The application verifies the token, and sends
its requests to S3 with the user's own credentials. The application does not check who may read which
file. The role of the identity pool does, so a mistake in the application cannot disclose another user's files:

    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
     "Resource": "arn:aws:s3:::BUCKET/${cognito-identity.amazonaws.com:sub}/*"}

Install and run:

    pip install "cognito-credentials[boto3]" django gunicorn "pyjwt[crypto]"
    export IDENTITY_POOL_ID=us-east-1:… USER_POOL_ID=us-east-1_… CLIENT_ID=… BUCKET=…
    export DJANGO_SECRET_KEY=…
    gunicorn --threads 8 django_app:application
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

import django
import jwt
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from cognito_credentials import (
    CognitoCredentialsError,
    CredentialBroker,
    UserCredentials,
    errors,
)
from cognito_credentials.integrations.boto3 import session

settings.configure(
    SECRET_KEY=os.environ["DJANGO_SECRET_KEY"],
    ALLOWED_HOSTS=os.environ.get("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1").split(","),
    ROOT_URLCONF=__name__,
    # Requests are authorized by a header, which browsers do not send by themselves, so the
    # application needs no protection against cross-site request forgery.
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)
django.setup()

IDENTITY_POOL_ID, BUCKET = os.environ["IDENTITY_POOL_ID"], os.environ["BUCKET"]
USER_POOL_ID, CLIENT_ID = os.environ["USER_POOL_ID"], os.environ["CLIENT_ID"]
REGION = USER_POOL_ID.partition("_")[0]
LOGIN_PROVIDER = f"cognito-idp.{REGION}.amazonaws.com/{USER_POOL_ID}"
# The emulator publishes the keys of its user pools at its own address.
KEYS_AT = os.environ.get("AWS_ENDPOINT_URL", f"https://cognito-idp.{REGION}.amazonaws.com")
keys = jwt.PyJWKClient(f"{KEYS_AT}/{USER_POOL_ID}/.well-known/jwks.json")
# Brokers are fork-safe: each worker process gets its own copy.
broker = CredentialBroker(IDENTITY_POOL_ID)


def verify_user(request: HttpRequest) -> UserCredentials:
    """Return the credentials of the user whose ID token the request contains.

    Raises:
        jwt.PyJWTError: If the token is invalid, or the keys of the user pool are unavailable.
    """
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    claims = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=["RS256"],
        audience=CLIENT_ID,
        issuer=f"https://{LOGIN_PROVIDER}",
        options={"require": ["exp", "sub", "token_use"]},
    )
    if claims["token_use"] != "id":
        raise jwt.InvalidTokenError("not an ID token")
    return broker.user(claims["sub"], {LOGIN_PROVIDER: token})


def with_credentials(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Call a view with the user's credentials, and turn errors into responses."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, **arguments: str) -> HttpResponse:
        try:
            return view(request, verify_user(request), **arguments)
        except jwt.PyJWKClientConnectionError:
            return JsonResponse({"error": "keys-unavailable"}, status=503)
        except jwt.PyJWTError:
            headers = {"WWW-Authenticate": "Bearer"}
            return JsonResponse({"error": "sign-in-again"}, status=401, headers=headers)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = {"AccessDenied": 403, "NoSuchKey": 404}.get(code, 502)
            return JsonResponse({"error": code}, status=status)
        except CognitoCredentialsError as error:
            status = status_of(error)
            headers = (
                {"Retry-After": str(round(error.retry_after or 1))} if error.is_retryable else {}
            )
            # The reason contains no personal data. The message belongs in the log.
            return JsonResponse({"error": error.reason}, status=status, headers=headers)

    return wrapped


def status_of(error: CognitoCredentialsError) -> int:
    """Return the HTTP status of an error, from the user's point of view."""
    if isinstance(error, errors.LoginTokenExpired | errors.LoginTokenRejected):
        return 401  # the user has to sign in again
    if isinstance(error, errors.IdentityForbidden | errors.LoginsMismatch | errors.RoleDenied):
        return 403  # the user is signed in, but gets no credentials
    if error.is_retryable:
        return 503  # AWS is unavailable, or the quota is exhausted
    return 500  # a mistake in the configuration or in the identity pool


@require_http_methods(["GET"])
@with_credentials
def me(_: HttpRequest, credentials: UserCredentials) -> HttpResponse:
    return JsonResponse({"id": credentials.get().identity_id})


@require_http_methods(["GET", "PUT"])
@with_credentials
def file(request: HttpRequest, credentials: UserCredentials, owner: str, name: str) -> HttpResponse:
    s3 = session(credentials).client("s3")
    try:
        if request.method == "PUT":
            s3.put_object(Bucket=BUCKET, Key=f"{owner}/{name}", Body=request.body)
            return HttpResponse()
        response = s3.get_object(Bucket=BUCKET, Key=f"{owner}/{name}")
        return HttpResponse(response["Body"].read(), content_type="application/octet-stream")
    finally:
        s3.close()


urlpatterns = [path("me", me), path("files/<str:owner>/<str:name>", file)]
application = get_wsgi_application()
