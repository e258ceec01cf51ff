# SPDX-License-Identifier: Apache-2.0
"""A patient's account: made at the login server, or the one they have, tied to the file."""

from typing import Final

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from imaging_app.access.actions import Action
from imaging_app.access.actions import file as file_thing
from imaging_app.access.decide import Refused
from imaging_app.crypto import new_id
from imaging_app.enrolling.values import Account, Known, NewAccount, Trouble
from imaging_app.enrolling.values import Refused as NotMade
from imaging_app.people.patients import is_address
from imaging_app.people.traits import QUALIFIED, read_date
from imaging_app.web.establishment.house import INVALID, House, Opened, for_staff, open_file, typed
from imaging_app.web.establishment.words import TROUBLES
from imaging_app.web.portal import Portal
from imaging_app.web.refusals import answer

# What the login server calls a field, and where it is typed here.
SHOWN_AT: Final = {"ins": "birth_date", "birth_name": "last_name"}
TIED_ELSEWHERE: Final = (
    _("This account, or this patient, is tied to another already"),
    _("Two files may be of one person. Have your identity unit look at both before anything else."),
)
TIED_ALREADY: Final = (
    _("This file is tied to an account already."),
    _("Nothing was asked of the login server: the account that is tied stays."),
)
STATUS: Final = {Trouble.AWAY: 503, Trouble.NOT_ALLOWED: 403, Trouble.TOO_MANY: 429}
LONGEST: Final = 128
# Where it is typed by which way: both forms are on one page.
MAIL_AT: Final = {"make": "email", "tie": "notices"}
MOST_NAMES: Final = 32


def add_account_pages(app: Flask, portal: Portal) -> None:
    """`/establishment/<finess>/files/<file>/account`."""

    @app.get("/establishment/<finess>/files/<file>/account")
    @for_staff(portal)
    def house_account(house: House, file: str) -> ResponseReturnValue:
        opened = open_file(house, file)
        if not isinstance(opened, Opened):
            return opened
        return show(house, opened, first_values(opened))

    @app.post("/establishment/<finess>/files/<file>/account")
    @for_staff(portal)
    def house_make_account(house: House, file: str) -> ResponseReturnValue:
        opened = open_file(house, file)
        return take(house, opened) if isinstance(opened, Opened) else opened

    @app.get("/establishment/<finess>/files/<file>/untie")
    @for_staff(portal)
    def house_untie(house: House, file: str) -> ResponseReturnValue:
        # A look at the form is no deed: only who may undo it comes here, after a fresh login.
        thing, doors = file_thing(file), house.rooms.access.doors
        with house.rooms.database.read() as tx:
            [(_one, may)] = doors.which(tx, house.who, [thing], Action.FILE_UNTIE)
        if isinstance(may, Refused):
            return answer(may)
        opened = open_file(house, file)
        if not isinstance(opened, Opened):
            return opened
        return house.page("untie", "house_desk", opened=opened)

    @app.post("/establishment/<finess>/files/<file>/untie")
    @for_staff(portal)
    def house_take_back(house: House, file: str) -> ResponseReturnValue:
        with house.rooms.database.write() as tx:
            done = house.rooms.access.desk.untie(tx, house.who, file)
        if isinstance(done, Refused):
            return answer(done, back=f"/establishment/{house.finess}/files/{file}/untie")
        return house.to("house_file", file=file, done="untied" if done else "unchanged")


def first_values(opened: Opened) -> dict[str, str]:
    """What the file knows already."""
    traits = opened.patient.traits
    return {
        "last_name": traits.used_name or traits.birth_name,
        "first_name": traits.used_first_name or traits.first_names[0],
        "birth_date": traits.birth_date,
    }


