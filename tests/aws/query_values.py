"""Values of any shape of a service model, as an SDK takes them or an operation gives them."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from limen.aws.service_model import Shape

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
_TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(-1e6, 1e6, width=32),
    "double": st.floats(-1e6, 1e6),
    "timestamp": _TIMES.map(lambda moment: moment.replace(microsecond=0)),
    "blob": st.binary(max_size=8),
    "string": TEXTS,
}


def values_of(shape: Shape, depth: int = 3, *, wire: bool = False) -> st.SearchStrategy[Any]:
    """By the names of the model, or those on the wire; what is nested deeper is left empty."""
    if shape.type == "structure":
        members = shape.members if depth else {}
        named = {name if wire else member.name: member.shape for name, member in members.items()}
        chosen = st.lists(st.sampled_from(sorted(named)), unique=True, max_size=4) if named else st.just([])
        return chosen.flatmap(
            lambda names: st.fixed_dictionaries({name: values_of(named[name], depth - 1, wire=wire) for name in names})
        )
    if shape.type == "list":
        assert shape.element is not None
        return st.lists(values_of(shape.element, depth - 1, wire=wire), max_size=3) if depth else st.just([])
    if shape.type == "map":
        assert shape.element is not None
        assert shape.key is not None
        keys = st.sampled_from(shape.key.enum) if shape.key.enum else TEXTS
        values = values_of(shape.element, depth - 1, wire=wire)
        return st.dictionaries(keys, values, max_size=3) if depth else st.just({})
    return _SCALARS.get(shape.type, TEXTS)
