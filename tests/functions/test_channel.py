"""Frames between the control process and the functions host."""

import asyncio

from limen.frames import frame
from limen.functions.channel import AppliedFunctions, HostHello, PutFunctions, read_as_host, read_from_host
from limen.functions.records import Code, FunctionRecord, VersionRecord


def _reader(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def _read_all(data: bytes) -> list[object]:
    reader = _reader(data)
    return [await read_from_host(reader), await read_from_host(reader)]


def test_functions_arrive_as_they_were_sent() -> None:
    version = VersionRecord(
        version="$LATEST", runtime="python3.11", handler="app.handler", code=Code("ab"), log_group="/aws/lambda/hello"
    )
    hello = FunctionRecord(
        arn="arn:aws:lambda:us-east-1:000000000000:function:hello",
        name="hello",
        account="000000000000",
        region="us-east-1",
        versions={"$LATEST": version},
    )
    sent = PutFunctions(7, True, [hello])

    async def read() -> object:
        return await read_as_host(_reader(frame(sent)))

    assert asyncio.run(read()) == sent


def test_the_host_says_hello_and_what_it_has_applied() -> None:
    data = frame(HostHello(11)) + frame(AppliedFunctions(7))
    assert asyncio.run(_read_all(data)) == [HostHello(11), AppliedFunctions(7)]
