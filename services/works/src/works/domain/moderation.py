"""Who may show what: the rules' review of a work's texts, an administrator's decision, the owner's appeal."""

from collections.abc import Sequence
from datetime import datetime

from common.errors import Conflict
from common.events import Event
from common.moderation import ContentViolation, Finding, Severity, detail, rule_book
from works.commands import AppealRefusal, Decision, FeatureWork, ModerateWork
from works.domain.work import Moderation, PublicationMoved, PublicCopy, Status, Words, Work, WorkNotFound, ensure_owner
from works.events import (
    PublicationHeld,
    PublicationRefused,
    Struck,
    WorkFeatured,
    WorkPublished,
    WorkUnpublished,
)

IMAGE = "image"  # the field under which an inspection's objections to the picture stand
TOGETHER = "texts"  # the field of what no text says alone, but several of them say together


class NothingToDecide(Conflict):
    """The owner has not asked for publication."""

    message = "作者没有申请公开此作品"


class WorkChanged(Conflict):
    """The work is no longer as the administrator saw it."""

    code = "WORK_CHANGED"
    message = "作品在您查看之后已发生变化，请刷新后重新审核"


class NothingToAppeal(Conflict):
    """The work was not refused, or an appeal waits already."""

    message = "作品没有被拒绝的公开申请，或申诉正在处理中"


class NotPublic(Conflict):
    """Only a public work can be put forward."""

    message = "只有公开作品可以设为精选"


def review(work: Work, words: Words) -> Moderation:
    """How a publication with these words would stand, the decisions of administrators considered."""
    known = work.moderation
    if words == known.approved:
        return known.but(status=Status.APPROVED, struck=(), reason="")
    struck, grave = _strikes(words, work)
    if words == known.refused:
        return known.but(status=Status.REJECTED, struck=struck)
    if grave:
        return known.but(status=Status.REJECTED, struck=struck, reason="")
    held = bool(struck) or known.refused is not None
    return known.but(status=Status.PENDING if held else Status.APPROVED, struck=struck, reason="")


def needs_inspection(work: Work) -> bool:
    """Whether no administrator has approved the work: the picture never changes, so that would hold for good."""
    return work.moderation.approved is None


def of_the_image(struck: Sequence[Struck]) -> tuple[Struck, ...]:
    """What an inspection of the picture objected to."""
    return tuple(s for s in struck if s.field == IMAGE)


def _strikes(words: Words, work: Work) -> tuple[tuple[Struck, ...], bool]:
    """What the rules find, and whether any of it forbids publication.

    A negative prompt is shown with the work, but asks for the absence of what it names: rules against what a picture
    shows do not strike there, rules against words do.
    """
    texts = [(name, str(getattr(words, name))) for name in ("title", "description", "category")]
    texts += [("tags", tag) for tag in words.tags] + [("prompt", work.prompt)]
    found = [(field, finding) for field, text in texts for finding in rule_book().findings(text)]
    unwanted = rule_book().findings(work.negative_prompt, unwanted=True)
    found += [("negative_prompt", finding) for finding in unwanted]
    known = {finding.rule.id for _, finding in found}
    found += [(field, finding) for field, finding in _across(words, work) if finding.rule.id not in known]
    struck = tuple(
        Struck(field=field, rule=finding.rule.id, label=finding.rule.label, words=finding.words)
        for field, finding in found
    )
    return struck, any(finding.rule.severity is Severity.REJECT for _, finding in found)


def _across(words: Words, work: Work) -> list[tuple[str, Finding]]:
    """What the rules find in texts that stand below one another: tags 色 and 情, a title about a child, a tag nude."""
    tags = "\n".join(words.tags)
    everything = "\n".join((words.title, words.description, tags, words.category, work.prompt))
    found = {finding.rule.id: (TOGETHER, finding) for finding in rule_book().findings(everything)}
    found |= {finding.rule.id: ("tags", finding) for finding in rule_book().findings(tags)}
    return list(found.values())


