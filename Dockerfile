# One image for agent, approver and applier; compose.yaml gives each a user and a home of its own.
FROM python:3.13-slim
WORKDIR /src
COPY . .
RUN pip install --no-cache-dir --constraint constraints.txt '.[approver,charts,postgres,slack]' && rm -rf /src
WORKDIR /home/tagwright
USER 10001
CMD ["tagwright", "--help"]