def take(house: House, opened: Opened) -> ResponseReturnValue:
    """Ask the door, then the login server, then tie: each is written down before the next."""
    form = first_values(opened) | typed()
    accounts, way = house.portal.accounts, "tie" if request.form.get("way") == "tie" else "make"
    refused = house.through(file_thing(opened.file.id), Action.FILE_ACCOUNT)
    if refused is not None:
        return answer(refused, back=f"/establishment/{house.finess}/files/{opened.file.id}")
    if opened.patient.subject is not None:
        # Two pages of one file: the second one makes nobody a second account.
        return show(house, opened, form, status=409, trouble=TIED_ALREADY)
    if accounts is None:
        return show(house, opened, form, NotMade(Trouble.NOT_ALLOWED))
    if (email := form.get(MAIL_AT[way], "")) and not is_address(email):
        return show(house, opened, form, NotMade(Trouble.UNFIT, (MAIL_AT[way],)))
    if way == "tie":
        # Theirs by what the file knows of them, and by no other day that somebody types.
        known, identifier = _known(opened), form.get("identifier", "")[:LONGEST]
        made = (
            accounts.find(house.finess, identifier, known)
            if identifier and known.birth_date
            else NotMade(Trouble.NO_MATCH)
        )
    else:
        made = accounts.make(house.finess, _new(opened, form), form.get("once", "") or new_id())
    if isinstance(made, NotMade):
        return show(house, opened, form, made)
    return tie(house, opened, form, made, email)


def tie(
    house: House, opened: Opened, form: dict[str, str], made: Account, email: str
) -> ResponseReturnValue:
    """The first tie stands; a second one is for people to look at."""
    with house.rooms.database.write() as tx:
        tied = house.rooms.access.desk.tie(tx, house.who, opened.file.id, made.subject, email)
    if isinstance(tied, Refused):
        return answer(tied, back=f"/establishment/{house.finess}/files/{opened.file.id}")
    if not tied:
        return show(house, opened, form, status=409, trouble=TIED_ELSEWHERE)
    letter = f"{house.portal.login.provider.issuer}/admin/patients/{made.id}"
    return house.page("account_made", "house_desk", opened=opened, account=made, letter=letter)


def show(
    house: House,
    opened: Opened,
    form: dict[str, str],
    refused: NotMade | None = None,
    *,
    status: int = 200,
    trouble: tuple[object, object] | None = None,
) -> ResponseReturnValue:
    """The form, and why there is no account yet."""
    with house.rooms.database.read() as tx:
        place = (opened.patient.id, house.finess)
        shares = house.rooms.access.consents.is_in_force(tx, *place)
    errors: dict[str, str] = {}
    # By one shown form one account: only where no answer came it is the same asking again.
    lost = refused is not None and refused.trouble is Trouble.AWAY
    if refused is not None:
        status, trouble = STATUS.get(refused.trouble, INVALID), TROUBLES[refused.trouble]
        errors = {SHOWN_AT.get(one, one): "wrong" for one in refused.fields}
    return house.page(
        "account",
        "house_desk",
        status,
        opened=opened,
        form=form,
        once=(lost and form.get("once")) or new_id(),
        shares=shares,
        tied=opened.patient.subject is not None,
        trouble=trouble,
        may_be_another=refused is not None and refused.trouble is Trouble.NAMES,
        issuer=house.portal.login.provider.issuer,
        errors=errors,
    )


def _known(opened: Opened) -> Known:
    """As the file has them; the login server compares however they are spelled."""
    one = opened.patient.traits
    first = (*one.first_names, " ".join(one.first_names), one.used_first_name)
    names = (one.birth_name, one.used_name)
    return Known(
        one.birth_date,
        tuple(name for name in names if name),
        tuple(dict.fromkeys(name[:LONGEST] for name in first if name))[:MOST_NAMES],
    )


def _new(opened: Opened, form: dict[str, str]) -> NewAccount:
    """By the file's own birth date and identity; only a qualified one travels."""
    traits = opened.patient.traits
    ins = traits.ins.number if traits.ins and traits.ins.status == QUALIFIED else ""
    return NewAccount(
        last_name=form.get("last_name", "")[:LONGEST],
        first_name=form.get("first_name", "")[:LONGEST],
        birth_date=traits.birth_date or read_date(form.get("birth_date", "")) or "",
        birth_name=traits.birth_name[:LONGEST],
        email=form.get("email", "")[:254],
        phone=form.get("phone", "")[:32],
        ins=ins,
        another="another" in form,
    )
