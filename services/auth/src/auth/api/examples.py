"""Examples for the API document, after `api-spec.zh.md`, and the headers that only some answers bear."""

from common.http import example

_TIME = "2023-01-01T00:00:00.000Z"
_AVATAR = "https://example.com/media/public/avatars/1-0123456789abcdef.jpg"
_PROFILE = {
    "id": 1,
    "username": "testuser",
    "email": "test@example.com",
    "role": "user",
    "bio": "AI艺术爱好者",
    "avatar": _AVATAR,
    "website": "https://mysite.com",
    "location": "北京，中国",
    "created_at": _TIME,
    "updated_at": _TIME,
    "last_login": _TIME,
}
_STATE = {"id": 1, "username": "testuser", "role": "user", "disabled": False, "disabled_reason": None}

REGISTER = example(
    body={"username": "testuser", "email": "test@example.com", "password": "secret123"},
    data={"user": {"id": 1, "username": "testuser", "email": "test@example.com", "created_at": _TIME}},
    message="注册成功",
    status=201,
)
LOGIN = example(
    body={"username": "testuser", "password": "secret123", "rememberMe": False},
    data={
        "token": "eyJhbGciOiJFZERTQSIsImtpZCI6…",
        "expires_at": "2023-01-02T00:00:00.000Z",
        "user": {
            "id": 1,
            "username": "testuser",
            "email": "test@example.com",
            "role": "user",
            "avatar": None,
            "last_login": _TIME,
        },
    },
    message="登录成功",
) | {"responses": {"403": {"headers": {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}}}}
LOGOUT = example(message="已退出登录")
PASSWORD = example(body={"currentPassword": "secret123", "newPassword": "secret456"}, message="密码修改成功")
PROFILE = example(data={"user": _PROFILE})
PROFILE_UPDATE = example(
    body={
        "username": "newusername",
        "email": "newemail@example.com",
        "bio": "更新的个人简介",
        "website": "https://mysite.com",
        "location": "上海，中国",
    },
    data={"user": {**_PROFILE, "username": "newusername", "email": "newemail@example.com", "bio": "更新的个人简介"}},
    message="更新成功",
)
AVATAR = example(data={"avatar_url": _AVATAR}, message="头像上传成功")
PUBLIC_PROFILE = example(
    data={
        "user": {
            "id": 1,
            "username": "creator1",
            "bio": "AI艺术爱好者",
            "avatar": _AVATAR,
            "website": "https://mysite.com",
            "location": "北京，中国",
            "created_at": _TIME,
            "followers_count": 12,
            "following_count": 34,
            "is_following": False,
        }
    }
)
FOLLOW = example(body={"following": True}, data={"is_following": True, "followers_count": 3})
ROLE = example(body={"role": "admin"}, data={"user": {**_STATE, "role": "admin"}}, message="角色已更新，重新登录后生效")
DISABLED = example(
    body={"disabled": True, "reason": "发布违规内容"},
    data={"user": {**_STATE, "disabled": True, "disabled_reason": "发布违规内容"}},
    message="账户已停用",
)
