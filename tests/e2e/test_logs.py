"""CloudWatch Logs by boto3, by the aws command and as Terraform asks for it, against a served admin port."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.limen_process import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LimenProcess

NOW = int(time.time() * 1000)
AWS = str(Path(sys.executable).with_name("aws"))


@pytest.fixture(scope="module")
def client(limen: LimenProcess) -> Any:
    return limen.client("logs")


def fill(client: Any, group: str, *messages: str) -> None:
    client.create_log_group(logGroupName=group)
    client.create_log_stream(logGroupName=group, logStreamName="2026/11/26/[$LATEST]abc")
    client.put_log_events(
        logGroupName=group,
        logStreamName="2026/11/26/[$LATEST]abc",
        logEvents=[{"timestamp": NOW + index, "message": message} for index, message in enumerate(messages)],
    )


def aws(limen: LimenProcess, *arguments: str) -> Any:
    environment = limen.environment | {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": limen.admin_url,
        "AWS_CA_BUNDLE": str(limen.ca),
        "AWS_CONFIG_FILE": "none",
    }
    command = [AWS, "--output", "json", "logs", *arguments]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout) if finished.stdout.strip() else None


def test_events_are_put_and_read_by_an_sdk(client: Any):
    fill(client, "/boto3", "one", "two", "three")

    read = client.get_log_events(
        logGroupName="/boto3", logStreamName="2026/11/26/[$LATEST]abc", startFromHead=True, limit=2
    )
    found = client.get_paginator("filter_log_events").paginate(
        logGroupName="/boto3", filterPattern="?one ?three", PaginationConfig={"PageSize": 1}
    )

    assert [event["message"] for event in read["events"]] == ["one", "two"]
    assert [event["message"] for page in found for event in page["events"]] == ["one", "three"]
    streams = client.describe_log_streams(logGroupName="/boto3", orderBy="LastEventTime", descending=True)
    assert streams["logStreams"][0]["lastEventTimestamp"] == NOW + 2


def test_errors_are_those_of_the_service(client: Any):
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="The specified log group does not exist"):
        client.get_log_events(logGroupName="/none", logStreamName="s")
    client.create_log_group(logGroupName="/empty")
    with pytest.raises(client.exceptions.InvalidParameterException, match="space-delimited"):
        client.filter_log_events(logGroupName="/empty", filterPattern="[a, b]")
    with pytest.raises(ClientError, match="Limen does not implement StartQuery yet"):
        client.start_query(logGroupName="/none", startTime=1, endTime=2, queryString="fields @message")


def test_a_log_group_as_terraform_manages_it(client: Any):
    """aws_cloudwatch_log_group: create with tags, retention, read back until it is there, change, delete."""
    client.create_log_group(logGroupName="/tf", tags={"team": "a"}, logGroupClass="STANDARD")
    client.put_retention_policy(logGroupName="/tf", retentionInDays=14)
    (group,) = client.describe_log_groups(logGroupNamePrefix="/tf")["logGroups"]
    arn = group["logGroupArn"]
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "a"}
    client.tag_resource(resourceArn=arn, tags={"team": "b"})
    client.untag_resource(resourceArn=arn, tagKeys=["team"])
    client.delete_retention_policy(logGroupName="/tf")
    assert "retentionInDays" not in client.describe_log_groups(logGroupNamePrefix="/tf")["logGroups"][0]

    client.delete_log_group(logGroupName="/tf")

    assert client.describe_log_groups(logGroupNamePrefix="/tf")["logGroups"] == []


def test_the_aws_command_reads_logs(limen: LimenProcess, client: Any):
    fill(client, "/cli", '{"level": "INFO"}', '{"level": "ERROR"}')

    found = aws(limen, "filter-log-events", "--log-group-name", "/cli", "--filter-pattern", '{ $.level = "ERROR" }')

    assert [event["message"] for event in found["events"]] == ['{"level": "ERROR"}']
    listed = aws(limen, "describe-log-groups", "--log-group-name-pattern", "cli")
    assert [group["logGroupName"] for group in listed["logGroups"]] == ["/cli"]


def test_the_calls_of_aws_logs_tail_follow_a_group(client: Any):
    """As the second version of the aws command makes them: a page after the other, then again from the last time."""
    fill(client, "/tail", "one")
    seen = {}

    def look(start: int) -> None:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName="/tail", startTime=start, interleaved=True
        )
        seen.update({event["eventId"]: event["message"] for page in pages for event in page["events"]})

    look(NOW - 600_000)
    client.put_log_events(
        logGroupName="/tail",
        logStreamName="2026/11/26/[$LATEST]abc",
        logEvents=[{"timestamp": NOW, "message": "again"}, {"timestamp": NOW + 5, "message": "later"}],
    )
    look(NOW)

    assert list(seen.values()) == ["one", "again", "later"]


def test_the_limen_command_shows_a_group(limen: LimenProcess, client: Any):
    group = "/aws/lambda/shown"
    fill(client, group, "START RequestId: r1 Version: $LATEST\n", "hello\n", "END RequestId: r1\n", "after\n")

    shown = limen.command("logs", "shown", "--since", "1d", "--request-id", "r1").stdout
    as_json = limen.command("logs", group, "--since", "1d", "--filter", "hello", "--json").stdout

    assert [line.partition(" ")[2] for line in shown.splitlines()] == [
        "START RequestId: r1 Version: $LATEST",
        "hello",
        "END RequestId: r1",
    ]
    assert json.loads(as_json)["logStreamName"] == "2026/11/26/[$LATEST]abc"
    missing = limen.command("logs", "missing", check=False)
    assert (missing.returncode, missing.stderr) == (
        1,
        "limen: there is no function and no log group missing, or it logged nothing\n",
    )


def test_the_limen_command_follows_a_group(limen: LimenProcess, client: Any):
    fill(client, "/followed", "one")
    command = [str(Path(sys.executable).with_name("limen")), "logs", "/followed", "--since", "1d", "--follow"]
    with subprocess.Popen(
        command, env=limen.environment, cwd=limen.directory, stdout=subprocess.PIPE, text=True
    ) as following:
        try:
            assert following.stdout is not None
            assert following.stdout.readline().endswith(" one\n")
            client.put_log_events(
                logGroupName="/followed",
                logStreamName="2026/11/26/[$LATEST]abc",
                logEvents=[{"timestamp": NOW, "message": "late"}],
            )
            assert following.stdout.readline().endswith(" late\n")
        finally:
            following.terminate()
