"""One function a command: load, decide, append."""

from works.handlers.authors import learn_author
from works.handlers.comments import add_comment, remove_comment
from works.handlers.inspection import CannotJudge, ImageClassifier, Inspection
from works.handlers.journal import Journal
from works.handlers.moderation import appeal_refusal, feature_work, moderate_work
from works.handlers.originals import request_original
from works.handlers.publication import PublicCopies
from works.handlers.reactions import like_work, rate_work, view_work
from works.handlers.removals import Removals
from works.handlers.works import create_work, delete_work, update_work

__all__ = [
    "CannotJudge",
    "ImageClassifier",
    "Inspection",
    "Journal",
    "PublicCopies",
    "Removals",
    "add_comment",
    "appeal_refusal",
    "create_work",
    "delete_work",
    "feature_work",
    "learn_author",
    "like_work",
    "moderate_work",
    "rate_work",
    "remove_comment",
    "request_original",
    "update_work",
    "view_work",
]
