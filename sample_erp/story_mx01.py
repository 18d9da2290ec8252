"""MX01, Mexico: two servo drives and two loudspeakers. The parts the story is about, by hand."""

from datetime import date

from sample_erp.company import Declaration, Line, Order, Part, Site, Sourcing, Stock, Supplier

MAGNETS = "Imanes"
BUYER = "Compras imanes"

PRODUCTS = [
    Part(
        "SD-300",
        "Servoaccionamiento 300 W",
        procurement="make",
        cost=240,
        revenue=560,
        is_product=True,
        category="Servoaccionamientos",
    ),
    Part(
        "SD-310",
        "Servoaccionamiento 310 W",
        procurement="make",
        cost=255,
        revenue=610,
        is_product=True,
        category="Servoaccionamientos",
    ),
    Part("LS-40", "Altavoz 8 cm", procurement="make", cost=27, revenue=88, is_product=True, category="Altavoces"),
    Part("LS-50", "Altavoz 16 cm", procurement="make", cost=33, revenue=102, is_product=True, category="Altavoces"),
]

ASSEMBLIES = [
    Part("MO-4730", "Motor de accionamiento 50 mm", procurement="make", category="Motores"),
    Part("RO-4730", "Rotor 50 mm", procurement="make", category="Conjuntos"),
    Part("MO-4720", "Motor de accionamiento 60 mm", procurement="make", category="Motores"),
    Part("RO-4720", "Rotor 60 mm", procurement="make", category="Conjuntos"),
    Part("PL-0040", "Placa altavoz montada", procurement="make", category="Conjuntos"),
]

BOUGHT = [
    Part(
        "M-4730",
        "Imán segmento N42SH",
        lead_time_days=42,
        cost=3.1,
        mass_g=5.4,
        hs_code="85051101",
        origin="CN",
        category=MAGNETS,
        owner=BUYER,
        mpn="KM-SEG-42SH-54",
    ),
    Part(
        "M-4720",
        "Imán segmento N38UH 25x8x4",
        lead_time_days=45,
        cost=4.6,
        hs_code="85051101",
        control_code="1C905.a",
        origin="CN",
        category=MAGNETS,
        owner=BUYER,
    ),
    Part(
        "M-3510",
        "Imán N35 disco 8x2",
        lead_time_days=35,
        cost=0.3,
        hs_code="85051101",
        origin="CN",
        category=MAGNETS,
        owner=BUYER,
    ),
    Part(
        "M-3000",
        "Imán de ferrita Y30 anillo (ferrite magnet)",
        lead_time_days=30,
        cost=1.1,
        hs_code="85051901",
        origin="US",
        category=MAGNETS,
        owner=BUYER,
    ),
    Part("M-4780", "Imán permanente anillo", lead_time_days=30, cost=0.8, category=MAGNETS, owner=BUYER),
    Part(
        "EV-7300",
        "Electroválvula 24 V",
        lead_time_days=21,
        cost=13.9,
        hs_code="84818099",
        origin="US",
        category="Neumática",
    ),
    Part(
        "K-0805",
        "MLCC 10 uF 0805",
        lead_time_days=56,
        cost=0.03,
        hs_code="85322401",
        origin="CN",
        category="Electrónica",
    ),
    Part(
        "W-7120",
        "Alambre esmaltado (magnet wire) 0.4 mm",
        unit="kg",
        lead_time_days=14,
        cost=14.9,
        hs_code="85441101",
        origin="MX",
        category="Alambre",
    ),
    Part("EJ-4730", "Eje 50 mm", lead_time_days=21, cost=2.4, origin="MX", category="Torneados"),
]

LINES = [
    Line("SD-300", "MO-4730"),
    Line("SD-300", "EV-7300"),
    Line("SD-310", "MO-4720"),
    Line("SD-310", "EV-7300"),
    Line("MO-4730", "RO-4730"),
    Line("MO-4730", "W-7120", 0.18, unit="kg"),
    Line("RO-4730", "M-4730", 5),
    Line("RO-4730", "EJ-4730"),
    Line("MO-4720", "RO-4720"),
    Line("MO-4720", "W-7120", 0.22, unit="kg"),
    Line("RO-4720", "M-4720", 8),
    Line("RO-4720", "EJ-4730"),
    Line("LS-40", "M-3510"),
    Line("LS-40", "PL-0040"),
    Line("PL-0040", "K-0805", 12),
    Line("LS-50", "M-3000"),
    Line("LS-50", "M-4780"),
    Line("LS-50", "X-0815"),
]

