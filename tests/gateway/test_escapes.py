"""Texts that stay what they are within other texts."""

import csv
import io
import json
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.escapes import escape_csv, escape_json, escape_text, escape_xml

TEXTS = st.text(st.characters(codec="utf-8"))


@given(TEXTS)
def test_json_reads_back(value):
    assert json.loads(f'"{escape_json(value)}"') == value


@given(st.text(st.characters(codec="utf-8", min_codepoint=0x20, exclude_categories=["Cc"])))
def test_xml_reads_back(value):
    if not any(ord(letter) in (0x2028, 0x2029, 0xFFFE, 0xFFFF) for letter in value):
        assert (ElementTree.fromstring(f"<a>{escape_xml(value)}</a>").text or "") == value


@given(st.text(st.characters(codec="ascii", min_codepoint=0x20, exclude_characters="\x7f")))
def test_csv_reads_back(value):
    (row,) = csv.reader(io.StringIO(escape_csv(value) + ",end\n"))
    assert row == [value, "end"]


@given(TEXTS)
def test_a_line_stays_a_line(value):
    for escape in (escape_json, escape_xml, escape_csv, escape_text):
        assert len(escape(value).splitlines()) <= 1
