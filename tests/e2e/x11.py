#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""x11.py size|close TITLE, x11.py key TITLE KEY, x11.py wheel TITLE up|down X Y: what a
user does to a window, sent to it by name. size prints the width and height; it fails
while there is no such window in sight. Needs libX11 only."""
import ctypes
import sys
import time

x11 = ctypes.CDLL("libX11.so.6")
Window = ctypes.c_ulong
x11.XOpenDisplay.restype = ctypes.c_void_p
x11.XDefaultRootWindow.restype = Window
x11.XInternAtom.restype = ctypes.c_ulong
x11.XStringToKeysym.restype = ctypes.c_ulong
KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, CLIENT_MESSAGE = 2, 3, 4, 5, 33
VIEWABLE = 2


class Input(ctypes.Structure):
    """XKeyEvent and XButtonEvent: detail is the key code or the button."""

    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong),
                ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
                ("window", Window), ("root", Window), ("subwindow", Window),
                ("time", ctypes.c_ulong), ("x", ctypes.c_int), ("y", ctypes.c_int),
                ("x_root", ctypes.c_int), ("y_root", ctypes.c_int),
                ("state", ctypes.c_uint), ("detail", ctypes.c_uint),
                ("same_screen", ctypes.c_int)]


class Message(ctypes.Structure):
    """XClientMessageEvent."""

    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong),
                ("send_event", ctypes.c_int), ("display", ctypes.c_void_p),
                ("window", Window), ("message_type", ctypes.c_ulong),
                ("format", ctypes.c_int), ("data", ctypes.c_long * 5)]


class Event(ctypes.Union):
    """XEvent."""

    _fields_ = [("input", Input), ("message", Message), ("pad", ctypes.c_long * 24)]


class Attributes(ctypes.Structure):
    """XWindowAttributes."""

    _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_int), ("width", ctypes.c_int),
                ("height", ctypes.c_int), ("border", ctypes.c_int), ("depth", ctypes.c_int),
                ("visual", ctypes.c_void_p), ("root", Window), ("kind", ctypes.c_int),
                ("bit_gravity", ctypes.c_int), ("win_gravity", ctypes.c_int),
                ("backing", ctypes.c_int), ("planes", ctypes.c_ulong),
                ("pixel", ctypes.c_ulong), ("save_under", ctypes.c_int),
                ("colormap", ctypes.c_ulong), ("installed", ctypes.c_int),
                ("map_state", ctypes.c_int), ("pad", ctypes.c_long * 8)]


def children(display, window):
    root, parent, count = Window(), Window(), ctypes.c_uint()
    found = ctypes.POINTER(Window)()
    x11.XQueryTree(display, window, ctypes.byref(root), ctypes.byref(parent),
                   ctypes.byref(found), ctypes.byref(count))
    return [Window(found[i]) for i in range(count.value)]


def find(display, title):
    for window in children(display, Window(x11.XDefaultRootWindow(display))):
        name = ctypes.c_char_p()
        x11.XFetchName(display, window, ctypes.byref(name))
        attributes = Attributes()
        x11.XGetWindowAttributes(display, window, ctypes.byref(attributes))
        if name.value == title.encode() and attributes.map_state == VIEWABLE:
            return window, attributes
    sys.exit(f"no window is called {title}")


def send(display, window, event):
    x11.XSendEvent(display, window, 0, 0, ctypes.byref(event))
    x11.XSync(display, 0)


def close(display, window):
    event = Event()
    event.message = Message(
        type=CLIENT_MESSAGE, window=window, format=32,
        message_type=x11.XInternAtom(display, b"WM_PROTOCOLS", 0))
    event.message.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    send(display, window, event)


def press(display, window, kinds, detail, x=0, y=0):
    for kind in kinds:
        event = Event()
        event.input = Input(type=kind, display=display, window=window,
                            root=x11.XDefaultRootWindow(display), x=x, y=y, x_root=x,
                            y_root=y, detail=detail, same_screen=1,
                            time=int(time.monotonic() * 1000) & 0x7FFFFFFF)
        send(display, window, event)


def main():
    what, title, *rest = sys.argv[1:]
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    if not display:
        sys.exit("no display")
    window, attributes = find(display, title)
    if what == "size":
        print(attributes.width, attributes.height)
    elif what == "close":
        close(display, window)
    elif what == "key":
        code = x11.XKeysymToKeycode(display,
                                    ctypes.c_ulong(x11.XStringToKeysym(rest[0].encode())))
        press(display, window, (KEY_PRESS, KEY_RELEASE), code & 255)
    else:
        press(display, window, (BUTTON_PRESS, BUTTON_RELEASE), 4 if rest[0] == "up" else 5,
              int(rest[1]), int(rest[2]))


main()
