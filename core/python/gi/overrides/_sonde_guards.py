# SPDX-License-Identifier: LGPL-2.1-or-later
"""What stands around the methods of plugins in Python: whatever they raise, or give that is not due, becomes an error or a fault with class,
method, file and line, and Ctrl-C ends them. Sonde.py puts it around each class that implements one of the interfaces."""
import ctypes
import functools
import math
import os
import threading
import traceback
import types

from gi.module import get_introspection_module
from gi.repository import Gio, GLib, GObject

Sonde = get_introspection_module("Sonde")
_HERE = os.path.dirname(__file__)


def _(text):
    return GLib.dgettext("sonde", text)


class _Interrupted(BaseException):
    """Raised in a plugin's code when whoever waits for it gave up."""


class _Watch:
    """While it is entered, cancelling raises _Interrupted in the thread that entered."""

    def __init__(self, cancellable):
        self.cancellable = cancellable
        self.lock = threading.Lock()
        self.thread = threading.get_ident()
        self.watching = cancellable is not None
        self.handler = GObject.Object.connect(cancellable, "cancelled", self.interrupt) if self.watching else 0

    def interrupt(self, cancellable):
        with self.lock:
            if self.watching:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread), ctypes.py_object(_Interrupted))

    def end(self):
        if self.cancellable is not None:
            with self.lock:
                self.watching = False
            GObject.Object.disconnect(self.cancellable, self.handler)


def _tell(exception):
    """Its kind and message, on one line."""
    try:
        message = " ".join(str(exception).replace("\0", " ").encode(errors="replace").decode().split())  # what a C string can hold
    except Exception:  # an exception of a plugin's own may fail to say what it is
        message = ""
    return f"{type(exception).__name__}: {message}" if message else type(exception).__name__


def _find_place(exception, file):
    """The innermost line of the plugin's own file that led to it; else where it was raised."""
    places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(exception.__traceback__) if os.path.dirname(frame.f_code.co_filename) != _HERE]
    own = [place for place in places if place[0] == file]
    return (own or places or [(None, 0)])[-1]


def _is_debugging():
    domains = os.environ.get("G_MESSAGES_DEBUG", "").split()
    return "sonde" in domains or "all" in domains


def _make_sentence(owner, method, function, exception):
    if _is_debugging():
        traceback.print_exception(exception)
    code = getattr(function, "__code__", None)
    file, line = _find_place(exception, code.co_filename if code else None)
    if isinstance(exception, _WrongResult) and code:
        file, line = code.co_filename, code.co_firstlineno
    return Sonde.fault_dup_sentence(owner.__name__, method, _tell(exception), file, line)


class _WrongResult(TypeError):
    pass


_WrongResult.__name__ = "TypeError"


def _check(result, due, what):
    if not due(result):
        raise _WrongResult(_("it gave {found}, where {due} is expected").format(found=type(result).__name__ if result is not None else "None", due=what))
    return result


def _a(kind, nullable=False):
    return lambda result: _check(result, lambda value: isinstance(value, kind) or (nullable and value is None), f"{kind.__name__}{' or None' if nullable else ''}")


def _list_of(kind, nullable=False):
    return lambda result: _check(result, lambda value: (nullable and value is None) or (isinstance(value, (list, tuple)) and all(isinstance(element, kind) for element in value)),
                                 f"a list of {kind.__name__}{' or None' if nullable else ''}")


def _count(result):
    return _check(result, lambda value: isinstance(value, int) and 0 <= value < 1 << 32, "an int, not negative,")


def _score(result):
    return _check(result, lambda value: isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int) and value[0] >= 0 and isinstance(value[1], (str, type(None))), "(score, reason)")


def _nothing(result):
    return None


# of each interface: method → whether it can give an error, what it must give, and what is given where it can give none
_METHODS = {
    "Analyzer": {"describe": (False, _a(Sonde.Description), None), "prepare": (True, _a(bool), False), "process": (True, _a(bool), False),
                 "finish": (True, _a(Sonde.Result), None), "estimate": (False, _nothing, None)},
    "Tap": {"dup_stages": (True, _list_of(Sonde.Stage), None), "dup_wanted": (False, _list_of(Sonde.Stage), [])},
    "ModelProvider": {"probe": (False, _score, (0, None)), "open": (True, _a(Sonde.Model), None), "dup_sites": (False, _list_of(Sonde.Site), [])},
    "Model": {"get_name": (False, _a(str), None), "get_n_layers": (False, _count, 0), "get_max_positions": (False, _count, 0), "dup_sites": (False, _list_of(Sonde.Site), []),
              "get_tokenizer": (False, _a(Sonde.Tokenizer, True), None), "foreach_file": (False, _nothing, None), "run": (True, _a(bool), False),
              "dup_conditions": (False, _list_of(Sonde.Condition, True), None), "dup_stages": (False, _list_of(Sonde.Stage, True), None),
              "dup_layers": (False, _list_of(int, True), None), "dup_warnings": (False, _list_of(str), []), "estimate": (False, _nothing, None)},
    "Tokenizer": {"encode": (True, _a(bool), False), "dup_token": (False, _a(GLib.Bytes, True), None), "get_n_tokens": (False, _count, 0)},
}


