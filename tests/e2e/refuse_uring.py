#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""refuse_uring.py COMMAND...: runs it where io_uring_setup answers EPERM."""
import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000
IO_URING_SETUP = 425  # the same on every architecture

BPF_LOAD_WORD = 0x20
BPF_JUMP_IF_EQUAL = 0x15
BPF_RETURN = 0x06


def instruction(code, if_true, if_false, value):
    return struct.pack("HBBI", code, if_true, if_false, value)


def main():
    program = b"".join([
        instruction(BPF_LOAD_WORD, 0, 0, 0),  # the number of the system call
        instruction(BPF_JUMP_IF_EQUAL, 0, 1, IO_URING_SETUP),
        instruction(BPF_RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.EPERM),
        instruction(BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW),
    ])
    code = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(
        struct.pack("HP", len(program) // 8, ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(
            PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(head), 0, 0):
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[1], sys.argv[1:])


main()
