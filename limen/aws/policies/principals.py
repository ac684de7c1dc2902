"""Principal and NotPrincipal elements.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from limen.aws.policies.asked import Asker
from limen.aws.policies.errors import NotUnderstoodError
from limen.aws.policies.texts import as_texts

EVERYBODY = "*"

IsNamed: TypeAlias = Callable[[Asker], bool]

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ARN = re.compile(r"arn:[a-z-]+:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)/[^*?]+)", re.ASCII)
_ID = re.compile(r"A[A-Z0-9]{15,127}", re.ASCII)
_SERVICE = re.compile(r"[a-z0-9.-]+\.[a-z]+", re.ASCII)


class Named(Struct, frozen=True):
    """Whom an element names; `names` are all of them where it is neither everybody nor every service."""

    names: frozenset[str] = frozenset()
    is_everybody: bool = False
    is_every_service: bool = False


def read_principals(element: Any, *, is_sure: bool) -> Named:
    """Raises NotUnderstoodError; for federated and canonical users, whom nobody here can be, only where `is_sure`."""
    if element == EVERYBODY:
        return Named(is_everybody=True)
    if not isinstance(element, Mapping) or not element:
        raise NotUnderstoodError("the Principal")
    names: set[str] = set()
    is_everybody = is_every_service = False
    for kind, listed in element.items():
        if kind in _ELSEWHERE and not is_sure:
            continue
        for name in as_texts(listed):
            is_of_kind = _KINDS.get(kind)
            if is_of_kind is None or (name != EVERYBODY and not is_of_kind(name)):
                raise NotUnderstoodError(f"the principal {kind} {name}")
            is_everybody = is_everybody or (kind, name) == ("AWS", EVERYBODY)
            is_every_service = is_every_service or (kind, name) == ("Service", EVERYBODY)
            names.add(name)
    return Named(frozenset(names - {EVERYBODY}), is_everybody, is_every_service)


def compile_principal(named: Named) -> IsNamed | None:
    """None: everybody is."""
    if named.is_everybody:
        return None
    names, is_every_service = named.names, named.is_every_service

    def is_named(asker: Asker) -> bool:
        return not names.isdisjoint(asker.names) or (is_every_service and asker.is_service)

    return is_named


def compile_not_principal(named: Named, *, is_deny: bool) -> IsNamed:
    """Everybody but those named. A Deny spares who is named at each level: the account, the role and the session.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
    """
    names = named.names

    def is_other(asker: Asker) -> bool:
        if named.is_everybody or (named.is_every_service and asker.is_service):
            return False
        if not is_deny:
            return names.isdisjoint(asker.names)
        return not asker.levels or any(names.isdisjoint(level) for level in asker.levels)

    return is_other


def _is_aws(name: str) -> bool:
    return any(pattern.fullmatch(name) is not None for pattern in (_ACCOUNT, _ARN, _ID))


def _is_service(name: str) -> bool:
    return _SERVICE.fullmatch(name) is not None


_ELSEWHERE = ("Federated", "CanonicalUser")
_KINDS: dict[str, Callable[[str], bool]] = {"AWS": _is_aws, "Service": _is_service}
