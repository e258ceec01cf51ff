# SPDX-License-Identifier: Apache-2.0
"""The address and the picture by which an app learns a seed."""

import pyotp
import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathFillImage


def address_of(seed: str, issuer: str, name: str) -> str:
    """The otpauth address of a seed. A colon parts issuer and name, so neither may hold one."""
    issuer, name = (text.replace(":", " ") for text in (issuer, name))
    return pyotp.TOTP(seed).provisioning_uri(name=name, issuer_name=issuer)


def draw(address: str) -> str:
    """An SVG of the address, black on white whatever the theme: cameras need it so."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(address)
    picture = code.make_image(image_factory=SvgPathFillImage)
    return str(picture.to_string(encoding="unicode"))
