"""Log messages as frames: both runtimes write them as AWS's own do."""

import os
import shutil
import sys

import pytest

from tests.support.running_function import running

PYTHON = (
    "python{}.{}".format(*sys.version_info),
    "app.py",
    """
import logging
def handler(event, context):
    context.log("as it is")
    logging.warning("two\\nlines")
    raise ValueError("no pets")
""",
)
NODE = (
    "nodejs20.x",
    "app.js",
    """
exports.handler = async () => { console.log('as it is'); console.warn('two\\nlines'); throw new Error('no pets'); };
""",
)


@pytest.mark.parametrize(("runtime", "file", "code"), [PYTHON, NODE])
@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_each_message_is_one_frame(runtime: str, file: str, code: str, log_format: str) -> None:
    if shutil.which("node") is None and runtime.startswith("node"):
        pytest.skip("node is not on PATH")
    reading, writing = os.pipe()
    variables = {"AWS_LAMBDA_LOG_FORMAT": log_format}
    with running({file: code}, "app.handler", runtime, variables, telemetry=writing) as function:
        function.error({})
        assert function.end() == ""
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        frames = read_frames(pipe.read())

    kinds = [kind & 0xFF for kind, _ in frames]
    assert [kind >> 8 for kind, _ in frames] == [0xA55A00] * 3
    assert kinds[1:] == ([0x13, 0x17] if log_format == "Text" else [0x12, 0x16])
    assert "as it is" in frames[0][1]
    assert ("two\nlines" if log_format == "Text" else "two\\nlines") in frames[1][1]
    assert "no pets" in frames[2][1]


def read_frames(data: bytes) -> list[tuple[int, str]]:
    frames = []
    while data:
        size = int.from_bytes(data[4:8], "big")
        frames.append((int.from_bytes(data[:4], "big"), data[16 : 16 + size].decode()))
        data = data[16 + size :]
    return frames
