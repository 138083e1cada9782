"""The file without the visible label: for the owner alone, who accepts the terms each time (办法 Art. 9)."""

from datetime import timedelta

from common.errors import Invalid
from common.events import Event
from works import terms
from works.commands import RequestOriginal
from works.domain.work import Work, ensure_owner
from works.events import OriginalRequested

ADDRESS_LIFE = timedelta(minutes=10)


class TermsNotAccepted(Invalid):
    """The caller has not agreed to the terms as they are now."""

    code = "TERMS_NOT_ACCEPTED"
    message = "请先阅读并同意当前版本的标识说明"


def request(command: RequestOriginal, work: Work) -> list[Event]:
    """What is kept of the request, before there is an address.

    Raises:
        TermsNotAccepted, WorkNotFound, NotTheOwner: see there.
    """
    ensure_owner(work, command.user_id)
    if not command.consent or command.terms_version != terms.current():
        now = f"当前版本为 {terms.current()}"
        raise TermsNotAccepted(details=[{"field": "terms_version", "message": now}])
    return [
        OriginalRequested(
            request_id=command.request_id,
            work_id=work.work_id,
            owner_id=work.owner_id,
            image_id=work.image_id,
            terms_version=command.terms_version,
            address_ends_at=command.now + ADDRESS_LIFE,
            requested_at=command.now,
        )
    ]
