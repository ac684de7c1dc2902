"""The tree of resources: its rules, its moves, what is answered of it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.control.v1.resources import put_child

UNKNOWN = ("NotFoundException", 404, "Invalid Resource identifier specified")
BAD_PART = (
    "Resource's path part only allow a-zA-Z0-9._- and curly braces at the beginning and the end and an optional plus "
    "sign before the closing brace."
)


def test_a_resource_knows_its_place(control):
    api_id = control.api()
    root_id = control.root(api_id)
    resource = control("CreateResource", restapi_id=api_id, parent_id=root_id, pathPart="pets")
    assert resource == {"id": resource["id"], "parentId": root_id, "pathPart": "pets", "path": "/pets"}
    assert len(resource["id"]) == 6
    child = control("CreateResource", restapi_id=api_id, parent_id=resource["id"], pathPart="{id}")
    assert child["path"] == "/pets/{id}"
    assert control("GetResource", restapi_id=api_id, resource_id=child["id"]) == child


@pytest.mark.parametrize("part", ["pets", "a.b", "a_b-c", "v1:read", "a,b", "{id}", "{proxy+}", "{a.b-c}"])
def test_path_parts_that_aws_takes(control, part):
    api_id = control.api()
    made = control("CreateResource", restapi_id=api_id, parent_id=control.root(api_id), pathPart=part)
    assert made["path"] == f"/{part}"


@pytest.mark.parametrize("part", ["", "a/b", "a b", "{id", "id}", "x{id}", "{id}x", "{}", "{+}", "a+", "{a/b}", "ä"])
def test_path_parts_that_aws_refuses(control, refused, part):
    api_id = control.api()
    assert refused("CreateResource", restapi_id=api_id, parent_id=control.root(api_id), pathPart=part) == BAD_PART


def test_siblings_differ_and_one_of_them_is_a_variable(control):
    api_id = control.api()
    root_id = control.root(api_id)
    new = {"restapi_id": api_id, "parent_id": root_id}
    control("CreateResource", pathPart="pets", **new)
    control("CreateResource", pathPart="{proxy+}", **new)
    assert control.refuses("CreateResource", pathPart="pets", **new) == (
        "ConflictException",
        409,
        "Another resource with the same parent already has this name: pets",
    )
    assert control.refuses("CreateResource", pathPart="{id}", **new)[2] == (
        "A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed"
    )


def test_nothing_stands_below_a_greedy_variable(control, refused):
    api_id = control.api()
    greedy = control.resource(api_id, "/{proxy+}")
    message = "Cannot create a child of a resource with a greedy path variable: {proxy+}"
    assert refused("CreateResource", restapi_id=api_id, parent_id=greedy, pathPart="x") == message


def test_what_is_not_there_is_not_found(control):
    api_id = control.api()
    for members in ({"restapi_id": api_id}, {"restapi_id": "nope"}):
        assert control.refuses("CreateResource", parent_id="nope", pathPart="x", **members) == UNKNOWN
        assert control.refuses("GetResource", resource_id="nope", **members) == UNKNOWN
        assert control.refuses("DeleteResource", resource_id="nope", **members) == UNKNOWN
        assert control.refuses("UpdateResource", resource_id="nope", **members) == UNKNOWN
    unknown_api = ("NotFoundException", 404, "Invalid API identifier specified 000000000000:nope")
    assert control.refuses("GetResources", restapi_id="nope") == unknown_api


def test_a_moved_resource_takes_its_subtree_along(control):
    api_id = control.api()
    pets, owners = control.resource(api_id, "/pets"), control.resource(api_id, "/owners")
    item = control("CreateResource", restapi_id=api_id, parent_id=pets, pathPart="{id}")["id"]

    moved = control.patch(
        "UpdateResource",
        ("replace", "/parentId", owners),
        ("replace", "/pathPart", "animals"),
        restapi_id=api_id,
        resource_id=pets,
    )

    assert moved == {"id": pets, "parentId": owners, "pathPart": "animals", "path": "/owners/animals"}
    assert control("GetResource", restapi_id=api_id, resource_id=item)["path"] == "/owners/animals/{id}"
    control("CreateResource", restapi_id=api_id, parent_id=control.root(api_id), pathPart="pets")
    assert control.refuses("CreateResource", restapi_id=api_id, parent_id=owners, pathPart="animals")[1] == 409


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            ("replace", "/invalid", "x"),
            "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]",
        ),
        (
            ("add", "/pathPart", "x"),
            "Invalid patch path  '/pathPart' specified for op 'add'. Please choose supported operations",
        ),
        (
            ("remove", "/pathPart"),
            "Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations",
        ),
        (("replace", "/pathPart", "a b"), BAD_PART),
        (("replace", "/pathPart", "{all+}"), "Cannot create a child of a resource with a greedy path variable: {all+}"),
    ],
)
def test_a_patch_that_aws_refuses_is_refused(control, refused_patch, operation, message):
    api_id = control.api()
    pets = control.resource(api_id, "/pets")
    control("CreateResource", restapi_id=api_id, parent_id=pets, pathPart="x")
    assert refused_patch("UpdateResource", operation, restapi_id=api_id, resource_id=pets) == message


def test_a_move_is_checked_like_a_new_resource(control):
    api_id = control.api()
    pets = control.resource(api_id, "/pets")
    item = control("CreateResource", restapi_id=api_id, parent_id=pets, pathPart="{id}")["id"]
    control.resource(api_id, "/owners")
    named = {"restapi_id": api_id, "resource_id": pets}
    assert control.refuses_patch("UpdateResource", ("replace", "/parentId", item), **named)[2] == (
        "Resources cannot be cyclical."
    )
    assert control.refuses_patch("UpdateResource", ("replace", "/parentId", pets), **named)[2] == (
        "Resources cannot be cyclical."
    )
    assert control.refuses_patch("UpdateResource", ("replace", "/parentId", "nope"), **named) == UNKNOWN
    assert control.refuses_patch("UpdateResource", ("replace", "/pathPart", "owners"), **named)[1] == 409
    same = control.patch("UpdateResource", ("replace", "/pathPart", "pets"), **named)
    assert same["path"] == "/pets"


def test_the_root_stays_where_it_is(control, refused, refused_patch):
    api_id = control.api()
    root = {"restapi_id": api_id, "resource_id": control.root(api_id)}
    for name in ("parentId", "pathPart"):
        message = f"Root resource cannot update its {name}."
        assert refused_patch("UpdateResource", ("replace", f"/{name}", "x"), **root) == message
    assert refused("DeleteResource", **root) == "Root resource cannot be deleted"


def test_a_deleted_resource_takes_its_subtree_and_methods_with_it(control):
    named = control.method(path="/pets/{id}")
    api_id = named["restapi_id"]
    pets = control("GetResource", restapi_id=api_id, resource_id=named["resource_id"])["parentId"]

    control("DeleteResource", restapi_id=api_id, resource_id=pets)

    assert [each["path"] for each in control("GetResources", restapi_id=api_id)["item"]] == ["/"]
    assert control.refuses("GetMethod", **named) == UNKNOWN
    assert control.resource(api_id, "/pets/{id}") != named["resource_id"]
    with control.store.reader() as reader:
        assert list(reader.all("Method")) == []


def test_methods_are_named_and_shown_where_asked(control):
    named = control.method("POST")
    api_id, resource_id = named["restapi_id"], named["resource_id"]
    control("PutMethod", **named | {"http_method": "GET"}, authorizationType="AWS_IAM")

    listed = control("GetResources", restapi_id=api_id)["item"][1]
    assert list(listed["resourceMethods"].items()) == [("GET", {}), ("POST", {})]
    assert control("GetResource", restapi_id=api_id, resource_id=resource_id) == listed
    embedded = control("GetResource", restapi_id=api_id, resource_id=resource_id, embed=["methods"])
    assert embedded["resourceMethods"]["GET"] == control("GetMethod", **named | {"http_method": "GET"})
    assert control("GetResources", restapi_id=api_id, embed=["methods"])["item"][1] == embedded


def test_resources_are_counted_where_quotas_are_enforced(control, monkeypatch):
    monkeypatch.setattr("limen.control.v1.quotas.PER_API", {"Resource": 2})
    api_id = control.api()
    control.set(quotas_enforced=True)
    control.resource(api_id, "/pets")
    code, status, message = control.refuses(
        "CreateResource", restapi_id=api_id, parent_id=control.root(api_id), pathPart="x"
    )
    assert (code, status) == ("LimitExceededException", 429)
    assert message.startswith("Maximum number of Resources for this API has been reached.")


def put_path(call, api_id, path):
    """As an importer does: each part is found, or made below the one before."""
    known = {each["path"]: each for _, each in call.documents.list("Resource", api_id)}
    resource = known["/"]
    for part in path[1:].split("/"):
        below = f"{resource['path'].rstrip('/')}/{part}"
        resource = known.get(below) or put_child(call, api_id, resource, part)
    return resource


PARTS = st.sampled_from(["a", "b", "{c}", "{d+}"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(st.lists(PARTS, min_size=1, max_size=3), min_size=1, max_size=5))
def test_importers_find_and_make_paths(control, paths):
    """A path is made once; what the rules refuse an importer hears of."""
    api_id = control.api()
    for parts in paths:
        path = "/" + "/".join(parts)
        try:
            first = control.run(lambda call, path=path: put_path(call, api_id, path))
        except Exception as error:
            assert "variable path part" in str(error) or "greedy path variable" in str(error)
            continue
        assert first["path"] == path
        assert control.run(lambda call, path=path: put_path(call, api_id, path)) == first
    listed = [each["path"] for each in control("GetResources", restapi_id=api_id, limit=500)["item"]]
    assert len(listed) == len(set(listed))


def test_a_deep_tree_goes_whole(control):
    api_id = control.api()
    root_id = control.root(api_id)

    def dig(call):
        below = top = put_child(call, api_id, {"id": root_id, "path": "/"}, "a")
        for _ in range(1100):
            below = put_child(call, api_id, below, "a")
        return top["id"]

    control("DeleteResource", restapi_id=api_id, resource_id=control.run(dig))
    assert [each["path"] for each in control.items("GetResources", restapi_id=api_id)] == ["/"]
