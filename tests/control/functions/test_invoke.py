"""Invoke as boto3 sees it: real SDK, real server, a peer in the place of the functions host."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from limen.aws.call import AwsCall
from limen.aws.credentials import StaticCredentials
from limen.aws.serialise import Answer
from limen.aws.server import AwsApi
from limen.control.functions import host_client
from limen.control.functions.host_client import HostClient
from limen.control.functions.host_request import HostRequest
from limen.control.invoke import make_invoke
from tests.aws.conftest import serving
from tests.control.functions.conftest import ACCOUNT, ARN, Lambda
from tests.support.event_frames import event_frame
from tests.support.host_peer import InvokePeer, chunked, response


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[InvokePeer]:
    running = InvokePeer(tmp_path / "functions.sock")
    yield running
    running.close()


@pytest.fixture
def client(functions: Lambda, tmp_path: Path) -> Iterator[Any]:
    host = HostClient(tmp_path / "functions.sock")
    invoke = make_invoke(functions.store, functions.settings)

    async def invoke_or_forward(call: AwsCall) -> dict[str, Any] | Answer:
        answer = invoke(call)
        return await host.send(answer) if isinstance(answer, HostRequest) else answer  # type: ignore[return-value]

    api = AwsApi(["lambda"], StaticCredentials({"key": "secret"}), invoke_or_forward, account=ACCOUNT)
    with serving(api) as url:
        yield boto3.client(
            "lambda",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            config=Config(retries={"total_max_attempts": 1}),
        )


def test_an_invocation_goes_to_the_host_and_its_answer_comes_back(
    functions: Lambda, client: Any, peer: InvokePeer
) -> None:
    functions.create(Publish=True)
    peer.answer = [
        response(
            200,
            b"\x00 any bytes",
            Content_Type="application/json",
            X_Amz_Executed_Version="1",
            X_Amz_Function_Error="Unhandled",
            X_Amz_Log_Result="bG9n",
            x_amzn_RequestId="the-id-in-the-log",
        )
    ]
    answer = client.invoke(FunctionName="hello:1", Payload=b'{"a":1}', LogType="Tail", ClientContext="e30=")

    assert answer["Payload"].read() == b"\x00 any bytes"
    told = [answer[name] for name in ("StatusCode", "ExecutedVersion", "FunctionError", "LogResult")]
    assert told == [200, "1", "Unhandled", "bG9n"]
    assert answer["ResponseMetadata"]["RequestId"] == "the-id-in-the-log"
    (invoked,) = peer.invoked
    escaped = f"{ARN}:hello:1".replace(":", "%3A")
    assert invoked.target == f"/2015-03-31/functions/{escaped}/invocations"
    assert invoked.body == b'{"a":1}'
    trace = invoked.headers.pop("x-amzn-trace-id")
    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", trace)
    assert {name: value for name, value in invoked.headers.items() if name.startswith("x-")} == {
        "x-amz-log-type": "Tail",
        "x-amz-client-context": "e30=",
    }


@pytest.mark.parametrize(("kind", "status"), [("Event", 202), ("DryRun", 204)])
def test_events_and_dry_runs_have_their_own_status(
    functions: Lambda, client: Any, peer: InvokePeer, kind: str, status: int
) -> None:
    functions.create()
    peer.answer = [response(status, b"")]
    answer = client.invoke(FunctionName="hello", InvocationType=kind)
    assert (answer["StatusCode"], answer["Payload"].read()) == (status, b"")
    assert peer.invoked[0].headers["x-amz-invocation-type"] == kind


def test_the_deprecated_form_is_an_event(functions: Lambda, client: Any, peer: InvokePeer) -> None:
    functions.create()
    peer.answer = [response(202, b"")]
    assert client.invoke_async(FunctionName="hello", InvokeArgs=io.BytesIO(b"{}"))["Status"] == 202
    assert peer.invoked[0].headers["x-amz-invocation-type"] == "Event"
    with pytest.raises(ClientError, match="InvalidRequestContentException"):
        client.invoke_async(FunctionName="hello", InvokeArgs=io.BytesIO(b"no json"))


def test_errors_of_the_host_are_errors_of_the_call(functions: Lambda, client: Any, peer: InvokePeer) -> None:
    functions.create()
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    body = b'{"Type":"User","message":"Rate Exceeded.","Reason":"' + reason.encode() + b'"}'
    peer.answer = [response(429, body, x_amzn_ErrorType="TooManyRequestsException")]
    with pytest.raises(client.exceptions.TooManyRequestsException) as raised:
        client.invoke(FunctionName="hello")
    assert raised.value.response["Error"]["Message"] == "Rate Exceeded."
    assert raised.value.response["Reason"] == reason


def test_a_large_payload_goes_through_whole(functions: Lambda, client: Any, peer: InvokePeer) -> None:
    functions.create()
    payload = b"x" * (6 << 20)
    peer.answer = [response(200, payload)]
    assert client.invoke(FunctionName="hello", Payload=payload)["Payload"].read() == payload
    assert peer.invoked[0].body == payload


def test_a_payload_over_every_limit_is_refused_before_the_host(
    functions: Lambda, client: Any, peer: InvokePeer
) -> None:
    functions.create()
    with pytest.raises(ClientError, match="Request must be smaller than 6291456 bytes for the InvokeFunction"):
        client.invoke(FunctionName="hello", Payload=b"x" * (9 << 20))
    assert peer.invoked == []


def test_a_stream_comes_as_it_is_made(functions: Lambda, client: Any, peer: InvokePeer) -> None:
    functions.create()
    frames = [
        event_frame("PayloadChunk", "application/octet-stream", b"one"),
        event_frame("PayloadChunk", "application/octet-stream", b"two"),
        event_frame("InvokeComplete", "application/json", b'{"LogResult":"bG9n"}'),
    ]
    headers = {"Content_Type": "application/vnd.amazon.eventstream", "X_Amz_Executed_Version": "$LATEST"}
    peer.answer = chunked(frames[0] + frames[1][:5], frames[1][5:], frames[2], **headers)
    peer.pause = 0.02
    answer = client.invoke_with_response_stream(FunctionName="hello", Payload=b"{}")

    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert list(answer["EventStream"]) == [
        {"PayloadChunk": {"Payload": b"one"}},
        {"PayloadChunk": {"Payload": b"two"}},
        {"InvokeComplete": {"LogResult": "bG9n"}},
    ]
    assert peer.invoked[0].target.startswith("/2021-11-15/functions/arn%3Aaws%3Alambda")
    assert peer.invoked[0].target.endswith("/response-streaming-invocations")


def test_a_stream_that_breaks_off_is_seen_to(functions: Lambda, client: Any, peer: InvokePeer) -> None:
    functions.create()
    frame = event_frame("PayloadChunk", "application/octet-stream", b"one")
    peer.answer = chunked(frame, frame[:9], Content_Type="application/vnd.amazon.eventstream")[:-1]
    stream = client.invoke_with_response_stream(FunctionName="hello")["EventStream"]
    seen = []
    with pytest.raises(Exception) as raised:
        seen.extend(stream)
    assert not isinstance(raised.value, EventStreamError)


def test_a_host_that_does_not_answer_is_an_error_of_the_service(
    functions: Lambda, client: Any, peer: InvokePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.create()
    monkeypatch.setattr(host_client, "MOST_ANSWER", 100)
    for answer in ([], [b"no http"], [response(200, b"x" * 200)], [response(200, b"short")[:-1]]):
        peer.answer = answer
        with pytest.raises(client.exceptions.ServiceException, match="The functions host did not answer"):
            client.invoke(FunctionName="hello")


def test_no_host_is_an_error_of_the_service(functions: Lambda, client: Any) -> None:
    functions.create()
    with pytest.raises(client.exceptions.ServiceException, match="The functions host did not answer"):
        client.invoke(FunctionName="hello")


def test_what_cannot_be_invoked_never_reaches_the_host(functions: Lambda, client: Any, peer: InvokePeer) -> None:
    functions.create()
    with pytest.raises(client.exceptions.ResourceNotFoundException, match=f"Function not found: {ARN}:none"):
        client.invoke(FunctionName="none")
    with pytest.raises(ClientError, match="Limen does not run functions with X-Amz-Tenant-Id"):
        client.invoke(FunctionName="hello", TenantId="blue")
    assert peer.invoked == []
