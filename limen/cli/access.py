"""`limen access`: users, access keys, roles and their policies, by the IAM of the running server."""

import json
from pathlib import Path
from typing import Annotated, Any
from xml.etree import ElementTree

import typer

from limen.cli.failure import CommandError
from limen.cli.listing import print_columns, print_json
from limen.cli.options import takes_settings
from limen.config import Settings

POLICY = "main"
"""Name of the inline policy that --policy becomes."""
AS_JSON = typer.Option("--json", help="Print JSON")
USER = typer.Argument(metavar="NAME", help="Name of a user")

access = typer.Typer(help="Users, access keys, roles and their policies.", no_args_is_help=True)


@access.command("create-user")
@takes_settings("data_dir", "host", "admin_port")
def create_user(
    settings: Settings,
    name: Annotated[str, USER],
    policy: Annotated[Path | None, typer.Option("--policy", metavar="FILE", help="Policy of the user, as JSON")] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Create a user with an access key, and print its secret, which is shown this once."""
    iam = _Iam(settings)
    document = None if policy is None else _read_policy(policy)
    iam.call("CreateUser", UserName=name)
    try:
        if document is not None:
            iam.call("PutUserPolicy", UserName=name, PolicyName=POLICY, PolicyDocument=document)
        key = iam.create_key(name)
    except CommandError:
        iam.delete_user(name)
        raise
    _print_key(key, as_json)


@access.command("list")
@takes_settings("data_dir", "host", "admin_port")
def list_users(settings: Settings, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """List users and roles."""
    iam = _Iam(settings)
    found = [
        {"type": kind, "name": each[f"{label}Name"], "arn": each["Arn"], "created": each["CreateDate"]}
        for kind, label in (("user", "User"), ("role", "Role"))
        for each in iam.all_of(f"List{label}s", f"{label}s")
    ]
    for each in found:
        each["keys"] = [] if each["type"] == "role" else iam.keys_of(each["name"])
    if as_json:
        print_json(found)
        return
    rows = [
        [
            each["type"],
            each["name"],
            each["arn"],
            each["created"],
            ", ".join(key["AccessKeyId"] for key in each["keys"]),
        ]
        for each in found
    ]
    print_columns(["TYPE", "NAME", "ARN", "CREATED", "KEYS"], rows)


@access.command("delete-user")
@takes_settings("data_dir", "host", "admin_port")
def delete_user(settings: Settings, name: Annotated[str, USER]) -> None:
    """Delete a user with its keys and policies."""
    _Iam(settings).delete_user(name)
    typer.echo(f"deleted user {name}")


@access.command("keys")
@takes_settings("data_dir", "host", "admin_port")
def keys(
    settings: Settings,
    name: Annotated[str, USER],
    create: Annotated[bool, typer.Option("--create", help="Make another key")] = False,
    disable: Annotated[str | None, typer.Option(metavar="KEY", help="Switch a key off")] = None,
    enable: Annotated[str | None, typer.Option(metavar="KEY", help="Switch a key on again")] = None,
    delete: Annotated[str | None, typer.Option(metavar="KEY", help="Delete a key")] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """List the access keys of a user, make, switch off or delete one."""
    iam = _Iam(settings)
    if sum(map(bool, (create, disable, enable, delete))) > 1:
        raise CommandError("give one of --create, --disable, --enable and --delete")
    if create:
        _print_key(iam.create_key(name), as_json)
        return
    for key_id, status in ((disable, "Inactive"), (enable, "Active")):
        if key_id is not None:
            iam.call("UpdateAccessKey", UserName=name, AccessKeyId=key_id, Status=status)
    if delete is not None:
        iam.call("DeleteAccessKey", UserName=name, AccessKeyId=delete)
    found = iam.keys_of(name)
    if as_json:
        print_json(found)
        return
    print_columns(
        ["KEY", "STATUS", "CREATED"], [[key["AccessKeyId"], key["Status"], key["CreateDate"]] for key in found]
    )


@access.command("put-policy")
@takes_settings("data_dir", "host", "admin_port")
def put_policy(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a user, or of a role with --role")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy, as JSON")],
    policy_name: Annotated[str, typer.Option("--name", metavar="POLICY", help="Name of the policy")] = POLICY,
    is_role: Annotated[bool, typer.Option("--role", help="NAME is that of a role")] = False,
) -> None:
    """Give a user or a role an inline policy, in place of the one with the same name."""
    kind = "Role" if is_role else "User"
    members = {f"{kind}Name": name, "PolicyName": policy_name, "PolicyDocument": _read_policy(file)}
    _Iam(settings).call(f"Put{kind}Policy", **members)
    typer.echo(f"put policy {policy_name} of {kind.lower()} {name}")


@access.command("create-role")
@takes_settings("data_dir", "host", "admin_port")
def create_role(
    settings: Settings,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the role")],
    trust: Annotated[Path, typer.Option("--trust", metavar="FILE", help="Who may assume it, as JSON")],
    policy: Annotated[Path | None, typer.Option("--policy", metavar="FILE", help="What it may do, as JSON")] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Create a role."""
    iam = _Iam(settings)
    trusted, document = _read_policy(trust), None if policy is None else _read_policy(policy)
    iam.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trusted)
    if document is not None:
        try:
            iam.call("PutRolePolicy", RoleName=name, PolicyName=POLICY, PolicyDocument=document)
        except CommandError:
            iam.call("DeleteRole", RoleName=name)
            raise
    arn = iam.call("GetRole", RoleName=name)["Role"]["Arn"]
    if as_json:
        print_json({"RoleName": name, "Arn": arn})
        return
    typer.echo(arn)


