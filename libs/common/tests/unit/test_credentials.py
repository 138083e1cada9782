"""C2PA manifests: signed with a certificate of this test's own authority, judged by the library's reader."""

import io
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from common.labelling import BadCredentials, Credentials, Darkroom, Label, LabelSettings, Source, encode, mark
from common.settings import load
from common.testing.labels import TEST_PROVIDER, judge

MIME = {"PNG": "image/png", "WEBP": "image/webp", "JPEG": "image/jpeg"}
LABEL = Label(TEST_PROVIDER, "img_a_0", Source.MODEL)
NOW = datetime.now(UTC)
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, common) for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)])


def certificate(subject: str, key: Key, issuer: str, authority: Key, *, ends: datetime | None = None) -> str:
    is_authority = subject == issuer
    hash_ = None if isinstance(authority, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=2))
        .not_valid_after(ends or NOW + timedelta(days=30))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(not is_authority, False, False, False, False, is_authority, is_authority, False, False),
            critical=True,
        )
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(authority, hash_).public_bytes(Encoding.PEM).decode()


def pem(key: Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


AUTHORITY = ec.generate_private_key(ec.SECP256R1())
ROOT = certificate("test root", AUTHORITY, "test root", AUTHORITY)
OURS = ec.generate_private_key(ec.SECP256R1())
CHAIN = certificate("the platform", OURS, "test root", AUTHORITY) + ROOT


@cache
def credentials() -> Credentials:
    return Credentials(CHAIN, pem(OURS))


def manifest(data: bytes, kind: str) -> tuple[str, Any]:
    """State and active manifest, as a reader that trusts this test's authority sees them."""
    trust = {"verify": {"verify_trust": True}, "trust": {"trust_anchors": ROOT}}
    with c2pa.Context.from_dict(trust) as context, c2pa.Reader(MIME[kind], io.BytesIO(data), context=context) as reader:
        return reader.get_validation_state(), reader.get_active_manifest()


def actions(found: Any) -> list[Any]:
    (assertion,) = [a for a in found["assertions"] if a["label"].startswith("c2pa.actions")]
    taken: list[Any] = assertion["data"]["actions"]
    return taken


@pytest.mark.parametrize("kind", MIME)
def test_a_signed_file_is_valid_says_how_it_was_made_and_keeps_its_one_label(kind: str) -> None:
    data = encode(Image.new("RGB", (64, 48), "teal"), kind, LABEL, credentials=credentials())

    state, found = manifest(data, kind)
    assert state == "Trusted"
    assert (actions(found)[0]["action"], actions(found)[0]["digitalSourceType"]) == ("c2pa.created", str(Source.MODEL))
    assert found["signature_info"]["common_name"] == "the platform"
    assert judge(data).values["ProduceID"] == "img_a_0"


async def test_every_rendition_is_signed_anew() -> None:
    darkroom = Darkroom(TEST_PROVIDER, hands=1, credentials=credentials())
    file = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(file, "PNG")

    made = await darkroom.develop(file.getvalue(), "img_a_0", Source.PROCEDURE, (300, 200), {})
    copies = await darkroom.publish(made.original, suffix="c0ffee", unlabelled="x")
    await darkroom.close()

    originals = [("PNG", made.original, ["c2pa.created"])]
    for files in (made.shown, copies):
        originals += [("PNG", files.image, ["c2pa.created", "c2pa.edited"])]
        originals += [
            ("WEBP", f, ["c2pa.created", "c2pa.edited", "c2pa.resized"]) for f in (files.preview, files.thumbnail)
        ]
    for kind, data, expected in originals:
        state, found = manifest(data, kind)
        assert (state, [a["action"] for a in actions(found)]) == ("Trusted", expected)
        assert actions(found)[0]["digitalSourceType"] == str(Source.PROCEDURE)
        assert judge(data).source == Source.PROCEDURE
    assert len({manifest(data, kind)[1]["label"] for kind, data, _ in originals}) == 7


def test_a_file_that_is_changed_afterwards_is_invalid() -> None:
    data = encode(mark(Image.new("RGB", (64, 48), "teal")), "JPEG", LABEL, credentials=credentials())

    state, _ = manifest(data.replace(b"img_a_0", b"img_b_0"), "JPEG")

    assert state == "Invalid"


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()])
def test_other_kinds_of_keys_sign_too(key: Key) -> None:
    own = Credentials(certificate("the platform", key, "test root", AUTHORITY) + ROOT, pem(key))
    assert manifest(encode(Image.new("RGB", (8, 8)), "PNG", LABEL, credentials=own), "PNG")[0] == "Trusted"


OTHER = pem(ec.generate_private_key(ec.SECP256R1()))
ENDED = certificate("the platform", OURS, "test root", AUTHORITY, ends=NOW - timedelta(days=1)) + ROOT
WRONG = {
    "no certificate": ("garbage", pem(OURS)),
    "no key": (CHAIN, "garbage"),
    "another key": (CHAIN, OTHER),
    "the authority's own": (ROOT, pem(AUTHORITY)),
    "ended": (ENDED, pem(OURS)),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_key_or_chain_is_known_before_the_first_picture(case: str) -> None:
    with pytest.raises(BadCredentials):
        Credentials(*WRONG[case])


GIVEN = {
    "mongodb_url": "x",
    "rabbitmq_url": "x",
    "jwks_url": "http://x",
    "public_url": "http://x",
    "s3_endpoint": "http://x",
    "s3_access_key": "x",
    "s3_secret_key": "x",
    "aigc_provider_code": TEST_PROVIDER,
}


@pytest.mark.parametrize("case", [*WRONG, "key alone", "chain alone"])
def test_the_start_is_refused_with_a_sentence(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    chain, key = {**WRONG, "key alone": ("", pem(OURS)), "chain alone": (CHAIN, "")}[case]

    with pytest.raises(SystemExit):
        load(LabelSettings, **GIVEN, c2pa_certificates=chain, c2pa_private_key=key)

    said = capsys.readouterr().err
    assert said.startswith(
        "The setting C2PA_PRIVATE_KEY (private key in PEM of the first of C2PA_CERTIFICATES) is wrong"
    )
    assert said.count("\n") == 1
    assert "BEGIN" not in said


async def test_right_settings_sign() -> None:
    darkroom = load(LabelSettings, **GIVEN, c2pa_certificates=CHAIN, c2pa_private_key=pem(OURS)).darkroom()
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    made = await darkroom.develop(file.getvalue(), "x", Source.MODEL, (8, 8), {})
    await darkroom.close()
    assert manifest(made.original, "PNG")[0] == "Trusted"
