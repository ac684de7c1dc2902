"""REST APIs in front of AWS services, served by moto: the calls of the guide's tutorials, from client to service."""

import json
from pathlib import Path

from tests.e2e.conftest import StartLimen
from tests.e2e.services.conftest import Aws, s3_proxy
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.service_apis import ServiceApi

JSON = {"Content-Type": "application/json"}
FORM = "'application/x-www-form-urlencoded'"
PNG = b"\x89PNG\r\n\x1a\n\x00\xff"


def messages(aws: Aws, queue: str) -> list[str]:
    received = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    return [message["Body"] for message in received.get("Messages", [])]


# --- queues and topics


def test_sqs_by_action_and_query_string(api: ServiceApi, aws: Aws, queue: str) -> None:
    parameters = {"querystring.QueueUrl": f"'{queue}'", "querystring.MessageBody": "method.request.querystring.text"}
    api.add("GET", "/jobs", "sqs:action/SendMessage", declares=["querystring.text"], parameters=parameters)

    answer = api.deploy().get("/prod/jobs?text=paint%20%26%20dry")

    assert answer.status == 200, answer
    assert b"<MessageId>" in answer.body
    assert messages(aws, queue) == ["paint & dry"]


def test_sqs_by_path_and_form(api: ServiceApi, aws: Aws, queue: str) -> None:
    template = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"
    api.add("POST", "/jobs", "sqs:path/123456789012/jobs", parameters={"header.Content-Type": FORM}, template=template)

    answer = api.deploy().send("POST", "/prod/jobs", JSON, b'{"job": "a&b=c"}')

    assert answer.status == 200, answer
    assert messages(aws, queue) == ['{"job": "a&b=c"}']


def test_sqs_by_its_json_protocol(api: ServiceApi, aws: Aws, queue: str) -> None:
    api.add(
        "POST",
        "/jobs",
        "sqs:path//",
        parameters={
            "header.Content-Type": "'application/x-amz-json-1.0'",
            "header.X-Amz-Target": "'AmazonSQS.SendMessage'",
        },
        template=f"""{{"QueueUrl": "{queue}", "MessageBody": "$util.escapeJavaScript($input.body)"}}""",
        response_template="""{"id": $input.json('$.MessageId')}""",
    )

    answer = api.deploy().send("POST", "/prod/jobs", JSON, b'{"n": 1}')

    assert (answer.status, list(answer.json)) == (200, ["id"])
    assert messages(aws, queue) == ['{"n": 1}']


def test_stage_variables_name_action_and_role(limen: LimenProcess, aws: Aws, queue: str) -> None:
    api = ServiceApi(limen, "arn:aws:iam::123456789012:${stageVariables.role}")
    api.add("GET", "/jobs", "sqs:${stageVariables.target}")

    answer = api.deploy(target="action/ListQueues", role="role/gateway").get("/prod/jobs")

    assert answer.status == 200, answer
    assert queue.encode() in answer.body


def test_sns_publishes_to_a_topic(api: ServiceApi, aws: Aws, queue: str) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:jobs")
    parameters = {"querystring.TopicArn": f"'{topic}'", "querystring.Message": "method.request.body"}
    api.add("POST", "/orders", "sns:action/Publish", parameters=parameters, template="#set($x = 1)")

    answer = api.deploy().send("POST", "/prod/orders", JSON, b"two chairs")

    assert answer.status == 200, answer
    assert [json.loads(message)["Message"] for message in messages(aws, queue)] == ["two chairs"]


# --- tables


PUT_ORDER = """
#set($order = $input.path('$'))
{"TableName": "orders", "Item": {"id": {"S": "$context.requestId"}, "what": {"S": "$order.what"}}}
"""
GET_ORDER = """{"TableName": "orders", "Key": {"id": {"S": "$input.params('id')"}}}"""
ORDER = """{"what": $input.json('$.Item.what.S')}"""


def test_dynamodb_puts_and_gets_an_item(api: ServiceApi, aws: Aws, table: str) -> None:
    api.add(
        "POST",
        "/orders",
        "dynamodb:action/PutItem",
        template=PUT_ORDER,
        response_template="""{"id": "$context.requestId"}""",
    )
    api.add("GET", "/orders/{id}", "dynamodb:action/GetItem", template=GET_ORDER, response_template=ORDER)
    caller = api.deploy()

    created = caller.send("POST", "/prod/orders", JSON, b'{"what": "chair"}')
    read = caller.get(f"/prod/orders/{created.json['id']}")

    assert (read.status, read.json) == (200, {"what": "chair"})
    assert [item["what"] for item in aws.client("dynamodb").scan(TableName=table)["Items"]] == [{"S": "chair"}]


