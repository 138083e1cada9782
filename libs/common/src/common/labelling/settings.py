"""Who is named in the labels."""

import structlog
from pydantic import Field

from common.labelling.content import PLACEHOLDER_PROVIDER, PROVIDER_CODE
from common.settings import MediaSettings

log = structlog.get_logger()


class LabelSettings(MediaSettings):
    """What a service that writes pictures reads besides."""

    aigc_provider_code: str = Field(
        PLACEHOLDER_PROVIDER,
        pattern=PROVIDER_CODE,
        validation_alias="AIGC_PROVIDER_CODE",
        description="the provider's 27-character code in the labels of pictures; unset, that of nobody",
    )

    async def warn_of_placeholder(self) -> None:
        """Log that pictures are labelled with the code of nobody, if they are; a step of the service's start."""
        if self.aigc_provider_code == PLACEHOLDER_PROVIDER:
            log.warning("aigc_provider_placeholder", setting="AIGC_PROVIDER_CODE", code=PLACEHOLDER_PROVIDER)
