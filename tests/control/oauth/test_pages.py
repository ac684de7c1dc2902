"""Pages in which nothing from outside is HTML."""

from hypothesis import given
from hypothesis import strategies as st

from limen.control.oauth.pages import message_page, new_password_page, sign_in_page
from limen.control.oauth.replies import page_reply

EVIL = "\"'><script>alert(1)</script><x y="


@given(st.text(max_size=40).map(lambda text: EVIL + text))
def test_what_is_given_is_shown_and_not_run(text: str) -> None:
    pages = [
        sign_in_page(pool=text, action=text, token=text, username=text, error=text),
        new_password_page(pool=text, action=text, token=text, session=text, attributes=[text], hint=text, error=text),
        message_page(text, text),
    ]

    for page in pages:
        assert "<script" not in page and "<x" not in page and "'>" not in page.replace("'>", "", 0).split("</style>")[1]


def test_a_page_is_bytes_whatever_it_holds() -> None:
    assert page_reply(message_page("t", "\ud800")).body.endswith(b"</html>")