def test_an_error_of_a_service_is_selected_by_its_status(api: ServiceApi) -> None:
    api.add("GET", "/{id}", "dynamodb:action/GetItem", template=GET_ORDER, responses={"": "200", "4\\d{2}": "404"})

    answer = api.deploy().get("/prod/1")

    assert answer.status == 404
    assert answer.json["__type"].endswith("#ResourceNotFoundException")


def test_a_test_invocation_shows_the_request_and_hides_its_signature(api: ServiceApi, table: str) -> None:
    api.add("GET", "/{id}", "dynamodb:action/GetItem", template=GET_ORDER)

    tested = api.test("GET", "/{id}", "/7")

    assert (tested["status"], tested["body"]) == (200, "{}")
    assert "X-Amz-Target=DynamoDB_20120810.GetItem" in tested["log"]
    assert "Content-Type=application/x-amz-json-1.0" in tested["log"]
    assert '"Key": {"id": {"S": "7"}}' in tested["log"]
    assert "Authorization=***" in tested["log"]
    assert "X-Amz-Security-Token=***" in tested["log"]


# --- objects


def test_s3_stores_lists_and_gives_back_an_object(limen: LimenProcess, aws: Aws, bucket: str) -> None:
    caller = s3_proxy(limen, aws.role).deploy()

    put = caller.send("PUT", "/prod/pictures/notes%2Fread%20me.txt", {"Content-Type": "text/plain"}, b"Hello, World!")
    listed = caller.get("/prod/pictures")
    got = caller.get("/prod/pictures/notes%2Fread%20me.txt")
    missing = caller.get("/prod/pictures/other.txt")

    assert put.status == 200, put
    assert b"<Key>notes/read me.txt</Key>" in listed.body
    assert (got.status, got.body, got.header("Content-Type")) == (200, b"Hello, World!", "text/plain")
    assert missing.status == 400
    assert b"<Code>NoSuchKey</Code>" in missing.body


def test_s3_keeps_binary_objects_as_they_are(limen: LimenProcess, aws: Aws, bucket: str) -> None:
    caller = s3_proxy(limen, aws.role).deploy()

    put = caller.send("PUT", "/prod/pictures/a.png", {"Content-Type": "image/png"}, PNG)
    got = caller.get("/prod/pictures/a.png", Accept="image/png")

    assert put.status == 200, put
    assert aws.client("s3").get_object(Bucket=bucket, Key="a.png")["Body"].read() == PNG
    assert (got.status, got.body) == (200, PNG)


# --- events, executions, streams


def test_step_functions_start_an_execution(api: ServiceApi, aws: Aws) -> None:
    states = aws.client("stepfunctions")
    machine = states.create_state_machine(
        name="orders",
        definition='{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}',
        roleArn=aws.role,
    )["stateMachineArn"]
    template = f"""{{"input": "$util.escapeJavaScript($input.json('$'))", "stateMachineArn": "{machine}"}}"""
    api.add("POST", "/orders", "states:action/StartExecution", template=template)

    answer = api.deploy().send("POST", "/prod/orders", JSON, b'{"what": "chair"}')

    assert answer.status == 200, answer
    execution = states.describe_execution(executionArn=answer.json["executionArn"])
    assert json.loads(execution["input"]) == {"what": "chair"}


PUT_EVENT = """
#set($context.requestOverride.header.X-Amz-Target = "AWSEvents.PutEvents")
#set($context.requestOverride.header.Content-Type = "application/x-amz-json-1.1")
{"Entries": [{"Source": "orders", "DetailType": "ordered", "Detail": "$util.escapeJavaScript($input.json('$'))"}]}
"""


def test_eventbridge_takes_an_event(api: ServiceApi, aws: Aws, queue: str) -> None:
    events = aws.client("events")
    events.put_rule(Name="orders", EventPattern='{"source": ["orders"]}')
    events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:jobs"}])
    api.add("POST", "/orders", "events:action/PutEvents", template=PUT_EVENT)

    answer = api.deploy().send("POST", "/prod/orders", JSON, b'{"what": "chair"}')

    assert (answer.status, answer.json["FailedEntryCount"]) == (200, 0)
    assert [json.loads(message)["detail"] for message in messages(aws, queue)] == [{"what": "chair"}]


