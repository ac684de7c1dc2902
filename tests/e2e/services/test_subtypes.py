"""HTTP APIs in front of AWS services: integration subtypes against moto's server, AppConfig against a stand-in.

StepFunctions-StartSyncExecution alone is not here, which moto lacks: tests/integrations/subtypes has it.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import StartLimen
from tests.e2e.services.conftest import Aws
from tests.support.appconfig_peer import AppConfigPeer
from tests.support.client import Answer
from tests.support.limen_process import LimenProcess, wait_until


class SubtypeApi:
    """One HTTP API with a route for each subtype that a test needs."""

    def __init__(self, limen: LimenProcess, role: str) -> None:
        self._client = limen.client()
        self._role = role
        api = self._client.create_api(Name="services", ProtocolType="HTTP")
        self.id = str(api["ApiId"])
        self._client.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        self.caller = limen.caller(self.id)

    def add(self, route_key: str, subtype: str, parameters: dict[str, str], **members: Any) -> None:
        made = self._client.create_integration(
            ApiId=self.id,
            IntegrationType="AWS_PROXY",
            IntegrationSubtype=subtype,
            PayloadFormatVersion="1.0",
            CredentialsArn=self._role,
            RequestParameters=parameters,
            **members,
        )
        self._client.create_route(ApiId=self.id, RouteKey=route_key, Target=f"integrations/{made['IntegrationId']}")

    def post(self, path: str, content: Any, **headers: str) -> Answer:
        return self.caller.send(
            "POST", path, {"Content-Type": "application/json", **headers}, json.dumps(content).encode()
        )


@pytest.fixture
def http_api(limen: LimenProcess, aws: Aws) -> SubtypeApi:
    return SubtypeApi(limen, aws.role)


def test_a_queue_is_filled_read_and_emptied(http_api: SubtypeApi, aws: Aws, queue: str) -> None:
    attributes = '{"kind": {"DataType": "String", "StringValue": "${request.header.x-kind}"}}'
    http_api.add(
        "POST /jobs",
        "SQS-SendMessage",
        {"QueueUrl": queue, "MessageBody": "$request.body.message", "MessageAttributes": attributes},
    )
    http_api.add(
        "GET /jobs",
        "SQS-ReceiveMessage",
        {
            "QueueUrl": queue,
            "MaxNumberOfMessages": "$request.querystring.most",
            "MessageAttributeNames": "All",
            "AttributeNames": "SentTimestamp,SenderId",
        },
    )
    http_api.add(
        "DELETE /jobs/{handle}", "SQS-DeleteMessage", {"QueueUrl": queue, "ReceiptHandle": "$request.path.handle"}
    )
    http_api.add("DELETE /jobs", "SQS-PurgeQueue", {"QueueUrl": queue})

    sent = http_api.post("/jobs", {"message": "paint & dry"}, **{"X-Kind": "wood, glue"})
    received = http_api.caller.get("/jobs?most=3")
    handle = received.body.partition(b"<ReceiptHandle>")[2].partition(b"</")[0].decode().strip()
    deleted = http_api.caller.send("DELETE", f"/jobs/{handle}")
    purged = http_api.caller.send("DELETE", "/jobs")

    assert (sent.status, sent.header("content-type")) == (200, "text/xml"), sent
    assert b"<SendMessageResponse" in sent.body
    for part in (b"paint &amp; dry", b"wood, glue", b"<Name>SentTimestamp</Name>"):
        assert part in received.body, received
    assert (deleted.status, purged.status) == (200, 200), (deleted, purged)
    assert "Messages" not in aws.client("sqs").receive_message(QueueUrl=queue)


def test_the_clients_mistake_is_told_in_the_access_log(http_api: SubtypeApi, queue: str) -> None:
    http_api.add("POST /jobs", "SQS-SendMessage", {"QueueUrl": queue, "MessageBody": "$request.body.message"})

    answer = http_api.post("/jobs", {"other": 1})

    assert (answer.status, answer.json) == (400, {"message": "Bad Request"})


def test_a_queue_that_is_not_there_answers_for_itself(http_api: SubtypeApi, aws: Aws) -> None:
    http_api.add("POST /jobs", "SQS-SendMessage", {"QueueUrl": f"{aws.url}/123456789012/gone", "MessageBody": "x"})

    answer = http_api.post("/jobs", {})

    assert answer.status == 400
    assert b"NonExistentQueue" in answer.body


def test_an_event_reaches_its_rule(http_api: SubtypeApi, aws: Aws, queue: str) -> None:
    events = aws.client("events")
    events.put_rule(Name="by-subtype", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="by-subtype", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:jobs"}])
    http_api.add(
        "POST /orders",
        "EventBridge-PutEvents",
        {
            "Source": "shop",
            "DetailType": "$request.header.x-kind",
            "Detail": "$request.body",
            "Time": "$context.requestTimeEpoch",
            "Resources": "$request.querystring.arn",
        },
    )

    answer = http_api.post("/orders?arn=arn:a&arn=arn:b", {"what": "chair"}, **{"X-Kind": "ordered"})

    assert (answer.status, answer.json["FailedEntryCount"]) == (200, 0), answer
    (message,) = aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    event = json.loads(message["Body"])
    assert (event["detail"], event["detail-type"]) == ({"what": "chair"}, "ordered")
    assert event["resources"] == ["arn:a", "arn:b"]


def test_a_stream_takes_a_record(http_api: SubtypeApi, aws: Aws) -> None:
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="by-subtype", ShardCount=1)
    http_api.add(
        "POST /records/{key}",
        "Kinesis-PutRecord",
        {"StreamName": "by-subtype", "Data": "$request.body.data", "PartitionKey": "$request.path.key"},
    )

    answer = http_api.post("/records/p1", {"data": base64.b64encode(b"raw \xff").decode()})

    assert answer.status == 200, answer
    shard = answer.json["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName="by-subtype", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    (record,) = kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert (record["Data"], record["PartitionKey"]) == (b"raw \xff", "p1")


def test_executions_start_and_stop(http_api: SubtypeApi, aws: Aws) -> None:
    states = aws.client("stepfunctions")
    machine = states.create_state_machine(
        name="by-subtype",
        definition='{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}',
        roleArn=aws.role,
    )["stateMachineArn"]
    execution = {"StateMachineArn": machine, "Input": "$request.body", "Name": "$request.header.x-name"}
    http_api.add("POST /start", "StepFunctions-StartExecution", execution)
    http_api.add(
        "POST /stop",
        "StepFunctions-StopExecution",
        {"ExecutionArn": "$request.body.arn", "Cause": "$request.body.cause"},
    )

    started = http_api.post("/start", {"what": "chair"}, **{"X-Name": "first"})
    arn = started.json["executionArn"]
    stopped = http_api.post("/stop", {"arn": arn, "cause": "enough"})

    assert (started.status, stopped.status) == (200, 200), (started, stopped)
    assert json.loads(states.describe_execution(executionArn=arn)["input"]) == {"what": "chair"}


@pytest.fixture(scope="module")
def appconfig() -> Iterator[AppConfigPeer]:
    peer = AppConfigPeer()
    yield peer
    peer.close()


def test_a_configuration_is_read(start_limen: StartLimen, tmp_path: Path, appconfig: AppConfigPeer) -> None:
    (tmp_path / "limen.toml").write_text(f'[aws.endpoints]\nappconfig = "{appconfig.url}"\n')
    api = SubtypeApi(start_limen(), "arn:aws:iam::123456789012:role/gateway")
    appconfig.configurations["shop", "pro d", "limits"] = ("3", "application/json", b'{"most": 7}')
    api.add(
        "GET /limits/{environment}",
        "AppConfig-GetConfiguration",
        {
            "Application": "shop",
            "Environment": "$request.path.environment",
            "Configuration": "limits",
            "ClientId": "$request.header.x-client",
            "ClientConfigurationVersion": "$request.querystring.version",
        },
    )

    read = api.caller.get("/limits/pro%20d", **{"X-Client": "me"})
    same = api.caller.get("/limits/pro%20d?version=3", **{"X-Client": "me"})
    gone = api.caller.get("/limits/elsewhere", **{"X-Client": "me"})

    assert (read.status, read.json, read.header("configuration-version")) == (200, {"most": 7}, "3"), read
    assert (same.status, same.body) == (200, b"")
    assert (gone.status, gone.header("x-amzn-errortype")) == (404, "ResourceNotFoundException")
    assert appconfig.clients == ["me"] * 3


def test_a_role_that_cannot_be_assumed_is_told(start_limen: StartLimen, tmp_path: Path, aws: Aws) -> None:
    (tmp_path / "limen.toml").write_text(f'[aws.endpoints]\nsqs = "{aws.url}"\nsts = "http://127.0.0.1:9"\n')
    limen = start_limen()
    api = SubtypeApi(limen, aws.role)
    api.add("POST /jobs", "SQS-SendMessage", {"QueueUrl": "q", "MessageBody": "x"})

    answer = api.post("/jobs", {})

    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
    said = f"API Gateway does not have permission to assume the provided role {aws.role}"
    wait_until(lambda: said in limen.log, 5, lambda: limen.log)


OPENAPI = """
openapi: 3.0.1
info: {title: jobs, version: "1"}
paths:
  /jobs:
    post:
      responses: {default: {description: from the queue}}
      x-amazon-apigateway-integration:
        type: aws_proxy
        integrationSubtype: SQS-SendMessage
        credentials: arn:aws:iam::123456789012:role/gateway
        requestParameters: {QueueUrl: QUEUE, MessageBody: $request.body}
        payloadFormatVersion: "1.0"
"""


def test_a_file_with_a_subtype_is_served(start_limen: StartLimen, tmp_path: Path, aws: Aws, queue: str) -> None:
    (tmp_path / "limen.toml").write_text(f'[aws]\nendpoint_url = "{aws.url}"\n')
    (tmp_path / "jobs.yaml").write_text(OPENAPI.replace("QUEUE", queue))
    limen = start_limen("jobs.yaml")
    checked = limen.command("check", "jobs.yaml", check=False)
    exported = limen.client().export_api(
        ApiId=limen.client().get_apis()["Items"][0]["ApiId"], OutputType="JSON", Specification="OAS30"
    )

    answer = limen.caller().send("POST", "/jobs", {"Content-Type": "text/plain"}, b"from a file")

    assert answer.status == 200, answer
    assert aws.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "from a file"
    assert checked.returncode == 0, checked.stdout
    assert "not served" not in checked.stdout
    assert b'"integrationSubtype": "SQS-SendMessage"' in exported["body"].read()
