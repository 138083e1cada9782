"""What the implicit label says, and the XMP packet that says it."""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

PROVIDER_CODE = "^0011[0-9A-Z]{18}[12][0-9A-Z]{4}$"
"""A provider's code (TC260-PG-20252A): `0011`, its 18-character credit code, 1 (generates) or 2, its own 4."""
PLACEHOLDER_PROVIDER = "001100000000MADEUP000010000"
"""A code of nobody, for trying things out; a platform that others can reach needs its own."""

_ALLOWED = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # GB 45438-2025, annex E j: no space, quote or backslash, ASCII
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" \
xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
<TC260:AIGC>{label}</TC260:AIGC>{source}
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
_SOURCE = "\n<Iptc4xmpExt:DigitalSourceType>{}</Iptc4xmpExt:DigitalSourceType>"
_LABEL_READ = re.compile("<TC260:AIGC>(.*?)</TC260:AIGC>", re.DOTALL)
_SOURCE_READ = re.compile(_SOURCE.strip().format("(.*?)"))


class Source(StrEnum):
    """How a picture was made, in IPTC's vocabulary."""

    MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    PROCEDURE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"


@dataclass(frozen=True)
class Label:
    """The implicit label of one file: `provider` made it and bears a code, `content_id` is the file's and unique.

    `source` is none when nobody knows any more how the picture was made.

    Raises:
        ValueError: a character that the standard does not allow.
    """

    provider: str
    content_id: str
    source: Source | None

    def __post_init__(self) -> None:
        """Refuse what no reader would accept."""
        for text in (self.provider, self.content_id):
            if not _ALLOWED.fullmatch(text):
                raise ValueError(f"not allowed in a label: {text!r}")

    def derived(self, suffix: str) -> "Label":
        """The label of another file of the same picture."""
        return Label(self.provider, f"{self.content_id}.{suffix}", self.source)

    def packet(self) -> str:
        """The XMP packet. A first writer is its own distributor (annex E, note 1)."""
        values = {
            "Label": "1",
            "ContentProducer": self.provider,
            "ProduceID": self.content_id,
            "ReservedCode1": "",
            "ContentPropagator": self.provider,
            "PropagateID": self.content_id,
            "ReservedCode2": "",
        }
        return packet_of(values, self.source)


def packet_of(values: Mapping[str, str], source: str | None) -> str:
    """The XMP packet with these seven values, in their order, and IPTC's word for how the picture was made."""
    text = html.escape(json.dumps(values, separators=(",", ":"), ensure_ascii=False), quote=False)
    return _PACKET.format(label=text, source=_SOURCE.format(source) if source else "")


def read_packet(packet: str) -> Label | None:
    """The label of a packet that `Label.packet` made; none when it has none, or not exactly one."""
    found, source = _LABEL_READ.findall(packet), _SOURCE_READ.search(packet)
    if len(found) != 1:
        return None
    try:
        values = json.loads(html.unescape(found[0]))
        return Label(values["ContentProducer"], values["ProduceID"], Source(source[1]) if source else None)
    except (ValueError, KeyError, TypeError):
        return None
