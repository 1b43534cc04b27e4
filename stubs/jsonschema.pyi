from collections.abc import Iterator
from types import ModuleType

class Validator:
    def __init__(self, schema: object) -> None: ...
    def iter_errors(self, instance: object) -> Iterator[Exception]: ...

class _Validators(ModuleType):
    def validator_for(self, schema: object) -> type[Validator]: ...

validators: _Validators
