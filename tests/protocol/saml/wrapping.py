# SPDX-License-Identifier: Apache-2.0
"""The wrapping attacks of "On Breaking SAML" (USENIX Security 2012), made from any valid message.

Each transform takes the bytes of a message that holds and gives one that says something else
beside what was signed. Names and numbers are those of the paper; for whoever verifies a message,
the provider as well as the applications' kit.
"""

from copy import deepcopy

from lxml import etree

from idp.saml.names import ds, saml, samlp
from tests.protocol.saml.messages import EVIL, HONEST

SIGNATURE = ds("Signature")
ASSERTION = saml("Assertion")


def read(data):
    return etree.fromstring(data)


def written(root):
    return etree.tostring(root)


def says_evil(element, identifier="_evil"):
    """The element, now about somebody else, under another identifier."""
    for one in element.iter(saml("NameID"), saml("AttributeValue"), saml("Issuer")):
        one.text = (one.text or "").replace(HONEST, EVIL)
    if element.tag == samlp("AuthnRequest"):
        element.set("AssertionConsumerServiceURL", "https://evil.example/acs")
    element.set("ID", identifier)
    return element


def unsigned(element):
    """A copy of the element without its own signature."""
    copy = deepcopy(element)
    copy.tail = None
    for signature in copy.findall(SIGNATURE):
        copy.remove(signature)
    return copy


def in_object(signature, element):
    etree.SubElement(signature, ds("Object")).append(element)


def in_extensions(root, element, at=1):
    extensions = etree.Element(samlp("Extensions"))
    extensions.append(element)
    root.insert(at, extensions)


# Of the whole message, signed as such: an AuthnRequest, a LogoutRequest, a Response.


def xsw1(data):
    """The evil message is the root; the original, unsigned, inside of the signature."""
    root = read(data)
    original = unsigned(root)
    says_evil(root).find(SIGNATURE).append(original)
    return written(root)


def xsw2(data):
    """The original before the signature, which is detached from it."""
    root = read(data)
    original = unsigned(root)
    signature = says_evil(root).find(SIGNATURE)
    signature.addprevious(original)
    return written(root)


def same_identifier(data):
    """As XSW1, but the evil message keeps the identifier that was signed."""
    root = read(data)
    original, identifier = unsigned(root), root.get("ID")
    says_evil(root, identifier).find(SIGNATURE).append(original)
    return written(root)


def root_in_object(data):
    root = read(data)
    original = unsigned(root)
    in_object(says_evil(root).find(SIGNATURE), original)
    return written(root)


def root_in_extensions(data):
    """The whole original, signature and all, where anything may stand."""
    root = read(data)
    evil = says_evil(unsigned(root))
    in_extensions(evil, root)
    return written(evil)


def signature_from_extensions(data):
    """The original in the extensions, its signature on the evil message."""
    root = read(data)
    evil, signature = says_evil(unsigned(root)), root.find(SIGNATURE)
    in_extensions(evil, unsigned(root))
    evil.insert(1, signature)
    return written(evil)


def other_content(data):
    """Nothing wrapped: the words are changed under a signature that was for others."""
    root = read(data)
    return written(says_evil(root, root.get("ID")))


# Of an assertion in a response.


def _assertion(data):
    root = read(data)
    return root, root.find(ASSERTION)


def xsw3(data):
    """The evil assertion before the signed one."""
    root, original = _assertion(data)
    original.addprevious(says_evil(unsigned(original)))
    return written(root)


def xsw4(data):
    """The signed assertion inside of the evil one."""
    root, original = _assertion(data)
    evil = says_evil(unsigned(original))
    root.replace(original, evil)
    evil.append(original)
    return written(root)


def xsw5(data):
    """The evil assertion has the signature; the original, without it, at the end."""
    root, original = _assertion(data)
    copy = unsigned(original)
    says_evil(original)
    root.append(copy)
    return written(root)


def xsw6(data):
    """The original inside of the signature of the evil assertion."""
    root, original = _assertion(data)
    copy = unsigned(original)
    says_evil(original).find(SIGNATURE).append(copy)
    return written(root)


def xsw7(data):
    """The evil assertion in the extensions, with the identifier that was signed."""
    root, original = _assertion(data)
    in_extensions(root, says_evil(unsigned(original), original.get("ID")))
    return written(root)


def xsw8(data):
    """The original in an Object of the evil assertion's signature."""
    root, original = _assertion(data)
    copy = unsigned(original)
    in_object(says_evil(original).find(SIGNATURE), copy)
    return written(root)


def original_in_advice(data):
    """SAML Core §2.6.1: an assertion may stand there."""
    root, original = _assertion(data)
    evil = says_evil(unsigned(original))
    root.replace(original, evil)
    advice = etree.SubElement(evil, saml("Advice"))
    advice.append(original)
    evil.remove(advice)
    evil.find(saml("Subject")).addnext(advice)
    return written(root)


def second_signature(data):
    """The signature twice, so that one is verified and the other removed."""
    root, original = _assertion(data)
    original.insert(1, deepcopy(original.find(SIGNATURE)))
    return written(root)


def evil_after(data):
    """XSW3 the other way round."""
    root, original = _assertion(data)
    original.addnext(says_evil(unsigned(original)))
    return written(root)


def evil_with_the_identifier(data):
    """SM-009: two elements of one identifier; which is meant is the parser's secret."""
    root, original = _assertion(data)
    original.addprevious(says_evil(unsigned(original), original.get("ID")))
    return written(root)


def changed_assertion(data):
    root, original = _assertion(data)
    says_evil(original, original.get("ID"))
    return written(root)


OF_THE_MESSAGE = {
    "SM-001": xsw1,
    "SM-002": xsw2,
    "SM-009": same_identifier,
    "SM-008": root_in_object,
    "SM-007": root_in_extensions,
    "SM-011": signature_from_extensions,
    "changed": other_content,
}
OF_AN_ASSERTION = {
    "SM-003": xsw3,
    "SM-004": xsw4,
    "SM-005": xsw5,
    "SM-006": xsw6,
    "SM-007": xsw7,
    "SM-008": xsw8,
    "SM-009": evil_with_the_identifier,
    "advice": original_in_advice,
    "twice": second_signature,
    "after": evil_after,
    "changed": changed_assertion,
}
