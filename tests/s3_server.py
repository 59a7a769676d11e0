"""An S3 server: moto's, in a process of its own that answers on this machine alone."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic

import boto3
from botocore.client import BaseClient

from tests.ports import free_port

BUCKET = "backups"
REGION = "us-east-1"
# So many requests need no credentials: enough to make a bucket and a user, who then has some.
UNCHECKED = {"INITIAL_NO_AUTH_ACTION_COUNT": "5"}
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


@dataclass
class S3Server:
    url: str
    process: subprocess.Popen[bytes]
    key: str = "test"
    secret: str = "test"

    @property
    def environment(self) -> dict[str, str]:
        """Return what names this server, and the credentials for it, to obstore."""
        return {
            "AWS_ENDPOINT": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def client(self, service: str = "s3") -> BaseClient:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
        )

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(log: Path, *, checks_credentials: bool = False) -> Iterator[S3Server]:
    port = free_port()
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    extra = UNCHECKED if checks_credentials else {}
    with log.open("wb") as file:
        process = subprocess.Popen(words, stdout=file, stderr=file, env={**os.environ, **extra})
    server = S3Server(f"http://127.0.0.1:{port}", process)
    try:
        _wait(port, process)
        server.client().create_bucket(Bucket=BUCKET)
        if checks_credentials:
            _let_in(server)
        yield server
    finally:
        with suppress(ProcessLookupError):
            server.kill()


def _let_in(server: S3Server) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="workfleet")
    iam.put_user_policy(UserName="workfleet", PolicyName="all", PolicyDocument=POLICY)
    key = iam.create_access_key(UserName="workfleet")["AccessKey"]
    server.key, server.secret = key["AccessKeyId"], key["SecretAccessKey"]
    server.client().list_buckets()  # the last of those that need none


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = monotonic() + 60
    while monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        Event().wait(0.05)
    raise AssertionError("the S3 server did not come up")
