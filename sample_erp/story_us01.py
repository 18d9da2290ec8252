"""US01, United States: two drones, two loudspeakers and a scanner. The parts the story is about, by hand."""

from datetime import date, timedelta

from sample_erp.company import Declaration, Line, Order, Part, Receipt, Site, Sourcing, Stock, Supplier

MAGNETS = "Magnets"
BUYER = "Magnet purchasing"

PRODUCTS = [
    Part("DR-600", "Survey drone", procurement="make", cost=1480, revenue=3600, is_product=True, category="Drones"),
    Part("DR-650", "Heavy-lift drone", procurement="make", cost=3900, revenue=9800, is_product=True, category="Drones"),
    Part(
        "LS-20",
        "Loudspeaker 20 cm, ferrite",
        procurement="make",
        cost=31,
        revenue=95,
        is_product=True,
        category="Loudspeakers",
    ),
    Part(
        "LS-30",
        "Loudspeaker 10 cm, neo",
        procurement="make",
        cost=44,
        revenue=140,
        is_product=True,
        category="Loudspeakers",
    ),
    Part("SC-30", "Range scanner", procurement="make", cost=2100, revenue=5400, is_product=True, category="Scanners"),
]

ASSEMBLIES = [
    Part("MO-6000", "Motor 2216", procurement="make", category="Motors"),
    Part("RO-6000", "Rotor bell 2216", procurement="make", category="Assemblies"),
    Part("MO-6100", "Motor 5010", procurement="make", category="Motors"),
    Part("RO-6100", "Rotor bell 5010", procurement="make", category="Assemblies"),
    Part("LH-6500", "Laser head", procurement="make", category="Assemblies"),
]

BOUGHT = [
    Part(
        "M-6010",
        "Magnet arc N45SH",
        lead_time_days=40,
        cost=1.35,
        mass_g=3.2,
        hs_code="8505110070",
        origin="CN",
        category=MAGNETS,
        owner=BUYER,
    ),
    Part(
        "M-6020",
        "Magnet N40UH 8x4x3",
        lead_time_days=40,
        cost=0.95,
        mass_g=0.72,
        hs_code="8505110070",
        origin="CN",
        category=MAGNETS,
        owner=BUYER,
    ),
    Part(
        "M-4750",
        "Magnet N48H GBD 12x6x3",
        lead_time_days=45,
        cost=2.6,
        mass_g=1.62,
        hs_code="8505110070",
        origin="CN",
        category=MAGNETS,
        owner=BUYER,
    ),
    Part(
        "M-5120",
        "SmCo26 10x10x4",
        lead_time_days=60,
        cost=7.4,
        hs_code="8505110090",
        origin="GB",
        category=MAGNETS,
        owner=BUYER,
    ),
    Part(
        "M-3500",
        "Magnet N35 disc 10x3",
        lead_time_days=45,
        cost=0.42,
        hs_code="8505110070",
        origin="JP",
        category=MAGNETS,
        owner=BUYER,
    ),
    Part(
        "M-3000",
        "Ferrite magnet Y30 ring",
        lead_time_days=30,
        cost=1.1,
        hs_code="8505190000",
        origin="US",
        category=MAGNETS,
        owner=BUYER,
    ),
    Part(
        "FR-9000",
        "Frame, Scalmalloy printed",
        lead_time_days=45,
        cost=260,
        mass_g=420,
        hs_code="7616995190",
        origin="CN",
        category="Frames",
        owner="Mechanical purchasing",
    ),
    Part("FR-6000", "Frame, carbon", lead_time_days=30, cost=120, hs_code="6815130000", origin="US", category="Frames"),
    Part(
        "O-8200",
        "YAG optic 4x50 polished",
        lead_time_days=50,
        cost=180,
        hs_code="9001909000",
        origin="CN",
        category="Optics",
        owner="Optics purchasing",
    ),
    Part(
        "FB-0101",
        "Ferrite bead 600R 0603",
        lead_time_days=28,
        cost=0.02,
        hs_code="8504502000",
        origin="JP",
        category="Electronics",
    ),
    Part(
        "W-7110",
        "Magnet wire 0.2 mm class H",
        unit="kg",
        lead_time_days=14,
        cost=15.5,
        hs_code="8544110020",
        origin="US",
        category="Wire",
    ),
    Part(
        "S-0520",
        "Non-magnetic screw M3x8 N52",
        lead_time_days=14,
        cost=0.04,
        hs_code="7318150000",
        origin="US",
        category="Fasteners",
    ),
    Part(
        "V-7200",
        "Solenoid valve 12V",
        lead_time_days=21,
        cost=14.5,
        hs_code="8481809000",
        origin="US",
        category="Pneumatics",
    ),
    Part(
        "B-2200",
        "Ball bearing 623",
        lead_time_days=30,
        cost=0.9,
        hs_code="8482105000",
        origin="JP",
        category="Bearings",
        owner="Mechanical purchasing",
    ),
    Part("DC-6210", "Dust cap", lead_time_days=14, cost=0.2, origin="US", category="Plastics"),
]

