"""The rebuild command against a real broker, while the service runs."""

from pydantic import SecretStr

from common.contracts.works import WorkCreated, WorkLiked
from common.mongo import connect
from common.rabbit import RabbitBus
from common.testing.eventually import eventually
from common.testing.rebuilding import content_hash
from common.testing.tokens import Tokens
from stats import projections
from stats.bootstrap import build
from stats.operations import operations
from stats.settings import Settings
from stats.testing import NOW, Publisher

MODELS = list(projections.READ_MODELS)


async def test_the_command_brings_everything_back(settings: Settings, mongo_url: str, rabbitmq_url: str) -> None:
    settings = settings.model_copy(update={"rabbitmq_url": SecretStr(rabbitmq_url)})
    bus, db = RabbitBus(rabbitmq_url), connect(mongo_url, settings.database)
    works = Publisher("works", connect(mongo_url, f"{settings.database}_works"), bus)
    service = build(settings, verifier=Tokens().verifier())
    await works.start()
    await service.start()
    await works.record("work-1", WorkCreated(work_id=1, owner_id=1, image_id="img_1", created_at=NOW))
    for user in range(2, 302):
        await works.record(f"like-1-{user}", WorkLiked(work_id=1, owner_id=1, user_id=user))
    await works.publish()

    async def likes() -> int:
        return await db.likes.count_documents({"liked": True})

    await eventually(likes, lambda number: number == 300, within=20)
    before = await content_hash(db, MODELS)
    operated = operations(settings)
    await operated.rebuild(operated.store)
    assert await likes() < 300
    await eventually(likes, lambda number: number == 300, within=20)
    assert await content_hash(db, MODELS) == before
    await operated.close()
    await service.stop()
    await bus.close()
    await works.drop()
    await db.client.close()
