"""What tells things apart in the words of an unknown bot, and what only measures them."""

import pytest

from handlers.alerts import parse
from handlers.alerts.figures import looks_like_a_host
from tests.unit.alerts.makers import said


def key(text: str) -> str:
    (alert,) = parse(said(text=text), "generic")
    return alert.fingerprint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VM: 101 is down", "VM: 102 is down"),
        ("vm-101 down", "vm-102 down"),
        ("VM101 down", "VM102 down"),
        ("Backup failed\nVM: 101", "Backup failed\nVM: 102"),
        ("Disk failure\nVM: 101", "Disk failure\nVM: 102"),
        ("Room 2.14 too hot", "Room 2.15 too hot"),
        ("Gate 4B open", "Gate 4C open"),
        ("Bed 12 call", "Bed 13 call"),
        ("Terminal 47110815 offline", "Terminal 47110816 offline"),
        ("Customer 1001: login errors", "Customer 1002: login errors"),
        ("Camera - 4 offline", "Camera - 5 offline"),
        ("Plant alarm. Turbine 4 tripped", "Plant alarm. Turbine 5 tripped"),
        ("Camera (4) offline", "Camera (5) offline"),
        ("RAID degraded: md0 on nas1", "RAID degraded: md0 on nas2"),
        ("Temperature sensor 4: 41 °C", "Temperature sensor 5: 41 °C"),
        ("Order 4711 failed", "Order 4712 failed"),
        ("Kessel 4 Druck hoch", "Kessel 5 Druck hoch"),
        ("Payment to account 1001 failed", "Payment to account 1002 failed"),
        ("Line 3 stopped", "Line 4 stopped"),
        ("Pod shop-1 down because node-1 died", "Pod shop-2 down because node-1 died"),
        ("User alice locked after 5 attempts", "User bob locked after 5 attempts"),
        ("vzdump backup status (pve1): VM 101 failed", "vzdump backup status (pve1): VM 102 failed"),
        ("Login failed\nUser: alice", "Login failed\nUser: bob"),
        ("Alarm in hall 3 after 5 minutes", "Alarm in hall 4 after 5 minutes"),
        ("Link down: Gi 1/1/23", "Link down: Gi 1/1/24"),
        ("Vm 101 and VM 102 down", "VM 101 and VM 103 down"),
        (
            "SSH brute force from 10.0.0.5 after 10 attempts",
            "SSH brute force from 10.0.0.6 after 10 attempts",
        ),
        ("Ping loss to 10.0.0.5: 93%", "Ping loss to 10.0.0.6: 93%"),
        ("Job 17 failed", "Job 18 failed"),
        ("Sensor id 7 silent", "Sensor id 8 silent"),
        ("Tank 3 level low (12%)", "Tank 4 level low (12%)"),
        ("[VM 101] [Down] timeout", "[VM 102] [Down] timeout"),
        ("VM 101 is DOWN: timeout", "VM 102 is DOWN: timeout"),
        ("HTTP 503 errors: shop", "HTTP 429 errors: shop"),
        ("500 errors on checkout", "404 errors on checkout"),
        ("db1:5432 down", "db1:5433 down"),
        ("Container 8f14e45fceea died", "Container 45c48cce2e2d died"),
        ("Filiale 0815 offline", "Filiale 0816 offline"),
        ("Store #0815 offline", "Store #0816 offline"),
        ("Probe 3 of room 4 silent", "Probe 3 of room 5 silent"),
        ("Windpark 3 WEA 12 Störung", "Windpark 3 WEA 13 Störung"),
        ("Windpark 3 WEA 12 Störung", "Windpark 4 WEA 12 Störung"),
        ("Chambre 12 appel", "Chambre 13 appel"),
        ("CPU 1 stuck on db-1", "CPU 2 stuck on db-1"),
        ("fe80::1 down", "fe80::2 down"),
        ("Check failed due to 10.0.0.1", "Check failed due to 10.0.0.2"),
        ("Alert because of VM 101", "Alert because of VM 102"),
        ("Ampel an Kreuzung 14 gestört", "Ampel an Kreuzung 15 gestört"),
        ("Machine 3, spindle 2 hot", "Machine 3, spindle 4 hot"),
        ("Machine 3, spindle 2 hot", "Machine 4, spindle 2 hot"),
        ("Sensor 12 in hall 3: no signal", "Sensor 13 in hall 3: no signal"),
        ("VLAN 12 loop", "VLAN 13 loop"),
        (
            "Certificate of shop.example.com expires in 5 days",
            "Certificate of cart.example.com expires in 5 days",
        ),
        ("Disk sda1 on web-1 failed", "Disk sdb1 on web-1 failed"),
        ("Port 443 of lb closed", "Port 80 of lb closed"),
        ("Error in step 2 of import", "Error in step 3 of import"),
        ("Alert: Failed login for alice", "Alert: Failed login for bob"),
        ("Host unreachable since 03:10: web-1", "Host unreachable since 03:10: web-2"),
        ("Down since 03:10: web-1", "Down since 03:10: web-2"),
        ("Replication lag after failover on db-1", "Replication lag after failover on db-2"),
        ("Server 1 restarted after crash", "Server 2 restarted after crash"),
        ("VM 101: CPU 95%", "VM 102: CPU 95%"),
        ("VM 101 CPU 95%", "VM 101 memory 95%"),
        ("Error 1045 on db-1", "Error 2002 on db-1"),
    ],
)
def test_two_things_are_never_taken_for_one(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Queue orders: 512 waiting", "Queue orders: 12 waiting"),
        ("Disk 93% on web-1", "Disk 95% on web-1"),
        ("Disk 93 % on web-1", "Disk 95 % on web-1"),
        ("CPU > 90 on web-1", "CPU > 95 on web-1"),
        ("Alert #1234: shop is slow", "Alert #1240: shop is slow"),
        ("Incident 991 opened: shop is slow", "Incident 992 opened: shop is slow"),
        ("shop - #12 Failure after 2 min", "shop - #13 Back to normal"),
        ("3 of 4 replicas of shop up", "2 of 4 replicas of shop up"),
        ("Load average 12.3 on web-1", "Load average 8.3 on web-1"),
        ("shop returned 500", "shop returned 503"),
        ("Shop is down: HTTP 503 error", "Shop is up: HTTP 200"),
        ("shop DOWN HTTP 503 error", "shop DOWN HTTP 502 error"),
        ("Error rate of shop 12.3%", "Error rate of shop 9%"),
        ("14 errors on shop", "16 errors on shop"),
        ("shop: 14 errors in 5 min", "shop: 20 errors in 5 min"),
        ("Failed 3 times: shop-backup", "Failed 4 times: shop-backup"),
        ("CRITICAL - shop response 2400 ms", "OK - shop response 120 ms"),
        ("shop p95 latency 2400", "shop p95 latency 1200"),
        ("[FIRING:2] HighLoad web-1 (3 alerts)", "[FIRING:3] HighLoad web-1 (4 alerts)"),
        ("Web-1 is down because db-1 is away", "Web-1 is up"),
        ("Shop down after 3 failures", "Shop up after 5 successes"),
        ("Alert for shop triggered due to 3 failures on web-1", "Alert for shop resolved after 5 passes"),
        (
            "Certificate of shop.example.com expires in 5 days",
            "Certificate of shop.example.com expires in 4 days",
        ),
        ("Battery 80 % on UPS 3", "Battery 20 % on UPS 3"),
        ("UPS 3 battery 80%", "UPS 3 battery 20%"),
        ("Memory 5 GB used on web-1", "Memory 7 GB used on web-1"),
        ("Ping loss to 10.0.0.5: 93%", "Ping loss to 10.0.0.5: 12%"),
        ("VM 101 down since 03:10", "VM 101 is up since 03:12"),
        ("VM 101 is down for 5 minutes", "VM 101 is up"),
        ("[2026-01-01 03:10] Camera 4 offline", "[2026-01-02 04:11] Camera 4 online"),
        ("Ticket 4711: printer offline", "Ticket 4712: printer offline"),
        ("Sent 5 mails too late to shop", "Sent 9 mails too late to shop"),
        ("users=93 logins failing", "users=12 logins failing"),
        ("shop: count=5", "shop: count=9"),
        ("Disk is CRITICAL: 97% used on web-1", "Disk is OK: 40% used on web-1"),
        ("Server room 2: 34 °C", "Server room 2: 21 °C"),
        ("Run 12 of nightly failed", "Run 13 of nightly failed"),
        ("Deployment 1.2.3 of shop failed", "Deployment 1.2.4 of shop failed"),
        ("temperature 41 in room 2", "temperature 44 in room 2"),
        ("Backup of db-1 took 93 minutes", "Backup of db-1 took 120 minutes"),
        ("Only 3 nodes left in cluster 2", "Only 2 nodes left in cluster 2"),
        ("Database has 93 slow queries", "Database has 12 slow queries"),
        ("db-1 connections 512", "db-1 connections 300"),
        ("db-1 replication 512 seconds behind", "db-1 replication 300 seconds behind"),
        ("Heap at 93 of 100 on app-1", "Heap at 95 of 100 on app-1"),
        ("Job 8f14e45fceea167a failed", "Job 45c48cce2e2d7fbd failed"),
        ("PROBLEM: web-1 load 12", "RECOVERY: web-1 load 2"),
        ("Shop: 5 users affected", "Shop: 7 users affected"),
        ("Shop affected 5 users", "Shop affected 7 users"),
        ("Sensor 4 reads 93", "Sensor 4 reads 95"),
        ("Sensor 4: 93", "Sensor 4: 95"),
        ("Temperature in hall 3 is 41", "Temperature in hall 3 is 43"),
        ("Queue orders has 512", "Queue orders has 12"),
        ("Queue orders 512 waiting", "Queue orders 12 waiting"),
        ("VM 101 CPU usage 95", "VM 101 CPU usage 97"),
        ("Tank 3 level 12", "Tank 3 level 13"),
        ("Turbine 4 at 3000 rpm", "Turbine 4 at 3100 rpm"),
        ("Boiler 1: 12.4 bar", "Boiler 1: 13 bar"),
        ("Boiler 1 12.4 bar", "Boiler 1 13 bar"),
        ("Retry 3 for shop import", "Retry 4 for shop import"),
        ("shop import failed (attempt 3)", "shop import failed (attempt 4)"),
        ("Job nightly failed with exit code 1", "Job nightly failed with exit code 137"),
        ("Pod shop restarted 5 times", "Pod shop restarted 6 times"),
        ("ALERT: Disk full on web-1 (97%)", "RESOLVED: Disk full on web-1 (60%)"),
        ("shop availability 93.1", "shop availability 92.7"),
        ("Signal -93 on AP 14", "Signal -70 on AP 14"),
        ("Visitors 93 in shop", "Visitors 95 in shop"),
    ],
)
def test_one_thing_stays_one_whatever_is_measured(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        *((word, True) for word in ("db-1", "web1", "10.0.0.7", "fe80::1", "shop.example.com", "i-0a1b2")),
        *((word, False) for word in ("93%", "5min", "v1.2.3", "p95", "sev1", "shop", "4711", "ioexception")),
    ],
)
def test_hosts_are_known_by_how_they_look(word: str, is_one: bool) -> None:
    assert looks_like_a_host(word) is is_one
