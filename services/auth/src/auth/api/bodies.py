"""The requests, with the rules that each field obeys (`api-spec.zh.md`, 用户认证接口)."""

import re
import unicodedata
from typing import Annotated, Literal
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from fastapi import Path
from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from common.http import Body, Text, field_codes

INVALID_USERNAME = ("INVALID_USERNAME", "用户名须为3-20个字符，只能包含字母、数字和下划线")
INVALID_EMAIL = ("INVALID_EMAIL", "邮箱格式不正确")
WEAK_PASSWORD = ("WEAK_PASSWORD", "密码须为6-128个字符，并同时包含字母和数字")

REGISTER_CODES = field_codes(username=INVALID_USERNAME, email=INVALID_EMAIL, password=WEAK_PASSWORD)
PROFILE_CODES = field_codes(username=INVALID_USERNAME, email=INVALID_EMAIL)
PASSWORD_CODES = field_codes(newPassword=WEAK_PASSWORD)

_LETTER_AND_DIGIT = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9])", re.DOTALL)


def _email(text: str) -> str:
    """An address that is well-formed; nothing is asked of the network. Reserved `.test` domains are well-formed too."""
    try:
        return validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise PydanticCustomError("email", INVALID_EMAIL[1]) from None


def _name_or_address(text: str) -> str:
    """An address in the form in which it was registered; a name, or what is neither, as it is."""
    try:
        return _email(text) if "@" in text else text
    except PydanticCustomError:
        return text


def _typed(password: str) -> str:
    """No control characters or halves of surrogate pairs; spaces at the ends belong to a password."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        raise PydanticCustomError("control_characters", "不能包含控制字符")
    return password


def _strong(password: str) -> str:
    if not _LETTER_AND_DIGIT.match(password):
        raise PydanticCustomError("weak_password", WEAK_PASSWORD[1])
    return password


def _misleads(address: str) -> bool:
    """Whether a page that shows the address could show another one, or break out of its attribute."""
    return any(character in '<>"\\' or unicodedata.category(character)[0] in "CZ" for character in address)


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not _misleads(text)
    except ValueError:
        good = False
    if text and not good:
        raise PydanticCustomError("web_address", "网址须以http://或https://开头")
    return text


Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{3,20}$")]
Email = Annotated[Text, Field(max_length=254), AfterValidator(_email)]
Password = Annotated[str, StringConstraints(strip_whitespace=False, max_length=128), AfterValidator(_typed)]
NewPassword = Annotated[Password, Field(min_length=6), AfterValidator(_strong)]
Website = Annotated[Text, Field(max_length=200), AfterValidator(_web_address)]


class Registration(Body):
    """POST /api/users/register."""

    username: Username
    email: Email
    password: NewPassword = Field(repr=False)


class Login(Body):
    """POST /api/users/login; `username` may be the e-mail address."""

    username: Annotated[Text, Field(min_length=1, max_length=254), AfterValidator(_name_or_address)]
    password: Password = Field(repr=False)
    rememberMe: bool = False  # noqa: N815  (the document's spelling)


class PasswordChange(Body):
    """PUT /api/users/password."""

    currentPassword: Password = Field(repr=False)  # noqa: N815
    newPassword: NewPassword = Field(repr=False)  # noqa: N815


class ProfileChange(Body):
    """PUT /api/users/profile: an absent key stays as it is, `""` clears (not the name or the address)."""

    username: Username = ""
    email: Email = ""
    bio: Annotated[Text, Field(max_length=200)] = ""
    website: Website = ""
    location: Annotated[Text, Field(max_length=100)] = ""


UserId = Annotated[int, Path(ge=1, lt=2**53, description="用户ID")]


class RoleWish(Body):
    """PUT /api/users/{id}/role."""

    role: Literal["user", "admin"]


class DisabledWish(Body):
    """PUT /api/users/{id}/disabled; the reason is kept in the log, with who gave it."""

    disabled: bool
    reason: Annotated[Text, Field(max_length=200)] = ""


class FollowWish(Body):
    """POST /api/users/{id}/follow: the state wished for; the opposite of now when it is left out."""

    following: bool | None = None
