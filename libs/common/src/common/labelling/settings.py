"""Who is named in the labels, who signs, and how many pictures are worked on at once."""

from typing import Annotated

import structlog
from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from common.labelling.content import PLACEHOLDER_PROVIDER, PROVIDER_CODE
from common.labelling.credentials import Credentials
from common.labelling.darkroom import Darkroom
from common.settings import MediaSettings

log = structlog.get_logger()

MADE_UP = "MADEUP"  # in every code that our examples and tests show

_ALIAS = "AIGC_PROVIDER_CODE"
_CODE = "the provider's 27-character code in the labels of pictures (TC260-PG-20252A)"


def _somebodys(code: str) -> str:
    if code == PLACEHOLDER_PROVIDER:
        raise ValueError(f"{code} is the code of nobody; pictures that others may see bear the operator's own")
    return code


class LabelSettings(MediaSettings):
    """What a service that writes pictures reads besides."""

    aigc_provider_code: Annotated[str, AfterValidator(_somebodys)] = Field(
        pattern=PROVIDER_CODE, validation_alias=_ALIAS, description=_CODE
    )
    media_hands: int = Field(
        2, ge=1, le=64, validation_alias="MEDIA_HANDS", description="pictures encoded at once by one process"
    )
    c2pa_certificates: str = Field(
        "",
        validation_alias="C2PA_CERTIFICATES",
        description="certificate chain in PEM, the signer's first, of those who sign pictures; none: unsigned",
    )
    c2pa_private_key: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        validation_alias="C2PA_PRIVATE_KEY",
        description="private key in PEM of the first of C2PA_CERTIFICATES",
    )

    @field_validator("c2pa_private_key")
    @classmethod
    def _signs(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        certificates = info.data.get("c2pa_certificates", "")
        if bool(certificates) != bool(key.get_secret_value()):
            raise ValueError("C2PA_CERTIFICATES and C2PA_PRIVATE_KEY belong together")
        if certificates:
            Credentials(certificates, key.get_secret_value())
        return key

    def darkroom(self) -> Darkroom:
        """Where this service's pictures are made."""
        if MADE_UP in self.aigc_provider_code:
            log.warning("provider_code_made_up", code=self.aigc_provider_code, says="not for pictures that others see")
        credentials = None
        if self.c2pa_certificates:
            credentials = Credentials(self.c2pa_certificates, self.c2pa_private_key.get_secret_value())
        return Darkroom(self.aigc_provider_code, hands=self.media_hands, credentials=credentials)


class TrialLabels(LabelSettings):
    """Mixed into a service's settings where it is only tried out: the code of nobody will do."""

    aigc_provider_code: str = Field(
        PLACEHOLDER_PROVIDER, pattern=PROVIDER_CODE, validation_alias=_ALIAS, description=_CODE
    )
