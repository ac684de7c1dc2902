"""Conditions of routing rules, whatever texts they are of."""

import contextlib
import re

from hypothesis import given
from hypothesis import strategies as st

from limen.aws.errors import AwsError
from limen.control.domains.conditions import RESTRICTED, check_conditions
from limen.integrations.mapping_grammar import RESERVED_PREFIXES

TEXTS = st.text("*ab?-./$ ,:Xx\n\0é", max_size=130)


def is_taken(*conditions: dict[str, object]) -> bool:
    with contextlib.suppress(AwsError):
        check_conditions(list(conditions))
        return True
    return False


@given(TEXTS)
def test_a_glob_that_is_taken_has_stars_at_its_ends_alone(glob: str) -> None:
    taken = is_taken({"matchHeaders": {"anyOf": [{"header": "x-version", "valueGlob": glob}]}})
    literal = glob.removeprefix("*").removesuffix("*")
    longest = 39 if len(glob) > 1 and glob[0] == glob[-1] == "*" else 127
    assert taken == ((glob == "*" or bool(re.fullmatch(r"[ab?.$Xx-]+", literal, re.ASCII))) and len(glob) <= longest)


@given(TEXTS)
def test_a_base_path_that_is_taken_has_whole_segments(path: str) -> None:
    taken = is_taken({"matchBasePaths": {"anyOf": [path]}})
    segments = path.split("/")
    assert taken == (len(path) <= 127 and all(re.fullmatch(r"[*ab.$Xx-]+", each, re.ASCII) for each in segments))


@given(st.sampled_from([*RESTRICTED, *(f"{each}x" for each in RESERVED_PREFIXES)]), st.data())
def test_a_restricted_header_is_one_in_any_case(name: str, data: st.DataObject) -> None:
    spelled = "".join(data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in name)
    assert not is_taken({"matchHeaders": {"anyOf": [{"header": spelled, "valueGlob": "*"}]}})
