# SPDX-License-Identifier: Apache-2.0
"""Every page of the console, put at its address."""

from idp.http.flask_app import PageServer
from idp.http.services import Services
from idp.web.admin.account_activities import AccountActivityPages
from idp.web.admin.account_acts import AccountActPages, MeansRemovalPages, PlacePages
from idp.web.admin.account_as import ViewAsPages
from idp.web.admin.account_changes import AccountChangePages
from idp.web.admin.account_edit import AccountEditPages
from idp.web.admin.account_export import AccountExportPages
from idp.web.admin.account_lasting import LastingEndPages
from idp.web.admin.account_merge import DuplicatePages
from idp.web.admin.account_new import AccountNewPages
from idp.web.admin.account_roles import AccountRolePages
from idp.web.admin.account_sheet import AccountSheetPages
from idp.web.admin.account_unlink import UnlinkPages
from idp.web.admin.accounts import AccountListPages
from idp.web.admin.announcements import AnnouncementPages
from idp.web.admin.application_access import AccessPages
from idp.web.admin.application_form import ApplicationFormPages
from idp.web.admin.application_invitations import InvitationPages
from idp.web.admin.application_received import ReceivedPages
from idp.web.admin.application_signals import SignalPages
from idp.web.admin.application_source import ApplicationSourcePages
from idp.web.admin.application_told import ToldPages
from idp.web.admin.applications import ApplicationsPages
from idp.web.admin.audit import AuditPages
from idp.web.admin.audit_verification import VerificationPages
from idp.web.admin.calculettes import CalculettePages
from idp.web.admin.card_bind import CardBindPages
from idp.web.admin.cards import CardPages
from idp.web.admin.communities import CommunityPages
from idp.web.admin.establishments import EstablishmentPages
from idp.web.admin.home import HomePages
from idp.web.admin.house_statistics import HouseStatisticsPages
from idp.web.admin.imports import ImportPages
from idp.web.admin.keys import KeyPages
from idp.web.admin.launchers import LauncherPages
from idp.web.admin.messages import MessagePages
from idp.web.admin.patient_letters import LetterPages
from idp.web.admin.patients import PatientPages
from idp.web.admin.patients_enrol import EnrolPages
from idp.web.admin.policies import PolicyPages
from idp.web.admin.proposals import ProposalPages
from idp.web.admin.provider_logo import ProviderPicturePages
from idp.web.admin.provider_metadata import ProviderMetadataPages
from idp.web.admin.provider_trial import ProviderTrialPages
from idp.web.admin.providers import ProviderPages
from idp.web.admin.queue import QueuePages
from idp.web.admin.queue_one import RequestPages
from idp.web.admin.region_history import RegionHistoryPages
from idp.web.admin.registers import RegisterPages
from idp.web.admin.roles import RolePages
from idp.web.admin.saved_views import SavedViewPages
from idp.web.admin.statistics import StatisticsPages
from idp.web.admin.trust import TrustPages
from idp.web.admin.webhooks import WebhookPages


def mount_console(app: PageServer, services: Services) -> None:
    """The console's pages."""
    for pages in (
        HomePages(services),
        ApplicationsPages(services),
        ApplicationFormPages(services),
        ApplicationSourcePages(services),
        InvitationPages(services),
        AccessPages(services),
        ToldPages(services),
        ReceivedPages(services),
        SignalPages(services),
        LauncherPages(services),
        QueuePages(services),
        RequestPages(services),
        AuditPages(services),
        VerificationPages(services),
        StatisticsPages(services),
        HouseStatisticsPages(services),
        RegisterPages(services),
        PolicyPages(services),
        MessagePages(services),
        KeyPages(services),
        CardPages(services),
        CalculettePages(services),
        CardBindPages(services),
        TrustPages(services),
        ProviderPages(services),
        ProviderMetadataPages(services),
        ProviderPicturePages(services),
        ProviderTrialPages(services),
        EnrolPages(services),
        LetterPages(services),
        PatientPages(services),
        AccountListPages(services),
        SavedViewPages(services),
        AccountNewPages(services),
        AccountSheetPages(services),
        AccountEditPages(services),
        AccountActPages(services),
        MeansRemovalPages(services),
        LastingEndPages(services),
        UnlinkPages(services),
        PlacePages(services),
        AccountChangePages(services),
        AccountRolePages(services),
        AccountActivityPages(services),
        ViewAsPages(services),
        DuplicatePages(services),
        ProposalPages(services),
        ImportPages(services),
        AccountExportPages(services),
        EstablishmentPages(services),
        CommunityPages(services),
        AnnouncementPages(services),
        RegionHistoryPages(services),
        RolePages(services),
        WebhookPages(services),
    ):
        pages.mount(app)
