"""PDF files written by hand: any number of pages in no time, and locked by a password as PDF 1.4 has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import md5

_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
_ID = b"0123456789abcdef"
_RIGHTS = (-44).to_bytes(4, "little", signed=True)

Cipher = Callable[[int, bytes], bytes]


def plain_pdf(pages: Sequence[str]) -> bytes:
    """A page for each text, a line of it for each of its own, in Helvetica: letters of ASCII only."""
    return _written(pages, lambda _, text: text, b"")


def locked_pdf(pages: Sequence[str], password: str) -> bytes:
    """The same, encrypted with 40 bits of RC4 (ISO 32000-1, 7.6.3): opens with the password, which may be empty."""
    owner = _rc4(md5(_padded("owner")).digest()[:5], _padded(password))
    key = md5(_padded(password) + owner + _RIGHTS + _ID).digest()[:5]
    lock = f"/Filter /Standard /V 1 /R 2 /P -44 /O <{owner.hex()}> /U <{_rc4(key, _PAD).hex()}>"

    def cipher(number: int, text: bytes) -> bytes:
        return _rc4(md5(key + number.to_bytes(3, "little") + bytes(2)).digest()[:10], text)

    return _written(pages, cipher, f" /Encrypt << {lock} >>".encode())


def _written(pages: Sequence[str], cipher: Cipher, lock: bytes) -> bytes:
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, words in enumerate(pages):
        holds = 5 + 2 * number
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {holds} 0 R "
        objects.append((page + "/Resources << /Font << /F 3 0 R >> >> >>").encode())
        stream = cipher(holds, _drawn(words))
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream))
    file, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, table)
    trailer = b"<< /Size %d /Root 1 0 R /ID [<%b> <%b>]%b >>" % (
        len(objects) + 1, _ID.hex().encode(), _ID.hex().encode(), lock,
    )  # fmt: skip
    return b"%b%btrailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (file, head, trailer, len(file))


def _drawn(words: str) -> bytes:
    """The page's lines from its top down."""
    lines = [line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in words.split("\n")]
    return ("BT /F 9 Tf 12 TL 50 790 Td\n" + "\n".join(f"({line}) Tj T*" for line in lines) + "\nET").encode("ascii")


def _padded(password: str) -> bytes:
    return (password.encode("latin-1") + _PAD)[:32]


def _rc4(key: bytes, text: bytes) -> bytes:
    """RC4, whose encryption and decryption are one."""
    state, at = list(range(256)), 0
    for number in range(256):
        at = (at + state[number] + key[number % len(key)]) % 256
        state[number], state[at] = state[at], state[number]
    first = second = 0
    out = bytearray()
    for byte in text:
        first = (first + 1) % 256
        second = (second + state[first]) % 256
        state[first], state[second] = state[second], state[first]
        out.append(byte ^ state[(state[first] + state[second]) % 256])
    return bytes(out)
