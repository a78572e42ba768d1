"""Comparison of the outcomes of a sequence in the emulator with the outcomes in another emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator_sequences import CALLER_IDENTITY, Ref, Sequence, Step, pools_of, remove_step

if TYPE_CHECKING:
    from emulator_servers import Outcome, Server

ABSENT = "<absent>"
SUCCESS = "success"
# The paths of differences that do not concern a member.
OUTCOME, MESSAGE = "outcome", "message"
_READ_ONLY = {
    *("DescribeIdentity", "DescribeIdentityPool", "GetIdentityPoolRoles", "ListIdentities"),
    *("GetPrincipalTagAttributeMap", "ListIdentityPools", "ListTagsForResource"),
    *("LookupDeveloperIdentity", CALLER_IDENTITY),
}


@dataclass(frozen=True)
class Point:
    """A difference between the outcomes of a step.

    Attributes:
        sequence: The sequence.
        number: The number of the step.
        path: `outcome` if one server succeeded or the error codes differ, `message` if only the error
            messages differ, or else the member that differs. `[]` stands for an item of a list.
        theirs: The other server's value at the path.
        ours: The emulator's value at the path.
        outcomes: The outcomes so far, by the number of the step: theirs and ours.
    """

    sequence: Sequence
    number: int
    path: str
    theirs: Any
    ours: Any
    outcomes: dict[int, tuple[Outcome, Outcome]]

    @property
    def step(self) -> Step:
        return self.sequence[self.number]

    @property
    def operation(self) -> str:
        return self.step.operation

    @property
    def logins(self) -> dict[str, Any]:
        logins: dict[str, Any] = self.step.parameters.get("Logins", {})
        return logins

    @property
    def status(self) -> int:
        """The other server's HTTP status."""
        return self.outcomes[self.number][0].status

    @property
    def text(self) -> str:
        """The message of the emulator's error."""
        return self.outcomes[self.number][1].message

    def earlier(self, *operations: str) -> Iterator[Step]:
        """Yield the earlier steps that use a pool of this step, and for which the emulator succeeded."""
        pools = pools_of(self.sequence, self.step)
        for number, (_, ours) in self.outcomes.items():
            step = self.sequence[number]
            is_related = self.operation == "ListIdentityPools" or pools & self.pools_of(number)
            is_listed = number < self.number and step.operation in operations
            if is_listed and is_related and not ours.code:
                yield step

    def pools_of(self, number: int) -> set[int]:
        step = self.sequence[number]
        own = {number} if step.operation == "CreateIdentityPool" else set()
        return own | pools_of(self.sequence, step)

    @property
    def settings(self) -> dict[str, Any]:
        """The latest settings of the pool, in the form of the parameters."""
        name = "DeveloperProviderName"
        settings: dict[str, Any] = {}
        for change in self.earlier("CreateIdentityPool", "UpdateIdentityPool"):
            # An update does not remove the developer provider.
            kept = {name: settings[name]} if name in settings else {}
            settings = {**kept, **change.parameters}
        return settings

    @property
    def pool_exists(self) -> bool:
        return bool(self.settings) and not any(self.earlier("DeleteIdentityPool"))

    def describe(self) -> str:
        """Return the steps of the sequence until this step, and the difference."""
        lines = []
        for number, (theirs, ours) in self.outcomes.items():
            lines += [f"{number}: {self.sequence[number]}", f"    theirs: {theirs}"]
            lines += [f"    ours:   {ours}"]
        differing = f"{self.path}: theirs {self.theirs!r}, ours {self.ours!r}"
        return "\n".join(["No row explains this difference:", *lines, differing])


