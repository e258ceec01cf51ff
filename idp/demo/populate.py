# SPDX-License-Identifier: Apache-2.0
"""Bringing in the cast and the applications: once, and again after a change, by the usual verbs."""

from cryptography import x509

from connectors.base import Level
from idp.accounts import particulars, service
from idp.accounts.particulars import Particulars, Visibility
from idp.accounts.service import open_community
from idp.accounts.values import Account, Population, State
from idp.administration.patients.consents import By
from idp.cli.communities import name_community
from idp.cli.people import why_not
from idp.cli.place import Place, installation
from idp.cli.program import refuse
from idp.cli.registrations import Reading, store, take, taken_names, unknown_communities
from idp.config import Settings
from idp.credentials.calculettes import Batch, NewCalculette
from idp.credentials.cards import Card, Kind
from idp.credentials.passwords import Reason
from idp.db import Tx
from idp.demo.addresses import Addresses, registrations
from idp.demo.calculette import SUITE, VirtualCalculette
from idp.demo.cast import CAST, COMMUNITIES, ESTABLISHMENTS, HOSPITAL, Role
from idp.demo.cast_cards import card_of
from idp.demo.folder import Folder
from idp.demo.month import bring_in_month, count_month
from idp.demo.own_keys import registered
from idp.demo.portal_desk import Subjects, let_it_enrol, portal_desk, subjects_of
from idp.demo.register import import_register
from idp.demo.wallet import Wallet
from idp.launches import sources
from idp.launches.sources import Source
from idp.office import open_office
from idp.opening import open_database
from idp.schema import upgrade
from idp.trust.certificate import key_id_of

BATCH = Batch("demonstration", "ocra", SUITE)
# The text that the patients of the cast have agreed to.
CONSENT = "demonstration"
# Authorities that speak of the same people.
FAMILY = "cps"
YEARS = 3 * 365 * 86_400


def populate(settings: Settings, folder: Folder, addresses: Addresses) -> Subjects:
    """The database at this version's schema, with everybody and every application in it.

    Told: by what each application knows them.
    """
    database = open_database(settings)
    try:
        upgrade(database)
    finally:
        database.close()
    with installation(settings) as place:
        for key, name in COMMUNITIES.items():
            name_community(place, key, name)
        with place.core.database.write() as tx:
            for key in COMMUNITIES:
                open_community(tx, key, opened=True)
            for one in ESTABLISHMENTS:
                place.core.establishments.put(tx, one, place.origin)
        wallet = make_cards(place, folder, addresses)
        bring_in_people(place, wallet)
        import_register(place, folder)
        bring_in_applications(place, folder, addresses)
        bring_in_software(place, addresses)
        let_it_enrol(place)
        bring_in_month(place)
        count_month(place)
        return subjects_of(place)


def make_cards(place: Place, folder: Folder, addresses: Addresses) -> Wallet:
    """The authorities of the demo, believed, and the cards under them; the reader is empty."""
    wallet = Wallet(folder, addresses.pki)
    wallet.reader.furnish()
    wallet.make(place.core.clock.now())
    believe(place, [one.issued.der for one in (*wallet.pki.roots, *wallet.pki.people)])
    return wallet


def believe(place: Place, authorities: list[bytes]) -> None:
    """These, in place of those of the same names that were made before."""
    trust = place.core.trust.authorities
    names = {x509.load_der_x509_certificate(one).subject for one in authorities}
    with place.core.database.write() as tx:
        kept = trust.all(tx)
        for one in kept:
            if one.certificate.subject in names and one.certificate.der not in authorities:
                trust.remove(tx, one.certificate.fingerprint, place.origin)
        for der in authorities:
            if der not in [one.certificate.der for one in kept]:
                trust.add(tx, der, FAMILY, place.origin)


