"""`limen template render FILE --input event.json`."""

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Limen

EVENT = {
    "body": {"name": "Ada"},
    "headers": {"X-Trace": "t1"},
    "pathParameters": {"id": "7"},
    "queryStringParameters": {"page": "2"},
    "stageVariables": {"env": "test"},
    "requestContext": {"stage": "prod", "identity": {"sourceIp": "192.0.2.1"}},
}


def write(directory: Path, template: str, event: Any = EVENT) -> None:
    (directory / "request.vm").write_text(template)
    (directory / "event.json").write_text(json.dumps(event))


def test_a_template_is_rendered_with_an_event(limen: Limen, tmp_path: Path) -> None:
    write(
        tmp_path,
        "$input.path('$.name') $input.params('id') $input.params('page') $input.params().header.get('X-Trace') "
        "$stageVariables.env $context.stage $context.identity.sourceIp",
    )
    ended = limen("template", "render", "request.vm", "--input", "event.json")
    assert (ended.code, ended.out, ended.err) == (0, "Ada 7 2 t1 test prod 192.0.2.1\n", "")


def test_without_an_event_there_is_nothing_to_read(limen: Limen, tmp_path: Path) -> None:
    write(tmp_path, "[$input.body][$input.params('id')][$context.stage]\n")
    assert limen("template", "render", "request.vm").out == "[{}][][]\n"


def test_a_body_may_be_text_or_base64(limen: Limen, tmp_path: Path) -> None:
    write(tmp_path, "$input.body\n", {"body": "a=1&b=2"})
    assert limen("template", "render", "request.vm", "--input", "event.json").out == "a=1&b=2\n"
    write(tmp_path, "$input.body\n", {"body": "YT0x", "isBase64Encoded": True})
    assert limen("template", "render", "request.vm", "--input", "event.json").out == "a=1\n"


def test_overrides_go_to_standard_error(limen: Limen, tmp_path: Path) -> None:
    write(
        tmp_path,
        '#set($context.requestOverride.header.X = "1")\n#set($context.responseOverride.status = 404)\nbody\n',
    )
    ended = limen("template", "render", "request.vm", "--input", "event.json")
    assert ended.out == "body\n"
    assert ended.err == 'requestOverride: {"header": {"X": "1"}}\nresponseOverride: {"status": 404}\n'


def test_an_override_is_final(limen: Limen, tmp_path: Path) -> None:
    write(tmp_path, "#set($context.responseOverride.status = 400)\n#set($context.responseOverride.status = 404)\n")
    ended = limen("template", "render", "request.vm")
    assert ended.code == 1
    assert ended.err == (
        "limen: template request.vm, line 2, column 6: $context.responseOverride.status: "
        "status was overridden before, and overrides are final\n"
    )


def test_an_error_is_one_line_with_its_place(limen: Limen, tmp_path: Path) -> None:
    write(tmp_path, "{\n#if($x\n}")
    ended = limen("template", "render", "request.vm")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "limen: template request.vm, line 3, column 1: ')' expected instead of '}'\n"


def test_xml_is_read_only_when_asked(limen: Limen, tmp_path: Path) -> None:
    write(tmp_path, "$input.json('$.order')", {"body": "<order><id>7</id></order>"})
    assert limen("template", "render", "request.vm", "--input", "event.json").code == 1
    read = limen("template", "render", "request.vm", "--input", "event.json", "--xml")
    assert (read.code, read.out) == (0, '{"id":"7"}\n')


def test_an_event_that_is_no_event_is_said(limen: Limen, tmp_path: Path) -> None:
    for content, message in (
        ("{", "event.json:1:2: Expecting property name"),
        ("[]", "event.json holds no JSON object"),
        ('{"headers": 1}', "headers is no JSON object"),
        ('{"context": "x"}', "context is no JSON object"),
        ('{"body": "%", "isBase64Encoded": true}', "the body is not text in base64"),
    ):
        write(tmp_path, "x")
        (tmp_path / "event.json").write_text(content)
        ended = limen("template", "render", "request.vm", "--input", "event.json")
        assert ended.code == 1
        assert message in ended.err


def test_a_missing_file_is_wrong_usage(limen: Limen) -> None:
    assert limen("template", "render", "nowhere.vm").code == 2


def test_the_first_line_asks_for_xml_as_the_option_does(limen: Limen, tmp_path: Path) -> None:
    xml = {"body": "<pet><name>Rex</name></pet>"}
    write(tmp_path, "$input.path('$.pet.name')\n", xml)
    assert limen("template", "render", "request.vm", "--input", "event.json", "--xml").out == "Rex\n"
    write(tmp_path, "## limen: xml\n$input.path('$.pet.name')\n", xml)
    assert limen("template", "render", "request.vm", "--input", "event.json").out == "Rex\n"
