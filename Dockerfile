# The image of the services in compose.yaml. docs/containers.md describes how to use them.

FROM python:3.13-slim AS base
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY requirements/dev.txt requirements/
COPY src src
# The versions of the dependencies are those that the project is tested with. Hashes are removed, because pip would
# require one for the project itself.
RUN sed -e '/--hash=/d' -e 's/ \\$//' requirements/dev.txt > constraints.txt \
    && pip install --no-cache-dir --constraint constraints.txt ".[emulator,file]"
# Volumes that are mounted at these directories are writable for the user.
RUN useradd --create-home --home-dir /app --uid 10001 app \
    && install -d -o app -g app -m 700 /credentials /state /app/.aws
WORKDIR /app
USER 10001

# The dev container in .devcontainer.
FROM base AS dev
USER root
RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
USER 10001

FROM base
EXPOSE 4566
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s CMD ["python", "-c", "\
from http.client import HTTPConnection; \
connection = HTTPConnection('127.0.0.1', 4566, timeout=2); \
connection.request('GET', '/_emulator/health'); \
exit(connection.getresponse().status != 200)"]
CMD ["cognito-credentials", "emulator", "--host", "0.0.0.0", "--port", "4566", "--demo"]
