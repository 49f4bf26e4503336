# SPDX-License-Identifier: GPL-2.0-or-later
# A line of text becomes a line of a C string.
s/[\\"]/\\&/g
s/.*/"&\\n"/
