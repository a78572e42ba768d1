"""Sessions share models, event handlers and methods, but not changes made in one session.

test_minimum_versions.py repeats these tests with the oldest supported versions.
"""

from __future__ import annotations

import copy
import gc
import json
import shutil
import threading
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import botocore.session
import pytest
from aiobotocore.hooks import AioHierarchicalEmitter
from aiobotocore.session import AioSession
from botocore import handlers, xform_name
from botocore.config import Config
from botocore.exceptions import UnknownServiceError
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import JSONFileLoader, Loader, create_loader

from cognito_credentials._base import after_fork
from cognito_credentials.integrations._shared_handlers import (
    SharedTrie,
    create_emitter,
    share_methods,
)
from cognito_credentials.integrations._shared_models import (
    ModelCache,
    ModelFiles,
    create_shared_loader,
)

DATA = Path(Loader.BUILTIN_DATA_PATH)
S3 = Path("s3/2006-03-01")


@pytest.fixture
def session(harness):
    return harness.integration.session(harness.create_provider(), region_name="eu-west-1")


@pytest.fixture
def other_session(harness):
    return harness.integration.session(harness.create_provider(), region_name="eu-west-1")


@pytest.fixture
def data_path(tmp_path):
    """Directory with a copy of one service under a new name, so that its models are not cached."""
    shutil.copytree(DATA / S3, tmp_path / "copied" / S3.name)
    return tmp_path


def core(session):
    """Return the botocore session in a boto3 session, or the session itself."""
    return getattr(session, "_session", session)


def loader_of(session):
    return core(session).get_component("data_loader")


def events_of(session):
    return core(session).get_component("event_emitter")


