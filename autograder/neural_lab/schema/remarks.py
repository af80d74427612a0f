"""What is said of a submission besides marks, as records: advice for the student, flags for the staff.

`feedback/remarks.py` puts them in words; whoever looks for one of them goes by its kind.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from neural_lab.schema.cells import Cells

if TYPE_CHECKING:
    from neural_lab.intake.stub_edits import Edit


class Kind(str, Enum):
    """What a remark is about, as results.json has it."""

    PRINTS = "prints"
    EDITS_OUTSIDE = "edits outside"
    SHARED_STATE = "shared state"
    OVERFLOWS = "overflows"
    WHOLE_NUMBERS = "whole numbers"
    REFUSED = "refused"
    INEXACT = "inexact"
    COMPLEX = "complex"
    CALLS_OFTEN = "calls often"
    SEARCH_STOPPED = "search stopped"
    SHARED_CODE = "shared code"
    RIGHT_ELSEWHERE = "right elsewhere"


# -- advice -----------------------------------------------------------------------------------------------------------


class Prints(NamedTuple):
    """Functions, by their labels, that print while they run."""

    functions: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        return Kind.PRINTS


class EditsOutside(NamedTuple):
    """Edits of a file outside its TODO blocks.

    :param cells: where the cells begin, if it was a notebook
    """

    module: str
    edits: tuple[Edit, ...]
    cells: Cells = ()

    @property
    def kind(self) -> Kind:
        return Kind.EDITS_OUTSIDE


class SharedState(NamedTuple):
    """Attributes made in a class body that can be changed, so that all objects share them."""

    owner: str
    attributes: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        return Kind.SHARED_STATE


class Overflows(NamedTuple):
    """A function that is not finite for large arguments, where its limits are.

    :param arguments: the large arguments
    :param given: what it gives for them
    :param limits: what it should come to
    """

    function: str
    arguments: tuple[float, ...]
    given: tuple[float, ...]
    limits: tuple[float, ...]

    @property
    def kind(self) -> Kind:
        return Kind.OVERFLOWS


class WholeNumbers(NamedTuple):
    """A function that gives whole numbers for whole numbers, and should not."""

    function: str

    @property
    def kind(self) -> Kind:
        return Kind.WHOLE_NUMBERS


Advice = Prints | EditsOutside | SharedState | Overflows | WholeNumbers


# -- flags ------------------------------------------------------------------------------------------------------------


class Refused(NamedTuple):
    """A function that asked for a helper more often than a call needs it."""

    function: str
    helper: str

    @property
    def kind(self) -> Kind:
        return Kind.REFUSED


class Inexact(NamedTuple):
    """Derivatives that are right, but not exact.

    :param probe: the id of the probe that shows it
    :param error: the distance from the exact answer, as a share of its norm
    """

    function: str
    probe: str
    error: float

    @property
    def kind(self) -> Kind:
        return Kind.INEXACT


class ComplexNumbers(NamedTuple):
    """Complex numbers seen while a function runs that is to find derivatives."""

    function: str
    probe: str

    @property
    def kind(self) -> Kind:
        return Kind.COMPLEX


class CallsOften(NamedTuple):
    """A function of which one call calls another one more often than it needs to."""

    function: str
    probe: str
    helper: str
    times: int

    @property
    def kind(self) -> Kind:
        return Kind.CALLS_OFTEN


class SearchStopped(NamedTuple):
    """The search for the wrong line of a function was stopped, so that no line is told and no mark carried."""

    function: str

    @property
    def kind(self) -> Kind:
        return Kind.SEARCH_STOPPED


class SharedCode(NamedTuple):
    """Functions that are not right and run code shared by one that is wrong, where no edit gave marks back."""

    functions: tuple[str, ...]
    wrong: str

    @property
    def kind(self) -> Kind:
        return Kind.SHARED_CODE


class RightElsewhere(NamedTuple):
    """Functions that are wrong here and right for another version of the lab; one of them, at least, by no known slip.

    :param versions: those for which most functions are right
    """

    functions: tuple[str, ...]
    versions: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        return Kind.RIGHT_ELSEWHERE


Flag = Refused | Inexact | ComplexNumbers | CallsOften | SearchStopped | SharedCode | RightElsewhere
