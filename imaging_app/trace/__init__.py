# SPDX-License-Identifier: Apache-2.0
"""What was done, by whom and why: each row chained to the one before, never changed.

Owns the trace table and is its only writer; verifies the chain, and reads it for the patient and
for the establishment. It does not decide what deserves a row.
"""
