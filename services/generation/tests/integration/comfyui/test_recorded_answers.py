"""The pure parts over what a real ComfyUI said."""

import json

import pytest

from generation.engines.comfyui.answers import Cause, Failed, Finished, SavedImage, outcome_of, queue_of, refusal_of
from generation.engines.comfyui.messages import Over, Preview, Progress, Running, heard


def histories(transcript):
    """Each history entry that was answered, with its prompt id."""
    for event in transcript["events"]:
        if event["via"] == "http" and event["request"]["path"].startswith("/history/"):
            yield from (event.get("response", {}).get("json") or {}).items()


def submissions(transcript):
    for event in transcript["events"]:
        if event["via"] == "http" and event["request"]["path"] == "/prompt" and event["request"]["method"] == "POST":
            yield event.get("note"), event["response"]


def said(transcript):
    for event in transcript["events"]:
        if "received" in event:
            yield heard(json.dumps(event["received"]))


def test_a_success_names_its_file(recorded):
    [(_, entry)] = histories(recorded("job_success"))

    assert outcome_of(entry, "8") == Finished(SavedImage("success_00003_.png", "rec", "output"))


def test_a_cached_success_names_its_file(recorded):
    entries = [entry for _, entry in histories(recorded("job_cached"))]

    assert entries
    assert all(isinstance(outcome_of(entry, "8"), Finished) for entry in entries)


def test_an_execution_error_names_node_and_exception(recorded):
    [(_, entry)] = histories(recorded("job_execution_error"))

    outcome = outcome_of(entry, "8")

    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.EXECUTION
    assert "CheckpointLoaderSimple: safetensors" in outcome.detail


def test_an_interruption_is_told_from_an_error(recorded):
    [(_, entry)] = histories(recorded("job_interrupted"))

    assert outcome_of(entry, "8") == Failed(Cause.INTERRUPTED)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("torch.OutOfMemoryError", "Allocation on device "),
        ("torch.cuda.OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB"),
        ("RuntimeError", "MPS backend out of memory"),
        ("RuntimeError", "[enforce fail] DefaultCPUAllocator: can't allocate memory"),
        ("MemoryError", ""),
    ],
)
def test_too_little_memory_is_a_cause_of_its_own(kind, message):
    error = {"node_type": "KSampler", "exception_type": kind, "exception_message": message}
    entry = {"outputs": {}, "status": {"status_str": "error", "messages": [["execution_error", error]]}}

    outcome = outcome_of(entry, "8")

    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.MEMORY


def test_a_success_without_output_is_no_picture():
    outcome = outcome_of({"outputs": {}, "status": {"status_str": "success", "messages": []}}, "8")

    assert isinstance(outcome, Failed)
    assert outcome.cause is Cause.NO_PICTURE


def test_every_recorded_refusal_is_one_and_the_accepted_ones_are_not(recorded):
    lacking = {
        "unknown checkpoint",
        "unknown sampler",
        "unknown scheduler",
        "checkpoint and sampler both bad",
        "node class does not exist",
        "node without class_type",
    }
    seen = 0
    for note, response in submissions(recorded("prompt_validation_errors")):
        if "json" not in response:
            continue
        refusal = refusal_of(response["json"])
        assert refusal is not None, note
        assert refusal.cause is (Cause.LACKING if note in lacking else Cause.INVALID), note
        assert refusal.detail
        seen += 1
    assert seen > 15
    for _, response in submissions(recorded("job_success")):
        assert refusal_of(response["json"]) is None


def test_a_graph_refused_in_part_is_refused(recorded):
    partly = [r for _, r in submissions(recorded("prompt_validation_errors")) if r["status"] == 200]

    assert len(partly) == 1
    assert refusal_of(partly[0]["json"]) is not None


def test_the_queue_tells_running_from_waiting(recorded):
    queues = [
        queue_of(event["response"]["json"])
        for event in recorded("queue_busy_and_delete")["events"]
        if event["via"] == "http" and event["request"]["path"] == "/queue" and event["request"]["method"] == "GET"
    ]

    assert [(len(queue.running), len(queue.pending)) for queue in queues] == [(0, 0), (1, 4), (1, 3)]
    assert next(iter(queues[-1].pending)) in queues[-1]
    assert set(queues[-1].clients) == queues[-1].running | queues[-1].pending


def test_a_jobs_messages_are_running_progress_and_one_end(recorded):
    messages = [message for message in said(recorded("job_success")) if message is not None]

    assert isinstance(messages[0], Running)
    assert [m.part for m in messages if isinstance(m, Progress)] == pytest.approx([n / 6 for n in range(1, 7)])
    assert [type(m) for m in messages].index(Over) == len(messages) - 1


def test_messages_of_a_reconnected_socket_without_a_job_are_ignored(recorded):
    odd = [
        event["received"]
        for event in recorded("ws_reconnect_mid_job")["events"]
        if event.get("received", {}).get("type") == "executing" and "prompt_id" not in event["received"]["data"]
    ]

    assert odd
    assert list(said({"events": [{"received": message} for message in odd]})) == [None] * len(odd)


def test_previews_are_read_with_and_without_metadata(sample):
    tagged, plain = heard(sample("ws_preview_frame_type4_jpeg.bin")), heard(sample("ws_preview_frame_type1_jpeg.bin"))

    assert isinstance(tagged, Preview)
    assert isinstance(plain, Preview)
    assert (tagged.prompt_id, tagged.mime) == ("232b7035-cd7a-4c96-934c-7df9f17ca2bc", "image/jpeg")
    assert plain.prompt_id is None
    assert tagged.data[:3] == plain.data[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no JSON",
        "[]",
        "[" * 100_000,
        '{"type": "crystools.monitor", "data": {}}',
        '{"type": "progress"}',
        '{"type": "progress", "data": {"prompt_id": "x", "value": 1e308, "max": 1e-308}}'.replace("1e308", "9" * 4000),
        b"",
        b"\0\0\0\3abcd",
        b"\0\0\0\4\0\1\0\0" + b"[" * 2**16,
    ],
    ids=lambda message: repr(message)[:40],
)
def test_unknown_and_broken_messages_mean_nothing(message):
    assert heard(message) is None
