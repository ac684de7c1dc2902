"""moto's server as AWS, a Limen that calls it, and what tests need to exist there."""

import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.support.limen_process import LimenProcess
from tests.support.service_apis import ServiceApi


class Aws:
    """moto's server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.role = str(
            self.client("iam").create_role(RoleName="gateway", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        )

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Aws(f"http://{host}:{port}")
    server.stop()


@pytest.fixture(scope="session")
def limen(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    directory = tmp_path_factory.mktemp("limen")
    (directory / "objects").mkdir()
    (directory / "limen.toml").write_text(f'[aws]\nendpoint_url = "{aws.url}"\n[buckets]\nfiles = "objects"\n')
    running = LimenProcess(directory)
    yield running
    running.stop()


@pytest.fixture
def api(limen: LimenProcess, aws: Aws) -> ServiceApi:
    return ServiceApi(limen, aws.role)


@pytest.fixture
def queue(aws: Aws) -> Iterator[str]:
    sqs = aws.client("sqs")
    url = str(sqs.create_queue(QueueName="jobs")["QueueUrl"])
    yield url
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def table(aws: Aws) -> Iterator[str]:
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield "orders"
    dynamodb.delete_table(TableName="orders")


@pytest.fixture
def bucket(aws: Aws) -> Iterator[str]:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="pictures")
    yield "pictures"
    for item in s3.list_objects_v2(Bucket="pictures").get("Contents", []):
        s3.delete_object(Bucket="pictures", Key=item["Key"])
    s3.delete_bucket(Bucket="pictures")


def s3_proxy(limen: LimenProcess, role: str) -> ServiceApi:
    """The guide's tutorial "Create a REST API as an Amazon S3 proxy"."""
    api = ServiceApi(limen, role, binaryMediaTypes=["image/png"])
    folder = {"path.bucket": "method.request.path.folder"}
    item = {**folder, "path.object": "method.request.path.item"}
    typed = {"header.Content-Type": "method.request.header.Content-Type"}
    # Names of headers match by case, as on AWS; S3 itself sends Content-Type.
    answered = {"Content-Type": "integration.response.header.content-type"}
    declares = ["path.folder", "path.item", "header.Content-Type", "header.Accept"]
    common: dict[str, Any] = {
        "declares": declares,
        "response_headers": answered,
        "responses": {"": "200", "4\\d{2}": "400"},
    }
    api.add("GET", "/{folder}", "s3:path/{bucket}", backend_method="GET", parameters=folder, **common)
    uri = "s3:path/{bucket}/{object}"
    for method in ("GET", "DELETE"):
        api.add(method, "/{folder}/{item}", uri, backend_method=method, parameters=item, **common)
    api.add("PUT", "/{folder}/{item}", uri, backend_method="PUT", parameters={**item, **typed}, **common)
    return api
