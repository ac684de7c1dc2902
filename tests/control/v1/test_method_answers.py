"""Empty templates of methods, wherever they are answered."""

EMPTY = {"application/json": "", "text/plain": "x"}
SHOWN = {"application/json": None, "text/plain": "x"}


def test_empty_templates_are_answered_as_null(control):
    named = control.method()
    response = named | {"status_code": "200"}
    assert control("PutIntegration", **named, type="MOCK", requestTemplates=EMPTY)["requestTemplates"] == SHOWN
    assert control("PutIntegrationResponse", **response, responseTemplates=EMPTY)["responseTemplates"] == SHOWN
    assert control("GetIntegrationResponse", **response)["responseTemplates"] == SHOWN

    api = {"restapi_id": named["restapi_id"]}
    method = control("GetMethod", **named)
    (resource,) = [each for each in control.items("GetResources", **api, embed=["methods"]) if each["path"] == "/pets"]
    assert resource["resourceMethods"]["GET"] == method
    integration = control("GetIntegration", **named)
    assert method["methodIntegration"] == integration
    assert integration["requestTemplates"] == SHOWN
    assert integration["integrationResponses"]["200"]["responseTemplates"] == SHOWN


def test_what_is_patched_is_answered_likewise(control):
    named = control.method()
    control("PutIntegration", **named, type="MOCK", requestTemplates={"application/json": "x"})
    control("PutIntegrationResponse", **named, status_code="200")
    changed = control.patch("UpdateIntegration", ("replace", "/requestTemplates/application~1json", ""), **named)
    assert changed["requestTemplates"] == {"application/json": None}
    added = ("add", "/responseTemplates/text~1plain", "")
    changed = control.patch("UpdateIntegrationResponse", added, **named, status_code="200")
    assert changed["responseTemplates"] == {"text/plain": None}
    changed = control.patch("UpdateMethod", ("replace", "/apiKeyRequired", "true"), **named)
    assert changed["methodIntegration"]["requestTemplates"] == {"application/json": None}
