# One image for agent, approver, applier and MCP server; compose.yaml gives each a user and a home of
# its own, and a root that cannot be written to. Of the sources only the wheel gets into it.
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    --mount=type=bind,source=constraints.txt,target=/constraints.txt \
    pip install --no-cache-dir --no-compile --constraint /constraints.txt \
    "$(ls /wheels/tagwright-*.whl)[approver,charts,postgres,slack]"
WORKDIR /home/tagwright
USER 10001
CMD ["tagwright", "--help"]
