"""Which authorization is enforced: what the gateway has a step for, and nothing else."""

from limen.features.authorizers.compile import OF_METHODS, OF_ROUTES
from limen.gateway.api_key import API_KEY_SOURCES

_OF_AUTHORIZERS = {"TOKEN": "CUSTOM", "REQUEST": "CUSTOM"}
"""Authorization types by the type of authorizer that they go by, where the names differ."""


def is_route_authorization(kind: str) -> bool:
    """Of HTTP APIs, by authorizationType."""
    return kind == "NONE" or kind in OF_ROUTES


def is_method_authorization(kind: str) -> bool:
    """Of REST APIs, by authorizationType."""
    return kind == "NONE" or kind in OF_METHODS


def is_route_authorizer(kind: object) -> bool:
    """Of HTTP APIs, by authorizerType in any case."""
    name = str(kind).upper()
    return name in ("REQUEST", "JWT") and _OF_AUTHORIZERS.get(name, name) in OF_ROUTES


def is_method_authorizer(kind: object) -> bool:
    """Of REST APIs, by type in any case."""
    name = str(kind).upper()
    return name in ("TOKEN", "REQUEST", "COGNITO_USER_POOLS", "JWT") and _OF_AUTHORIZERS.get(name, name) in OF_METHODS


def is_api_key_source(name: str) -> bool:
    """Of REST APIs: where the key of a method that requires one is looked for."""
    return name in API_KEY_SOURCES
