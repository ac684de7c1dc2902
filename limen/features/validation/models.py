"""Models: JSON schemas of draft 4 that refer to each other by URL, compiled to one that judges bodies.

Nothing is ever fetched: a reference leads to a model of the same API, or the model is refused.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import orjson
from jsonschema_rs import Draft4Validator, FancyRegexOptions, RegexOptions, Registry

from limen.features.validation.cost import MAX_STEPS, Costs
from limen.features.validation.explanations import Explanation, explain
from limen.gateway.errors import PlanError

URL = "https://apigateway.amazonaws.com/restapis/{api}/models/{name}"
_HOST = "https://apigateway.amazonaws.com/"

BACKTRACK_LIMIT = 100_000
"""Steps of a pattern that looks around, and so is not matched in linear time; past them it does not match."""

_META = Draft4Validator({"$ref": "http://json-schema.org/draft-04/schema#"}, offline=True)


def _anything(_: str) -> bool:
    return True


_FORMATS = {"date": _anything, "time": _anything, "idn-email": _anything}
"""Formats that draft 4 does not have, and that API Gateway does not look at."""


class Model:
    """Judges bodies. `is_valid` says what holds for everybody; `explain` is asked where it says no."""

    def __init__(self, name: str, documents: Mapping[str, Any], url: str) -> None:
        """`documents`: schemas by URL, all that can be reached from `url`."""
        self.name = name
        self._documents = documents
        self._url = url
        costs = _measure(documents, url, name)
        self.costs: Costs | None = None if costs.are_harmless else costs
        """What to look at before a body is judged; None where nothing can take long."""
        self._validator = _compile(documents, url, name)
        self.is_valid = self._validator.is_valid

    def explain(self, content: Any) -> Explanation:
        """Why `content` is not valid, in API Gateway's words."""
        explanation = explain(self._documents, self._url, content)
        if explanation.messages:
            return explanation
        # A body too large to be walked through: straight to what is wrong with it.
        error = next(iter(self._validator.iter_errors(content)))
        explanation = explain(self._documents, self._url, content, error.instance_path)
        # Where the two do not agree on what a schema means, it is said in the words of the one that judged.
        return explanation if explanation.messages else Explanation([error.message])


def compile_model(name: str, models: Mapping[str, Mapping[str, Any]], api_id: str) -> Model:
    """Raises PlanError where the model, or one that it refers to, is missing or is no schema of draft 4."""
    url = URL.format(api=api_id, name=name)
    documents: dict[str, Any] = {}
    wanted = {url: name}
    while wanted:
        address, wanted_name = wanted.popitem()
        schema = documents[address] = _read(wanted_name, models)
        for reference in _references(schema):
            target = reference.partition("#")[0]
            if target.startswith(_HOST) and target not in documents:
                wanted[target] = _name_of(target, api_id, wanted_name)
    return Model(name, documents, url)


def _read(name: str, models: Mapping[str, Mapping[str, Any]]) -> Any:
    if name not in models:
        raise PlanError(f"model {name!r} does not exist")
    try:
        schema = orjson.loads(models[name].get("schema") or "{}")
    except orjson.JSONDecodeError as error:
        raise PlanError(f"model {name!r} is not JSON: {error}") from None
    if not isinstance(schema, dict):
        raise PlanError(f"model {name!r} is not a JSON object")
    for problem in _META.iter_errors(schema):
        at = "/".join(str(step) for step in problem.instance_path)
        raise PlanError(f"model {name!r} is no JSON schema of draft 4: at /{at}: {problem.message}")
    return schema


def _name_of(url: str, api_id: str, referrer: str) -> str:
    name = url.removeprefix(URL.format(api=api_id, name=""))
    if name == url or not name or "/" in name:
        raise PlanError(f"model {referrer!r} refers to {url}, which is no model of this API")
    return name


def _references(schema: Any) -> Iterator[str]:
    """Without recursion: JSON may be nested deeper than Python calls."""
    pending = [schema]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str):
                yield reference
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)


def _measure(documents: Mapping[str, Any], url: str, name: str) -> Costs:
    try:
        costs = Costs(documents, url)
    except RecursionError:
        raise PlanError(f"model {name!r} is nested too deep") from None
    if costs.of_level[0] > MAX_STEPS:
        raise PlanError(f"model {name!r} asks for more than {MAX_STEPS:,} schemas of one value")
    return costs


def _compile(documents: Mapping[str, Any], url: str, name: str) -> Draft4Validator:
    refused: Exception | None = None
    # First with expressions that are matched in linear time, whatever they are matched with.
    for patterns in (RegexOptions(), FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT)):
        try:
            return Draft4Validator(
                {"$ref": url},
                registry=Registry(list(documents.items()), draft=jsonschema_rs.Draft4),
                offline=True,
                validate_formats=True,
                formats=_FORMATS,
                pattern_options=patterns,
            )
        except (jsonschema_rs.ReferencingError, ValueError) as error:
            refused = error
    raise PlanError(f"model {name!r} does not compile: {str(refused).partition(chr(10))[0]}")
