# SPDX-License-Identifier: Apache-2.0
"""Why nothing is read from a certificate."""

from enum import Enum


class Unreadable(Enum):
    """One word for each reason; a page makes a sentence of it."""

    TOO_LARGE = "too-large"
    NOT_A_CERTIFICATE = "not-a-certificate"
    # Something is there twice of which there can be one.
    AMBIGUOUS = "ambiguous"
    # Characters that are not seen, or look like others; an encoding that reads in several ways.
    UNUSUAL_TEXT = "unusual-text"
    # A certificate of a server, of a program, of anything but a card.
    NOT_A_CARD = "not-a-card"
    # The other one on the card.
    SIGNATURE_CERTIFICATE = "signature-certificate"
    # Neither one: not made for logging in.
    WRONG_USE = "wrong-use"
    NO_KIND = "no-kind"
    NO_CARD_NUMBER = "no-card-number"
    NO_NATIONAL_ID = "no-national-id"
    # Neither a first and a last name, nor a pseudonym.
    NO_NAME = "no-name"
    # An extension of the card says what it can't.
    BAD_EXTENSION = "bad-extension"
    # The principal name is somebody else's.
    OTHER_PRINCIPAL = "other-principal"
    UNKNOWN_KEY = "unknown-key"
