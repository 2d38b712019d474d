from typing import TypeVar

from flask import Flask
from werkzeug.exceptions import BadRequest

_T = TypeVar("_T")

class CSRFError(BadRequest): ...

class CSRFProtect:
    def init_app(self, app: Flask) -> None: ...
    def exempt(self, view: _T) -> _T: ...

def generate_csrf(secret_key: str | None = None, token_key: str | None = None) -> str: ...
