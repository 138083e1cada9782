"""Labels of AI-generated pictures (GB 45438-2025): the implicit one in the file, the visible one in the picture.

Needs Pillow, by the extra `labelling`; signing needs the extra `c2pa`. Nothing else in `common` imports this package.
"""

from common.labelling.carrying import packet_to_carry
from common.labelling.content import PLACEHOLDER_PROVIDER, PROVIDER_CODE, Label, Source
from common.labelling.credentials import BadCredentials, Credentials
from common.labelling.darkroom import Darkroom, Developed
from common.labelling.files import encode, label_of
from common.labelling.reading import BadPicture, UnknownFormat, flat, opened, read
from common.labelling.renditions import PREVIEW, THUMBNAIL, Renditions, fitted, render, srcset
from common.labelling.settings import LabelSettings, TrialLabels
from common.labelling.visible import mark, mark_round

__all__ = [
    "PLACEHOLDER_PROVIDER",
    "PREVIEW",
    "PROVIDER_CODE",
    "THUMBNAIL",
    "BadCredentials",
    "BadPicture",
    "Credentials",
    "Darkroom",
    "Developed",
    "Label",
    "LabelSettings",
    "Renditions",
    "Source",
    "TrialLabels",
    "UnknownFormat",
    "encode",
    "fitted",
    "flat",
    "label_of",
    "mark",
    "mark_round",
    "opened",
    "packet_to_carry",
    "read",
    "render",
    "srcset",
]
