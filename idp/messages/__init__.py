# SPDX-License-Identifier: Apache-2.0
"""What is sent to people and told to applications: an outbox written in the caller's transaction.

Owns the outbox, its delivery (once, with retries, for as long as the content is of worth), the
senders (SMTP, Twilio) and the quotas against floods. Does not own what is said when, nor the codes
and links inside: they are made by whoever writes the message.
"""
