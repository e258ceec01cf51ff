# SPDX-License-Identifier: Apache-2.0
"""e-CPS on our own page: a request on the phone, by OpenID CIBA in poll mode as a client.

CIBA Core 1.0 with Pro Santé Connect. Two digits are compared on the phone, so that nobody accepts a
request of somebody else's by habit; an answer counts once, in the browser that asked. It resists
answers about other people, old ones and foreign ones. It does not resist somebody who has the
number chosen on the phone by persuasion; and whoever knows a national identifier can have a few
requests put on that phone.
"""
