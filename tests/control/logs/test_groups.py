"""Log groups, made or written to: listed, described, deleted."""

from tests.control.logs.conftest import Logs

G = "/aws/lambda/hello"


def names(answer: dict) -> list[str]:
    return [group["logGroupName"] for group in answer["logGroups"]]


def test_a_group_is_there_when_a_function_writes_to_it(logs: Logs):
    logs.write(G, "s", (1, "x"))

    (group,) = logs("DescribeLogGroups")["logGroups"]

    assert group["logGroupName"] == G
    assert group["arn"] == f"arn:aws:logs:us-east-1:000000000000:log-group:{G}:*"
    assert group["logGroupArn"] == f"arn:aws:logs:us-east-1:000000000000:log-group:{G}"
    assert group["creationTime"] > 0 and group["storedBytes"] > 0
    assert group["retentionInDays"] is None


def test_groups_are_made_once(logs: Logs):
    logs("CreateLogGroup", logGroupName="g", tags={"a": "b"})

    assert logs.refuses("CreateLogGroup", logGroupName="g") == (
        "ResourceAlreadyExistsException: The specified log group already exists"
    )
    assert "kmsKeyId" in logs.refuses("CreateLogGroup", logGroupName="h", kmsKeyId="key")


def test_groups_are_listed_by_prefix_pattern_and_page(logs: Logs):
    for name in ("/a/1", "/a/2", "/a/3", "b"):
        logs("CreateLogGroup", logGroupName=name)

    first = logs("DescribeLogGroups", logGroupNamePrefix="/a", limit=2)
    second = logs("DescribeLogGroups", logGroupNamePrefix="/a", limit=2, nextToken=first["nextToken"])

    assert (names(first), names(second), second["nextToken"]) == (["/a/1", "/a/2"], ["/a/3"], None)
    assert names(logs("DescribeLogGroups", logGroupNamePattern="2")) == ["/a/2"]
    assert names(logs("ListLogGroups", logGroupNamePattern="^/a")) == ["/a/1", "/a/2", "/a/3"]
    assert "mutually exclusive" in logs.refuses("DescribeLogGroups", logGroupNamePrefix="a", logGroupNamePattern="b")
    assert "nextToken" in logs.refuses("DescribeLogGroups", nextToken="no")
    assert "nextToken" in logs.refuses("DescribeLogGroups", nextToken="WzFd")


def test_a_group_goes_with_its_events(logs: Logs):
    logs.write(G, "s", (1, "x"))
    logs.write_text("access", "line\n")

    logs("DeleteLogGroup", logGroupName=G)
    logs("DeleteLogGroup", logGroupName="access")

    assert names(logs("DescribeLogGroups")) == []
    assert logs.refuses("DeleteLogGroup", logGroupName=G) == (
        "ResourceNotFoundException: The specified log group does not exist."
    )


def test_a_protected_group_stays(logs: Logs):
    logs("CreateLogGroup", logGroupName="g", deletionProtectionEnabled=True)
    assert "deletion protection" in logs.refuses("DeleteLogGroup", logGroupName="g")

    logs("PutLogGroupDeletionProtection", logGroupIdentifier="g", deletionProtectionEnabled=False)
    logs("DeleteLogGroup", logGroupName="g")


def test_a_retention_is_kept_and_taken_off(logs: Logs):
    logs.write(G, "s", (1, "x"))
    logs("PutRetentionPolicy", logGroupName=G, retentionInDays=7)
    assert logs("DescribeLogGroups")["logGroups"][0]["retentionInDays"] == 7
    assert "Value '8' at 'retentionInDays'" in logs.refuses("PutRetentionPolicy", logGroupName=G, retentionInDays=8)

    logs("DeleteRetentionPolicy", logGroupName=G)
    assert logs("DescribeLogGroups")["logGroups"][0]["retentionInDays"] is None


def test_a_group_is_named_or_identified(logs: Logs):
    logs.write(G, "s", (1, "x"))
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{G}"

    for identifier in (G, arn, arn + ":*"):
        assert len(logs("FilterLogEvents", logGroupIdentifier=identifier)["events"]) == 1
    assert "mutually exclusive" in logs.refuses("FilterLogEvents", logGroupIdentifier=G, logGroupName=G)
    assert "must be specified" in logs.refuses("FilterLogEvents")
    assert "does not exist" in logs.refuses("FilterLogEvents", logGroupIdentifier=arn.replace("us-east-1", "eu-west-1"))
    assert "not the ARN" in logs.refuses("FilterLogEvents", logGroupIdentifier="arn:aws:s3:::bucket")


def test_tags_by_arn_and_by_name(logs: Logs):
    logs("CreateLogGroup", logGroupName="g", tags={"a": "1"})
    arn = "arn:aws:logs:us-east-1:000000000000:log-group:g"

    logs("TagResource", resourceArn=arn, tags={"b": "2"})
    logs("TagLogGroup", logGroupName="g", tags={"c": "3"})
    assert logs("ListTagsForResource", resourceArn=arn)["tags"] == {"a": "1", "b": "2", "c": "3"}

    logs("UntagResource", resourceArn=arn, tagKeys=["a"])
    logs("UntagLogGroup", logGroupName="g", tags=["c"])
    assert logs("ListTagsLogGroup", logGroupName="g")["tags"] == {"b": "2"}
    assert logs.refuses("TagResource", resourceArn=arn, tags={str(n): "" for n in range(51)}).startswith("TooManyTags")
    assert "not the ARN" in logs.refuses("ListTagsForResource", resourceArn="g")
