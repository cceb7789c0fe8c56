# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build

WORKDIR /srv/handrail
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# The CPU build of torch: a customer-service bot on two cores has no use for CUDA's several gigabytes.
ARG TORCH_INDEX=""
RUN python -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"

COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY app app
COPY ingestion ingestion
COPY feedback feedback
RUN pip install -c constraints.txt ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} .

# The weights are checked by sha256 and become part of the image, so that a container starts without a network.
# A step of its own: they are the slowest to fetch and the last to change.
# hadolint ignore=DL3059
RUN HANDRAIL_DATA_DIR=/opt/handrail handrail models fetch

FROM python:3.11-slim-bookworm

# One small library whose patch releases are wanted; pinning it would break the build with every one of them.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 handrail \
    && install --directory --owner=handrail /var/lib/handrail

COPY --from=build /opt/venv /opt/venv
COPY --from=build --chown=handrail /opt/handrail/models /var/lib/handrail/models

ENV PATH="/opt/venv/bin:$PATH" \
    HF_HUB_OFFLINE=1 \
    HANDRAIL_DATA_DIR=/var/lib/handrail \
    HANDRAIL_HOST=0.0.0.0

USER 10001
WORKDIR /home/handrail
VOLUME /var/lib/handrail
EXPOSE 8080
HEALTHCHECK --interval=30s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]

CMD ["sh", "-c", "handrail-ingest demo && exec handrail serve"]