@dataclass(frozen=True)
class Difference:
    """A known difference.

    Attributes:
        operations: The operations, in the words of the page.
        condition: The condition under which the emulators differ.
        theirs: The behavior of the other emulator.
        ours: The behavior of this emulator.
        evidence: What shows that AWS behaves like this emulator.
        explains: Returns True if this is the difference at the given point.
        example: A sequence with this difference.
        splits: Whether the state of the pool differs from then on, so that later calls that use the
            pool are not compared. If None, the state differs if the operation can change it, and
            only one server succeeded.
    """

    operations: str
    condition: str
    theirs: str
    ours: str
    evidence: str
    explains: Callable[[Point], bool]
    example: Sequence
    splits: bool | None = None


@dataclass
class Comparison:
    """The result of comparing one sequence.

    Attributes:
        calls: The number of calls that were sent to both servers.
        points: The differences, each with the row that explains it.
    """

    calls: int
    points: list[tuple[Point, Difference]]


def compare(
    sequence: Sequence, theirs: Server, ours: Server, differences: tuple[Difference, ...]
) -> Comparison:
    """Send the steps of a sequence to both servers, and compare the outcomes.

    A step is left out if its result must differ because of an earlier difference: if the state of its
    pool differs, or if only one server has a result to which the step refers.

    Raises:
        AssertionError: If no row explains a difference.
    """
    outcomes: dict[int, tuple[Outcome, Outcome]] = {}
    split_pools: set[int] = set()
    points: list[tuple[Point, Difference]] = []
    try:
        for number, step in enumerate(sequence):
            is_split = split_pools & pools_of(sequence, step)
            if is_split or any(_is_one_sided(ref, outcomes) for ref in step.refs):
                continue
            if split_pools and step.operation == "ListIdentityPools":
                continue
            outcomes[number] = (theirs.run(number, step), ours.run(number, step))
            for path, their_value, our_value in _differences(*outcomes[number]):
                point = Point(sequence, number, path, their_value, our_value, outcomes)
                row = next((each for each in differences if each.explains(point)), None)
                assert row is not None, point.describe()
                points.append((point, row))
                if row.splits or (row.splits is None and _changes_one_server(point)):
                    split_pools |= point.pools_of(number)
    finally:
        theirs.forget()
        ours.forget()
    return Comparison(len(outcomes), points)


def shrink(
    sequence: Sequence, theirs: Server, ours: Server, differences: tuple[Difference, ...]
) -> AssertionError | None:
    """Return the error of `compare` for the shortest part of a sequence that still fails."""
    try:
        compare(sequence, theirs, ours, differences)
    except AssertionError as error:
        for number in reversed(range(len(sequence))):
            shorter = shrink(remove_step(sequence, number), theirs, ours, differences)
            if shorter is not None:
                return shorter
        return error
    return None


def _is_one_sided(ref: Ref, outcomes: dict[int, tuple[Outcome, Outcome]]) -> bool:
    if not isinstance(ref.source, int):
        return False
    if ref.source not in outcomes:
        return True
    theirs, ours = outcomes[ref.source]
    return bool(theirs.code) != bool(ours.code)


def _changes_one_server(point: Point) -> bool:
    theirs, ours = point.outcomes[point.number]
    is_guest = (
        point.operation in {"GetCredentialsForIdentity", "GetOpenIdToken"} and not point.logins
    )
    is_read_only = is_guest or point.operation in _READ_ONLY
    return not is_read_only and bool(theirs.code) != bool(ours.code)


def _differences(theirs: Outcome, ours: Outcome) -> Iterator[tuple[str, Any, Any]]:
    if theirs.code != ours.code:
        yield OUTCOME, theirs.code or SUCCESS, ours.code or SUCCESS
    elif theirs.message != ours.message:
        yield MESSAGE, theirs.message, ours.message
    else:
        yield from _member_differences(theirs.members, ours.members, "")


def _member_differences(theirs: Any, ours: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in sorted({*theirs, *ours}):
            below = f"{path}.{name}" if path else name
            yield from _member_differences(theirs.get(name, ABSENT), ours.get(name, ABSENT), below)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for their_item, our_item in zip(theirs, ours, strict=True):
            yield from _member_differences(their_item, our_item, f"{path}[]")
    elif theirs != ours:
        yield path, theirs, ours
