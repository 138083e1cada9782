"""The file without the visible label for its owner, the record of who got one, and the terms of labelling."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from common.context import new_id
from common.errors import NotAllowed
from common.http import Body, Moment, Paging, Reply, field_codes, refusals
from common.http.pages import Pagination
from common.objects import ORIGINALS, ObjectStore
from common.security import CurrentAdmin, CurrentUser
from works import terms
from works.api import examples
from works.api.answers import Author, author_of
from works.api.ids import LARGEST_ID, WorkId
from works.commands import RequestOriginal
from works.domain.originals import ADDRESS_LIFE, TermsNotAccepted
from works.domain.work import NotTheOwner
from works.handlers import Journal, request_original
from works.projections import details, originals


class ConsentBody(Body):
    """What the owner agrees to."""

    consent: bool = Field(description="已阅读标识说明，并承担添加显式标识的义务：必须为 true")
    terms_version: str = Field(min_length=1, max_length=20, description="所同意的版本，见 GET /terms")


class Original(BaseModel):
    """Where the file is until `expires_at`; `request_id` names the record of it."""

    request_id: str
    url: str
    expires_at: Moment
    terms_version: str


class OriginalRequest(BaseModel):
    """Who was given which file, and when."""

    id: str
    user: Author
    work_id: int
    image_id: str
    terms_version: str
    requested_at: Moment
    expires_at: Moment


class OriginalRequests(BaseModel):
    """A page of the record."""

    requests: list[OriginalRequest]
    pagination: Pagination


class Terms(BaseModel):
    """The terms of labelling in Markdown; `versions` are all there were, the oldest first."""

    version: str
    text: str
    versions: list[str]


def routes(journal: Journal, objects: ObjectStore) -> APIRouter:
    """Routes of owners, administrators and everybody."""
    router = APIRouter(prefix="/api", tags=["标识与原图"])
    db = journal.store.db

    @router.post(
        "/works/{work_id:int}/original",
        status_code=201,
        summary="申请不带显式标识的原图",
        description="仅限作者；每次申请连同所同意的版本记录在案，保存不少于六个月。文件仍带隐式标识。",
        openapi_extra=field_codes(
            consent=("VALIDATION_ERROR", "consent 必须是布尔值"),
            terms_version=("VALIDATION_ERROR", "terms_version 应为1到20个字符"),
        )
        | examples.ORIGINAL,
        responses=refusals(NotTheOwner, TermsNotAccepted),
    )
    async def request(work_id: WorkId, body: ConsentBody, user: CurrentUser) -> Reply[Original]:
        now = datetime.now(UTC)
        command = RequestOriginal(new_id(), work_id, user.user_id, body.consent, body.terms_version, now)
        key = await request_original(command, journal)
        original = Original(
            request_id=command.request_id,
            url=objects.address(ORIGINALS, key, life=ADDRESS_LIFE),
            expires_at=now + ADDRESS_LIFE,
            terms_version=command.terms_version,
        )
        return Reply(data=original, message="申请已记录，请在有效期内下载")

    @router.get(
        "/works/originals",
        summary="查询原图申请记录",
        openapi_extra=examples.ORIGINALS,
        responses=refusals(NotAllowed),
    )
    async def record(
        paging: Paging,
        _admin: CurrentAdmin,
        user_id: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="只看这一用户的")] = None,
    ) -> Reply[OriginalRequests]:
        page = await originals.requests(db, user_id, paging)
        faces = await details.authors(db, (request["owner_id"] for request in page.items))
        listed = [
            OriginalRequest.model_validate(
                {
                    **request,
                    "id": request["_id"],
                    "user": author_of(faces[request["owner_id"]], objects),
                    "expires_at": request["address_ends_at"],
                }
            )
            for request in page.items
        ]
        return Reply(data=OriginalRequests(requests=listed, pagination=page.pagination))

    @router.get("/terms", summary="获取生成内容标识说明", openapi_extra=examples.TERMS)
    async def read() -> Reply[Terms]:
        version = terms.current()
        return Reply(data=Terms(version=version, text=terms.texts()[version], versions=list(terms.texts())))

    return router
