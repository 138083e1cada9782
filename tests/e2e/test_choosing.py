"""Which stages the journeys run on."""

import pytest
from choosing import chosen


def test_where_docker_answers_the_journeys_run_on_the_services_own_images() -> None:
    assert chosen({}, lambda: True) == {"embedded": "always", "containers": "Docker answers"}


def test_without_docker_or_with_processes_asked_for_each_service_is_a_process() -> None:
    assert chosen({}, lambda: False) == {"embedded": "always", "distributed": "Docker does not answer"}
    forced = chosen({"FORCE_LOCAL_SERVERS": "1"}, lambda: True)
    assert forced == {"embedded": "always", "distributed": "FORCE_LOCAL_SERVERS is set"}


def test_stages_and_addresses_can_be_named_and_a_wrong_name_is_refused() -> None:
    assert list(chosen({"E2E_STAGES": "containers, embedded"}, lambda: False)) == ["containers", "embedded"]
    assert list(chosen({"BASE_URL": "http://there"}, lambda: True)) == ["http://there"]
    with pytest.raises(SystemExit, match="E2E_STAGES: no stage is named container;"):
        chosen({"E2E_STAGES": "container"}, lambda: True)
