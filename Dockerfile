# syntax=docker/dockerfile:1
# Build: docker build -t tocsin .      Run: see compose.yaml

FROM python:3.11-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
ENV UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/opt/tocsin
WORKDIR /build
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-dev --no-install-project
COPY bot bot
COPY handlers handlers
RUN uv sync --locked --no-dev --no-editable --compile-bytecode

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 tocsin \
 && useradd --uid 10001 --gid tocsin --no-create-home --home-dir /data --shell /usr/sbin/nologin tocsin \
 && install -d -o tocsin -g tocsin /data
COPY --from=build /opt/tocsin /opt/tocsin
ENV PATH=/opt/tocsin/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TZ=UTC \
    TOCSIN_HTTP__HOST=0.0.0.0 TOCSIN_DATA_DIR=/data
# Nothing is written but the database of a single process, into /data: the root may be read-only.
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["tocsin"]
CMD ["run"]
