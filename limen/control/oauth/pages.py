"""The pages that people see: to sign in, to choose a new password, and to read that something is wrong. No scripts."""

from collections.abc import Mapping, Sequence
from html import escape

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1b1f24}"
    "main{max-width:22rem;margin:12vh auto;padding:2rem;background:#fff;border:1px solid #d9dde3;border-radius:8px}"
    "h1{font-size:1.25rem;margin:0 0 1rem}label{display:block;margin:.75rem 0 .25rem}"
    "input{box-sizing:border-box;width:100%;padding:.5rem;font:inherit;border:1px solid #8a929c;border-radius:4px}"
    "button{width:100%;margin-top:1.25rem;padding:.6rem;font:inherit;color:#fff;background:#1a56c4;border:0;"
    "border-radius:4px;cursor:pointer}p.error{color:#a11212;margin:.5rem 0}p.hint{color:#565d66;font-size:.875rem}"
)


def sign_in_page(*, pool: str, action: str, token: str, username: str = "", error: str = "") -> str:
    fields = [
        _field("username", "Username", value=username, autocomplete="username", takes_focus=not username),
        _field("password", "Password", kind="password", autocomplete="current-password", takes_focus=bool(username)),
    ]
    return _page(f"Sign in to {pool}", _error(error) + _form(action, {"csrf": token}, fields, "Sign in"))


def new_password_page(
    *, pool: str, action: str, token: str, session: str, attributes: Sequence[str], hint: str, error: str = ""
) -> str:
    """`attributes`: those that the pool requires and the user does not have yet."""
    fields = [
        _field("new_password", "New password", kind="password", autocomplete="new-password", takes_focus=True),
        _field("new_password_again", "New password, again", kind="password", autocomplete="new-password"),
        *(_field(f"attribute.{name}", name) for name in attributes),
    ]
    said = f'<p class="hint">{escape(hint)}</p>' if hint else ""
    form = _form(action, {"csrf": token, "session": session}, fields, "Change password")
    return _page(f"Choose a new password for {pool}", _error(error) + said + form)


def message_page(title: str, text: str) -> str:
    return _page(title, f"<p>{escape(text)}</p>")


def _page(title: str, content: str) -> str:
    """`content` is HTML; everything that was given from outside is escaped in it."""
    name = escape(title)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">'
        f'<meta name="viewport" content="width=device-width"><title>{name}</title><style>{STYLE}</style></head>'
        f"<body><main><h1>{name}</h1>{content}</main></body></html>"
    )


def _form(action: str, hidden: Mapping[str, str], fields: Sequence[str], button: str) -> str:
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    return (
        f'<form method="post" action="{escape(action)}">{kept}{"".join(fields)}<button>{escape(button)}</button></form>'
    )


def _field(
    name: str, label: str, *, value: str = "", kind: str = "text", autocomplete: str = "on", takes_focus: bool = False
) -> str:
    named, focus = escape(name), " autofocus" if takes_focus else ""
    return (
        f'<label for="{named}">{escape(label)}</label><input id="{named}" name="{named}" type="{kind}" '
        f'value="{escape(value)}" autocomplete="{autocomplete}" autocapitalize="none" spellcheck="false" '
        f"required{focus}>"
    )


def _error(text: str) -> str:
    return f'<p class="error" role="alert">{escape(text)}</p>' if text else ""
