"""The rules of each field."""

from typing import Any

import pytest
from pydantic import ValidationError

from auth.api.bodies import FollowWish, Login, ProfileChange, Registration

GOOD = {"username": "test_user1", "email": "test@example.com", "password": "abc123"}


def test_a_registration_by_the_rules_is_taken() -> None:
    body = Registration(**GOOD)
    assert (body.username, body.email, body.password) == ("test_user1", "test@example.com", "abc123")


@pytest.mark.parametrize(
    "username",
    ["ab", "a" * 21, "has space", "名字名字", "dash-ed", "ａｂｃ", "", "abc\n\x00", None, 12345, {"$ne": ""}],
)
def test_a_name_against_the_rules_is_refused(username: Any) -> None:
    with pytest.raises(ValidationError):
        Registration(**{**GOOD, "username": username})


@pytest.mark.parametrize("email", ["", "x", "a@b", "a b@example.com", "a@example.com\x00", "@example.com", {"$gt": ""}])
def test_an_address_that_is_none_is_refused(email: Any) -> None:
    with pytest.raises(ValidationError):
        Registration(**{**GOOD, "email": email})


@pytest.mark.parametrize(
    "password", ["abc12", "abcdef", "123456", "密码123456", "a1" * 65, "abc123\x00", "abc\ud800123", 123456, ["a1b2c3"]]
)
def test_a_weak_or_unusable_password_is_refused(password: Any) -> None:
    with pytest.raises(ValidationError):
        Registration(**{**GOOD, "password": password})


def test_a_password_is_taken_literally() -> None:
    assert Registration(**{**GOOD, "password": "  a1b2c3 "}).password == "  a1b2c3 "
    assert len(Registration(**{**GOOD, "password": "a1" * 64}).password) == 128


def test_a_password_is_not_shown_when_a_body_is_printed() -> None:
    assert "abc123" not in repr(Registration(**GOOD))


@pytest.mark.parametrize(
    "website", ["javascript:alert(1)", "ftp://example.com", "example.com", "https://", "http://a b", 'http://a/"><i>']
)
def test_a_website_is_http_or_https(website: str) -> None:
    with pytest.raises(ValidationError):
        ProfileChange(website=website)


def test_a_change_tells_absent_from_cleared() -> None:
    assert ProfileChange(bio="").model_dump(exclude_unset=True) == {"bio": ""}
    assert ProfileChange(website="https://例子.com/我").model_dump(exclude_unset=True) == {
        "website": "https://例子.com/我"
    }


def test_a_biography_has_at_most_200_characters() -> None:
    assert ProfileChange(bio="字" * 200).bio == "字" * 200
    with pytest.raises(ValidationError):
        ProfileChange(bio="字" * 201)


@pytest.mark.parametrize("wish", ["true", 1])
def test_flags_are_taken_literally(wish: Any) -> None:
    with pytest.raises(ValidationError):
        FollowWish(following=wish)
    with pytest.raises(ValidationError):
        Login(username="a", password="b", rememberMe=wish)
