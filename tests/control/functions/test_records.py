"""From stored functions to what the host is told."""

from limen.control.functions.records import all_records, changed_records, code_in_use
from limen.functions.records import AliasRecord, Code, EventInvokeRecord
from tests.control.functions.conftest import ARN, CODE, OTHER_CODE, Lambda


def test_a_record_has_all_that_runs_depend_on(functions: Lambda, tmp_path) -> None:
    layer = functions("PublishLayerVersion", LayerName="tools", Content={"ZipFile": OTHER_CODE})["LayerVersionArn"]
    functions.create(
        Publish=True,
        Layers=[layer],
        Environment={"Variables": {"A": "b"}},
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"},
        EphemeralStorage={"Size": 600},
    )
    functions("UpdateFunctionCode", FunctionName="hello", S3Bucket="local-directory", S3Key=str(tmp_path))
    functions.new_version()
    routing = {"AdditionalVersionWeights": {"2": 0.1}}
    functions("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1", RoutingConfig=routing)
    functions("PutFunctionConcurrency", FunctionName="hello", ReservedConcurrentExecutions=3)
    statement = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    functions("AddPermission", FunctionName="hello", **statement)
    functions("AddPermission", FunctionName="hello:live", **statement)
    destinations = {
        "OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:000000000000:queue"},
        "OnFailure": {"Destination": f"{ARN}:dead"},
    }
    functions(
        "PutFunctionEventInvokeConfig", FunctionName="hello", MaximumRetryAttempts=0, DestinationConfig=destinations
    )

    with functions.store.reader() as reader:
        (record,) = all_records(reader)
        used = code_in_use(reader)

    assert (record.arn, record.name, record.account, record.region) == (
        f"{ARN}:hello",
        "hello",
        "000000000000",
        "us-east-1",
    )
    first, latest = record.versions["1"], record.versions["$LATEST"]
    assert first.code.sha256 in used and latest.code == Code(directory=str(tmp_path))
    assert [code.sha256 in used for code in first.layers] == [True]
    assert (first.runtime, first.handler, first.environment) == ("python3.12", "app.handler", {"A": "b"})
    assert (first.log_format, first.system_log_level, first.ephemeral_storage) == ("JSON", "WARN", 600)
    assert record.aliases == {"live": AliasRecord("1", {"2": 0.1})}
    assert set(record.policies) == {"", "live"}
    assert record.policies["live"]["Statement"][0]["Resource"] == f"{ARN}:hello:live"
    assert record.reserved_concurrency == 3
    assert record.event_invoke == {"$LATEST": EventInvokeRecord(most_retries=0, on_failure=f"{ARN}:dead")}


def test_only_functions_that_a_change_touched_are_told(functions: Lambda) -> None:
    for name in ("a", "b", "c"):
        functions.create(name, Code={"ZipFile": CODE})
    with functions.store.reader() as reader:
        before = reader.revision
    functions("UpdateFunctionConfiguration", FunctionName="a", Timeout=9)
    functions("DeleteFunction", FunctionName="b")
    functions("PublishLayerVersion", LayerName="tools", Content={"ZipFile": CODE})
    functions(
        "AddLayerVersionPermission",
        LayerName="tools",
        VersionNumber=1,
        StatementId="s",
        Action="lambda:GetLayerVersion",
        Principal="*",
    )

    with functions.store.reader() as reader:
        records, gone = changed_records(reader, before, reader.revision)

    assert [(record.name, record.versions["$LATEST"].timeout) for record in records] == [("a", 9)]
    assert gone == [f"{ARN}:b"]
