"""An authority of one's own and one certificate of it, as a company's Dask cluster would have."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from distributed import Security


@dataclass(frozen=True)
class Pair:
    """PEM files: of the authority, and of a node."""

    ca: Path
    cert: Path
    key: Path

    def security(self) -> Security:
        """For all roles."""
        roles = {
            f"tls_{role}_{what}": str(path)
            for role in ("scheduler", "worker", "client")
            for what, path in (("cert", self.cert), ("key", self.key))
        }
        return Security(tls_ca_file=str(self.ca), require_encryption=True, **roles)


def certificates(folder: Path) -> Pair:
    """A pair whose certificate is good for an hour."""
    authority, node = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _signed("riskplug test authority", authority, "riskplug test authority", authority, is_authority=True)
    leaf = _signed("node", node, "riskplug test authority", authority, is_authority=False)
    pair = Pair(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    pair.ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    pair.cert.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pair.key.write_bytes(node.private_bytes(serialization.Encoding.PEM, *plain))
    return pair


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    is_authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    return made.sign(issuer_key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