class _Iam:
    """Calls IAM with the admin credentials."""

    def __init__(self, settings: Settings) -> None:
        from limen.cli.admin_port import AdminPort

        self._port = AdminPort(settings)

    def call(self, action: str, **members: str) -> dict[str, Any]:
        """The result, lists as lists."""
        return read_result(self._port.call_query("iam", {"Action": action, "Version": "2010-05-08", **members}))

    def all_of(self, action: str, member: str, **members: str) -> list[dict[str, Any]]:
        """All pages."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.call(action, **members)
            found += answer.get(member) or []
            if answer.get("IsTruncated") != "true":
                return found
            members["Marker"] = answer["Marker"]

    def create_key(self, name: str) -> dict[str, Any]:
        key: dict[str, Any] = self.call("CreateAccessKey", UserName=name)["AccessKey"]
        return key

    def keys_of(self, name: str) -> list[dict[str, Any]]:
        return self.all_of("ListAccessKeys", "AccessKeyMetadata", UserName=name)

    def delete_user(self, name: str) -> None:
        for key in self.keys_of(name):
            self.call("DeleteAccessKey", UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in self.all_of("ListUserPolicies", "PolicyNames", UserName=name):
            self.call("DeleteUserPolicy", UserName=name, PolicyName=str(policy))
        for policy in self.all_of("ListAttachedUserPolicies", "AttachedPolicies", UserName=name):
            self.call("DetachUserPolicy", UserName=name, PolicyArn=policy["PolicyArn"])
        for group in self.all_of("ListGroupsForUser", "Groups", UserName=name):
            self.call("RemoveUserFromGroup", UserName=name, GroupName=group["GroupName"])
        self.call("DeleteUser", UserName=name)


def read_result(xml: bytes) -> dict[str, Any]:
    """The result of an answer of the Query protocol; texts stay texts. CommandError where it is none."""
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 (from our own server, by its certificate)
    except ElementTree.ParseError:
        raise CommandError("the server did not answer with XML: is it Limen?") from None
    result: Any = next((_value(child) for child in root if child.tag.endswith("Result")), {})
    return result if isinstance(result, dict) else {}


def _value(element: ElementTree.Element) -> Any:
    children = [(child.tag.rpartition("}")[2], _value(child)) for child in element]
    if not children:
        return (element.text or "").strip() or None
    if all(name == "member" for name, _ in children):
        return [value for _, value in children]
    return dict(children)


def _read_policy(file: Path) -> str:
    try:
        text = file.read_text("utf-8")
        json.loads(text)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(f"{file}: not valid JSON: {error}") from None
    return text


def _print_key(key: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json({name: key[name] for name in ("UserName", "AccessKeyId", "SecretAccessKey")})
        return
    typer.echo(f"export AWS_ACCESS_KEY_ID={key['AccessKeyId']}")
    typer.echo(f"export AWS_SECRET_ACCESS_KEY={key['SecretAccessKey']}")
    typer.echo("The secret is not shown again.", err=True)