WEEKLY = {"SD-300": 20.0, "SD-310": 5.0, "LS-40": 25.0, "LS-50": 15.0}

# M-4780 has no stock row at all: its stock is unknown, not zero.
STOCK = [
    Stock("M-4730", 580, quality=60, location="A1"),
    Stock("M-4720", 320, transit=80, location="A1"),
    Stock("M-3510", 800, location="A1"),
    Stock("M-3000", 900, location="A1"),
    Stock("EV-7300", 1400, location="B1"),
    Stock("K-0805", 17000, location="B1"),
    Stock("W-7120", 260, unit="kg", location="B1"),
    Stock("EJ-4730", 1400, location="B1"),
]

ORDERS = [
    Order(
        "OC-2001",
        "1",
        "M-4730",
        "P-301",
        300,
        date(2025, 5, 12),
        shipped_on=date(2025, 3, 28),
        ship_from="CN",
        origin="CN",
        price=3.1,
    ),
    Order(
        "OC-2002",
        "1",
        "M-4730",
        "P-301",
        400,
        date(2025, 6, 9),
        ship_from="CN",
        origin="CN",
        licence_status="needed",
        price=3.1,
    ),
    Order(
        "OC-2003",
        "1",
        "M-4720",
        "P-302",
        160,
        date(2025, 6, 16),
        ship_from="CN",
        origin="CN",
        licence_status="applied",
        price=4.6,
    ),
    Order(
        "OC-2004",
        "1",
        "M-3510",
        "P-302",
        300,
        date(2025, 6, 23),
        ship_from="CN",
        origin="CN",
        licence_status="not_needed",
        price=0.3,
    ),
    Order("OC-2005", "1", "K-0805", "P-303", 4000, date(2025, 6, 30), ship_from="CN", origin="CN", price=0.03),
    Order("OC-2006", "1", "EJ-4730", "P-304", 200, date(2025, 6, 2), ship_from="MX", origin="MX", price=2.4),
]

SUPPLIERS = [
    Supplier("P-301", "Lanxi Kirin Magnetics Co.", "CN", "Kirin Group"),
    Supplier("P-302", "Baoshan Heavy Magnet Co.", "CN"),
    Supplier("P-303", "Componentes Pasivos Shantou", "CN"),
    Supplier("P-304", "Torneados Bajío S.A. de C.V.", "MX"),
    Supplier("P-305", "Takefu Jishaku K.K.", "JP"),
    Supplier("P-306", "Great Lakes Components LLC", "US"),
    Supplier("P-307", "Pasivos Gyeonggi Co.", "KR"),
]

SOURCING = [
    Sourcing("M-4730", "P-301", "CN", 100, 1, True, 42),
    Sourcing("M-4720", "P-302", "CN", 100, 1, True, 45),
    Sourcing("M-3510", "P-302", "CN", 60, 1, True, 35),
    Sourcing("M-3510", "P-305", "JP", 40, 2, True, 45),
    Sourcing("M-4780", "P-306", "", 100, 1, None, 30),
    Sourcing("K-0805", "P-303", "CN", 60, 1, True, 56),
    Sourcing("K-0805", "P-307", "KR", 40, 2, True, 56),
    *(Sourcing(part, "P-304", "MX", 60, 1, True, 21) for part in ("M-3000", "EV-7300", "W-7120", "EJ-4730")),
    *(Sourcing(part, "P-306", "US", 40, 2, True, 28) for part in ("M-3000", "EV-7300", "W-7120", "EJ-4730")),
]

DECLARATIONS = [
    Declaration("M-4730", "P-301", "Dy", "magnet", date(2023, 6, 1), "KM-4730-2023.pdf", mass_g=0.09),
    # The newer final declaration of the same supplier wins.
    Declaration("M-4730", "P-301", "Dy", "magnet", date(2025, 2, 10), "KM-4730-2025.pdf", mass_g=0.062),
    Declaration("M-3510", "P-302", "Dy", "magnet", date(2025, 1, 8), "BH-3510.pdf", bound="absent"),
    Declaration("M-3510", "P-302", "Tb", "magnet", date(2025, 1, 8), "BH-3510.pdf", bound="absent"),
]


def mx01() -> Site:
    """The story's part of MX01, without the ordinary parts."""
    return Site(
        "MX01",
        [*PRODUCTS, *ASSEMBLIES, *BOUGHT],
        list(LINES),
        list(STOCK),
        list(ORDERS),
        dict(WEEKLY),
        suppliers=list(SUPPLIERS),
        sourcing=list(SOURCING),
        declarations=list(DECLARATIONS),
    )
