"""What a rendering may cost: loops, time, text, output."""

import json
import time

import pytest

from limen.templates import run as run_module
from limen.templates.errors import Trouble
from limen.templates.run import Run
from limen.templates.template import MAX_TEMPLATE, TemplateError, compile_template
from tests.templates.rendering import fail, render, scope


def fail_fast(text: str, body: str = "") -> str:
    """As `fail`, in the form that the compiler chooses: the two may not reach a bound at the same step."""
    with pytest.raises(TemplateError) as failed:
        compile_template(text, "t").render(scope(body))
    return str(failed.value)


def test_a_thousand_iterations_and_no_more() -> None:
    assert render("#foreach($x in [1..1000])$x#end").endswith("9991000")
    assert fail("a\n#foreach($x in [1..1001])#end") == (
        "template t, line 2, column 1: #foreach: more than 1,000 iterations of #foreach"
    )


def test_iterations_of_all_loops_count_together() -> None:
    assert render("#foreach($x in [1..30])#foreach($y in [1..32])#end#end") == ""
    assert "more than 1,000 iterations" in fail("#foreach($x in [1..31])#foreach($y in [1..32])#end#end")
    assert "more than 1,000 iterations" in fail("#foreach($x in [1..600])#end" * 2)


def test_leaving_a_loop_leaves_the_rest_of_its_list_uncounted() -> None:
    assert render("#foreach($x in [1..5000])$x#break#end" * 100) == "1" * 100


def test_a_loop_over_a_list_that_it_adds_to_ends() -> None:
    assert "more than 1,000 iterations" in fail("#set($l = [1])#foreach($x in $l)#set($y = $l.add($x))#end")


def test_a_map_that_changes_under_a_loop_over_its_keys_does_no_harm() -> None:
    template = "#set($m = {'a': 1})#foreach($k in $m.keySet())$!m.put(\"${k}b\", 1)#end$m"
    assert render(template) == "{a=1, ab=1}"


GROWING = [
    ("#set($s = 'aaaaaaaaaa')#foreach($i in [1..900])#set($s = \"$s$s\")#end", "more than 10,000,000 characters"),
    ("#set($s = 'aaaaaaaaaa')#foreach($i in [1..900])#set($s = $s + $s)#end", "more than 10,000,000 characters"),
    ("#set($s = 'aaaaaaaaaa')#foreach($i in [1..900])#set($s = $s.concat($s))#end", "more than 10,000,000 characters"),
    ("#set($s = 'aa')#foreach($i in [1..900])#set($s = $s.replace('a', $s))#end", "more than 10,000,000 characters"),
    ("#set($s = 'aaaaaaaaaa')#foreach($i in [1..900])#set($s = $s.replaceAll('a+', '$0$0$0'))#end", "10,000,000"),
    ("#set($s = 'aaaaaaaaaa')#foreach($i in [1..900])#set($s = $util.base64Encode($s))#end", "characters"),
    ("#set($l = [1])#foreach($i in [1..900])#set($x = $l.addAll($l))#end", "more than 100,000 items"),
    ("#set($l = [1])#foreach($i in [1..900])#set($l = [$l, $l])#end$l", ""),
    ("#set($m = {})#set($x = $m.put('m', $m))$m", "more than 10,000,000 characters"),
    ("#set($l = [])#set($x = $l.add($l))$l", "more than 10,000,000 characters"),
    ("#set($l = $util.parseJson('[]'))#set($x = $l.add($l))$l", "more than 10,000,000 characters"),
    (
        "#set($l = [])#set($x = $l.add($l))#set($k = [])#set($x = $k.add($k))#if($l == $k)#end",
        "more than 10,000,000 characters",
    ),
    ("#foreach($i in [1..1000])$input.body#end", "an output of more than 10,000,000 characters"),
    ('#foreach($i in [1..900])#set($s = "$input.body$i")#end', "texts of more than 100,000,000 characters"),
    ("#foreach($i in [1..900])#set($s = $input.body.toUpperCase())#end", "texts of more than 100,000,000 characters"),
]


@pytest.mark.parametrize(("template", "reason"), GROWING)
def test_growth_ends_in_an_error(template: str, reason: str) -> None:
    began = time.monotonic()
    message = fail_fast(template, "x" * 200_000)
    assert reason in message or "takes too long" in message
    assert time.monotonic() - began < 10


def test_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1_000_000))
    monkeypatch.setattr(run_module.time, "monotonic", lambda: float(next(now)))
    assert "takes too long" in fail_fast("#foreach($x in [1..1000])$x#end")
    assert "takes too long" in fail_fast("$input.path('$..a')$input.path('$..a')$input.path('$..a')", "{}")
    body = json.dumps("a" * 2_000)
    assert "takes too long" in fail_fast("$input.path('$')$input.path('$')$input.path('$')", body)
    assert "takes too long" in fail_fast("#set($s = $input.body)$s.contains('b')$s.contains('c')$s.contains('d')", body)
    assert "takes too long" in fail_fast("#set($s = [])#if($s == 'a')#end#if($s == 'a')#end#if($s == 'a')#end", body)


def test_a_run_counts_what_it_is_charged() -> None:
    run = Run()
    run.charge(run_module.MAX_CHARGED)
    with pytest.raises(Trouble, match="texts of more than"):
        run.charge(1)


def test_the_size_of_a_template_is_bounded() -> None:
    assert render("a" * MAX_TEMPLATE) == "a" * MAX_TEMPLATE
    assert fail_fast("a" * (MAX_TEMPLATE + 1)) == "template t, line 1, column 1: longer than 300 KB"


def test_half_of_a_character_in_a_template_is_refused() -> None:
    assert fail_fast("a\nb\ud800") == "template t, line 2, column 2: half of a character"
