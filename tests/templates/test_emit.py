"""References: what they read, and what they print where there is nothing."""

import json

import pytest

from tests.templates.rendering import fail, render

BODY = json.dumps(
    {
        "name": "Ada",
        "null": None,
        "flag": False,
        "price": 10.00,
        "size": 3,
        "tags": ["a", "b"],
        "owner": {"id": 1, "class": "x", "empty": "no", "a-b": "dash"},
        "rows": [{"id": 1}, {"id": 2}],
    }
)

READS = [
    ("$d.name ${d.name} $!d.name $!{d.name}", "Ada Ada Ada Ada"),
    ("$d.owner.id $d.owner.a-b $d['owner']['id'] $d.get('owner').get('id')", "1 dash 1 1"),
    ("$d.name.toUpperCase().length()", "3"),
    ("$d.tags[0]$d.tags[-1]$d.tags.get(1)", "abb"),
    ("$d.rows[1].id $d.rows.get(0).id", "2 1"),
    ("$d.flag $d.price $d.size", "false 10.0 3"),
    ("$d.owner.class $d.owner.empty", "x no"),
    ("$d.tags $d.owner", '["a","b"] {id=1, class=x, empty=no, a-b=dash}'),
    ("$d.tags.empty $d.name.empty", "false false"),
    ("#set($i = 1)#set($k = 'name')$d.tags[$i] $d[$k] $d.get($k)", "b Ada Ada"),
    ("$d.name. $d.name.1 $d.name-x $d.name()", "Ada. Ada.1 $d.name-x $d.name()"),
    ("${d.name}.length()", "Ada.length()"),
    ("$d.name$d.size", "Ada3"),
    ("$$d.name", "$Ada"),
]


@pytest.mark.parametrize(("template", "output"), READS)
def test_references_read_values(template: str, output: str) -> None:
    assert render("#set($d = $input.path('$'))" + template, BODY) == output


NULLS = [
    # variables of the template print themselves, quiet ones nothing
    ("$x $x.y ${x} $x.y() $x[0] $!x $!{x.y}", "$x $x.y ${x} $x.y() $x[0]  "),
    ("$d.nope $d.null $d.nope.deeper $d.name.nope $d.tags['a'] $d.name[0]", None),
    ("$d.tags.nope() $d.name.substring('a') $d.name.getClass() $d.name.class", None),
    ("$d.size.nope $d.flag.nope() $d.size[0]", None),
    # of API Gateway's own variables there is nothing instead
    ("[$input.path('$.nope')][$context.nope][$context.nope.deeper][$stageVariables.nope][$input.body.x]", "[][][][][]"),
    ("[$stageVariables.get('nope')][$input.params('nope')][$input.params().header.get('nope')]", "[][][]"),
    # except for methods that they have not
    ("$input.nope('a') $util.toJson($d) $util.nope()", None),
    ("$input $util", None),
]


@pytest.mark.parametrize(("template", "output"), NULLS)
def test_what_is_not_there_prints_itself_or_nothing(template: str, output: str | None) -> None:
    prefix = "#set($d = $input.path('$'))"
    assert render(prefix + template, BODY) == (template if output is None else output)


def test_a_null_leaves_a_variable_as_it_is() -> None:
    assert render("#set($x = 1)#set($x = $nope)$x") == "1"
    assert render("#set($d = $input.path('$'))#set($d.name = $nope)$d.name", BODY) == "Ada"


SETS = [
    ("#set($d.name = 'Eve')$d.name", "Eve"),
    ("#set($d.new = {'a': 1})$d.new.a", "1"),
    ("#set($d['k k'] = 1)$d['k k']", "1"),
    ("#set($d.tags[0] = 'z')#set($d.tags[-1] = 'y')$d.tags", '["z","y"]'),
    ("#set($d.owner.id = 5)$d.owner.id", "5"),
    ("#set($d.nope.id = 5)$d.nope", "$d.nope"),
    ("#set($d.name.id = 5)$d.name.id", "$d.name.id"),
    ("#set($context.stage = 'x')$context.stage", "prod"),
    ("#set(${d.name} = 'E')$d.name", "E"),
]


@pytest.mark.parametrize(("template", "output"), SETS)
def test_members_are_set(template: str, output: str) -> None:
    prefix = "#set($d = $input.path('$'))"
    assert render(prefix + template, BODY, context={"stage": "prod"}) == output


def test_a_place_that_a_list_has_not_is_said() -> None:
    prefix = "#set($d = $input.path('$'))\n"
    assert fail(prefix + "$d.tags[2]", BODY) == "template t, line 2, column 1: $d.tags[2]: index 2 of a list of 2"
    assert fail(prefix + " $d.tags.get(-1)", BODY) == (
        "template t, line 2, column 2: $d.tags.get(-1): index -1 of a list of 2"
    )
    assert fail(prefix + "#set($d.tags[5] = 1)", BODY) == (
        "template t, line 2, column 6: $d.tags[5]: index 5 of a list of 2"
    )


def test_the_reference_that_is_wrong_is_named_wherever_it_is() -> None:
    prefix = "#set($d = $input.path('$'))\n"
    wrong = "$d.name.substring(9)"
    reason = f"{wrong}: substring from 9 to 3 of a text of 3"
    for template in (
        f"#if({wrong} == 'a')#end",
        f"#set($x = {wrong})",
        f'#set($x = "a {wrong} b")',
        f"$d.name.replace('a', {wrong})",
        f"#foreach($x in {wrong})#end",
        f"#if($d.nope)#elseif($d.name && {wrong})#end",
        f"#set($x = [1, {{'a': {wrong}}}])",
        f"$d.name $d.size {wrong} $d.tags",
    ):
        column = template.index(wrong) + 1
        assert fail(prefix + template, BODY) == f"template t, line 2, column {column}: {reason}"


def test_a_variable_that_cannot_be_printed_is_named() -> None:
    itself = "#set($l = [])#set($x = $l.add($l))"
    assert fail(f"{itself}\n\n $l") == "template t, line 3, column 2: $l: a text of more than 10,000,000 characters"


def test_variables_with_the_names_of_python_are_variables() -> None:
    names = ["class", "def", "None", "__class__", "out", "write", "run", "scope", "type", "t1", "v0", "list", "i-1"]
    sets = "".join(f"#set(${name} = '{name}!')" for name in names)
    assert render(sets + " ".join(f"${{{name}}}" for name in names)) == " ".join(f"{name}!" for name in names)
