"""Settings that are wrong are said in a sentence; secrets may stand in files."""

from pathlib import Path

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


def test_a_setting_may_stand_in_a_file_and_its_own_variable_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "mongodb_url"
    secret.write_text("mongodb://u:hidden@file\n")
    monkeypatch.delenv("MONGODB_URL", raising=False)
    monkeypatch.setenv("MONGODB_URL_FILE", str(secret))
    monkeypatch.setenv("RABBITMQ_URL", "amqp://u:hidden@variable")
    monkeypatch.setenv("RABBITMQ_URL_FILE", str(tmp_path / "not read"))
    monkeypatch.setenv("JWKS_URL", "http://auth/jwks.json")
    settings = load(StoreSettings)
    assert settings.mongodb_url.get_secret_value() == "mongodb://u:hidden@file"
    assert settings.rabbitmq_url.get_secret_value() == "amqp://u:hidden@variable"


def test_a_secret_file_that_cannot_be_read_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("MONGODB_URL", raising=False)
    monkeypatch.setenv("MONGODB_URL_FILE", str(tmp_path / "missing"))
    with pytest.raises(SystemExit) as ended:
        load(StoreSettings)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith("The setting MONGODB_URL_FILE is wrong")
    assert said.count("\n") == 1