class TestModels:
    def test_sessions_share_loaded_models(self, session, other_session):
        first = loader_of(session).load_service_model("s3", "service-2")
        assert loader_of(other_session).load_service_model("s3", "service-2") is first
        assert loader_of(session).load_data("partitions") is loader_of(other_session).load_data(
            "partitions"
        )

    def test_the_loader_returns_what_the_loader_of_botocore_returns(self, session):
        ours, theirs = loader_of(session), create_loader()
        if isinstance(session, boto3.Session):
            theirs.search_paths.append(str(Path(boto3.__file__).parent / "data"))
            assert ours.load_service_model("s3", "resources-1") == theirs.load_service_model(
                "s3", "resources-1"
            )
        assert ours.search_paths == theirs.search_paths
        for type_name in ("service-2", "paginators-1", "waiters-2", "endpoint-rule-set-1"):
            assert ours.list_available_services(type_name) == theirs.list_available_services(
                type_name
            )
            assert ours.load_service_model("dynamodb", type_name) == theirs.load_service_model(
                "dynamodb", type_name
            )
        versions = ours.list_api_versions("cloudfront", "service-2")
        assert versions == theirs.list_api_versions("cloudfront", "service-2")
        assert ours.determine_latest_version("cloudfront", "service-2") == versions[-1]
        oldest = ours.load_service_model("cloudfront", "service-2", api_version=versions[0])
        assert oldest == theirs.load_service_model("cloudfront", "service-2", versions[0])
        assert ours.load_data_with_path("endpoints") == theirs.load_data_with_path("endpoints")
        assert ours.is_builtin_path(ours.load_data_with_path("endpoints")[1])

    @pytest.mark.parametrize("service_name", ["s3", "s3control", "dynamodb", "sts", "sqs"])
    def test_clients_do_not_change_shared_models(self, harness, session, service_name):
        """botocore modifies models, so clients that share them between threads would interfere."""
        harness.create_client(session, service_name)
        results = loader_of(session)._models()._results
        before = copy.deepcopy(results)
        for region in ("eu-west-1", "us-east-1", "us-gov-west-1", "eu-nowhere-1"):
            for setting in ("use_fips_endpoint", "use_dualstack_endpoint", None):
                core(session).set_config_variable("region", region)
                if setting is not None:
                    core(session).set_config_variable(setting, True)
                    client = harness.create_client(session, service_name)
                    core(session).set_config_variable(setting, False)
                else:
                    client = harness.create_client(session, service_name)
        model = client.meta.service_model
        for name in model.operation_names:
            client.can_paginate(xform_name(name))
            harness.wait(
                client.meta.events.emit(
                    f"before-parameter-build.{model.service_id.hyphenize()}.{name}",
                    params={"AccountId": "123456789012"},
                    model=model.operation_model(name),
                    context={"client_region": "eu-west-1"},
                )
            )
        harness.wait(core(session).get_available_regions(service_name))
        for name in client.waiter_names:
            client.get_waiter(name)
        for key, result in before.items():
            assert results[key] == result, key

    def test_a_missing_service_is_an_error_of_botocore_each_time(self, session):
        for _ in range(2):
            with pytest.raises(UnknownServiceError, match="no-such-service"):
                loader_of(session).load_service_model("no-such-service", "service-2")

    def test_search_paths_belong_to_one_session(self, session, other_session, data_path):
        paths = list(loader_of(other_session).search_paths)
        loader_of(session).search_paths.append(str(data_path))
        assert "copied" in loader_of(session).list_available_services("service-2")
        assert "copied" not in loader_of(other_session).list_available_services("service-2")
        assert loader_of(other_session).search_paths == paths

    def test_the_data_path_of_a_profile_is_used(self, harness, data_path, monkeypatch, tmp_path):
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        (tmp_path / "config").write_text(f"[profile p]\ndata_path = {data_path}\n")
        monkeypatch.setenv("AWS_PROFILE", "p")
        session = harness.integration.session(harness.create_provider())
        assert loader_of(session).search_paths[0] == str(data_path)
        assert "copied" in loader_of(session).list_available_services("service-2")

    @pytest.mark.parametrize("compressed", [True, False])
    def test_files_are_read_as_botocore_reads_them(self, tmp_path, compressed):
        name = str(tmp_path / "file")
        if compressed:
            shutil.copy(DATA / S3 / "service-2.json.gz", f"{name}.json.gz")
        else:
            Path(f"{name}.json").write_text(json.dumps({"b": ["é", {"a": 1}], "a": None}))
        assert ModelFiles().load_file(name) == JSONFileLoader().load_file(name) is not None
        assert list(ModelFiles().load_file(name)) == list(JSONFileLoader().load_file(name))
        assert ModelFiles().exists(name)
        assert not ModelFiles().exists(f"{name}-2")
        assert ModelFiles().load_file(f"{name}-2") is None

    def test_one_thread_loads_a_model_that_many_need(self, data_path):
        barrier, loaded = threading.Barrier(16), []

        def load():
            loader = create_shared_loader(str(data_path))
            barrier.wait(10)
            loaded.append(loader.load_service_model("copied", "service-2"))

        threads = [threading.Thread(target=load) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(loaded) == 16
        assert len(set(map(id, loaded))) == 1

    def test_a_child_process_does_not_inherit_a_locked_lock(self):
        cache = ModelCache(())
        lock = cache._lock
        after_fork._reset_all()
        assert cache._lock is not lock


class TestHandlers:
    def test_a_handler_belongs_to_one_session_and_its_later_clients(
        self, harness, session, other_session
    ):
        called = []
        harness.presign(session)
        events_of(session).register("choose-signer.s3", lambda **_: called.append(1))
        harness.presign(other_session)
        assert called == []
        harness.presign(session)
        assert called == [1]

    def test_a_handler_can_be_unregistered(self, harness, session, other_session):
        called = []

        def handler(**_):
            called.append(1)

        for events in (events_of(session), events_of(other_session)):
            events.register("choose-signer.s3", handler)
        events_of(session).unregister("choose-signer.s3", handler)
        harness.presign(session)
        assert called == []
        harness.presign(other_session)
        assert called == [1]

    @pytest.mark.parametrize(
        ("emitter_class", "session_class"),
        [(HierarchicalEmitter, botocore.session.Session), (AioHierarchicalEmitter, AioSession)],
    )
    def test_the_handlers_are_those_of_a_session_in_the_same_order(
        self, emitter_class, session_class
    ):
        theirs = emitter_class()
        session_class(event_hooks=theirs)
        ours = create_emitter(emitter_class)
        assert isinstance(ours._handlers, SharedTrie)
        names = {name.replace("*", "x") for name, *_ in handlers.BUILTIN_HANDLERS}
        assert len(names) > 50
        for name in sorted(names):
            found = [
                found for found in ours._handlers.prefix_search(name) if found != share_methods
            ]
            assert found == list(theirs._handlers.prefix_search(name)), name

    def test_a_change_of_a_copy_does_not_change_the_original(self):
        original, names = SharedTrie(), ("a", "a.b", "a.b.c", "a.*.c", "d")
        for number, name in enumerate(names):
            original.append_item(name, number)

        def content(trie):
            return {name: list(trie.prefix_search(name)) for name in (*names, "a.b.c.d", "e")}

        before = content(original)
        copied = original.__copy__()
        assert content(copied) == before
        for name in ("a", "a.b.c", "a.b.c.d", "e"):
            copied.append_item(name, "first", section=0)
            copied.append_item(name, "last", section=2)
        copied.remove_item("a.b", 1)
        copied.remove_item("d", 4)
        assert content(original) == before
        changed = list(copied.prefix_search("a.b.c"))
        assert changed.index("first") < changed.index(2) < changed.index("last")
        assert 1 not in copied.prefix_search("a.b")
        assert list(copied.prefix_search("d")) == []

    def test_a_handler_that_a_library_adds_later_is_registered(self, harness, monkeypatch):
        called = []
        monkeypatch.setattr(handlers, "BUILTIN_HANDLERS", list(handlers.BUILTIN_HANDLERS))
        # Importing moto adds a handler in the same way.
        handlers.BUILTIN_HANDLERS.append(("before-parameter-build", lambda **_: called.append(1)))
        harness.presign(harness.integration.session(harness.create_provider()))
        assert called == [1]
        handlers.BUILTIN_HANDLERS.pop()
        harness.presign(harness.integration.session(harness.create_provider()))
        assert called == [1]


class TestMethods:
    def test_clients_share_methods(self, harness, session, other_session):
        first, second = harness.create_client(session), harness.create_client(other_session)
        assert type(first) is not type(second)
        assert first.get_object.__func__ is second.get_object.__func__
        assert first.get_object.__self__ is first
        assert "Retrieves an object" in first.get_object.__doc__.expandtabs()

    def test_a_session_can_add_and_replace_methods_of_its_clients(
        self, harness, session, other_session
    ):
        def customize(class_attributes, **_):
            class_attributes["get_object"] = lambda self: "replaced"
            class_attributes["greet"] = lambda self: "hello"

        events_of(session).register("creating-client-class.s3", customize)
        client = harness.create_client(session)
        assert (client.get_object(), client.greet()) == ("replaced", "hello")
        other = harness.create_client(other_session)
        assert not hasattr(other, "greet")
        assert other.get_object.__func__ is not client.get_object.__func__

    def test_shared_methods_do_not_retain_a_session(self, harness):
        """Otherwise, the first session's event handlers would live as long as the process."""
        session = harness.integration.session(harness.create_provider(), region_name="eu-west-1")
        client = harness.create_client(session, "sqs")
        options = client.send_message.__doc__._gen_kwargs
        emitter = options["event_emitter"]
        assert emitter is not events_of(session)
        assert emitter._emitter is not events_of(session)._emitter


class TestEndpointRules:
    def test_clients_share_rules_and_their_results(self, harness, session, other_session):
        first, second = harness.create_client(session), harness.create_client(other_session)
        assert first._ruleset_resolver is not second._ruleset_resolver
        assert first._ruleset_resolver._provider is second._ruleset_resolver._provider
        sqs = harness.create_client(session, "sqs")
        assert sqs._ruleset_resolver._provider is not first._ruleset_resolver._provider

    def test_each_client_has_its_own_region_and_settings(self, harness):
        hosts = {}
        for region in ("eu-west-1", "ap-south-1"):
            for style in ("virtual", "path"):
                session = harness.integration.session(harness.create_provider(), region_name=region)
                core(session).set_default_client_config(Config(s3={"addressing_style": style}))
                url = urlsplit(harness.presign(session))
                hosts[region, style] = f"{url.hostname}{url.path}"
        assert hosts == {
            ("eu-west-1", "virtual"): "bucket.s3.eu-west-1.amazonaws.com/key",
            ("eu-west-1", "path"): "s3.eu-west-1.amazonaws.com/bucket/key",
            ("ap-south-1", "virtual"): "bucket.s3.ap-south-1.amazonaws.com/key",
            ("ap-south-1", "path"): "s3.ap-south-1.amazonaws.com/bucket/key",
        }


class TestCost:
    def test_a_client_has_few_objects_of_its_own(self, harness):
        def count_objects(create):
            create()  # This loads the models.
            gc.collect()
            gc.freeze()  # Frozen objects are not counted.
            client = create()
            gc.collect()
            count = len(gc.get_objects())
            assert client is not None
            return count

        def create():
            session = harness.integration.session(
                harness.create_provider(), region_name="eu-west-1"
            )
            return harness.create_client(session)

        def create_plain():
            session = harness.create_session()
            session.set_config_variable("region", "eu-west-1")
            session.set_credentials("AKIAOTHER", "other-secret")
            return harness.create_client(session)

        assert count_objects(create) < count_objects(create_plain) / 20
