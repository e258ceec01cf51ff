# SPDX-License-Identifier: Apache-2.0
"""Demo mode only: known people, the shipped applications, and the processes that serve them.

Owns the cast, the folder that everything is kept in, the runner. It uses the same verbs as the
command line, and refuses whatever lies outside its own folder or this machine's loopback.
"""
