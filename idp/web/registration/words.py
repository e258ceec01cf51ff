# SPDX-License-Identifier: Apache-2.0
"""Labels of the fields of step 2, their help, and what is wrong with them, in words."""

from flask_babel import gettext as _

from idp.directory import nomenclature


def labels() -> dict[str, str]:
    """What each field is called."""
    return {
        "number": _("RPPS or ADELI number"),
        "profession": _("Profession"),
        "speciality": _("Speciality"),
        "visibility": _("Confidentiality level"),
        "title": _("Title of practice"),
        "civility": _("Civility"),
        "last_name": _("Last name"),
        "first_name": _("First name"),
        "birth_name": _("Birth name"),
        "birth_date": _("Date of birth"),
        "country": _("Country"),
        "street": _("Street"),
        "po_box": _("PO box"),
        "post_code": _("Post code"),
        "city": _("City"),
        "cedex": _("Cedex"),
        "department": _("Department"),
        "establishment": _("Establishment"),
        "phone": _("Telephone"),
        "emergency_phone": _("Emergency telephone"),
        "mobile": _("Mobile"),
        "fax": _("Fax"),
        "email": _("E-mail address"),
        "email_again": _("E-mail address, again"),
    }


def helps() -> dict[str, str]:
    """What each field is for, where its label does not say it all."""
    return {
        "number": _("11 digits for RPPS, 9 characters for ADELI. Leave it empty if you have none."),
        "profession": _("As it stands on your card or diploma."),
        "speciality": _("The one that you practise most."),
        "title": _("As you are addressed in letters: doctor, professor…"),
        "last_name": _("The one that you practise under."),
        "birth_name": _("If it is another one than your last name."),
        "birth_date": _("Day/month/year. It tells namesakes apart, and is not published."),
        "country": _("Where you practise."),
        "street": _("Number and street of the place where you practise."),
        "cedex": _("Such as: Cedex 1."),
        "department": _("Such as: Loiret."),
        "establishment": _(
            "Choose it if you work in one of these: it then deals with your request."
        ),
        "phone": _("Where colleagues reach you. With its country code if it is a foreign one."),
        "emergency_phone": _("For urgent matters alone."),
        "mobile": _("Codes to log in can be sent there."),
        "email": _("It is used to log in and to write to you: one that you alone read."),
        "email_again": _("Type it once more: a mistyped letter would send everything elsewhere."),
    }


def profession_of(code: str) -> str:
    """What the code of a profession means."""
    found = nomenclature.profession(code)
    return found.label if found else ""


def sentence(name: str, fault: str) -> str:
    """What is wrong with a field, and what would be right."""
    if name == "number":
        return _number(fault)
    if fault == "missing":
        return _missing(name)
    told: dict[str, str] = {
        "long": _("This is too long. Shorten it."),
        "characters": _("There is a character in it that cannot be shown. Type it anew."),
        "unknown": _("Choose one of the list."),
        "date": _("Type a date such as 31/12/1970."),
        "post-code": _("A French post code has five digits. For another one, change the country."),
        "phone": _("Type a telephone number such as 02 38 00 00 00 or +32 2 000 00 00."),
        "name": _("Type it with letters."),
        "told": _(
            "You logged in under another name. Type it as there; "
            "if that is your birth name, type that below as well."
        ),
        "card": _(
            "Your card bears another name. Type it as on the card; "
            "if the card bears your birth name, type that below as well."
        ),
        "email": _("Type your e-mail address, such as name@example.org."),
        "differs": _("The two addresses are not the same. Correct the one that is wrong."),
    }
    return told.get(fault) or str(_("Correct this field."))


def _missing(name: str) -> str:
    told: dict[str, str] = {
        "civility": _("Choose your civility."),
        "last_name": _("Type your last name."),
        "first_name": _("Type your first name."),
        "street": _("Type number and street."),
        "post_code": _("Type the post code."),
        "city": _("Type the city."),
        "phone": _("Type a telephone number."),
        "email": _("Type your e-mail address."),
        "email_again": _("Type your e-mail address once more."),
    }
    return told.get(name) or str(_("Fill in this field."))


def _number(fault: str) -> str:
    told: dict[str, str] = {
        "length": _("An RPPS number has 11 digits, an ADELI number 9 characters."),
        "missing": _("Type your RPPS or ADELI number, to be filled in from the register."),
        "digits": _("Only digits are expected here."),
        "check": _("This number does not exist: a digit was mistyped. Compare it with your card."),
    }
    return told.get(fault) or str(_("Correct this number."))
