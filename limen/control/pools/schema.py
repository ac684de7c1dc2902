"""Attributes of users: the standard ones of OpenID Connect, custom ones of a pool, and what values they take.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from limen.control.pools.errors import invalid_parameter
from limen.identity.tokens import TRUTHS

MOST_CUSTOM = 50
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.][^\s@]*\.[^\s@.]+")
_PHONE = re.compile(r"\+[0-9]{2,15}")

Schema = Mapping[str, Mapping[str, Any]]


def _text(name: str, least: int = 0, most: int = 2048, **others: Any) -> dict[str, Any]:
    return _attribute(name, "String", **others) | {
        "StringAttributeConstraints": {"MinLength": str(least), "MaxLength": str(most)}
    }


def _attribute(name: str, kind: str, *, mutable: bool = True, required: bool = False) -> dict[str, Any]:
    return {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": mutable,
        "Required": required,
    }


_TEXTS = (
    *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
    *("website", "email", "gender", "zoneinfo", "locale", "phone_number", "address"),
)

STANDARD = [
    _text("sub", 1, mutable=False, required=True),
    *(_text(name) for name in _TEXTS),
    _text("birthdate", 10, 10),
    *(_attribute(name, "Boolean") for name in TRUTHS),
    _attribute("updated_at", "Number") | {"NumberAttributeConstraints": {"MinValue": "0"}},
]


def schema_of(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Standard attributes, as a pool changes them, and its own."""
    attributes = {attribute["Name"]: attribute for attribute in STANDARD}
    for each in given:
        name = each.get("Name", "")
        if name in attributes and name != "sub":
            attributes[name] = attributes[name] | {key: value for key, value in each.items() if key in _CHANGEABLE}
        else:
            custom = custom_attribute(each)
            if custom["Name"] in attributes:
                raise invalid_parameter(f"{custom['Name']}: Existing attribute already has name {name}.")
            attributes[custom["Name"]] = custom
    _check_count(attributes)
    return list(attributes.values())


_CHANGEABLE = ("Required", "Mutable", "StringAttributeConstraints", "NumberAttributeConstraints")


def add_custom(schema: list[dict[str, Any]], added: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A schema with more attributes; those that are there never change."""
    attributes = {attribute["Name"]: attribute for attribute in schema}
    for each in added:
        custom = custom_attribute(each)
        if custom["Name"] in attributes:
            message = f"{custom['Name']}: Existing attribute already has name {custom['Name']}."
            raise invalid_parameter(message)
        attributes[custom["Name"]] = custom
    _check_count(attributes)
    return list(attributes.values())


def custom_attribute(given: Mapping[str, Any]) -> dict[str, Any]:
    name = given.get("Name", "").removeprefix("custom:")
    if not name:
        raise invalid_parameter("Invalid SchemaAttributeType: an attribute needs a Name")
    if given.get("Required"):
        raise invalid_parameter("Required custom attributes are not supported currently.")
    prefix = "dev:custom:" if given.get("DeveloperOnlyAttribute") else "custom:"
    kind = given.get("AttributeDataType", "String")
    attribute = _attribute(prefix + name, kind, mutable=given.get("Mutable", True))
    attribute["DeveloperOnlyAttribute"] = bool(given.get("DeveloperOnlyAttribute"))
    if kind == "String":
        attribute["StringAttributeConstraints"] = dict(given.get("StringAttributeConstraints", {}))
    elif kind == "Number":
        attribute["NumberAttributeConstraints"] = dict(given.get("NumberAttributeConstraints", {}))
    return attribute


def as_map(attributes: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """By name; the last of a name counts."""
    return {each["Name"]: each.get("Value", "") for each in attributes or ()}


def as_list(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def check_new(schema: Schema, attributes: Mapping[str, str], *, needs_required: bool = True) -> None:
    """Of a user that is made."""
    problems = list(_problems(schema, attributes))
    if needs_required:
        missing = [name for name, each in schema.items() if each["Required"] and name != "sub"]
        problems += [f"{name}: The attribute is required" for name in missing if not attributes.get(name)]
    _raise_for(problems)


def check_changed(schema: Schema, attributes: Mapping[str, str]) -> None:
    """Of a user that is there."""
    problems = [
        f"{name}: Attribute cannot be updated."
        for name in attributes
        if name in schema and (name == "sub" or not schema[name]["Mutable"])
    ]
    _raise_for([*problems, *_problems(schema, attributes)])


def _raise_for(problems: list[str]) -> None:
    if problems:
        raise invalid_parameter("Attributes did not conform to the schema: " + "\n".join(problems) + "\n")


def _problems(schema: Schema, attributes: Mapping[str, str]) -> Iterator[str]:
    for name, value in attributes.items():
        attribute = schema.get(name)
        if attribute is None:
            yield f"{name}: Attribute does not exist in the schema."
        elif (problem := _find_problem(name, attribute, value)) is not None:
            yield f"{name}: {problem}"
    if attributes.get("email") and not _EMAIL.fullmatch(attributes["email"]):
        raise invalid_parameter("Invalid email address format.")
    if attributes.get("phone_number") and not _PHONE.fullmatch(attributes["phone_number"]):
        raise invalid_parameter("Invalid phone number format.")


def _find_problem(name: str, attribute: Mapping[str, Any], value: str) -> str | None:
    kind = attribute["AttributeDataType"]
    if kind == "Boolean":
        return None if value.lower() in ("true", "false") else "Attribute value must be true or false"
    if kind == "Number":
        return _find_number_problem(attribute.get("NumberAttributeConstraints", {}), value)
    if kind == "DateTime":
        return None
    limits = attribute.get("StringAttributeConstraints", {})
    if "MinLength" in limits and value and len(value) < int(limits["MinLength"]):
        return "String must be longer than minimum length"
    if len(value) > int(limits.get("MaxLength", 2048)):
        return "String must be shorter than maximum length"
    return None


def _find_number_problem(limits: Mapping[str, str], value: str) -> str | None:
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        return "Attribute value is not a number"
    if "MinValue" in limits and int(value) < int(limits["MinValue"]):
        return "Number must be greater than minimum value"
    if "MaxValue" in limits and int(value) > int(limits["MaxValue"]):
        return "Number must be smaller than maximum value"
    return None


def is_email(text: str) -> bool:
    return _EMAIL.fullmatch(text) is not None


def is_phone_number(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None


def _check_count(attributes: Mapping[str, Any]) -> None:
    if sum(":" in name for name in attributes) > MOST_CUSTOM:
        raise invalid_parameter(f"A user pool has at most {MOST_CUSTOM} custom attributes.")
