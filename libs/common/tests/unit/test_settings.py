"""Settings that are wrong are said in a sentence."""

import pytest

from common.settings import StoreSettings, load


def test_missing_and_wrong_settings_end_the_start_with_a_sentence_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "99999")
    monkeypatch.setenv("MONGODB_URL", "mongodb://u:hidden@x")
    monkeypatch.setenv("JWKS_URL", "ftp://x")
    monkeypatch.delenv("RABBITMQ_URL", raising=False)
    with pytest.raises(SystemExit) as ended:
        load(StoreSettings)
    said = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert len(said) == 3
    assert any(s.startswith("The setting RABBITMQ_URL (RabbitMQ") and s.endswith("is missing.") for s in said)
    assert any(s.startswith("The setting PORT (port to listen on) is wrong") for s in said)
    assert not any("hidden" in s for s in said)
