"""Examples for the API document, after `api-spec.zh.md`."""

from typing import Any

from common.http import example

_TIME = "2023-01-01T00:00:00.000Z"
_PAGE = {"current_page": 1, "total_pages": 1, "total_count": 1, "has_next": False, "has_prev": False}
_AUTHOR = {"id": 1, "username": "creator1", "avatar": "https://example.com/media/public/avatars/1-0123456789abcdef.jpg"}
_FIGURES = {"views": 156, "likes": 23, "comments_count": 12, "rating": 4.5, "ratings_count": 8}
_ADDRESSES = {
    "image_url": "https://example.com/media/public/works/0123456789abcdef.png",
    "thumbnail_url": "https://example.com/media/public/works/0123456789abcdef-thumb.webp",
    "thumbnail_srcset": (
        "https://example.com/media/public/works/0123456789abcdef-thumb.webp 256w, "
        "https://example.com/media/public/works/0123456789abcdef-preview.webp 768w"
    ),
}
_WORK: dict[str, Any] = {
    "id": 1,
    "title": "未来城市",
    "description": "作品描述",
    **_ADDRESSES,
    "prompt": "A futuristic city…",
    "negative_prompt": "blurry, low quality",
    "params": {
        "model": "sd_xl_base_1.0.safetensors",
        "width": 1024,
        "height": 1024,
        "cfg_scale": 7.5,
        "steps": 30,
        "seed": 123456,
        "sampler": "dpmpp_2m_karras",
        "clip_skip": 2,
        "engine": "comfyui",
        "engine_version": "1",
    },
    "tags": ["科幻", "城市"],
    "category": "concept",
    "is_public": True,
    "moderation_status": "approved",
    "moderation_reason": None,
    "moderation_findings": [],
    "featured": True,
    **_FIGURES,
    "created_at": _TIME,
    "updated_at": _TIME,
    "published_at": _TIME,
}
_RECIPE = {
    **_WORK["params"],
    "prompt": _WORK["prompt"],
    "negative_prompt": _WORK["negative_prompt"],
    "workflow_sha256": "5d41402abc4b2a76b9719d911017c592ae2f1e9b6d1f2a0c3b4d5e6f708192a3",
    "pixels_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "file_sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
}
_SHOWN = ("id", "title", "prompt", "tags", "category", "featured", "created_at", "published_at", *_ADDRESSES, *_FIGURES)
_COMMENT = {"id": 1, "work_id": 1, "content": "很喜欢这种光影！", "author": _AUTHOR, "created_at": _TIME}

MY = example(data={"works": [_WORK], "pagination": _PAGE})
GALLERY = example(
    data={
        "works": [{**{key: _WORK[key] for key in _SHOWN}, "author": _AUTHOR, "is_new": False}],
        "pagination": _PAGE,
    }
)
DETAIL = example(
    data={
        "work": {
            **_WORK,
            "author": _AUTHOR,
            "image_id": "img_0123456789abcdef0123456789abcdef_0",
            "is_new": False,
            "is_liked": True,
            "recipe": _RECIPE,
            "remix_of": None,
        }
    }
)
UPDATE = example(
    body={"title": "更新的标题", "description": "更新的描述", "tags": ["科幻", "城市"], "is_public": True},
    data={"work": {**_WORK, "title": "更新的标题", "description": "更新的描述"}},
    message="作品信息更新成功",
)
DELETE = example(message="作品删除成功")
LIKE = example(body={"liked": True}, data={"is_liked": True, "likes_count": 90})
RATE = example(body={"score": 5}, data={"score": 5, "rating": 4.5, "ratings_count": 8})
COMMENTS = example(data={"comments": [_COMMENT], "pagination": _PAGE})
COMMENT = example(body={"content": _COMMENT["content"]}, data={"comment": _COMMENT}, message="评论成功", status=201)
UNCOMMENT = example(message="评论已删除")
CATEGORIES = example(data={"categories": [{"name": "concept", "works": 12}]})
_STRUCK = {"field": "title", "rule": "gambling.scene", "label": "赌场场景", "words": ["赌场"]}
_PRIVATE = {**_WORK, "is_public": False, "featured": False, "published_at": None, "moderation_findings": [_STRUCK]}
_HELD = {**_PRIVATE, "moderation_status": "pending", "author": _AUTHOR, "appeal": None, "held_at": _TIME, "revision": 3}
_FEATURED = {**_WORK, "author": _AUTHOR, "appeal": None, "held_at": None, "revision": 4}
_REJECTED = {
    "moderation_status": "rejected",
    "moderation_reason": "标题涉及赌博",
    "held_at": None,
    "revision": 4,
}
QUEUE = example(data={"works": [_HELD], "pagination": _PAGE})
DECISION = example(
    body={"decision": "reject", "reason": "标题涉及赌博", "revision": 3},
    data={"work": {**_HELD, **_REJECTED}},
    message="审核结果已保存",
)
APPEAL = example(
    body={"reason": "这是电影场景"},
    data={"work": {**_PRIVATE, "moderation_status": "pending"}},
    message="申诉已提交，请等待管理员审核",
)
FEATURE = example(body={"featured": True}, data={"work": _FEATURED}, message="已设为精选")
_VERSION = "2026-11"
_REQUEST = {"terms_version": _VERSION, "expires_at": "2023-01-01T00:10:00.000Z"}
ORIGINAL = example(
    body={"consent": True, "terms_version": _VERSION},
    data={
        **_REQUEST,
        "request_id": "0123456789abcdef0123456789abcdef",
        "url": "https://example.com/media/originals/task_01/0123456789abcdef-1-0.png?expires=1672531800&signature=…",
    },
    message="申请已记录，请在有效期内下载",
    status=201,
)
ORIGINALS = example(
    data={
        "requests": [
            {
                **_REQUEST,
                "id": "0123456789abcdef0123456789abcdef",
                "user": _AUTHOR,
                "work_id": 1,
                "image_id": "img_0123456789abcdef0123456789abcdef_0",
                "requested_at": _TIME,
            }
        ],
        "pagination": _PAGE,
    }
)
TERMS = example(data={"version": _VERSION, "text": "# 创想引擎 · 生成内容标识说明…", "versions": [_VERSION]})
