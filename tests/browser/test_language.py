# SPDX-License-Identifier: Apache-2.0
"""French and English: the browser's choice, the person's choice, the application's wish."""

from playwright.sync_api import expect


def expect_language(somebody, language: str) -> None:
    """The page says that it is in this language."""
    expect(somebody.page.locator("html")).to_have_attribute("lang", language)


def test_the_browser_chooses(visit) -> None:
    for locale, title in (("fr-FR", "Accès sécurisé à DCC"), ("en-GB", "Secure access to DCC")):
        somebody = visit(locale=locale)
        somebody.open_example("dcc", "/dossiers")
        expect_language(somebody, locale[:2])
        expect(somebody.page.get_by_role("heading", level=1)).to_contain_text(title)


def test_french_is_the_language_of_those_whose_own_is_not_spoken(visit) -> None:
    somebody = visit(locale="de-DE")
    somebody.open("/")
    expect_language(somebody, "fr")


def test_a_person_switches_in_the_middle_of_a_login(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    journey = somebody.page.url
    somebody.follow(somebody.page.locator("button[name=locale][value=en]"))
    expect_language(somebody, "en")
    assert somebody.page.url == journey
    expect(somebody.button).to_have_text("Log in")
    somebody.log_in()
    somebody.expect_application("dcc")
    somebody.open("/account")
    expect_language(somebody, "en")
    somebody.follow(somebody.page.locator("button[name=locale][value=fr]"))
    expect_language(somebody, "fr")
    expect(somebody.page.get_by_role("heading", level=1)).to_have_text("Mon compte")


def test_a_switch_without_script(visit) -> None:
    somebody = visit(javascript=False)
    somebody.open("/login")
    somebody.follow(somebody.page.locator("button[name=locale][value=en]"))
    expect_language(somebody, "en")
    somebody.log_in()
    expect(somebody.page.get_by_role("heading", level=1)).to_contain_text("Claire")
    expect_language(somebody, "en")


def test_a_switch_on_a_page_that_answered_a_form_helps_on(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    journey = somebody.page.url
    somebody.log_in("mistaken", "Une tout autre phrase 1")
    somebody.follow(somebody.page.locator("button[name=locale][value=en]"))
    expect_language(somebody, "en")
    assert somebody.page.url == journey
    somebody.expect_login()


def test_the_application_may_wish_a_language(visit) -> None:
    somebody = visit()
    somebody.ask("untold", ui_locales="en")
    expect_language(somebody, "en")
    somebody.log_in("mistaken", "Une tout autre phrase 1")
    expect_language(somebody, "en")


def test_labels_that_people_know_are_kept(visit) -> None:
    somebody = visit()
    somebody.open_example("dcc", "/dossiers")
    main = somebody.main
    expect(main).to_contain_text("Bienvenue sur le serveur Sceau, Région Exemple")
    expect(main.locator(".lead")).to_have_text("Vous allez accéder à l’application : DCC")
    expect(main).to_contain_text("Les accès sécurisés sont gérés par le service d’accès")
    expect(main.locator("summary")).to_contain_text("Besoin d’aide")
    expect(main.locator(".tick")).to_contain_text("Afficher les caractères")
