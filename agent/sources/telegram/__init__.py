# SPDX-License-Identifier: GPL-3.0-or-later
"""likesync's source for Telegram bots, a program of its own: see
docs/sources.md for the protocol, docs/telegram.md for its use.

main starts; serve speaks the protocol; chat talks with one bot; replies and
words read what bots write; download takes files; account is the connection;
pace and state remember, across runs; login is for people."""
