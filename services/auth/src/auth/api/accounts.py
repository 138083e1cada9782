"""Routes: register, log in and out, change the password."""

from fastapi import APIRouter

from auth import handlers, projections
from auth.api import answers, examples
from auth.api.bodies import PASSWORD_CODES, REGISTER_CODES, Login, PasswordChange, Registration
from auth.api.deps import Deps
from auth.api.evening import evened
from auth.commands import ChangePassword, LogIn, LogOut, RegisterUser
from auth.domain import (
    AccountIsDisabled,
    AccountIsLocked,
    UserExists,
    UserNotFound,
    WrongCurrentPassword,
    WrongPassword,
)
from common.http import Done, Reply, refusals
from common.moderation import ContentViolation
from common.security import CurrentUser


def routes(deps: Deps) -> APIRouter:
    """The routes of accounts and sessions."""
    router = APIRouter(prefix="/api/users", tags=["用户认证"])

    @router.post(
        "/register",
        status_code=201,
        summary="用户注册",
        openapi_extra=REGISTER_CODES | examples.REGISTER,
        responses=refusals(UserExists, ContentViolation),
    )
    async def register(body: Registration) -> Reply[answers.UserData[answers.RegisteredUser]]:
        deps.blocklist.check(body.password, "password")
        command = RegisterUser(
            user_id=await handlers.next_user_id(deps.accounts),
            username=body.username,
            email=body.email,
            password_hash=await deps.passwords.hash(body.password),
            now=deps.now(),
        )
        await handlers.register_user(command, deps.accounts)
        user = answers.RegisteredUser(
            id=command.user_id, username=command.username, email=command.email, created_at=command.now
        )
        return Reply(data=answers.UserData(user=user), message="注册成功")

    @router.post(
        "/login",
        summary="用户登录",
        openapi_extra=examples.LOGIN,
        responses=refusals(UserNotFound, WrongPassword, AccountIsLocked, AccountIsDisabled),
    )
    async def login(body: Login) -> Reply[answers.Session]:
        async with evened(deps.refusal_step):
            command = await _compared(body, deps)
            user = await handlers.log_in(command, deps.accounts)
        token = deps.keys.sign(
            user_id=user.id,
            username=user.username,
            role=user.role,
            issued_at=user.last_issued_at or command.now,
            remember=body.rememberMe,
        )
        account = await projections.existing(deps.db, user.id)
        return Reply(data=answers.session(token.text, token.expires_at, account, deps.objects), message="登录成功")

    @router.post("/logout", summary="退出登录", openapi_extra=examples.LOGOUT)
    async def logout(caller: CurrentUser) -> Done:
        command = LogOut(caller.user_id, issued_at=caller.issued_at, now=deps.now())
        await handlers.log_out(command, deps.accounts)
        return Done(message="已退出登录")

    @router.put(
        "/password",
        summary="修改密码",
        openapi_extra=PASSWORD_CODES | examples.PASSWORD,
        responses=refusals(WrongCurrentPassword),
    )
    async def change_password(body: PasswordChange, caller: CurrentUser) -> Done:
        deps.blocklist.check(body.newPassword, "newPassword")
        account = await projections.existing(deps.db, caller.user_id)
        command = ChangePassword(
            caller.user_id,
            checked_hash=account["password_hash"],
            matches=await deps.passwords.matches(account["password_hash"], body.currentPassword),
            new_hash=await deps.passwords.hash(body.newPassword),
            now=deps.now(),
        )
        await handlers.change_password(command, deps.accounts)
        return Done(message="密码修改成功")

    return router


async def _compared(body: Login, deps: Deps) -> LogIn:
    """The login with its password compared; an unknown user costs the same comparison."""
    account = await projections.account_named(deps.db, body.username)
    checked = account["password_hash"] if account else None
    matches = await deps.passwords.matches(checked, body.password)
    if account is None or checked is None:
        raise UserNotFound
    outdated = matches and deps.passwords.outdated(checked)
    new_hash = await deps.passwords.hash(body.password) if outdated else None
    return LogIn(account["_id"], checked_hash=checked, matches=matches, now=deps.now(), new_hash=new_hash)
