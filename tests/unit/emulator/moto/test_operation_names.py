from __future__ import annotations

import pytest
from botocore.loaders import Loader

from cognito_credentials.emulator.moto import operation_names


@pytest.mark.parametrize("service", ["cognito-identity", "s3", "apigatewayv2", "ec2"])
def test_the_operations_of_a_service_are_those_of_its_model(service: str):
    operations = Loader().load_service_model(service, "service-2")["operations"]
    assert operation_names.list_operation_names().issuperset(operations)
    assert all(map(operation_names.is_known_operation, operations))


@pytest.mark.parametrize("name", ["", "GetID", "name", "http", "patch"])
def test_other_names_are_unknown(name: str):
    assert not operation_names.is_known_operation(name)
