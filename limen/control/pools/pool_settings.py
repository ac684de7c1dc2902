"""Settings of a pool: what is taken, what AWS fills in, and what is refused by name because nothing would do it."""

from collections.abc import Mapping
from typing import Any

from limen.control.pools.errors import invalid_parameter, unserved

KEPT = (
    "Policies",
    "DeletionProtection",
    "AutoVerifiedAttributes",
    "SmsVerificationMessage",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "VerificationMessageTemplate",
    "SmsAuthenticationMessage",
    "UserAttributeUpdateSettings",
    "EmailConfiguration",
    "SmsConfiguration",
    "UserPoolTags",
    "AdminCreateUserConfig",
    "AccountRecoverySetting",
    "UserPoolTier",
)
"""What an update replaces whole; how messages read and are sent is kept, but they go to the outbox."""
AT_CREATION = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")

DEFAULTS: dict[str, Any] = {
    "DeletionProtection": "INACTIVE",
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
    "UserPoolTier": "ESSENTIALS",
}

_POLICY = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}
_GIVEN_POLICY = {name: value is not True and value for name, value in _POLICY.items()}
"""What a policy that is given means where it says nothing: nothing is required."""

_REFUSED = {
    "DeviceConfiguration": "remembered devices",
    "DcrConfiguration": "dynamic client registration",
    "KeyConfiguration": "customer managed keys",
    "IssuerConfiguration": "issuers of one's own",
    "AcrConfiguration": "authentication contexts",
}


def check_settings(members: Mapping[str, Any]) -> None:
    """Raises for what would not be done."""
    if any(members.get("LambdaConfig", {}).values()):
        triggers = ", ".join(sorted(name for name, value in members["LambdaConfig"].items() if value))
        raise unserved(f"Lambda triggers (LambdaConfig: {triggers})")
    if members.get("MfaConfiguration", "OFF") != "OFF":
        raise unserved("multi-factor authentication (MfaConfiguration)")
    if members.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF") != "OFF":
        raise unserved("threat protection (UserPoolAddOns)")
    for name, what in _REFUSED.items():
        if members.get(name):
            raise unserved(f"{what} ({name})")
    policies = members.get("Policies", {})
    if policies.get("PasswordPolicy", {}).get("PasswordHistorySize"):
        raise unserved("password history (PasswordHistorySize)")
    factors = policies.get("SignInPolicy", {}).get("AllowedFirstAuthFactors", ["PASSWORD"])
    if factors != ["PASSWORD"]:
        raise unserved("sign-in without a password (SignInPolicy)")
    if members.get("AliasAttributes") and members.get("UsernameAttributes"):
        raise invalid_parameter("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")


def settings_of(members: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The settings among the members of a call, with all of a password policy."""
    kept = DEFAULTS | {name: members[name] for name in names if members.get(name) is not None}
    given = kept.get("Policies", {}).get("PasswordPolicy")
    kept["Policies"] = {
        "PasswordPolicy": _POLICY if given is None else _GIVEN_POLICY | {"MinimumLength": 6} | given,
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
    }
    days = kept["AdminCreateUserConfig"].get("UnusedAccountValidityDays")
    if days is not None and (given is None or "TemporaryPasswordValidityDays" not in given):
        kept["Policies"]["PasswordPolicy"] = kept["Policies"]["PasswordPolicy"] | {
            "TemporaryPasswordValidityDays": days
        }
    return kept
