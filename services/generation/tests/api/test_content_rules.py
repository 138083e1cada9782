"""The content rules stand before the price."""

import pytest


@pytest.mark.parametrize(
    ("body", "field", "rule", "words"),
    [
        ({"prompt": "a p.0.r.n picture"}, "prompt", "sexual.explicit", "p.0.r.n"),
        ({"prompt": "儿 童 色 情"}, "prompt", "minors.sexual", "儿 童 色 情"),
        ({"prompt": "一只猫", "negativePrompt": "賭博"}, "negativePrompt", "gambling.promotion", "賭博"),
        ({"prompt": "一只猫", "negativePrompt": "儿童色情"}, "negativePrompt", "minors.sexual", "儿童色情"),
    ],
)
async def test_a_prompt_that_breaks_a_rule_costs_nothing(front, body, field, rule, words):
    answer = await front.generate(**body)

    said = answer.json()
    assert (answer.status_code, said["code"]) == (422, "CONTENT_VIOLATION")
    assert (field, rule, words) in [(d["field"], d["rule"], d["words"]) for d in said["details"]]
    assert await front.store.db.events.count_documents({}) == 0
    assert (await front.credits())["balance"] == 500


@pytest.mark.parametrize("prompt", ["景色情调，里程碑", "Scunthorpe, an assassin, grapes", "a nude, oil on canvas"])
async def test_innocent_and_doubtful_prompts_are_painted(front, prompt):
    answer = await front.generate(prompt=prompt, negativePrompt="nsfw, porn, nude, gore, 色情, 血腥, bad hands")

    assert answer.status_code == 201
