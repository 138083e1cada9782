"""Labels of AI-generated pictures (GB 45438-2025): the implicit one in the file, the visible one in the picture.

Needs Pillow, which the services that handle pictures declare; nothing else in `common` imports this package.
"""

from common.labelling.content import PLACEHOLDER_PROVIDER, PROVIDER_CODE, Label, Source
from common.labelling.files import LARGEST, BadPicture, encode, label_of, public_copy
from common.labelling.repacking import repacked
from common.labelling.settings import LabelSettings
from common.labelling.visible import mark

__all__ = [
    "LARGEST",
    "PLACEHOLDER_PROVIDER",
    "PROVIDER_CODE",
    "BadPicture",
    "Label",
    "LabelSettings",
    "Source",
    "encode",
    "label_of",
    "mark",
    "public_copy",
    "repacked",
]
