# The three images of Model Monitor:
#
#   docker build --target operator -t registry.example/model-monitor-operator:0.1.0 .
#   docker build --target analyzer -t registry.example/model-monitor-analyzer:0.1.0 .
#   docker build --target capture -t registry.example/model-monitor-capture:0.1.0 .
#
# All run as any user, with a read-only root file system and a writable /tmp. A release pins the base by digest:
#
#   --build-arg PYTHON=docker.io/library/python:3.11-slim-bookworm@sha256:… --build-arg RUST=…
ARG PYTHON=docker.io/library/python:3.11-slim-bookworm
ARG RUST=docker.io/library/rust:1-slim-bookworm

FROM ${PYTHON} AS wheel
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY requirements/build.txt requirements/
RUN pip install --require-hashes --only-binary :all: -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY api api
COPY operator operator
COPY analyzer analyzer
COPY capture capture
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

# What Envoy loads: made for a C library no newer than that of Envoy's own image.
FROM ${RUST} AS filter
WORKDIR /source
COPY tools/build-filter.sh tools/
COPY capture/filter capture/filter
RUN tools/build-filter.sh /libmodel_monitor_capture.so

FROM ${PYTHON} AS environment
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_PYTHON=/opt/model-monitor/bin/python
RUN python -m venv --without-pip /opt/model-monitor

FROM environment AS operator-environment
COPY requirements/operator.txt /requirements/
RUN pip install --require-hashes --no-deps --only-binary :all: -r /requirements/operator.txt
COPY --from=wheel /wheels /wheels
RUN pip install --no-deps --no-index /wheels/*.whl

FROM environment AS analyzer-environment
COPY requirements/analyzer.txt /requirements/
RUN pip install --require-hashes --no-deps --only-binary :all: -r /requirements/analyzer.txt
COPY --from=wheel /wheels /wheels
RUN pip install --no-deps --no-index /wheels/*.whl
RUN /opt/model-monitor/bin/python -c "from model_monitor_analyzer.report.page import compile_templates as c; c()"

FROM environment AS capture-environment
COPY requirements/capture.txt /requirements/
RUN pip install --require-hashes --no-deps --only-binary :all: -r /requirements/capture.txt
COPY --from=wheel /wheels /wheels
RUN pip install --no-deps --no-index /wheels/*.whl

# Nothing that installs, nothing that compiles.
FROM ${PYTHON} AS base
RUN rm -rf /usr/local/lib/python3*/site-packages/* /usr/local/lib/python3*/ensurepip /usr/local/bin/pip*
ENV PATH=/opt/model-monitor/bin:/usr/local/bin:/usr/bin:/bin HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
COPY LICENSE /licenses/
WORKDIR /
USER 65532:65532
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

FROM base AS analyzer
LABEL org.opencontainers.image.title="model-monitor-analyzer" \
      org.opencontainers.image.description="Analyses windows of a model's traffic; runs in Jobs"
COPY --from=analyzer-environment /opt/model-monitor /opt/model-monitor
ENTRYPOINT ["model-monitor"]

FROM base AS capture
LABEL org.opencontainers.image.title="model-monitor-capture" \
      org.opencontainers.image.description="Brings records of captured traffic into the store; runs beside Envoy"
COPY --from=capture-environment /opt/model-monitor /opt/model-monitor
COPY --from=filter /libmodel_monitor_capture.so /opt/model-monitor/lib/
ENTRYPOINT ["model-monitor-shipper"]

FROM base AS operator
LABEL org.opencontainers.image.title="model-monitor-operator" \
      org.opencontainers.image.description="Makes Jobs of monitoring schedules and tells what they found"
COPY --from=operator-environment /opt/model-monitor /opt/model-monitor
ENTRYPOINT ["model-monitor-operator"]
