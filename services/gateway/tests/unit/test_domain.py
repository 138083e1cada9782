"""The maintenance switch."""

from common.testing.scenario import Scenario
from gateway.commands import SwitchMaintenance
from gateway.domain import Maintenance, evolve, switch
from gateway.events import MaintenanceEnded, MaintenanceStarted

PLATFORM = Scenario(Maintenance(), evolve)
STARTED = MaintenanceStarted(message="升级中", retry_after=60)


def on(message: str = "升级中", retry_after: int = 60) -> SwitchMaintenance:
    return SwitchMaintenance(True, message, retry_after)


OFF = SwitchMaintenance(False, "升级中", 60)


def test_an_open_platform_is_closed() -> None:
    PLATFORM.given().when(lambda state: switch(state, on())).then(STARTED)


def test_closing_twice_with_the_same_words_is_closing_once() -> None:
    PLATFORM.given(STARTED).when(lambda state: switch(state, on())).then()


def test_other_words_or_another_hint_are_news() -> None:
    longer = MaintenanceStarted(message="升级中", retry_after=120)
    PLATFORM.given(STARTED).when(lambda state: switch(state, on(retry_after=120))).then(longer)


def test_a_closed_platform_is_opened_and_an_open_one_stays_open() -> None:
    PLATFORM.given(STARTED).when(lambda state: switch(state, OFF)).then(MaintenanceEnded())
    PLATFORM.given(STARTED, MaintenanceEnded()).when(lambda state: switch(state, OFF)).then()
    PLATFORM.given().when(lambda state: switch(state, OFF)).then()
