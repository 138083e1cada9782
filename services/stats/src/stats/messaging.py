"""What stats hears; it tells nothing."""

from common.consumers import Hear
from common.contracts.auth import UserFollowed, UserUnfollowed
from common.contracts.works import WorkCreated, WorkDeleted, WorkLiked, WorkUnliked, WorkViewed
from common.messages import Envelope
from common.mongo import Database, Session
from common.relay import Tells
from stats import projections

NAME = "stats"
TELLS: Tells = {}


def hears(db: Database) -> list[Hear]:
    """Works, likes and views, by works; follows, by auth."""

    async def created(message: WorkCreated, _: Envelope, session: Session) -> None:
        await projections.note_created(db, message, session)

    async def deleted(message: WorkDeleted, _: Envelope, session: Session) -> None:
        await projections.note_deleted(db, message, session)

    async def viewed(message: WorkViewed, envelope: Envelope, session: Session) -> None:
        await projections.note_view(db, message, envelope, session)

    async def likes(message: WorkLiked | WorkUnliked, envelope: Envelope, session: Session) -> None:
        await projections.note_like(db, message, envelope, session)

    async def follows(message: UserFollowed | UserUnfollowed, envelope: Envelope, session: Session) -> None:
        await projections.note_follow(db, message, envelope, session)

    return [
        Hear(WorkCreated, created),
        Hear(WorkDeleted, deleted),
        Hear(WorkViewed, viewed),
        Hear(WorkLiked, likes),
        Hear(WorkUnliked, likes),
        Hear(UserFollowed, follows),
        Hear(UserUnfollowed, follows),
    ]
