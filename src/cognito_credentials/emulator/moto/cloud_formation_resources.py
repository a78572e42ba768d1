"""Base class of the emulator's CloudFormation resources."""

from __future__ import annotations

from typing import ClassVar

__all__ = ["Resource"]


class Resource:
    """The attributes and the state of a resource.

    Subclasses must also derive from `CloudFormationModel`. This class does not, because moto treats
    every direct subclass of `CloudFormationModel` as a resource.

    Attributes:
        attributes: The names of the attributes that Fn::GetAtt supports.
        physical_resource_id: The ID of the resource, which `Ref` returns.
    """

    attributes: ClassVar[tuple[str, ...]]

    def __init__(self, physical_resource_id: str) -> None:
        self.physical_resource_id: str = physical_resource_id

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return the property that contains the resource's name; "" if the resource has no name."""
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Return True if Fn::GetAtt supports the attribute."""
        return attr in cls.attributes

    def is_created(self) -> bool:
        """Return True, because resources are created immediately."""
        return True
