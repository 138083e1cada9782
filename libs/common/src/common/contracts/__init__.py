"""Public messages, one file per publishing service. Additive only; each has a JSON sample in the tests."""

from common.contracts import auth, generation, works
from common.messages import Message

ALL: tuple[type[Message], ...] = (*auth.MESSAGES, *generation.MESSAGES, *works.MESSAGES)
