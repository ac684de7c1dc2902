"""Stage variables in what is configured: `${stageVariables.name}`, filled in when a stage is compiled."""

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\{stageVariables\.([^{}]*)\}")


def fill_stage_variables(text: str, variables: Mapping[str, str]) -> str:
    """Raises LookupError, in words for the log, for a variable that the stage does not have."""

    def value_of(match: re.Match[str]) -> str:
        if match[1] not in variables:
            raise LookupError(f"the stage has no variable {match[1]!r}, which the integration needs")
        return variables[match[1]]

    return _REFERENCE.sub(value_of, text)


def mentions_stage_variables(text: str) -> bool:
    return _REFERENCE.search(text) is not None


def blank_stage_variables(text: str) -> str:
    """With a digit for each reference, which fits wherever one may stand: in a host, a port, a path."""
    return _REFERENCE.sub("1", text)