def violation(ruling: Moderation) -> ContentViolation:
    """The error that tells the owner what was struck, or what the administrator said."""
    details = [detail(s.field, s.rule, s.label, s.words) for s in ruling.struck]
    if ruling.reason:
        return ContentViolation(f"管理员拒绝公开此作品：{ruling.reason}", details=details)
    return ContentViolation("内容不符合社区规范，无法公开", details=details)


def moderate(work: Work, command: ModerateWork, copy: PublicCopy | None) -> list[Event]:
    """An administrator's decision; repeating it changes nothing.

    Raises:
        NothingToDecide: nobody asked for publication.
        WorkChanged: the command names another revision.
        PublicationMoved: approving without a copy of the picture.
    """
    if not work.exists:
        raise WorkNotFound
    if work.moderation.status is None:
        raise NothingToDecide
    if _decided(work, command):
        return []
    if command.revision not in (None, work.revision):
        raise WorkChanged
    if command.decision is Decision.APPROVE:
        return [published(work, copy, command.now, command.admin_id, command.reason)]
    ruling = work.moderation.but(reason=command.reason)
    events: list[Event] = [unpublished(work, command.now)] if work.is_public else []
    return [*events, refused(work, ruling, command.now, command.admin_id)]


def _decided(work: Work, command: ModerateWork) -> bool:
    """Whether the work stands as the administrator wishes already."""
    if command.decision is Decision.APPROVE:
        return work.is_public
    known = work.moderation
    return known.status is Status.REJECTED and (known.reason, known.refused) == (command.reason, work.words)


def approves(work: Work, command: ModerateWork) -> bool:
    """Whether the decision publishes, so that copies of the picture must lie in the public bucket before it is made."""
    undecided = work.exists and not work.is_public and work.moderation.status is not None
    return command.decision is Decision.APPROVE and undecided and command.revision in (None, work.revision)


def appeal(work: Work, command: AppealRefusal) -> list[Event]:
    """Once for each refusal, the owner has a refused work looked at by an administrator."""
    ensure_owner(work, command.user_id)
    if work.moderation.status is not Status.REJECTED:
        raise NothingToAppeal
    return [held(work, work.moderation.struck, command.now, appeal=command.reason)]


def feature(work: Work, command: FeatureWork) -> list[Event]:
    """Put a public work forward, or no longer; nothing where it is so already."""
    if not work.exists:
        raise WorkNotFound
    if command.featured == work.featured:
        return []
    if not work.is_public:
        raise NotPublic
    return [
        WorkFeatured(
            work_id=work.work_id,
            owner_id=work.owner_id,
            featured=command.featured,
            featured_by=command.admin_id,
            featured_at=command.now,
        )
    ]


def published(
    work: Work, copy: PublicCopy | None, now: datetime, approved_by: int | None = None, reason: str = ""
) -> WorkPublished:
    """The work is public under the copy's keys; raises `PublicationMoved` without a copy."""
    if copy is None:
        raise PublicationMoved
    return WorkPublished(
        work_id=work.work_id,
        owner_id=work.owner_id,
        public_image_key=copy.image_key,
        public_thumbnail_key=copy.thumbnail_key,
        public_preview_key=copy.preview_key,
        published_at=now,
        approved_by=approved_by,
        reason=reason,
    )


def unpublished(work: Work, now: datetime) -> WorkUnpublished:
    """The work is private again."""
    keys = list(work.public_keys)
    return WorkUnpublished(work_id=work.work_id, owner_id=work.owner_id, public_keys=keys, unpublished_at=now)


def held(work: Work, struck: Sequence[Struck], now: datetime, appeal: str = "") -> PublicationHeld:
    """The work waits for an administrator."""
    return PublicationHeld(
        work_id=work.work_id, owner_id=work.owner_id, struck=list(struck), appeal=appeal, held_at=now
    )


def refused(work: Work, ruling: Moderation, now: datetime, refused_by: int | None = None) -> PublicationRefused:
    """The work stays private, for what the ruling says."""
    return PublicationRefused(
        work_id=work.work_id,
        owner_id=work.owner_id,
        struck=list(ruling.struck),
        refused_by=refused_by,
        reason=ruling.reason,
        refused_at=now,
    )