LINES = [
    Line("DR-600", "MO-6000", 4),
    Line("DR-600", "FR-6000"),
    Line("DR-600", "S-0520", 24),
    Line("DR-650", "MO-6100", 6),
    Line("DR-650", "FR-9000"),
    Line("DR-650", "S-0520", 36),
    Line("MO-6000", "RO-6000"),
    Line("MO-6000", "W-7110", 0.012, unit="kg"),
    Line("MO-6000", "B-2200", 2),
    Line("RO-6000", "M-6010", 14),
    Line("MO-6100", "RO-6100"),
    Line("MO-6100", "W-7110", 0.03, unit="kg"),
    Line("MO-6100", "B-2200", 2),
    Line("RO-6100", "M-6020", 10),
    Line("LS-20", "M-3000"),
    Line("LS-20", "DC-6210"),
    Line("LS-30", "M-3500"),
    Line("LS-30", "FB-0101", 2),
    Line("LS-30", "DC-6210"),
    Line("SC-30", "LH-6500"),
    Line("SC-30", "M-4750", 4),
    Line("SC-30", "M-5120", 2),
    Line("SC-30", "V-7200"),
    Line("LH-6500", "O-8200"),
]

WEEKLY = {"DR-600": 10.0, "DR-650": 2.0, "LS-20": 30.0, "LS-30": 20.0, "SC-30": 4.0}

STOCK = [
    Stock("M-6010", 3360, quality=280, location="MAIN"),
    Stock("M-6020", 780, consignment=240, location="MAIN"),
    Stock("M-4750", 160, location="MAIN"),
    Stock("M-5120", 100, location="MAIN"),
    Stock("M-3500", 1100, location="MAIN"),
    Stock("M-3000", 2000, location="MAIN"),
    Stock("FR-9000", 14, blocked=1, location="MAIN"),
    Stock("FR-6000", 560, location="MAIN"),
    Stock("O-8200", 34, location="MAIN"),
    Stock("FB-0101", 2300, location="MAIN"),
    Stock("W-7110", 50, unit="kg", location="MAIN"),
    Stock("S-0520", 17500, location="MAIN"),
    Stock("V-7200", 240, location="MAIN"),
    Stock("B-2200", 5600, location="MAIN"),
    Stock("DC-6210", 2800, location="MAIN"),
]

ORDERS = [
    Order(
        "PO-7001",
        "1",
        "M-6010",
        "V-201",
        1680,
        date(2025, 6, 2),
        ship_from="CN",
        origin="CN",
        licence_no="GK-2025-0417",
        licence_status="granted",
        licence_valid_to=date(2025, 12, 31),
        price=1.35,
    ),
    Order(
        "PO-7002",
        "1",
        "M-6020",
        "V-201",
        600,
        date(2025, 5, 30),
        ship_from="CN",
        origin="CN",
        licence_no="GK-2024-0988",
        licence_status="granted",
        licence_valid_to=date(2025, 4, 20),
        price=0.95,
    ),
    Order(
        "PO-7003",
        "1",
        "M-4750",
        "V-202",
        96,
        date(2025, 6, 9),
        ship_from="CN",
        origin="CN",
        licence_status="needed",
        price=2.6,
    ),
    Order(
        "PO-7004",
        "1",
        "FR-9000",
        "V-203",
        20,
        date(2025, 6, 10),
        ship_from="CN",
        origin="CN",
        licence_status="needed",
        price=260,
    ),
    Order("PO-7005", "1", "O-8200", "V-204", 24, date(2025, 6, 23), ship_from="CN", origin="CN", price=180),
    Order(
        "PO-7006",
        "1",
        "M-3500",
        "V-205",
        200,
        date(2025, 7, 7),
        ship_from="JP",
        origin="JP",
        licence_status="not_needed",
        price=0.42,
    ),
    Order("PO-7007", "1", "M-5120", "V-206", 40, date(2025, 7, 14), ship_from="GB", origin="GB", price=7.4),
    Order("PO-7008", "1", "FR-6000", "V-207", 80, date(2025, 6, 30), ship_from="US", origin="US", price=120),
]

