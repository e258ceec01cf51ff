# SPDX-License-Identifier: Apache-2.0
"""The portal's commands, `python -m imaging_app.cli`: each opens what it needs, decides nothing."""
