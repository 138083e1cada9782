"""Bad input: the field's own code in the envelope, and nothing changed."""

import pytest

BAD_FIELDS = [
    ({"prompt": ""}, "INVALID_PROMPT"),
    ({"prompt": "  \n "}, "INVALID_PROMPT"),
    ({"prompt": "猫" * 501}, "INVALID_PROMPT"),
    ({"prompt": {"$gt": ""}}, "INVALID_PROMPT"),
    ({"prompt": "a\x00b"}, "INVALID_PROMPT"),
    ({"prompt": None}, "INVALID_PROMPT"),
    ({"negativePrompt": "x" * 201}, "INVALID_NEGATIVE_PROMPT"),
    ({"model": "no-such-model"}, "INVALID_MODEL"),
    ({"model": ["flat"]}, "INVALID_MODEL"),
    ({"size": "640x480"}, "INVALID_SIZE"),
    ({"batchSize": 0}, "INVALID_BATCH_SIZE"),
    ({"batchSize": 5}, "INVALID_BATCH_SIZE"),
    ({"batchSize": True}, "INVALID_BATCH_SIZE"),
    ({"batchSize": "2"}, "INVALID_BATCH_SIZE"),
    ({"cfgScale": 0.99}, "INVALID_CFG_SCALE"),
    ({"cfgScale": 20.01}, "INVALID_CFG_SCALE"),
    ({"steps": 9}, "INVALID_STEPS"),
    ({"steps": 51}, "INVALID_STEPS"),
    ({"steps": 25.5}, "INVALID_STEPS"),
    ({"seed": -2}, "INVALID_SEED"),
    ({"seed": 2**53}, "INVALID_SEED"),
    ({"sampler": "magic"}, "INVALID_SAMPLER"),
    ({"clipSkip": 3}, "INVALID_CLIP_SKIP"),
]
BAD_TEXTS = [
    ('{"prompt": "cat", "cfgScale": NaN}', 422, "INVALID_CFG_SCALE"),
    ('{"prompt": "cat", "cfgScale": Infinity}', 422, "INVALID_CFG_SCALE"),
    ('{"prompt": "cat", "cfgScale": 1e999}', 422, "INVALID_CFG_SCALE"),
    ('{"prompt": "cat", "seed": ' + "9" * 5000 + "}", 400, "BAD_REQUEST"),
    ('{"prompt": "\\ud800"}', 422, "INVALID_PROMPT"),
    ('{"prompt": ', 400, "BAD_REQUEST"),
    ("[]", 400, "BAD_REQUEST"),
    ("", 400, "BAD_REQUEST"),
]


@pytest.mark.parametrize(("change", "code"), BAD_FIELDS)
async def test_a_bad_field_has_its_own_code(front, change, code):
    answer = await front.generate(**change)

    body = answer.json()
    assert (answer.status_code, body["success"], body["code"]) == (422, False, code)
    assert body["error"]
    assert [detail["field"] for detail in body["details"]] == list(change)
    await nothing_happened(front)


@pytest.mark.parametrize(("text", "status", "code"), BAD_TEXTS)
async def test_an_unreadable_body_is_refused(front, text, status, code):
    answer = await front.call("POST", "/api/generate", content=text, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    await nothing_happened(front)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/generate/task_nothing", 404, "NOT_FOUND"),
        ("DELETE", "/api/generate/task_nothing", 404, "NOT_FOUND"),
        ("GET", "/api/generate?page=0", 422, "VALIDATION_ERROR"),
        ("GET", "/api/generate?status=lost", 422, "VALIDATION_ERROR"),
        ("GET", "/api/credits?limit=101", 422, "VALIDATION_ERROR"),
        ("PUT", "/api/generate", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/api/generate/quote", 400, "BAD_REQUEST"),
    ],
)
async def test_other_routes_refuse_in_the_envelope(front, method, path, status, code):
    answer = await front.call(method, path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["success"] is False


@pytest.mark.parametrize("amount", [0, -5, 1_000_001, 1.5, "10", True])
async def test_a_grant_is_a_positive_whole_number(front, amount):
    answer = await front.call("POST", "/api/credits/grants", 99, "admin", json={"user_id": 1, "amount": amount})

    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", ["/api/generate", "/api/generate/quote", "/api/credits/grants"])
async def test_every_write_needs_a_token(front, path):
    answer = await front.client.post(path, json={"prompt": "cat"})

    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def nothing_happened(front) -> None:
    assert await front.store.db.tasks.count_documents({}) == 0
    assert await front.store.db.events.count_documents({}) == 0
