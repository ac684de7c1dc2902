"""The extension for XML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.templates.errors import Trouble
from limen.templates.xml import parse_xml, write_xml
from tests.templates.rendering import fail, render

ORDER = (
    '<?xml version="1.0"?><o:order xmlns:o="urn:o" id="7"><item sku="a">2</item><item sku="b"/><note>it\'s</note>'
    "</o:order>"
)


def test_xml_in_and_json_out() -> None:
    template = (
        "#set($o = $input.path(\"$['o:order']\"))"
        '{"id": "$o[\'@id\']", "items": [#foreach($i in $util.xml.list($o.item))"$i[\'@sku\']"'
        '#if($foreach.hasNext),#end#end], "note": $input.json("$[\'o:order\'].note")}'
    )
    assert render(template, ORDER, xml=True) == '{"id": "7", "items": ["a","b"], "note": "it\'s"}'


def test_json_in_and_xml_out() -> None:
    body = '{"order": {"@id": 7, "item": ["a", {"#text": "b & c", "@n": true}], "note": null}}'
    xml = '<order id="7"><item>a</item><item n="true">b &amp; c</item><note></note></order>'
    assert render("$util.xml.fromJson($input.body)", body, xml=True) == xml
    assert render("$util.xml.write($input.path('$'))", body, xml=True) == xml
    assert render("$util.xml.write($input.path('$.order'), 'o')", body, xml=True) == xml.replace("order", "o")
    assert render("$util.xml.write({'a': [1..2]}, 'r')", xml=True) == "<r><a>1</a><a>2</a></r>"


def test_xml_as_text() -> None:
    template = "#set($x = $util.xml.parse($input.path('$.doc')))$x.a.b $util.xml.toJson('<a><b>1</b></a>')"
    assert render(template, '{"doc": "<a><b>1</b></a>"}', xml=True) == '1 {"a":{"b":"1"}}'
    assert render("<a>$util.xml.escape($input.body)</a>", "<&>\"'", xml=False) == "<a>$util.xml.escape($input.body)</a>"
    assert render("<a>$util.xml.escape('<&>\"''')</a>", xml=True) == "<a>&lt;&amp;&gt;&quot;&apos;</a>"


def test_a_list_however_often_an_element_occurs() -> None:
    template = "#foreach($i in $util.xml.list($input.path('$.a.i')))[$i]#end"
    for xml, output in (("<a/>", ""), ("<a><i>1</i></a>", "[1]"), ("<a><i>1</i><i>2</i></a>", "[1][2]")):
        assert render(template, xml, xml=True) == output


def test_text_is_text_whatever_encoding_it_declares() -> None:
    for xml in (
        '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>',
        "\ufeff<a>é</a>",
        "\n <?xml version='1.0'?><a>é</a>",
    ):
        assert render("$input.path('$.a')", xml, xml=True) == "é"


def test_xml_is_only_text_where_the_extension_is_off() -> None:
    assert render("$input.body", "<a/>") == "<a/>"
    assert "is not JSON" in fail("$input.json('$')", "<a/>")
    assert render("$input.json('$')", '{"a":1}', xml=True) == '{"a":1}'


BOMB = '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>'
REFUSED = [
    (BOMB, "document type declaration is refused"),
    ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type declaration is refused"),
    ("<a>&b;</a>", "is not XML: undefined entity"),
    ("<a>", "is not XML: no element found"),
    ("<a></b>", "is not XML: mismatched tag"),
    ("<a>" * 101 + "</a>" * 101, "nested deeper than 100"),
    ("<a>" + "<b/>" * 100_000 + "</a>", "more than 100,000 elements"),
]


@pytest.mark.parametrize(("xml", "reason"), REFUSED)
def test_xml_that_could_do_harm_is_refused(xml: str, reason: str) -> None:
    with pytest.raises(Trouble, match=reason):
        parse_xml(xml)


UNWRITABLE = [
    ({"a": 1, "b": 2}, "one root"),
    ({"a": [1, 2]}, "one root"),
    ([1], "one root"),
    ({"a b": 1}, "cannot be the name"),
    ({"a": {"<b": 1}}, "cannot be the name"),
    ({"a": {"#comment": "x"}}, "cannot be the name"),
    ({"a": {'@x="1" y': 1}}, "cannot be the name"),
    ({"a": "\x00"}, "a character that XML cannot hold"),
]


@pytest.mark.parametrize(("value", "reason"), UNWRITABLE)
def test_what_has_no_xml_is_said(value: object, reason: str) -> None:
    with pytest.raises(Trouble, match=reason):
        write_xml(value)


xml_names = st.text("abc", min_size=1, max_size=3)
xml_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1)
xml_values = st.recursive(
    xml_texts, lambda inner: st.dictionaries(xml_names | xml_names.map("{}x".format), inner, min_size=1, max_size=3)
)


@given(xml_names, xml_values)
def test_what_is_written_is_read(name: str, value: object) -> None:
    try:
        text = write_xml({name: value})
    except Trouble as trouble:
        assert "cannot hold" in trouble.reason
        return
    assert parse_xml(text) == {name: value}
