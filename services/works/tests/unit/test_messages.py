"""Every public message can be made from its stored event."""

import pytest

from common.contracts import works as told
from works.events import CODEC
from works.messaging import TELLS


def test_every_message_of_the_contract_is_told_under_the_events_name() -> None:
    assert {event.name for event in TELLS} == {message.name for message in told.MESSAGES}


@pytest.mark.parametrize("message", told.MESSAGES, ids=lambda message: message.name)
def test_an_event_holds_what_its_message_says(message: type[told.WorksMessage]) -> None:
    (event,) = [event for event in CODEC.types if event.name == message.name]

    assert set(message.model_fields) <= set(event.model_fields)
