# The images of a deployment; docker-compose.yml says which command each service runs.
ARG PYTHON_VERSION=3.11
ARG POSTGRES_IMAGE=postgres:17.6

# ── secrets: makes the passwords ──────────────────────────────────────────────────────────────────
# Of its own, so that releases leave it alone: where Compose makes a service anew it makes anew what depends on it, and
# on this one PostgreSQL and Redis do.
FROM python:${PYTHON_VERSION}-slim AS secrets

# A volume that is new takes its owner from the folder it is first mounted on.
RUN mkdir -p /srv/secrets/owner /srv/secrets/app /srv/secrets/reader /srv/secrets/broker /srv/secrets/pages \
 && chown -R 10001:10001 /srv/secrets
COPY ops/secrets.sh /app/ops/secrets.sh
USER 10001:10001
CMD ["sh", "/app/ops/secrets.sh"]

# ── serieswatch: every process of ours ────────────────────────────────────────────────────────────
FROM python:${PYTHON_VERSION}-slim AS serieswatch

ENV PYTHONUNBUFFERED=1 PYTHONPATH=/app PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app

# What changes rarely comes first, so that a new release rebuilds one thin layer. No embedded servers, no build tools.
COPY requirements/run.txt requirements/
COPY ops/slim.sh ops/slim.sh
RUN pip install --quiet --no-cache-dir --require-hashes -r requirements/run.txt && ops/slim.sh

# The command that installing the tree would make. The tree is run where it stands: no build backend comes along.
RUN printf '%s\n' '#!/usr/bin/env python3' 'import sys' 'from cli.main import main' 'sys.exit(main())' \
      >/usr/local/bin/serieswatch \
 && chmod 755 /usr/local/bin/serieswatch \
 && useradd --system --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin serieswatch

COPY config config
COPY pipeline pipeline
COPY store store
COPY workers workers
COPY desk desk
COPY cli cli
COPY migrations migrations
# The file system is read-only when it runs, so Python could not keep what it compiles.
RUN python3 -m compileall -q /app

USER 10001:10001
CMD ["serieswatch", "doctor"]

# ── flower: Celery's own dashboard, for the monitoring profile ────────────────────────────────────
FROM serieswatch AS flower

USER 0:0
COPY requirements/flower.txt requirements/
RUN pip install --quiet --no-cache-dir --require-hashes -r requirements/flower.txt
COPY ops/flower.conf ops/flower.conf
USER 10001:10001
CMD ["celery", "--app", "workers.app", "flower", "--conf=/app/ops/flower.conf"]

# ── backup: with PostgreSQL's own programs, of the server's very version ──────────────────────────
# They come from the server's image with all that they are linked to, the loader too: that image and Python's may
# stand on different releases of Debian.
FROM ${POSTGRES_IMAGE} AS programs
RUN set -eu; \
    from=$(dirname "$(find /usr/lib/postgresql -name pg_restore)"); to=/programs/opt/postgresql; \
    mkdir -p "$to" "/programs$from"; \
    for program in pg_dump pg_restore; do \
      cp "$from/$program" "$to/"; \
      ldd "$from/$program" | grep -o '/[^ ]*' | xargs -I{} cp -Ln {} "$to/"; \
      printf '#!/bin/sh\nexec /opt/postgresql/ld.so --library-path /opt/postgresql /opt/postgresql/%s "$@"\n' "$program" \
        >"/programs$from/$program"; \
      chmod 755 "/programs$from/$program"; \
    done; \
    mv "$to"/ld-linux*.so* "$to/ld.so"

FROM serieswatch AS backup
USER 0:0
COPY --from=programs /programs /
RUN mkdir /srv/backups && chown 10001:10001 /srv/backups
USER 10001:10001
CMD ["serieswatch", "backup", "--to", "/srv/backups"]
