"""Generated programs give what a slow and obvious evaluator says, in both forms of compiled code."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.templates.oracle import expected_output, programs
from tests.templates.rendering import compile_generally, render, scope


@settings(max_examples=100, deadline=None)
@given(programs)
def test_programs_give_what_they_should(program: tuple[Any, ...]) -> None:
    template = "".join(node.write() for node in program)
    assert render(template) == expected_output(program)


@settings(max_examples=30, deadline=None)
@given(programs)
def test_a_macro_of_a_program_gives_the_same(program: tuple[Any, ...]) -> None:
    body = "".join(node.write() for node in program)
    assert compile_generally(f"#macro(m){body}#{{end}}#m()").render(scope()) == expected_output(program)


@given(st.lists(st.sampled_from(["#if($x)", "#end", "#else", "\n", " ", "$x", "a", "#set($x = 1)"]), max_size=12))
def test_both_forms_agree_on_any_order_of_directives(pieces: list[str]) -> None:
    try:
        render("".join(pieces))
    except Exception as error:
        assert type(error).__name__ == "TemplateError"
