"""What the merged document says before its operations."""

from importlib.resources import files

VERSION = "1.2.0"

ABOUT = (files("gateway.documents") / "page" / "about.md").read_text(encoding="utf-8")

SERVERS = [
    {"url": "/api", "description": "当前版本"},
    {"url": "/api/v1", "description": "同一版本，路径中写明版本号"},
]

TAGS = {
    "用户认证": "注册、登录、退出、修改密码",
    "用户资料": "自己的资料与头像",
    "用户关系": "他人的公开资料、关注",
    "AIGC创作": "模型、生成任务",
    "积分": "余额与流水、报价、赠送",
    "作品": "自己的作品、画廊、点赞、评分",
    "评论": "作品的评论",
    "标识与原图": "生成内容标识说明、不带显式标识的原图及其申请记录",
    "统计": "用户的统计数据",
    "用户管理": "仅限管理员：角色、停用账户",
    "作品审核": "仅限管理员：审核队列、精选",
    "系统管理": "仅限管理员：维护模式",
}

BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "`POST /users/login` 返回的 `token`",
}
