# SPDX-License-Identifier: Apache-2.0
"""What was given: consents, codes, tokens.

Everything here is given on the strength of an `Admission` (or, where no person is present, an
`ApplicationAdmission`) and nothing weaker; only `idp.login.gate` makes those.
"""
