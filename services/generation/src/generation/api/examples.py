"""Examples for the API document, after `api-spec.zh.md`, and the headers that only some answers bear."""

from typing import Any

from common.http import example

_TIME = "2024-01-01T00:00:00.000Z"
_MODEL = "sd_xl_base_1.0.safetensors"
_TASK = "task_0123456789abcdef0123456789abcdef"
_IMAGE = "img_0123456789abcdef0123456789abcdef_0"
_URL = "https://example.com/media/originals/images/0123456789abcdef.png?expires=1704070800&signature=…"
_THUMBNAIL = "https://example.com/media/originals/thumbnails/0123456789abcdef.webp?expires=1704070800&signature=…"
_PREVIEW = "https://example.com/media/originals/previews/0123456789abcdef.webp?expires=1704070800&signature=…"
_SRCSET = f"{_THUMBNAIL} 256w, {_PREVIEW} 768w"
_PAGE = {"current_page": 1, "total_pages": 1, "total_count": 1, "has_next": False, "has_prev": False}

_ORDER: dict[str, Any] = {
    "prompt": "一只可爱的小猫",
    "negativePrompt": "blurry, low quality",
    "model": _MODEL,
    "size": "1024x1024",
    "batchSize": 1,
    "cfgScale": 7.5,
    "steps": 25,
    "seed": 123456,
    "sampler": "dpmpp_2m_karras",
    "clipSkip": 2,
}
_PICTURE = {
    "id": _IMAGE,
    "url": _URL,
    "thumbnail": _THUMBNAIL,
    "thumbnailSrcset": _SRCSET,
    "seed": 123456,
    "config": {"prompt": _ORDER["prompt"], "model": _MODEL, "size": "1024x1024"},
    "createdAt": _TIME,
    "size": "1024x1024",
    "format": "png",
}
_CONFIG = {**_ORDER, "style": None, "userId": 1, "createdAt": _TIME, "estimatedTime": 25, "cost": 15}
_STATUS = {
    "task_id": _TASK,
    "status": "completed",
    "progress": 100,
    "images": [
        {
            "id": _IMAGE,
            "url": _URL,
            "thumbnail": _THUMBNAIL,
            "thumbnail_srcset": _SRCSET,
            "seed": 123456,
            "created_at": _TIME,
        }
    ],
    "error": None,
    "error_code": None,
    "queue_position": None,
    "cost": 15,
    "created_at": _TIME,
}
_LISTED = {
    **_STATUS,
    "prompt": _ORDER["prompt"],
    "model": _MODEL,
    "size": "1024x1024",
    "batch_size": 1,
    "finished_at": "2024-01-01T00:00:23.000Z",
}
_ACCEPTED: dict[str, Any] = {
    "201": {
        "headers": {
            "Location": {"description": "任务的地址", "schema": {"type": "string"}},
            "Preference-Applied": {"description": "`wait=N`：已按 Prefer 等待", "schema": {"type": "string"}},
        }
    }
}

MODELS = example(
    data={
        "models": [
            {"label": "sd_xl_base_1.0", "value": _MODEL, "description": "sd_xl_base_1.0.safetensors - 来自ComfyUI"}
        ],
        "source": "comfyui",
    },
    message="获取模型列表成功",
)
GENERATE = example(
    body={key: value for key, value in _ORDER.items() if key != "model"},
    data={
        "taskId": _TASK,
        "status": "completed",
        "images": [_PICTURE],
        "config": _CONFIG,
        "cost": 15,
        "estimatedTime": 25,
        "actualTime": 23,
        "batchSize": 1,
        "error": None,
        "errorCode": None,
        "remixOf": None,
    },
    message="图片生成成功",
    status=201,
) | {"responses": _ACCEPTED}
REMIX = example(
    data={
        "taskId": _TASK,
        "status": "pending",
        "images": [],
        "config": _CONFIG,
        "cost": 15,
        "estimatedTime": 25,
        "actualTime": None,
        "batchSize": 1,
        "error": None,
        "errorCode": None,
        "remixOf": 7,
    },
    message="生成任务已提交",
    status=201,
) | {"responses": _ACCEPTED}
TASKS = example(data={"tasks": [_LISTED], "pagination": _PAGE})
TASK = example(data=_STATUS) | {
    "responses": {"200": {"headers": {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}}}
}
CANCEL = example(
    data={**_STATUS, "status": "failed", "progress": 0, "images": [], "error": "任务已取消", "error_code": "CANCELLED"},
    message="任务已取消",
)
CREDITS = example(
    data={
        "balance": 485,
        "reserved": 0,
        "ledger": [
            {
                "type": "charged",
                "amount": 15,
                "change": 0,
                "balance": 485,
                "task_id": _TASK,
                "reason": None,
                "created_at": _TIME,
            }
        ],
        "pagination": _PAGE,
    }
)
QUOTE = example(
    body={"size": "1024x1024", "batchSize": 1, "steps": 25},
    data={"cost": 15, "estimatedTime": 25, "balance": 500, "affordable": True},
)
GRANT = example(
    body={"user_id": 1, "amount": 100, "reason": "活动奖励"},
    data={"user_id": 1, "amount": 100, "balance": 600},
    message="积分赠送成功",
    status=201,
)
