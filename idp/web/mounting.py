# SPDX-License-Identifier: Apache-2.0
"""Every page that people see, put at its address."""

from idp.credentials.addresses import Addresses
from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.login.steering import Steering
from idp.web.account import AccountPages
from idp.web.account_applications import ApplicationPages
from idp.web.account_cards import CardPages
from idp.web.account_confirm import ConfirmPages
from idp.web.account_contact import ContactPages
from idp.web.account_data import DataPages
from idp.web.account_directory import AccountDirectoryPages
from idp.web.account_history import HistoryPages
from idp.web.account_lasting import LastingPages
from idp.web.account_otp import OtpPages
from idp.web.account_passkeys import PasskeyPages
from idp.web.account_password import PasswordPages
from idp.web.account_profile import ProfilePages
from idp.web.account_prosante import PURPOSE as LINKING
from idp.web.account_prosante import ProSantePages
from idp.web.account_providers import ProviderPages
from idp.web.account_recovery import RecoveryPages
from idp.web.account_requests import RequestPages
from idp.web.account_sessions import SessionPages
from idp.web.account_totp import AuthenticatorPages
from idp.web.account_withdrawal import WithdrawalPages
from idp.web.activation import activation_pages
from idp.web.admin.mounting import mount_console
from idp.web.admin.provider_trial import PURPOSE as TRIAL
from idp.web.admin.provider_trial import ProviderTrialPages
from idp.web.card_way import CardWayPages
from idp.web.device_code import DevicePages
from idp.web.directory import DirectoryPages
from idp.web.farewells import FarewellPages
from idp.web.forgotten import ForgottenPages, reset_pages
from idp.web.help_pages import HelpPages
from idp.web.launch_way import LaunchPages
from idp.web.login import LoginPages
from idp.web.logout import LogoutPages
from idp.web.onward import Onward
from idp.web.portal import PortalPages
from idp.web.provider_logos import ProviderLogoPages
from idp.web.registration.elsewhere import PURPOSE as REGISTRATION
from idp.web.registration.elsewhere import ElsewherePages
from idp.web.registration.mounting import mount_registration
from idp.web.renewing import RenewingPages
from idp.web.settling import SettlingPages
from idp.web.small import SmallPages
from idp.web.statement import StatementPages
from idp.web.toolbox import ToolboxPages
from idp.web.upstream_way import UpstreamPages


def mount_pages(
    app: PageServer, services: Services, steering: Steering, addresses: Addresses
) -> None:
    """The login, the account, the portal, help."""
    login = LoginPages(services, steering)
    linking = ProSantePages(services)
    errands = {
        REGISTRATION: ElsewherePages(services).come_back,
        LINKING: linking.come_back,
        TRIAL: ProviderTrialPages(services).come_back,
    }
    mount_console(app, services)
    mount_registration(app, services)
    Onward(services, steering).mount(app)
    for pages in (
        login,
        SettlingPages(services, steering, login),
        RenewingPages(services, login),
        CardWayPages(services, login),
        UpstreamPages(services, login, errands),
        linking,
        LaunchPages(services, login),
        StatementPages(services, login),
        PortalPages(services),
        AccountPages(services),
        ContactPages(services, addresses),
        OtpPages(services),
        ConfirmPages(services),
        PasswordPages(services),
        activation_pages(services),
        ForgottenPages(services),
        reset_pages(services),
        PasskeyPages(services),
        AuthenticatorPages(services),
        RecoveryPages(services),
        ProfilePages(services),
        AccountDirectoryPages(services),
        CardPages(services),
        ProviderPages(services),
        SessionPages(services),
        RequestPages(services, steering),
        ApplicationPages(services),
        LastingPages(services),
        HistoryPages(services),
        DataPages(services),
        WithdrawalPages(services),
        DevicePages(services),
        LogoutPages(services),
        FarewellPages(services),
        DirectoryPages(services),
        HelpPages(services),
        ToolboxPages(services),
        SmallPages(services),
        ProviderLogoPages(services),
    ):
        pages.mount(app)
