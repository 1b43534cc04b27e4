"""docker-compose.yml holds what it promises: each service shut in, pinned, watched, bounded."""

import re
from typing import Any

import pytest
import yaml

from config.settings import Settings
from tests.law.tree import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOTS = {"secrets", "migrate", "seed"}
# Grafana's image has no stand-in that a check could be tried on.
UNCHECKED = {"grafana"}


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_service_is_shut_in(service: str) -> None:
    told = SERVICES[service]
    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert told["security_opt"] == ["no-new-privileges:true"]
    assert told["mem_limit"]
    assert told["pids_limit"]
    assert str(told["user"]).split(":")[0] not in {"0", "root"}
    assert told["stop_grace_period"] == "45s"
    ports = [str(port) for port in told.get("ports", ())]
    loopback = ("127.0.0.1:", "${DESK_ADDRESS:-127.0.0.1}:")
    assert all(port.startswith(loopback) for port in ports)
    if "profiles" not in told:
        assert service == "proxy" or not ports
    image = told["image"]
    ours = {one["image"] for one in SERVICES.values() if "build" in one}
    assert re.search(r":v?\d+\.\d+\.?\d*", image) or image in ours, "a version is pinned"


def test_only_the_proxy_fetch_and_what_tells_people_have_a_way_out() -> None:
    outside = {
        name
        for name, told in SERVICES.items()
        for network in told.get("networks", ())
        if not (COMPOSE["networks"].get(network) or {}).get("internal") and "${" not in network
    }
    assert outside == {"fetch", "proxy", "prometheus", "alertmanager", "flower", "grafana"}


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_service_reaches_beyond_itself(service: str) -> None:
    told = SERVICES[service]
    for key in ("privileged", "cap_add", "devices", "pid", "ipc", "env_file", "extra_hosts"):
        assert key not in told, key
    assert told.get("network_mode", "none") == "none"
    assert "container_name" not in told, "a name of its own forbids a second one"
    assert not any("docker.sock" in str(volume) for volume in told.get("volumes", ()))
    # Directories of this machine are read, and never written to, but for backups.
    own = [str(volume) for volume in told.get("volumes", ()) if re.match(r"\.|\$", str(volume))]
    assert all(volume.endswith(":ro") for volume in own if ":/srv/backups" not in volume)


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_service_ends_starts_again_and_logs_within_bounds(service: str) -> None:
    told = SERVICES[service]
    assert told["init"] is True
    assert told["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert told["restart"] == ("no" if service in ONE_SHOTS else "unless-stopped")


def test_what_parses_may_become_as_large_as_it_is_let() -> None:
    def given(text: str) -> int:
        return int(re.search(r":-(\d+)", text)[1])  # type: ignore[index]  # fails if it is not there

    usual, told = Settings(database_url=""), SERVICES["parse"]
    children = given(told["command"][-1]) * usual.child_memory_mb
    parent = 100  # as measured: docs/operations/scale.md
    assert given(told["mem_limit"]) >= children + usual.read_memory_mb + parent
    assert told["mem_limit"].endswith("m}")


def test_a_worker_ends_before_it_is_made_to() -> None:
    grace = int(SERVICES["parse"]["stop_grace_period"].removesuffix("s"))  # as the others'
    assert grace >= Settings(database_url="").end_seconds + 10


@pytest.mark.parametrize("service", sorted(set(SERVICES) - ONE_SHOTS - UNCHECKED))
def test_every_service_is_checked_by_something_cheap(service: str) -> None:
    check = SERVICES[service]["healthcheck"]
    said = " ".join(check["test"])
    assert not re.search(r"python|celery|serieswatch [a-z]", said)
    assert int(check["interval"].removesuffix("s")) >= 5
    assert {"timeout", "retries", "start_period"} <= set(check)


def test_secrets_are_files_and_each_service_mounts_its_own_alone() -> None:
    mounts = {
        name: {
            found[1]
            for volume in told.get("volumes", ())
            if (found := re.match(r"secrets-(\w+):", str(volume)))
        }
        for name, told in SERVICES.items()
    }
    assert {name for name, held in mounts.items() if "owner" in held} == {
        *("secrets", "postgres", "migrate", "backup"),
    }
    for worker in ("beat", "fetch", "parse"):
        assert mounts[worker] == {"app", "broker"}
    assert mounts["desk"] == mounts["seed"] == {"app"}
    assert mounts["metrics"] == {"reader"}
    assert not mounts["proxy"]
    for name, told in SERVICES.items():
        for volume in told.get("volumes", ()):
            if name != "secrets" and str(volume).startswith("secrets-"):
                assert str(volume).endswith(":ro"), (name, volume)
        for key, value in (told.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN|DATABASE_URL|BROKER_URL", key):
                assert key.endswith("_FILE"), (name, key, value)


def test_each_image_is_built_by_one_service_alone() -> None:
    # Each that builds makes another of the same name, and `up` starts anew who has not the last.
    built = [told["image"] for told in SERVICES.values() if "build" in told]
    assert len(built) == len(set(built))


@pytest.mark.parametrize("server", ["postgres", "redis"])
def test_a_release_leaves_the_servers_alone_and_what_they_depend_on(server: str) -> None:
    # Compose makes anew what depends on a service that it makes anew, changed or not.
    assert set(SERVICES[server]["depends_on"]) == {"secrets"}
    assert "depends_on" not in SERVICES["secrets"]
    for name in (server, "secrets"):
        assert "RELEASE" not in yaml.safe_dump(SERVICES[name]), name
    told = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [stage] = re.findall(r"^FROM \S+ AS secrets\n(.*?)^FROM ", told, re.MULTILINE | re.DOTALL)
    assert re.findall(r"^COPY (\S+)", stage, re.MULTILINE) == ["ops/secrets.sh"]
    assert SERVICES["secrets"]["build"]["target"] == "secrets"


def test_backups_are_made_by_the_programs_of_the_servers_own_image() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    told = re.search(r"^ARG POSTGRES_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    assert told
    assert told[1] == SERVICES["postgres"]["image"]
    assert SERVICES["backup"]["networks"] == ["data"]
    assert COMPOSE["networks"]["data"]["internal"] is True


def test_only_what_is_asked_for_is_in_the_images() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    for copied in re.findall(
        r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE
    ):
        assert f"!{copied}" in ignored, copied
