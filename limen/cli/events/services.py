"""Events of other services: queues, topics, buckets, tables, streams, buses, schedules. `--body` is what they carry."""

import json
from base64 import b64encode
from hashlib import md5
from typing import Any

from limen.cli.events.choice import ACCOUNT, Choice

_MESSAGE = '{"hello": "world"}'


def sqs(choice: Choice) -> dict[str, Any]:
    body = _body(choice)
    record = {
        "messageId": choice.request_id,
        "receiptHandle": "AQEBexample",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(choice.epoch_ms),
            "SenderId": ACCOUNT,
            "ApproximateFirstReceiveTimestamp": str(choice.epoch_ms + 1),
        },
        "messageAttributes": {},
        "md5OfBody": md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": choice.arn("sqs", "my-queue"),
        "awsRegion": choice.region,
    }
    return {"Records": [record]}


def sns(choice: Choice) -> dict[str, Any]:
    topic = choice.arn("sns", "my-topic")
    base = f"https://sns.{choice.region}.amazonaws.com"
    message = {
        "SignatureVersion": "1",
        "Timestamp": choice.iso(),
        "Signature": "EXAMPLE",
        "SigningCertUrl": f"{base}/SimpleNotificationService-example.pem",
        "MessageId": choice.request_id,
        "Message": _body(choice),
        "MessageAttributes": {},
        "Type": "Notification",
        "UnsubscribeUrl": f"{base}/?Action=Unsubscribe&SubscriptionArn={topic}:example",
        "TopicArn": topic,
        "Subject": "example",
    }
    record = {
        "EventVersion": "1.0",
        "EventSubscriptionArn": f"{topic}:{choice.request_id}",
        "EventSource": "aws:sns",
        "Sns": message,
    }
    return {"Records": [record]}


def s3(choice: Choice) -> dict[str, Any]:
    """The key of the object is `--path`."""
    body = _body(choice).encode()
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": choice.region,
        "eventTime": choice.iso(),
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:EXAMPLE"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {"x-amz-request-id": "EXAMPLE123456789", "x-amz-id-2": "example"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "example",
            "bucket": {
                "name": "my-bucket",
                "ownerIdentity": {"principalId": "EXAMPLE"},
                "arn": "arn:aws:s3:::my-bucket",
            },
            "object": {
                "key": choice.path.lstrip("/") or "example.json",
                "size": len(body),
                "eTag": md5(body, usedforsecurity=False).hexdigest(),
                "sequencer": "0A1B2C3D4E5F678901",
            },
        },
    }
    return {"Records": [record]}


def dynamodb(choice: Choice) -> dict[str, Any]:
    stamp = choice.iso()[:23]
    record = {
        "eventID": choice.request_id.replace("-", ""),
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": choice.region,
        "dynamodb": {
            "ApproximateCreationDateTime": int(choice.now.timestamp()),
            "Keys": {"Id": {"N": "101"}},
            "NewImage": {"Id": {"N": "101"}, "Message": {"S": _body(choice)}},
            "SequenceNumber": "111",
            "SizeBytes": 26,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": choice.arn("dynamodb", f"table/my-table/stream/{stamp}"),
    }
    return {"Records": [record]}


def kinesis(choice: Choice) -> dict[str, Any]:
    sequence = "49590338271490256608559692538361571095921575989136588898"
    record = {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "1",
            "sequenceNumber": sequence,
            "data": b64encode(_body(choice).encode()).decode(),
            "approximateArrivalTimestamp": round(choice.now.timestamp(), 3),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000006:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/lambda-role",
        "awsRegion": choice.region,
        "eventSourceARN": choice.arn("kinesis", "stream/my-stream"),
    }
    return {"Records": [record]}


def eventbridge(choice: Choice) -> dict[str, Any]:
    """`--body`, where it is JSON, is the detail."""
    try:
        detail = json.loads(_body(choice))
    except ValueError:
        detail = {"body": choice.body}
    return _bus_event(choice, "my.application", "Example", [], detail)


def scheduled(choice: Choice) -> dict[str, Any]:
    return _bus_event(choice, "aws.events", "Scheduled Event", [choice.arn("events", "rule/my-schedule")], {})


def _bus_event(choice: Choice, source: str, kind: str, resources: list[str], detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": choice.request_id,
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "time": choice.iso("seconds"),
        "region": choice.region,
        "resources": resources,
        "detail": detail,
    }


def _body(choice: Choice) -> str:
    return _MESSAGE if choice.body is None else choice.body