# without these it is none
_NEEDED = {"Analyzer": ("describe", "process", "finish"), "Tap": ("dup_stages",), "ModelProvider": ("probe", "open"),
           "Model": ("get_name", "get_n_layers", "dup_sites", "run"), "Tokenizer": ("encode", "dup_token")}


def _cancelled():
    return GLib.Error(_("the plugin was interrupted"), GLib.quark_to_string(Gio.io_error_quark()), Gio.IOErrorEnum.CANCELLED)


def _guard(owner, method, function, throws, give, fallback):
    """The same method; whatever it raises becomes an error, or is kept with the object where it cannot give one."""

    def call(self, *arguments):
        cancellable = next((argument for argument in arguments if isinstance(argument, Gio.Cancellable)), None) if throws else None
        watch = _Watch(cancellable)
        try:
            result = give(function(self, *arguments))
        finally:
            watch.end()
        if cancellable is not None and cancellable.is_cancelled():  # nobody waits for it, so that no plugin need ask
            raise _cancelled()
        if method == "get_tokenizer" and result is not None:
            self.__dict__["_sonde_tokenizer"] = result  # nobody else may hold it
        return result

    @functools.wraps(function)
    def guarded(self, *arguments):
        try:
            return call(self, *arguments)
        except (_Interrupted, KeyboardInterrupt) as exception:
            if throws:
                raise _cancelled() from None
            sentence = _make_sentence(owner, method, function, exception)
        except GLib.Error as exception:
            if throws:  # the plugin's own sentence, or that of what it called
                raise
            sentence = _make_sentence(owner, method, function, exception)
        except BaseException as exception:  # SystemExit too: a plugin does not end the program
            sentence = _make_sentence(owner, method, function, exception)
        if throws:
            raise GLib.Error(sentence, GLib.quark_to_string(Sonde.error_quark()), int(Sonde.Error.PLUGIN))
        Sonde.fault_record(self, sentence)
        return fallback

    guarded.sonde_guards = function
    return guarded


def _guard_init(owner, function):
    """The program makes a plugin's object before __init__ runs, and nobody there would see what it raises; whoever calls the class does."""

    @functools.wraps(function)
    def guarded(self, *arguments, **more):
        try:
            made = self.__grefcount__ > 0
        except TypeError:
            made = False
        if not made:
            function(self, *arguments, **more)
            return
        try:
            function(self, *arguments, **more)
        except BaseException as exception:
            Sonde.fault_record(self, _make_sentence(owner, "__init__", function, exception))

    guarded.sonde_guards = function
    return guarded


def _check_properties(owner):
    """GObject makes no property with such a default, and PyGObject would end the process."""
    for name, value in owner.__dict__.items():
        if isinstance(value, GObject.Property) and isinstance(value.default, float) and math.isnan(value.default):
            raise TypeError(_("the default of the property {name} is nan, which is in no range: choose another").format(name=name))


def _miss(method):
    def missing(self, *arguments):
        raise NotImplementedError(_("the class has no method do_{method}: add it").format(method=method))

    return missing


def guard_methods(owner, interface):
    """Before PyGObject takes the methods of a new class for those of the interface."""
    _check_properties(owner)
    written_here = "__gtype__" not in owner.__dict__  # PyGObject makes classes of those in C, too
    for method in _NEEDED[interface]:
        if written_here and not any(isinstance(base.__dict__.get(f"do_{method}"), types.FunctionType) for base in owner.__mro__):
            setattr(owner, f"do_{method}", _miss(method))
    for method, (throws, give, fallback) in _METHODS[interface].items():
        function = owner.__dict__.get(f"do_{method}")
        if callable(function) and not hasattr(function, "sonde_guards"):
            setattr(owner, f"do_{method}", _guard(owner, method, function, throws, give, fallback))
    init = owner.__dict__.get("__init__")
    if interface in ("Analyzer", "Tap", "ModelProvider") and init is not None and not hasattr(init, "sonde_guards"):
        owner.__init__ = _guard_init(owner, init)
