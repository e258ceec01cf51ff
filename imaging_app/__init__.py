# SPDX-License-Identifier: Apache-2.0
"""The imaging portal: exams shared between establishments, professionals and patients.

It will own sharing codes, the patients whom a professional cares for, exams and reports, the
viewer, the patient's space with consents and blocked professionals, and the history of accesses.
It logs people in through `relying_parties.kit` like any other application, and imports nothing of
`idp` or `connectors`: who a person is and how that was proved stay Sceau's business.
"""
