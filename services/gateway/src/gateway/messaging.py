"""What the gateway hears; it tells nothing."""

from common.consumers import Hear
from common.contracts.auth import SessionsRevoked
from common.messages import Envelope
from common.mongo import Session
from common.relay import Tells
from gateway.revocations import RevocationStore

TELLS: Tells = {}


def hears(revocations: RevocationStore) -> list[Hear]:
    """Ended sessions, by auth."""

    async def note(message: SessionsRevoked, _envelope: Envelope, session: Session) -> None:
        await revocations.note(message.user_id, message.not_before, session)

    return [Hear(SessionsRevoked, note)]