PUT_RECORD = """{
    "StreamName": "$input.params('stream-name')",
    "Data": "$util.base64Encode($input.json('$.Data'))",
    "PartitionKey": "$input.path('$.PartitionKey')"
}"""


def test_kinesis_lists_streams_and_takes_a_record(api: ServiceApi, aws: Aws) -> None:
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    typed = {"header.Content-Type": "'application/x-amz-json-1.1'"}
    api.add("GET", "/streams", "kinesis:action/ListStreams", parameters=typed, template="{}")
    api.add("PUT", "/streams/{stream-name}/record", "kinesis:action/PutRecord", parameters=typed, template=PUT_RECORD)
    caller = api.deploy()

    listed = caller.get("/prod/streams")
    put = caller.send("PUT", "/prod/streams/orders/record", JSON, b'{"Data": "some data", "PartitionKey": "p"}')

    assert listed.json["StreamNames"] == ["orders"]
    assert put.status == 200, put
    iterator = kinesis.get_shard_iterator(
        StreamName="orders", ShardId=put.json["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert [record["Data"] for record in kinesis.get_records(ShardIterator=iterator)["Records"]] == [b'"some data"']


# --- settings


def test_without_a_setting_the_log_names_it(start_limen: StartLimen) -> None:
    limen = start_limen()
    api = ServiceApi(limen, "arn:aws:iam::123456789012:role/gateway")
    api.add("GET", "/", "sqs:action/ListQueues")

    answer = api.deploy().get("/prod/")

    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})
    said = "AWS integration sqs:ListQueues: no setting says where or as whom to call it: "
    wait_until(lambda: f"{said}set LIMEN_AWS_ENDPOINT_URL_SQS or [aws] profile" in limen.log, 5, lambda: limen.log)


def test_a_profile_that_is_not_there_is_named(start_limen: StartLimen, tmp_path: Path) -> None:
    (tmp_path / "limen.toml").write_text('[aws]\nprofile = "staging-of-nobody"\n')
    limen = start_limen()
    api = ServiceApi(limen, "arn:aws:iam::123456789012:role/gateway")
    api.add("GET", "/", "sqs:action/ListQueues")

    answer = api.deploy().get("/prod/")

    assert answer.status == 500
    said = (
        "no credentials of [aws] profile 'staging-of-nobody': The config profile (staging-of-nobody) could not be found"
    )
    wait_until(lambda: said in limen.log, 5, lambda: limen.log)


def test_a_role_that_cannot_be_assumed_is_refused(start_limen: StartLimen, tmp_path: Path, aws: Aws) -> None:
    (tmp_path / "limen.toml").write_text(f'[aws.endpoints]\nsqs = "{aws.url}"\nsts = "http://127.0.0.1:9"\n')
    limen = start_limen()
    api = ServiceApi(limen, aws.role)
    api.add("GET", "/", "sqs:action/ListQueues")

    answer = api.deploy().get("/prod/")

    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})
    said = f"API Gateway does not have permission to assume the provided role {aws.role}: http://127.0.0.1:9: "
    wait_until(lambda: said in limen.log, 5, lambda: limen.log)


def test_an_access_log_tells_how_the_service_names_the_request(
    api: ServiceApi, limen: LimenProcess, queue: str
) -> None:
    api.add("GET", "/jobs", "sqs:action/ListQueues")
    caller = api.deploy()
    client = limen.client("apigateway")
    settings = {
        "destinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:services",
        "format": "$context.requestId $context.awsEndpointRequestId $context.integration.requestId",
    }
    patches = [{"op": "replace", "path": f"/accessLogSettings/{name}", "value": settings[name]} for name in settings]
    client.update_stage(restApiId=api.id, stageName="prod", patchOperations=patches)

    own_id = caller.get("/prod/jobs").header("x-amzn-requestid")

    log = limen.data_directory / "logs" / "services.log"
    wait_until(lambda: log.exists() and str(own_id) in log.read_text(), 5, lambda: limen.log)
    requested, of_endpoint, of_integration = log.read_text().splitlines()[-1].split()
    assert requested == own_id
    assert of_endpoint == of_integration
    assert of_endpoint not in (own_id, "-")
