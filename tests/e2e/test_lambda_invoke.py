"""Functions made by Lambda's API and invoked by it: every part is real, from boto3 to the handler."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.limen_process import LimenProcess, wait_until
from tests.support.zips import make_zip

ROLE = "arn:aws:iam::000000000000:role/lambda"
HANDLER = """
import os, time
def handler(event, context):
    print("seen", event)
    if event.get("fail"):
        raise ValueError("as asked")
    time.sleep(event.get("sleep", 0))
    context_ = context.client_context
    return {
        "event": event,
        "version": context.function_version,
        "arn": context.invoked_function_arn,
        "stage": os.environ.get("STAGE"),
        "custom": context_.custom if context_ else None,
    }
"""
CODE = make_zip({"app.py": HANDLER})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    running = LimenProcess(tmp_path_factory.mktemp("invoke"))
    yield running
    running.stop()


@pytest.fixture
def client(server: LimenProcess) -> Any:
    return server.client("lambda", config=Config(retries={"total_max_attempts": 1}, read_timeout=20))


def create(client: Any, name: str, **members: Any) -> Any:
    given = {"Runtime": "python3.11", "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": CODE}, "Timeout": 10}
    return client.create_function(FunctionName=name, **given | members)


def invoke(client: Any, name: str, event: Any = None, **members: Any) -> Any:
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event or {}), **members)
    return answer | {"Payload": json.loads(answer["Payload"].read() or b"null")}


def test_a_function_runs_as_soon_as_it_is_made(client: Any) -> None:
    arn = create(client, "hello", Environment={"Variables": {"STAGE": "dev"}})["FunctionArn"]
    context = base64.b64encode(b'{"custom": {"a": "b"}}').decode()
    answer = invoke(client, "hello", {"a": 1}, LogType="Tail", ClientContext=context)

    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert answer["Payload"] == {
        "event": {"a": 1},
        "version": "$LATEST",
        "arn": arn,
        "stage": "dev",
        "custom": {"a": "b"},
    }
    log = base64.b64decode(answer["LogResult"]).decode()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert f"START RequestId: {request_id} Version: $LATEST" in log
    assert "seen {'a': 1}" in log
    assert f"REPORT RequestId: {request_id}" in log


def test_what_a_function_raises_is_its_answer(client: Any) -> None:
    create(client, "raises")
    answer = invoke(client, "raises", {"fail": True})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (answer["Payload"]["errorType"], answer["Payload"]["errorMessage"]) == ("ValueError", "as asked")


def test_a_change_counts_for_the_next_invocation(client: Any) -> None:
    create(client, "changing")
    for number in range(3):
        client.update_function_configuration(FunctionName="changing", Environment={"Variables": {"STAGE": str(number)}})
        assert invoke(client, "changing")["Payload"]["stage"] == str(number)
    client.update_function_code(
        FunctionName="changing", ZipFile=make_zip({"app.py": "def handler(e, c):\n    return 'new'\n"})
    )
    assert invoke(client, "changing")["Payload"] == "new"


def test_versions_and_aliases_run_what_they_name(client: Any) -> None:
    create(client, "named", Publish=True, Environment={"Variables": {"STAGE": "first"}})
    client.update_function_configuration(FunctionName="named", Environment={"Variables": {"STAGE": "latest"}})
    client.create_alias(FunctionName="named", Name="live", FunctionVersion="1")
    by_alias = invoke(client, "named", Qualifier="live")
    assert (by_alias["Payload"]["stage"], by_alias["ExecutedVersion"]) == ("first", "1")
    assert by_alias["Payload"]["arn"].endswith(":named:live")
    assert invoke(client, "named:1")["Payload"]["version"] == "1"
    assert invoke(client, "named")["Payload"]["stage"] == "latest"


def test_events_run_later_and_dry_runs_never(server: LimenProcess, client: Any) -> None:
    create(client, "later")
    assert invoke(client, "later", {"mark": "dry"}, InvocationType="DryRun")["StatusCode"] == 204
    answer = invoke(client, "later", {"mark": "event"}, InvocationType="Event")
    assert (answer["StatusCode"], answer["Payload"]) == (202, None)

    def logged() -> str:
        files = [path for path in (server.data_directory / "functions" / "logs").rglob("[!.]*") if path.is_file()]
        return "".join(path.read_text(errors="replace") for path in files)

    wait_until(lambda: "seen {'mark': 'event'}" in logged(), 10, logged)
    assert "'dry'" not in logged()


def test_a_reserved_concurrency_of_none_throttles(client: Any) -> None:
    create(client, "closed")
    client.put_function_concurrency(FunctionName="closed", ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException) as raised:
        invoke(client, "closed")
    assert raised.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_layers_and_live_directories_are_code(client: Any, tmp_path: Path) -> None:
    layer = make_zip({"python/shared.py": "NAME = 'from a layer'\n"})
    arn = client.publish_layer_version(LayerName="shared", Content={"ZipFile": layer})["LayerVersionArn"]
    (tmp_path / "app.py").write_text("import shared\ndef handler(e, c):\n    return shared.NAME\n")
    create(client, "live", Code={"S3Bucket": "local-directory", "S3Key": str(tmp_path)}, Layers=[arn])
    assert invoke(client, "live")["Payload"] == "from a layer"
    (tmp_path / "app.py").write_text("def handler(e, c):\n    return 'edited, longer'\n")
    wait_until(lambda: invoke(client, "live")["Payload"] == "edited, longer", 5, lambda: "the edit is not live")


def test_a_streamed_answer_is_an_event_stream(client: Any) -> None:
    create(client, "streamed")
    answer = client.invoke_with_response_stream(FunctionName="streamed", Payload=b'{"a": 1}')
    events = list(answer["EventStream"])
    body = b"".join(event["PayloadChunk"]["Payload"] for event in events if "PayloadChunk" in event)
    assert json.loads(body)["event"] == {"a": 1}
    assert "InvokeComplete" in events[-1]


def test_a_long_invocation_holds_nobody_up(client: Any) -> None:
    create(client, "slow")
    invoke(client, "slow")
    running = threading.Thread(target=invoke, args=(client, "slow", {"sleep": 2}))
    running.start()
    began = time.monotonic()
    for _ in range(5):
        client.get_function(FunctionName="slow")
    assert time.monotonic() - began < 1.5
    running.join()


def test_a_timeout_is_told_in_words(client: Any) -> None:
    create(client, "late", Timeout=1)
    answer = invoke(client, "late", {"sleep": 5})
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in answer["Payload"]["errorMessage"]


def test_payloads_of_six_megabytes_go_in_and_no_more(client: Any) -> None:
    create(client, "big", Code={"ZipFile": make_zip({"app.py": "def handler(e, c):\n    return len(e)\n"})})
    assert invoke(client, "big", "x" * (6 * 1024 * 1024 - 100))["Payload"] == 6 * 1024 * 1024 - 100
    for more in (-1, 3 << 20):  # one byte with the quotes; more than the admin port reads
        with pytest.raises(ClientError) as refused:
            invoke(client, "big", "x" * (6 * 1024 * 1024 + more))
        assert refused.value.response["Error"]["Code"] == "RequestEntityTooLargeException"


def test_a_deleted_function_is_gone_for_invocations(client: Any) -> None:
    create(client, "gone")
    invoke(client, "gone")
    client.delete_function(FunctionName="gone")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        invoke(client, "gone")
