"""Log streams: listed by name or by their last event, made, deleted."""

from tests.control.logs.conftest import Logs


def names(answer: dict) -> list[str]:
    return [stream["logStreamName"] for stream in answer["logStreams"]]


def test_streams_in_the_order_asked_for(logs: Logs):
    logs.write("g", "a", (30, "x"), (10, "y"))
    logs.write("g", "b", (20, "x"))
    logs("CreateLogStream", logGroupName="g", logStreamName="c")

    assert names(logs("DescribeLogStreams", logGroupName="g")) == ["a", "b", "c"]
    assert names(logs("DescribeLogStreams", logGroupName="g", descending=True)) == ["c", "b", "a"]
    assert names(logs("DescribeLogStreams", logGroupName="g", orderBy="LastEventTime")) == ["c", "b", "a"]
    assert names(logs("DescribeLogStreams", logGroupName="g", orderBy="LastEventTime", descending=True)) == [
        "a",
        "b",
        "c",
    ]
    assert names(logs("DescribeLogStreams", logGroupName="g", logStreamNamePrefix="b")) == ["b"]
    assert "LastEventTime" in logs.refuses(
        "DescribeLogStreams", logGroupName="g", logStreamNamePrefix="b", orderBy="LastEventTime"
    )


def test_a_stream_tells_its_times(logs: Logs):
    logs.write("g", "a", (30, "x"), (10, "y"))

    (stream,) = logs("DescribeLogStreams", logGroupName="g")["logStreams"]

    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (10, 30)
    assert stream["arn"] == "arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:a"
    assert stream["lastIngestionTime"] > 0 and stream["creationTime"] > 0


def test_streams_in_pages(logs: Logs):
    for name in "abc":
        logs.write("g", name, (1, "x"))
    first = logs("DescribeLogStreams", logGroupName="g", descending=True, limit=2)
    second = logs("DescribeLogStreams", logGroupName="g", descending=True, limit=2, nextToken=first["nextToken"])

    assert (names(first), names(second), second["nextToken"]) == (["c", "b"], ["a"], None)


def test_a_stream_is_made_once_and_deleted(logs: Logs):
    logs("CreateLogGroup", logGroupName="g")
    logs("CreateLogStream", logGroupName="g", logStreamName="s")
    assert "already exists" in logs.refuses("CreateLogStream", logGroupName="g", logStreamName="s")

    logs("DeleteLogStream", logGroupName="g", logStreamName="s")
    assert logs.refuses("DeleteLogStream", logGroupName="g", logStreamName="s") == (
        "ResourceNotFoundException: The specified log stream does not exist."
    )


def test_a_file_of_a_gateway_is_a_group_with_one_stream(logs: Logs):
    logs.write_text("access", "2026-11-26T10:00:00Z GET /\n")

    assert names(logs("DescribeLogStreams", logGroupName="access")) == ["lines"]
    assert "gateway" in logs.refuses("DeleteLogStream", logGroupName="access", logStreamName="lines")