def bring_in_people(place: Place, wallet: Wallet) -> None:
    """Those who are not there yet; what was done to the others in the demo stays."""
    core, office = place.core, open_office(place.core, place.secrets)
    root = office.authorities.of_command(place.origin)
    with core.database.read() as tx:
        missing = [one for one in CAST if service.find(tx, one.person.identifier) is None]
    hashed = {one.key: core.passwords.hashed(one.password) for one in missing}
    with core.database.write() as tx:
        for role in missing:
            made = core.accounts.create(tx, role.person, place.origin)
            if not isinstance(made, Account):
                refuse(f"{role.person.identifier}: {why_not(made)}; try --reset.")
            give_password(place, tx, role, made.id, hashed[role.key])
            for community in role.communities:
                core.accounts.join(tx, made.id, community, place.origin)
            for establishment in role.establishments:
                if role.person.population is Population.PATIENT:
                    by = By(root.actor, place.origin)
                    office.consents.give(tx, made, establishment, CONSENT, by)
                else:
                    core.establishments.join(tx, made.id, establishment, place.origin)
            show_in_directory(tx, role, made.id)
            if role.duty:
                office.roles.give(tx, root, made.id, role.duty)
            give_means(place, wallet, tx, role, made.id)
            if role.state is not State.ACTIVE:
                core.accounts.set_state(tx, made.id, role.state, place.origin)


def show_in_directory(tx: Tx, role: Role, account: str) -> None:
    """Professionals of an establishment let everybody find them, others their colleagues."""
    if role.person.population is Population.PROFESSIONAL:
        seen = Visibility.PUBLIC if role.establishments else Visibility.PROFESSIONALS
        particulars.put(tx, account, Particulars(visibility=seen))


def give_password(place: Place, tx: Tx, role: Role, account: str, hashed: str) -> None:
    """The password, chosen by the person or to be replaced at the first login."""
    passwords = place.core.passwords
    if role.temporary:
        passwords.set_temporary(tx, account, hashed, Reason.FIRST, place.origin)
    else:
        passwords.put(tx, account, hashed, place.origin)


def give_means(place: Place, wallet: Wallet, tx: Tx, role: Role, account: str) -> None:
    """The card, and one-time codes switched on, as the cast has them."""
    core = place.core
    known = card_of(role.key)
    now = core.clock.now()
    held = wallet.held(known.name, now) if known else None
    if held is not None:
        card = Card(
            held.serial,
            account,
            Kind.CPS,
            held.valid_until,
            first_used_at=now - YEARS,
            last_used_at=now - YEARS,
            family=FAMILY,
            authority=key_id_of(wallet.pki.authority(held.card.print).certificate),
            certificate_serial=f"{held.certificate.serial_number:x}",
        )
        core.cards.add(tx, card, place.origin)
        shared = VirtualCalculette(wallet.reader).share(held.serial, held.card.pin)
        new = NewCalculette(held.serial, BATCH, shared.secret, shared.pin, reader="virtual")
        core.calculettes.add(tx, new, place.origin)
    if role.codes:
        core.otp.enable(tx, account, place.origin)


def bring_in_applications(place: Place, folder: Folder, addresses: Addresses) -> None:
    """As `sceau applications sync` would."""
    reading = Reading()
    for one in (*(one.document for one in addresses.applications), portal_desk()):
        document = registered(one, folder.secrets)
        take(reading, f"{one['key']}.toml", document, registrations(), folder.secrets)
    reading.faults += unknown_communities(place, reading.candidates)
    reading.faults += taken_names(place, reading.candidates)
    if reading.faults:
        refuse("\n".join(["The applications of the demo have faults:", *reading.faults]))
    store(place, reading.candidates)


def bring_in_software(place: Place, addresses: Addresses) -> None:
    """The CHU's software, trusted for two factors, where it is not registered as it is now."""
    found = Source(
        "hopital-manager",
        "Hôpital Manager",
        HOSPITAL.key,
        addresses.hospital,
        jwks_uri=f"{addresses.hospital}/keys",
        level=Level.TWO_FACTORS,
        applications=("dcc",),
    )
    with place.core.database.write() as tx:
        known = sources.load(tx, found.key)
        # What was changed in the console stays; what moved with the ports does not.
        if known is None or known.issuer != found.issuer:
            sources.put(tx, found, place.core.clock.now())


def described(role: Role) -> str:
    """Somebody in a few words."""
    person = role.person
    about = [person.profession or person.population.value, role.remark]
    return ", ".join(part for part in about if part)
