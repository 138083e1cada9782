"""Whose code stands in the labels: the operator's own, or no start."""

import pytest
from structlog.testing import capture_logs

from common.labelling import PLACEHOLDER_PROVIDER, LabelSettings, TrialLabels
from common.settings import load
from common.testing.labels import TEST_PROVIDER

GIVEN = {
    "mongodb_url": "x",
    "rabbitmq_url": "x",
    "jwks_url": "http://x",
    "public_url": "http://x",
    "s3_endpoint": "http://x",
    "s3_access_key": "x",
    "s3_secret_key": "x",
}


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIGC_PROVIDER_CODE", raising=False)


def test_without_a_code_there_is_no_start(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load(LabelSettings, **GIVEN)
    assert "The setting AIGC_PROVIDER_CODE (the provider's 27-character code" in capsys.readouterr().err


@pytest.mark.parametrize(
    "code",
    ["", "0011", "12" + TEST_PROVIDER[2:], TEST_PROVIDER.lower(), TEST_PROVIDER + "0", PLACEHOLDER_PROVIDER],
)
def test_a_code_of_another_form_or_of_nobody_is_refused_with_a_sentence(
    code: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIGC_PROVIDER_CODE", code)
    with pytest.raises(SystemExit):
        load(LabelSettings, **GIVEN)
    said = capsys.readouterr().err
    assert "AIGC_PROVIDER_CODE" in said
    assert said.count("\n") == 1


def test_where_the_platform_is_only_tried_out_the_code_of_nobody_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    class Settings(TrialLabels, LabelSettings):
        """As the embedded mode has them."""

    assert load(Settings, **GIVEN).aigc_provider_code == PLACEHOLDER_PROVIDER
    monkeypatch.setenv("AIGC_PROVIDER_CODE", TEST_PROVIDER)
    assert load(Settings, **GIVEN).aigc_provider_code == TEST_PROVIDER


async def test_a_code_that_an_example_made_up_is_warned_of_at_every_start() -> None:
    with capture_logs() as logs:
        for code in (TEST_PROVIDER, "001191110000600037341L10001"):
            await load(LabelSettings, **GIVEN, aigc_provider_code=code).darkroom().close()
    assert [(entry["event"], entry["code"]) for entry in logs] == [("provider_code_made_up", TEST_PROVIDER)]


def test_there_is_always_a_hand_to_work_on_pictures() -> None:
    with pytest.raises(SystemExit):
        load(LabelSettings, **GIVEN, aigc_provider_code=TEST_PROVIDER, media_hands=0)
