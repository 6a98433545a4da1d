"""Errors: what a function of the library returned, as an exception."""
from __future__ import annotations

from . import core


class GovhotlineError(Exception):
    """A call failed. `code` is a GHL_E* number, `name` its name, `sip_status` and `q850` the peer's, 0 where there is none."""

    def __init__(self, code: int, text: str = '', sip_status: int = 0, q850: int = 0) -> None:
        self.code = code
        self.name: str = core.ghl_error_code_name(code)
        self.sip_status = sip_status
        self.q850 = q850
        super().__init__(f'{text or core.ghl_strerror(code)} ({self.name})')


def check(code: int, text: str = '') -> int:
    """The code itself when it is 0 or more; GovhotlineError otherwise."""
    if code < 0:
        raise GovhotlineError(code, text or core.error_last(code))
    return code
