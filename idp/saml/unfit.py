# SPDX-License-Identifier: Apache-2.0
"""What may be wrong with an application's SAML settings, beside what may be with any."""

from collections.abc import Mapping

from idp.applications.faults import What
from idp.saml.encryption import NotEncrypted


class Amiss(What):
    """Each kind, with the sentence of the command line."""

    ENTITY_ID = "up to {most} visible ASCII characters are expected"
    NO_ANSWER = "at least one address is needed"
    INDEX = "a number from 0 to {most} is expected"
    INDEX_TWICE = "each index may stand once only"
    DEFAULT_TWICE = "one default at most is expected"
    CERTIFICATE = "no certificate (PEM or base64) of a strong key"
    CERTIFICATE_RSA = "it must hold an RSA key to encrypt for"
    SIGNED_NEEDS_ONE = "signed requests need one at least"
    ARTIFACT_NEEDS_ONE = "answers by artifact need one at least"
    ENCRYPTED_NEEDS_ONE = "encrypted assertions need one at least"
    METHODS = "identifiers of XML Encryption are expected"
    NO_RSA = "no RSA key for encryption"
    NO_CIPHER = "declares no cipher of ours"
    NO_TRANSPORT = "declares no key transport of ours"
    NAME_TWICE = "each name may stand once only"
    NAME_LETTERS = "a name of visible ASCII is expected"
    NAME_RESERVED = "{value!r} is reserved for this server's own word"
    VIHF_TEXT = "a text of {most} characters at most is expected"
    VIHF_ACTIVITY = "a VIHF tells of one activity; “chosen” is expected"
    VIHF_FACTORS = "a VIHF tells of people who proved themselves by two factors"


NOT_ENCRYPTED: Mapping[NotEncrypted, Amiss] = {
    NotEncrypted.NO_KEY: Amiss.NO_RSA,
    NotEncrypted.NO_CIPHER: Amiss.NO_CIPHER,
    NotEncrypted.NO_TRANSPORT: Amiss.NO_TRANSPORT,
}