SUPPLIERS = [
    Supplier("V-201", "Lanxi Kirin Magnetics (USA) Inc.", "US", "Kirin Group"),
    Supplier("V-202", "Ganzhou Longnan Magnet Co.", "CN"),
    Supplier("V-203", "Changsha Additive Alloys", "CN"),
    Supplier("V-204", "Fuzhou Crystal Optics", "CN"),
    Supplier("V-205", "Takefu Jishaku K.K.", "JP"),
    Supplier("V-206", "Sheffield Cobalt Magnets Ltd.", "GB"),
    Supplier("V-207", "Great Lakes Components LLC", "US"),
    Supplier("V-208", "Iwate Seimitsu K.K.", "JP"),
    Supplier("V-209", "Monterrey Partes S.A.", "MX"),
]

SOURCING = [
    Sourcing("M-6010", "V-201", "CN", 60, 1, True, 40),
    Sourcing("M-6010", "V-205", "JP", 40, 2, True, 55),
    Sourcing("M-6020", "V-201", "CN", 100, 1, True, 40),
    Sourcing("M-4750", "V-202", "CN", 100, 1, True, 45),
    Sourcing("M-5120", "V-206", "GB", 70, 1, True, 60),
    Sourcing("M-5120", "V-207", "US", 30, 2, True, 60),
    Sourcing("M-3500", "V-205", "JP", 60, 1, True, 45),
    Sourcing("M-3500", "V-206", "GB", 40, 2, True, 45),
    Sourcing("FR-9000", "V-203", "CN", 100, 1, True, 45),
    Sourcing("O-8200", "V-204", "CN", 100, 1, True, 50),
    Sourcing("B-2200", "V-208", "JP", 100, 1, True, 30),
    *(
        Sourcing(part, "V-207", "US", 60, 1, True, 21)
        for part in ("M-3000", "FR-6000", "W-7110", "S-0520", "V-7200", "DC-6210")
    ),
    *(
        Sourcing(part, "V-209", "MX", 40, 2, True, 28)
        for part in ("M-3000", "FR-6000", "W-7110", "S-0520", "V-7200", "DC-6210")
    ),
    Sourcing("FB-0101", "V-208", "JP", 60, 1, True, 28),
    Sourcing("FB-0101", "V-207", "US", 40, 2, True, 28),
]

DECLARATIONS = [
    Declaration(
        "M-6010", "V-201", "Dy", "magnet", date(2025, 1, 20), "KM-6010-A.pdf", mass_pct=3.1, cas_no="7429-91-6"
    ),
    Declaration("M-6020", "V-201", "Dy", "magnet", date(2025, 1, 20), "KM-6020-A.pdf", mass_pct=2.0, bound="at_most"),
    Declaration("M-4750", "V-202", "Tb", "magnet", date(2024, 12, 3), "LN-4750.pdf", mass_pct=0.6, cas_no="7440-27-9"),
    Declaration("M-4750", "V-202", "Dy", "magnet", date(2024, 12, 3), "LN-4750.pdf", bound="absent"),
    Declaration("M-3500", "V-205", "Dy", "magnet", date(2024, 9, 2), "TJ-2024-119.pdf", bound="absent"),
    Declaration("M-3500", "V-205", "Tb", "magnet", date(2024, 9, 2), "TJ-2024-119.pdf", bound="absent"),
    Declaration("FR-9000", "V-203", "Sc", "alloy", date(2025, 2, 11), "CA-9000.pdf", mass_pct=0.7, cas_no="7440-20-2"),
    Declaration("O-8200", "V-204", "Y", "compound", date(2025, 3, 3), "FZ-8200.pdf", mass_g=1.27),
]

# Days late of lines four weeks apart: V-201 is seldom in time, V-205 nearly always.
_LATE = {"V-201": (0, 5, 0, 7, 2, 14, 9, 7, 26, 20), "V-205": (0, -1, 0, 2, 0, -3, 0, 1, 1)}
RECEIPTS = [
    Receipt(f"PO-{first + n}", "M-6010", supplier, 1680, due, due + timedelta(days=days))
    for (supplier, late), first in zip(_LATE.items(), (6101, 6201), strict=True)
    for n, days in enumerate(late)
    for due in [date(2024, 5, 6) + timedelta(days=28 * n)]
]


def us01() -> Site:
    """The story's part of US01, without the ordinary parts."""
    return Site(
        "US01",
        [*PRODUCTS, *ASSEMBLIES, *BOUGHT],
        list(LINES),
        list(STOCK),
        list(ORDERS),
        dict(WEEKLY),
        suppliers=list(SUPPLIERS),
        sourcing=list(SOURCING),
        declarations=list(DECLARATIONS),
        receipts=list(RECEIPTS),
    )
